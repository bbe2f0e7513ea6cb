//! What Prometheus is told: how the bridge stands at the moment it is asked.

mod counted;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use zendesk_client::Count;

use crate::view::Status;

/// What stands in no status: counts, and what it tells in words only.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Requests to Zendesk, by endpoint and status of the answer.
    requests: BTreeMap<(String, String), u64>,
    /// Calls, and how fast their tickets are asked for.
    bridge: bridge_runtime::Figures,
    /// Whether the journal takes what is to be written.
    store_writable: bool,
}

impl Figures {
    /// What client and bridge have counted, and how it stands with the journal.
    pub(crate) fn of(counts: Vec<Count>, bridge: bridge_runtime::Figures, store_writable: bool) -> Self {
        let requests = counts.into_iter().map(|count| {
            let status = count
                .status
                .map_or("none".to_owned(), |status| status.as_str().to_owned());
            ((count.endpoint, status), count.requests)
        });
        Self {
            requests: requests.collect(),
            bridge,
            store_writable,
        }
    }
}

/// The text format of Prometheus and OpenMetrics.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A status as metrics, and what is counted beside it. Nobody's name or number is in it.
pub(crate) fn text(status: &Status, figures: &Figures) -> String {
    let mut registry = Registry::with_prefix("zendesk_bridge");
    let connected = |connection: &Option<crate::view::Connection>| {
        i64::from(connection.as_ref().is_some_and(|connection| connection.connected))
    };
    let waiting_since = status.waiting_since.map_or(0, |since| since.as_second());
    let sessions = status.sessions.iter().filter(|session| session.connected).count();
    let last_run = status.copies.as_ref().and_then(|copies| copies.last.as_ref());
    let directory = status.directory.as_ref();
    let last_pass = status.retention.as_ref().and_then(|kept| kept.last.as_ref());
    for (name, help, value) in [
        ("active", "Whether calls become tickets", i64::from(status.active)),
        (
            "pbx_connected",
            "Whether events of the PBX come in",
            connected(&status.pbx),
        ),
        (
            "zendesk_connected",
            "Whether Zendesk answered last",
            connected(&status.zendesk),
        ),
        (
            "sessions",
            "Agents whose calls are watched",
            count(status.sessions.len()),
        ),
        ("sessions_connected", "Agents whose session stands", count(sessions)),
        (
            "calls_in_progress",
            "Calls that are not over",
            count(status.calls_in_progress),
        ),
        (
            "effects_waiting",
            "Orders in the journal that wait for Zendesk or are under way: its depth",
            count(status.effects_waiting),
        ),
        (
            "effects_waiting_since_seconds",
            "Unix time since which the oldest of them has been waiting; 0: none waits",
            waiting_since,
        ),
        (
            "effects_wedged",
            "Orders that cannot succeed until somebody looks",
            count(status.wedged.len()),
        ),
        (
            "problems",
            "Calls of the last day that somebody should look at",
            count(status.problems.len()),
        ),
        (
            "directory_configured",
            "Whether there is a caller directory",
            i64::from(directory.is_some()),
        ),
        (
            "directory_users",
            "Users with a number in the caller directory",
            figure(directory.map_or(0, |directory| directory.users)),
        ),
        (
            "directory_numbers",
            "Numbers in the caller directory",
            figure(directory.map_or(0, |directory| directory.numbers)),
        ),
        (
            "directory_complete",
            "Whether the caller directory holds everybody",
            i64::from(directory.is_some_and(|directory| directory.complete)),
        ),
        (
            "directory_as_of_seconds",
            "Unix time at which the caller directory was last brought up to date; 0: not yet",
            directory
                .and_then(|directory| directory.as_of)
                .map_or(0, |at| at.as_second()),
        ),
        (
            "recordings_waiting",
            "Recordings that wait to be attached, assigned or copied",
            count(status.recordings_waiting),
        ),
        (
            "recordings_unassigned",
            "Recordings of which it is not certain whose they are",
            count(status.recordings.as_ref().map_or(0, |found| found.unassigned.len())),
        ),
        (
            "recordings_copies_failing",
            "Whether the last run left recordings that it should have copied",
            i64::from(last_run.is_some_and(|run| run.error.is_some())),
        ),
        (
            "recordings_copied_seconds",
            "Unix time at which the last run began; 0: none yet",
            last_run.map_or(0, |run| run.at.as_second()),
        ),
        (
            "recordings_refused_waiting",
            "Recordings of calls that must not be recorded, still to be deleted from spool or share",
            count(status.refused_left),
        ),
        (
            "recordings_refused_deleted",
            "Those that were deleted there since the bridge runs",
            count(status.refused_deleted),
        ),
        (
            "recordings_expired_waiting",
            "Recordings that were kept for long enough and that the last pass could not delete",
            count(last_pass.map_or(0, |pass| pass.left)),
        ),
        (
            "recordings_expired_deleted",
            "Recordings that the last pass deleted from spool and share",
            count(last_pass.map_or(0, |pass| pass.deleted)),
        ),
        (
            "recordings_expired_redacted",
            "Recordings that it had taken away from tickets",
            count(last_pass.map_or(0, |pass| pass.redacted)),
        ),
        (
            "recordings_expired_seconds",
            "Unix time at which it began; 0: none yet",
            last_pass.map_or(0, |pass| pass.at.as_second()),
        ),
        ("store_bytes", "Size of the store", figure(status.store_bytes)),
        (
            "store_writable",
            "Whether the store can be written",
            i64::from(figures.store_writable),
        ),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    counted::budget(&mut registry, status.budget.as_ref());
    counted::requests(&mut registry, &figures.requests);
    counted::calls(&mut registry, &figures.bridge);
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = encode(&mut text, &registry);
    text
}

fn figure(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
