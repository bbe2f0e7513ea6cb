//! All tests, doc examples included.

use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use anyhow::{Context, bail};

use crate::command::{announce, cargo, shown};
use crate::needs;

/// What all test programs together said in their closing lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs all tests; what they print goes through as it comes.
pub(crate) fn run() -> anyhow::Result<Totals> {
    needs::provide(needs::FOR_TESTS)?;
    let mut command = cargo(&["test", "--workspace", "--all-features", "--locked", "--no-fail-fast"]);
    announce(&command);
    let name = shown(&command);
    let mut tests = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{name}`"))?;
    let mut totals = Totals::default();
    if let Some(output) = tests.stdout.take() {
        let mut stdout = std::io::stdout().lock();
        for line in BufReader::new(output).split(b'\n') {
            let line = line.context("cannot read what the tests print")?;
            totals.add(&String::from_utf8_lossy(&line));
            stdout.write_all(&line)?;
            stdout.write_all(b"\n")?;
            stdout.flush()?;
        }
    }
    let status = tests.wait()?;
    eprintln!("\ntests in all: {totals}");
    if !status.success() {
        bail!("`{name}` failed: {status}");
    }
    Ok(totals)
}

impl Totals {
    /// Adds a closing line, such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`; other lines count nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result:") else {
            return;
        };
        for part in result.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            ignored,
        } = self;
        write!(f, "{passed} passed; {failed} failed; {ignored} ignored")
    }
}

#[cfg(test)]
mod tests {
    use super::Totals;

    #[test]
    fn closing_lines_are_added_up() {
        let mut totals = Totals::default();
        for line in [
            "running 2 tests",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.12s",
            "test a_test_result: 5 passed ... ok",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
        ] {
            totals.add(line);
        }
        assert_eq!(
            totals,
            Totals {
                passed: 15,
                failed: 2,
                ignored: 1
            }
        );
    }
}
