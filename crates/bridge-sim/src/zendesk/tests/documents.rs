//! What the documentation says is there.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::zendesk::Switches;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn document() -> String {
    fs::read_to_string(root().join("docs/zendesk.md")).unwrap()
}

#[test]
fn every_switch_is_in_the_documentation() {
    let document = document();
    let names = |value: Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let switches = serde_json::to_value(Switches::default()).unwrap();
    let limits = names(switches["limits"].clone());
    let missing: Vec<_> = names(switches)
        .into_iter()
        .chain(limits)
        .filter(|name| name != "limits")
        .filter(|name| !document.contains(&format!("`{name}`")) && !document.contains(&format!("`limits.{name}`")))
        .collect();
    assert!(missing.is_empty(), "not in docs/zendesk.md: {missing:?}");
}

#[test]
fn every_behaviour_has_the_tests_that_the_table_names() {
    let sources = |folder: &str| -> String {
        let files = fs::read_dir(root().join(folder)).unwrap();
        files
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect()
    };
    let (here, client) = (sources("src/zendesk/tests"), sources("../../xtask/contract/tests/it"));
    let document = document();
    let rows = document.lines().filter(|line| {
        let first = line.trim_start_matches("| ").split(' ').next().unwrap_or_default();
        first.parse::<u8>().is_ok()
    });
    let mut numbers = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        numbers.push(cells[0].parse::<usize>().unwrap());
        let (shown, made) = cells[3].split_once(" – ").unwrap();
        for (names, tests) in [(shown, &here), (made, &client)] {
            for name in names.split('`').skip(1).step_by(2) {
                assert!(tests.contains(&format!("fn {name}()")), "there is no test {name}");
            }
        }
    }
    assert_eq!(numbers, (1..=22).collect::<Vec<_>>());
}
