//! Who may depend on whom. The picture is in ARCHITECTURE.md; `cargo tree` says whether it is true.

use std::collections::BTreeSet;

use super::{check, packages};
use crate::command::cargo;

/// Each package, and which of ours it may know. A new package needs a line here, and a place in the picture.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("pbx", &[]),
    ("starface-client", &[]),
    ("zendesk-client", &[]),
    ("bridge-sim", &[]),
    ("recording-archive", &[]),
    ("xtask", &[]),
    (
        "bench",
        &[
            "bridge-core",
            "bridge-runtime",
            "bridge-sim",
            "pbx",
            "recording-archive",
            "site",
            "zendesk-client",
        ],
    ),
    ("contract", &["bridge-sim", "starface-client", "zendesk-client"]),
    ("crash", &["bridge-sim", "site"]),
    ("site", &["bridge-sim"]),
    (
        "torture",
        &[
            "bridge-core",
            "bridge-runtime",
            "bridge-sim",
            "pbx",
            "pbx-starface",
            "starface-client",
            "zendesk-client",
        ],
    ),
    ("bridge-core", &["pbx"]),
    ("pbx-starface", &["pbx", "starface-client"]),
    ("bridge-runtime", &["bridge-core", "pbx", "zendesk-client"]),
    (
        "zendesk-bridge",
        &[
            "bridge-core",
            "bridge-runtime",
            "bridge-sim",
            "pbx",
            "pbx-starface",
            "recording-archive",
            "starface-client",
            "zendesk-client",
        ],
    ),
    (
        "examples",
        &[
            "bridge-core",
            "bridge-runtime",
            "bridge-sim",
            "pbx",
            "pbx-starface",
            "starface-client",
            "zendesk-client",
        ],
    ),
];

/// What the pure crates must not even reach through others.
const WORLDLY: &[&str] = &[
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "rusqlite",
    "socket2",
    "sqlx",
    "tokio",
];

#[test]
fn each_crate_knows_only_what_it_may() {
    let names: BTreeSet<String> = packages().into_iter().map(|package| package.name).collect();
    let mut found: Vec<String> = MAY_KNOW
        .iter()
        .filter(|(package, _)| !names.contains(*package))
        .map(|(package, _)| format!("{package} has a line in MAY_KNOW and is no package"))
        .collect();
    for name in &names {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(package, _)| package == name) else {
            found.push(format!("{name}: say in MAY_KNOW which of our crates it may know"));
            continue;
        };
        for dependency in tree(&["-p", name, "--depth", "1"]).intersection(&names) {
            if dependency != name && !allowed.contains(&dependency.as_str()) {
                found.push(format!("{name} must not know {dependency}"));
            }
        }
    }
    check(found);
}

#[test]
fn pbx_and_bridge_core_are_pure() {
    let mut found = Vec::new();
    for pure in ["pbx", "bridge-core"] {
        let tree = tree(&["-p", pure, "--all-features"]);
        assert!(tree.contains("jiff"), "this is not the tree of {pure}: {tree:?}");
        found.extend(
            WORLDLY
                .iter()
                .filter(|w| tree.contains(**w))
                .map(|w| format!("{pure} reaches {w}")),
        );
    }
    check(found);
}

#[test]
fn domain_types_are_not_serialized() {
    let found = ["pbx", "bridge-core"].into_iter().flat_map(|domain| {
        let direct = tree(&["-p", domain, "--depth", "1", "--all-features"]);
        ["serde", "serde_json"]
            .into_iter()
            .filter(move |s| direct.contains(*s))
            .map(move |s| {
                format!("{domain} depends on {s}: the store has records of its own, the conversion is written out")
            })
    });
    check(found.collect());
}

#[test]
fn the_runtime_knows_no_pbx_and_no_file_of_configuration() {
    let tree = tree(&["-p", "bridge-runtime"]);
    assert!(
        tree.contains("zendesk-client"),
        "this is not the tree of bridge-runtime: {tree:?}"
    );
    let foreign = tree.iter().filter(|name| {
        name.starts_with("pbx-") || ["starface-client", "bridge-sim", "clap", "toml"].contains(&name.as_str())
    });
    check(foreign.map(|name| format!("bridge-runtime reaches {name}")).collect());
}

#[test]
fn only_the_binary_reads_configuration() {
    // A simulator is started by itself, too.
    let programs = [
        "zendesk-bridge",
        "bench",
        "bridge-sim",
        "contract",
        "crash",
        "torture",
        "xtask",
    ];
    let names = packages()
        .into_iter()
        .map(|package| package.name)
        .filter(|name| !programs.contains(&name.as_str()));
    let found = names.flat_map(|name| {
        let direct = tree(&["-p", &name, "--depth", "1"]);
        let readers = ["clap", "toml"]
            .into_iter()
            .filter(move |reader| direct.contains(*reader));
        readers
            .map(move |reader| format!("{name} depends on {reader}"))
            .collect::<Vec<_>>()
    });
    check(found.collect());
}

#[test]
fn an_adapter_knows_its_pbx_and_no_help_desk() {
    let tree = tree(&["-p", "pbx-starface"]);
    assert!(
        tree.contains("starface-client"),
        "this is not the tree of pbx-starface: {tree:?}"
    );
    let foreign = tree
        .iter()
        .filter(|name| *name == "zendesk-client" || name.starts_with("bridge-"));
    check(foreign.map(|name| format!("pbx-starface reaches {name}")).collect());
}

/// The names of all packages in a tree of normal dependencies.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let mut command = cargo(&[
        "tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}",
    ]);
    let output = command.args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "cargo tree {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(ToOwned::to_owned)
        .collect()
}
