//! Everything CI runs, cheapest first.

use std::time::{Duration, Instant};

use crate::command::{self, cargo};
use crate::contract::{self, Facts};
use crate::crash;
use crate::test;
use crate::torture;

/// Runs everything, and says at the end what it was and how long it took.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    let result = all(&mut steps);
    steps.tell();
    result
}

fn all(steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("format", || command::run(&mut cargo(&["fmt", "--all", "--check"])))?;
    steps.step("lints", || {
        let clippy = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--locked",
            "--",
            "-D",
            "warnings",
        ];
        command::run(&mut cargo(&clippy))
    })?;
    let totals = steps.step("tests", test::run)?;
    steps.step("contract", || contract::run(&Facts::default()))?;
    steps.step("torture", crash::short)?;
    steps.step("documentation", || {
        let doc = [
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
            "--locked",
        ];
        command::run(cargo(&doc).env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    steps.step("packages", package)?;
    steps.step("release build", || {
        command::run(&mut cargo(&["build", "--release", "--locked"]))
    })?;
    steps.step("simulation", torture::short)?;
    steps.step("demo", || {
        command::run(&mut cargo(&["run", "--release", "--locked", "--", "demo"]))
    })?;
    steps.note(format!("tests in all: {totals}"));
    Ok(())
}

/// Puts together what would be published: all that is under `crates`. Whether it compiles from there is asked without
/// `--no-verify`, before a release.
fn package() -> anyhow::Result<()> {
    let mut package = cargo(&["package", "--allow-dirty", "--no-verify", "--locked"]);
    for folder in std::fs::read_dir(command::root().join("crates"))? {
        package.arg("--package").arg(folder?.file_name());
    }
    command::run(&mut package)
}

/// What ran, and for how long.
#[derive(Default)]
struct Steps {
    done: Vec<(&'static str, Duration, bool)>,
    notes: Vec<String>,
}

impl Steps {
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a step took is told to a person and decides nothing"
    )]
    fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let start = Instant::now();
        let result = work();
        self.done.push((name, start.elapsed(), result.is_ok()));
        result
    }

    fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn tell(&self) {
        eprintln!();
        for (name, took, ok) in &self.done {
            let verdict = if *ok { "ok" } else { "FAILED" };
            eprintln!("{name:<14} {verdict:<6} {:>4} s", took.as_secs());
        }
        for note in &self.notes {
            eprintln!("{note}");
        }
    }
}
