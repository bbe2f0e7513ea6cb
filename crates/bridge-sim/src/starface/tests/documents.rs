//! What the README says of the simulated STARFACE is there.

use std::fs;
use std::path::PathBuf;

use crate::starface::Switches;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

#[test]
fn every_switch_is_in_the_readme() {
    let readme = readme();
    let switches = serde_json::to_value(Switches::default()).unwrap();
    let mut missing = Vec::new();
    for (name, value) in switches.as_object().unwrap() {
        let names = match (name.as_str(), value.as_object()) {
            ("queue" | "oauth" | "recording", Some(inner)) => inner.keys().map(|key| format!("{name}.{key}")).collect(),
            _ => vec![name.clone()],
        };
        missing.extend(names.into_iter().filter(|name| !readme.contains(&format!("`{name}`"))));
    }
    assert!(missing.is_empty(), "not in README.md: {missing:?}");
}

#[test]
fn every_behaviour_has_the_tests_that_the_table_names() {
    let sources = |folder: &str| -> String {
        let files = fs::read_dir(root().join(folder)).unwrap();
        files
            .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
            .collect()
    };
    let shown = sources("src/starface/tests") + &sources("tests/it");
    let made = sources("../pbx-starface/tests/it");
    let readme = readme();
    let table = readme.split("## What is known").nth(1).unwrap();
    let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
    assert!(rows.len() > 30, "the table has {} rows", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells.len(), 6, "{row}");
        for (names, tests) in [(cells[3], &shown), (cells[4], &made)] {
            for name in names.split('`').skip(1).step_by(2) {
                assert!(tests.contains(&format!("fn {name}()")), "there is no test {name}");
            }
        }
    }
}
