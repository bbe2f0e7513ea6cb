//! What each source file looks like, and what is not in it.

use std::path::{Path, PathBuf};

use super::{Package, check, packages, read, rust_files, shown};
use crate::command::root;

/// Longer files nobody reads in a sitting.
const LONGEST: usize = 600;

/// Who may read the environment: the binary, and what developers start by hand.
const SHELLS: &[&str] = &["bench", "zendesk-bridge", "crash", "examples", "site", "xtask"];

/// Who reads no clock at all, not even with a reason.
const TIMELESS: &[&str] = &["pbx", "bridge-core"];

#[test]
fn each_file_says_what_it_is_for() {
    let says = |text: &str| text.starts_with("//! ") || text.starts_with("#![doc = include_str!(\"../README.md\")]");
    let silent = all_files().into_iter().filter(|file| !says(&read(file)));
    check(
        silent
            .map(|file| format!("{} does not begin with `//! `", shown(&file)))
            .collect(),
    );
}

#[test]
fn files_are_read_in_a_sitting() {
    let long = all_files()
        .into_iter()
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(n, _)| *n > LONGEST);
    check(
        long.map(|(n, file)| format!("{} has {n} lines, over {LONGEST}", shown(&file)))
            .collect(),
    );
}

#[test]
fn nothing_is_left_undone() {
    let words = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("FIX", "ME"),
    ];
    check(lines_with(&all_files(), |line| {
        words.iter().any(|word| line.contains(word))
    }));
}

#[test]
fn only_the_binary_reads_the_environment() {
    let reads = |line: &str| line.contains("std::env") || line.contains("env::var") || line.contains("env::args");
    let files: Vec<PathBuf> = packages()
        .iter()
        .filter(|package| !SHELLS.contains(&package.name.as_str()))
        .flat_map(library_files)
        .collect();
    check(lines_with(&files, reads));
}

#[test]
fn the_domain_reads_no_clock_and_draws_no_lots() {
    let files: Vec<PathBuf> = packages()
        .iter()
        .filter(|package| TIMELESS.contains(&package.name.as_str()))
        .flat_map(library_files)
        .collect();
    assert!(!files.is_empty());
    let worldly = [
        "disallowed_methods",
        "::now()",
        "rand::",
        "RandomState",
        "thread::sleep",
        "Serialize",
    ];
    check(lines_with(&files, |line| {
        worldly.iter().any(|word| line.contains(word)) && !line.trim().starts_with("//")
    }));
}

#[test]
fn exceptions_give_a_reason() {
    let mut found = Vec::new();
    for file in all_files() {
        let text = read(&file);
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let attribute = line.trim_start();
            if !attribute.starts_with("#[expect(") && !attribute.starts_with("#![expect(") {
                continue;
            }
            let end = lines[number..]
                .iter()
                .position(|l| l.contains(")]"))
                .map_or(lines.len(), |n| number + n + 1);
            if !lines[number..end].iter().any(|l| l.contains("reason =")) {
                found.push(format!("{}:{} gives no reason", shown(&file), number + 1));
            }
        }
    }
    check(found);
}

/// What adapters or the core build and the core answers: a new one must not compile until everybody has an answer.
const CLOSED: &[(&str, &str)] = &[
    ("crates/pbx/src/event.rs", "Event"),
    ("crates/pbx/src/event.rs", "LegState"),
    ("crates/pbx/src/event.rs", "Direction"),
    ("crates/bridge-core/src/input.rs", "Input"),
    ("crates/bridge-core/src/input.rs", "Outcome"),
    ("crates/bridge-core/src/input.rs", "Refusal"),
    ("crates/bridge-core/src/effect.rs", "Order"),
    ("crates/bridge-core/src/number/mod.rs", "Reading"),
    ("crates/bridge-core/src/matching/mod.rs", "Service"),
];

#[test]
fn what_the_core_answers_is_closed() {
    let mut found = Vec::new();
    for (file, name) in CLOSED {
        match is_open(&read(&root().join(file)), name) {
            None => found.push(format!("{file} has no enum {name}")),
            Some(true) => found.push(format!("{file}: {name} must not be #[non_exhaustive]")),
            Some(false) => {}
        }
    }
    for file in packages().iter().flat_map(library_files) {
        let text = read(&file);
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("pub enum ")?.strip_suffix(" {"));
        for name in names.filter(|name| name.ends_with("ErrorKind") || name.ends_with("FailureKind")) {
            if is_open(&text, name) == Some(false) {
                found.push(format!("{}: {name} must be #[non_exhaustive]", shown(&file)));
            }
        }
    }
    check(found);
}

/// Whether a public enum is `#[non_exhaustive]`; `None` if there is none of that name.
fn is_open(text: &str, name: &str) -> Option<bool> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| *line == format!("pub enum {name} {{"))?;
    let attributes = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#[") || line.starts_with("///"));
    Some(attributes.into_iter().any(|line| *line == "#[non_exhaustive]"))
}

/// Files that become part of a library: neither tests of their own nor programs beside it.
fn library_files(package: &Package) -> Vec<PathBuf> {
    let source = package.folder.join("src");
    let programs = [source.join("bin"), source.join("main.rs")];
    rust_files(&source)
        .into_iter()
        .filter(|file| !programs.iter().any(|program| file.starts_with(program)))
        .collect()
}

fn all_files() -> Vec<PathBuf> {
    ["crates", "examples", "xtask"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect()
}

fn lines_with(files: &[PathBuf], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in read(file).lines().enumerate() {
            if is_wrong(line) {
                found.push(format!("{}:{}: {}", shown(Path::new(file)), number + 1, line.trim()));
            }
        }
    }
    found
}
