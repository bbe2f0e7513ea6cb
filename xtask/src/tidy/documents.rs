//! What the documents say of the code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{check, files, read, rust_files, shown};
use crate::command::root;

#[test]
fn links_lead_somewhere() {
    let mut found = Vec::new();
    for file in documents() {
        let text = read(&file);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = target.split('#').next().unwrap_or_default();
            let outside = path.is_empty() || target.contains("://") || target.starts_with("mailto:");
            // In a README that is a crate's documentation, a link may name an item.
            let item = !path.contains('/') && !path.contains('.');
            if !outside && !item && !file.parent().unwrap().join(path).exists() {
                found.push(format!("{}: {target}", shown(&file)));
            }
        }
    }
    check(found);
}

#[test]
fn invariants_are_held_by_tests_that_exist() {
    tests_exist("ARCHITECTURE.md", "Invariants", 8);
}

#[test]
fn promises_are_held_by_tests_that_exist() {
    tests_exist("README.md", "What is promised", 20);
}

/// The last column of a table names tests, or kinds of `cargo xtask torture`, which are there.
fn tests_exist(document: &str, heading: &str, at_least: usize) {
    let text = read(&root().join(document));
    let table = text
        .split(&format!("\n## {heading}\n"))
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let sources: Vec<String> = ["crates", "xtask"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .map(|file| read(&file))
        .collect();
    let mut names = 0;
    let mut found = Vec::new();
    for row in table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
    {
        let tests = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap();
        for name in tests.split('`').skip(1).step_by(2) {
            names += 1;
            if let Some(command) = name.strip_prefix("cargo xtask ") {
                if !crate::torture::is_there(command) {
                    found.push(format!("there is no `{name}`"));
                }
            } else if !sources.iter().any(|source| source.contains(&format!("fn {name}("))) {
                found.push(format!("no test is called `{name}`"));
            }
        }
    }
    assert!(names > at_least, "the table under {heading} names {names} tests only");
    check(found);
}

#[test]
fn every_key_of_the_configuration_is_documented() {
    let written = keys_of_template(&read(&root().join("crates/zendesk-bridge/src/config/template.toml")));
    let documented = keys_of_document(&read(&root().join("docs/configuration.md")));
    assert!(written.len() > 20, "the template has more keys than {written:?}");
    check(
        written
            .difference(&documented)
            .map(|(s, k)| format!("docs/configuration.md lacks {k} of [{s}]"))
            .collect(),
    );
}

#[test]
fn every_documented_key_is_read() {
    let source: String = rust_files(&root().join("crates/zendesk-bridge/src/config"))
        .iter()
        .map(|file| read(file))
        .collect();
    let documented = keys_of_document(&read(&root().join("docs/configuration.md")));
    let unread = documented
        .iter()
        .filter(|(_, key)| !source.contains(&format!("\"{key}\"")));
    check(
        unread
            .map(|(section, key)| format!("nothing reads {key} of [{section}]"))
            .collect(),
    );
}

/// Sections and keys of the template: also those that stand in a comment, which show defaults and examples.
fn keys_of_template(text: &str) -> BTreeSet<(String, String)> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if line.starts_with('[') {
            section = line.split(']').next().unwrap().trim_start_matches('[').into();
        } else if let Some((key, _)) = line.split_once(" = ")
            && key
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        {
            keys.insert((section.clone(), key.into()));
        }
    }
    keys
}

/// Sections and keys of the tables in the document.
fn keys_of_document(text: &str) -> BTreeSet<(String, String)> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## `[") {
            section = heading.split(']').next().unwrap().trim_start_matches('[').into();
        } else if let Some(key) = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()) {
            keys.insert((section.clone(), key.into()));
        }
    }
    keys
}

/// All documents: those at the root, under `docs`, and of the crates.
fn documents() -> Vec<PathBuf> {
    let at_root = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<PathBuf> = at_root
        .filter(|path| path.extension().is_some_and(|e| e == "md"))
        .collect();
    documents.extend(
        ["docs", "crates"]
            .iter()
            .flat_map(|folder| files(&root().join(folder), "md")),
    );
    assert!(documents.len() > 8, "there are more documents than {documents:?}");
    documents
}
