//! What each package says of itself.

use super::{check, packages, shown};

#[test]
fn every_package_takes_the_lints_and_the_licence_of_the_workspace() {
    let mut found = Vec::new();
    for package in packages() {
        let manifest = package.read("Cargo.toml");
        for line in [
            "license.workspace = true",
            "rust-version.workspace = true",
            "version.workspace = true",
        ] {
            if !manifest.lines().any(|l| l.trim() == line) {
                found.push(format!("{}/Cargo.toml lacks `{line}`", shown(&package.folder)));
            }
        }
        if !manifest.contains("\n[lints]\nworkspace = true\n") {
            found.push(format!(
                "{}/Cargo.toml lacks `[lints] workspace = true`",
                shown(&package.folder)
            ));
        }
        if !manifest.contains("\ndescription = \"") {
            found.push(format!("{}/Cargo.toml lacks a description", shown(&package.folder)));
        }
    }
    check(found);
}

#[test]
fn dependencies_are_those_of_the_workspace() {
    let mut found = Vec::new();
    for package in packages() {
        let mut in_dependencies = false;
        for line in package.read("Cargo.toml").lines() {
            if line.starts_with('[') {
                in_dependencies = line.ends_with("dependencies]");
            } else if in_dependencies && line.contains('=') && !line.contains("workspace = true") {
                found.push(format!(
                    "{}/Cargo.toml: `{line}` belongs into the workspace",
                    shown(&package.folder)
                ));
            }
        }
    }
    check(found);
}

#[test]
fn the_readme_of_a_library_is_its_documentation() {
    let mut found = Vec::new();
    for package in packages()
        .iter()
        .filter(|package| package.is_library() && package.name != "examples")
    {
        let folder = shown(&package.folder);
        if !package.folder.join("README.md").is_file() {
            found.push(format!("{folder} has no README.md"));
        }
        if !package
            .read("src/lib.rs")
            .contains("#![doc = include_str!(\"../README.md\")]")
        {
            found.push(format!(
                "{folder}/src/lib.rs does not include README.md as its documentation"
            ));
        }
    }
    check(found);
}

#[test]
fn what_is_published_says_what_it_is() {
    let mut found = Vec::new();
    for package in packages() {
        let manifest = package.read("Cargo.toml");
        if manifest.contains("\npublish = false\n") {
            continue;
        }
        let folder = shown(&package.folder);
        for key in ["readme", "keywords", "categories", "repository.workspace"] {
            if !manifest.contains(&format!("\n{key} = ")) {
                found.push(format!("{folder}/Cargo.toml lacks `{key}`"));
            }
        }
        // The texts of the licences go into the package: links to those at the root.
        let mut files = vec!["LICENSE-APACHE", "LICENSE-MIT"];
        if package.is_library() {
            files.push("CHANGELOG.md");
        }
        for file in files {
            if !package.folder.join(file).is_file() {
                found.push(format!("{folder} has no {file}"));
            }
        }
    }
    check(found);
}
