//! What is printed, and that whatever the documentation tells of it is true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bridge_core::call::Disposition;
use serde_json::Value;

use super::*;
use crate::view::{Allowance, Budget, Retention, RetentionPass};

fn allowance(allowed: u32, spent: u32) -> Allowance {
    Allowance {
        total: 2 * allowed,
        allowed,
        spent,
        left: allowed - spent,
        resets_seconds: Some(41),
    }
}

fn status() -> Status {
    let mut budget = Budget {
        account: Some(allowance(350, 12)),
        ..Budget::default()
    };
    budget.buckets.insert("incremental-exports".into(), allowance(5, 4));
    budget.waiting.background = 2;
    Status {
        active: true,
        budget: Some(budget),
        effects_waiting: 3,
        waiting_since: Some("2026-11-24T14:02:00Z".parse().unwrap()),
        store_bytes: 4096,
        refused_left: 1,
        refused_deleted: 2,
        retention: Some(Retention {
            hours: 24,
            redact: true,
            last: Some(RetentionPass {
                at: "2026-11-24T14:02:00Z".parse().unwrap(),
                deleted: 5,
                redacted: 4,
                left: 6,
                error: None,
            }),
        }),
        ..Status::default()
    }
}

fn figures() -> Figures {
    let request = |endpoint: &str, status: &str| (endpoint.to_owned(), status.to_owned());
    let mut bridge = bridge_runtime::Figures::default();
    bridge.calls = [(Disposition::Ticket, 7), (Disposition::NotServed, 1)].into();
    Figures {
        requests: [
            (request("POST /api/v2/tickets", "201"), 7),
            (request("GET /api/v2/users/{id}", "none"), 2),
        ]
        .into(),
        bridge,
        store_writable: true,
    }
}

#[test]
fn figures_are_told_as_they_stand() {
    let text = text(&status(), &figures());
    for line in [
        "zendesk_bridge_active 1",
        "zendesk_bridge_zendesk_connected 0",
        "zendesk_bridge_effects_waiting 3",
        "zendesk_bridge_effects_waiting_since_seconds 1795528920",
        "zendesk_bridge_recordings_refused_waiting 1",
        "zendesk_bridge_recordings_refused_deleted 2",
        "zendesk_bridge_recordings_expired_waiting 6",
        "zendesk_bridge_recordings_expired_deleted 5",
        "zendesk_bridge_recordings_expired_redacted 4",
        "zendesk_bridge_recordings_expired_seconds 1795528920",
        "zendesk_bridge_store_bytes 4096",
        "zendesk_bridge_store_writable 1",
        "zendesk_bridge_budget_limit{window=\"account\"} 350",
        "zendesk_bridge_budget_spent{window=\"account\"} 12",
        "zendesk_bridge_budget_left{window=\"incremental-exports\"} 1",
        "zendesk_bridge_requests_waiting{priority=\"background\"} 2",
        "zendesk_bridge_requests_waiting{priority=\"person\"} 0",
        "zendesk_bridge_requests_total{endpoint=\"POST /api/v2/tickets\",status=\"201\"} 7",
        "zendesk_bridge_requests_total{endpoint=\"GET /api/v2/users/{id}\",status=\"none\"} 2",
        "zendesk_bridge_calls_total{outcome=\"ticket\"} 7",
        "zendesk_bridge_calls_total{outcome=\"not_served\"} 1",
        "zendesk_bridge_calls_total{outcome=\"failed\"} 0",
        "# TYPE zendesk_bridge_event_to_request_seconds histogram",
        "zendesk_bridge_event_to_request_seconds_bucket{le=\"0.001\"} 0",
        "zendesk_bridge_event_to_request_seconds_bucket{le=\"10.0\"} 0",
        "zendesk_bridge_event_to_request_seconds_bucket{le=\"+Inf\"} 0",
        "zendesk_bridge_event_to_request_seconds_count 0",
        "# EOF",
    ] {
        assert!(text.lines().any(|told| told == line), "{line} in {text}");
    }
}

#[test]
fn whether_the_store_can_be_written_is_told_whatever_the_status_says_of_it_in_words() {
    for (store_writable, line) in [
        (true, "zendesk_bridge_store_writable 1"),
        (false, "zendesk_bridge_store_writable 0"),
    ] {
        let mut figures = figures();
        figures.store_writable = store_writable;
        for hindrances in [Vec::new(), vec!["the store cannot be written".to_owned()]] {
            let mut status = status();
            status.hindrances = hindrances;
            let text = text(&status, &figures);
            assert!(text.lines().any(|told| told == line), "{line} in {text}");
        }
    }
}

