//! What keeps the workspace in shape. Each test here holds a line of ARCHITECTURE.md; what it finds it lists in full.

mod dependencies;
mod documents;
mod manifests;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::root;

/// A package of this workspace.
struct Package {
    name: String,
    folder: PathBuf,
}

impl Package {
    fn read(&self, file: &str) -> String {
        read(&self.folder.join(file))
    }

    fn is_library(&self) -> bool {
        self.folder.join("src/lib.rs").is_file()
    }
}

/// All packages, by the `members` of the workspace; their folders are called as they are.
fn packages() -> Vec<Package> {
    let manifest = read(&root().join("Cargo.toml"));
    let members = manifest
        .split("\nmembers = [")
        .nth(1)
        .and_then(|rest| rest.split(']').next());
    let mut packages: Vec<Package> = members
        .unwrap()
        .split('"')
        .skip(1)
        .step_by(2)
        .flat_map(|member| match member.strip_suffix("/*") {
            Some(parent) => entries(&root().join(parent)),
            None => vec![root().join(member)],
        })
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(|folder| Package {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            folder,
        })
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(
        packages.len() > 5,
        "the workspace has more packages than {}",
        packages.len()
    );
    packages
}

/// What lies in a folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// All Rust files below a folder.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, "rs")
}

/// All files of a kind below a folder.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

/// A path as people write it: from the root of the workspace.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn check(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