/// Each metric by its name in queries, and the names of its labels.
fn printed() -> BTreeMap<String, BTreeSet<String>> {
    let text = text(&status(), &figures());
    let mut printed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, rest) = line.split_once(['{', ' ']).unwrap();
        let labels = rest
            .split("=\"")
            .map(|piece| piece.rsplit(['{', ',', '"']).next().unwrap());
        let labels: BTreeSet<String> = if line.contains('{') {
            let pieces = rest.matches("=\"").count();
            labels.take(pieces).map(str::to_owned).collect()
        } else {
            BTreeSet::new()
        };
        printed.entry(name.to_owned()).or_default().extend(labels);
    }
    printed
}

fn document(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

#[test]
fn the_documentation_lists_each_metric_with_its_labels_and_no_other() {
    let cell = |text: &str| text.trim().trim_matches('`').to_owned();
    let document = document("http.md");
    let listed: BTreeMap<String, BTreeSet<String>> = document
        .lines()
        .filter(|line| line.starts_with("| `zendesk_bridge_"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [name, labels, unit, meaning] = cells.as_slice() else {
                panic!("{line}")
            };
            assert!(!unit.trim().is_empty() && meaning.trim().len() > 10, "{line}");
            let labels = labels.split(',').map(cell).filter(|label| !label.is_empty());
            (cell(name), labels.collect())
        })
        .collect();
    let mut printed = printed();
    for suffix in ["count", "sum", "bucket"] {
        // The parts of a histogram go by one name.
        printed.remove(&format!("zendesk_bridge_event_to_request_seconds_{suffix}"));
    }
    printed.insert(
        "zendesk_bridge_event_to_request_seconds".into(),
        ["le".to_owned()].into(),
    );
    assert_eq!(listed, printed);
}

/// The names of metrics in a query, and whatever else begins like them.
fn named(query: &str) -> BTreeSet<String> {
    let starts = query.match_indices("zendesk_bridge_").map(|(start, _)| start);
    let is_end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    starts
        .map(|start| query[start..].split(is_end).next().unwrap().to_owned())
        .collect()
}

fn text_of<'v>(value: &'v Value, key: &str) -> &'v str {
    let text = value[key].as_str().unwrap_or_default();
    assert!(!text.is_empty(), "{key} is missing in {value}");
    text
}

#[test]
fn each_alert_asks_for_metrics_that_there_are_and_says_what_to_do() {
    let alerts: Value = serde_saphyr::from_str(&document("alerts.yaml")).unwrap();
    let printed = printed();
    let mut names = BTreeSet::new();
    for group in alerts["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            assert!(names.insert(text_of(rule, "alert")), "{rule}");
            let asked = named(text_of(rule, "expr"));
            assert!(!asked.is_empty(), "{rule}");
            let unknown: Vec<_> = asked.iter().filter(|name| !printed.contains_key(*name)).collect();
            assert!(unknown.is_empty(), "{unknown:?}");
            text_of(rule, "for");
            assert!(
                ["page", "ticket"].contains(&text_of(&rule["labels"], "severity")),
                "{rule}"
            );
            // What is told is the value of the left side.
            if text_of(&rule["annotations"], "summary").contains("humanizeDuration") {
                let query = text_of(rule, "expr");
                let is_duration = ["time() -", "histogram_quantile("]
                    .iter()
                    .any(|start| query.starts_with(start));
                assert!(is_duration, "{query} is no duration");
            }
            text_of(&rule["annotations"], "description");
        }
    }
    assert!(names.len() >= 10, "{names:?}");
}

#[test]
fn the_dashboard_shows_metrics_that_there_are_with_units_and_finds_its_data_by_a_variable() {
    let dashboard: Value = serde_json::from_str(&document("grafana-dashboard.json")).unwrap();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    assert!(
        variables
            .iter()
            .any(|variable| variable["type"] == "datasource" && variable["name"] == "datasource")
    );
    let printed = printed();
    let (mut ids, mut shown, mut taken) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        text_of(panel, "title");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(x < 24 && taken.insert((x, y)), "{} lies on another", panel["title"]);
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        text_of(panel, "description");
        text_of(&panel["fieldConfig"]["defaults"], "unit");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{panel}");
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{panel}");
            let asked = named(text_of(target, "expr"));
            let unknown: Vec<_> = asked.iter().filter(|name| !printed.contains_key(*name)).collect();
            assert!(unknown.is_empty() && !asked.is_empty(), "{unknown:?}");
            shown.extend(asked);
        }
    }
    for name in [
        "zendesk_bridge_calls_total",
        "zendesk_bridge_requests_total",
        "zendesk_bridge_budget_left",
        "zendesk_bridge_event_to_request_seconds_bucket",
        "zendesk_bridge_effects_waiting",
        "zendesk_bridge_effects_wedged",
        "zendesk_bridge_directory_as_of_seconds",
        "zendesk_bridge_recordings_waiting",
    ] {
        assert!(shown.contains(name), "{name} is not shown");
    }
}
