//! A folder to run the binary in.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use tempfile::TempDir;

/// A folder with nothing or a configuration in it; gone at the end.
#[derive(Clone)]
pub(crate) struct Place(Arc<TempDir>);

impl Place {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().expect("a temporary folder")))
    }

    /// One with this `bridge.toml`.
    pub(crate) fn with(configuration: &str) -> Self {
        let place = Self::new();
        std::fs::write(place.path().join("bridge.toml"), configuration).expect("a file in it");
        place
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs the binary in this folder; exit code, standard output, standard error. No secret may be shown.
    pub(crate) fn run(&self, line: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zendesk-bridge"));
        let command = command
            .args(line.split(' '))
            .current_dir(self.path())
            .env_remove("RUST_LOG");
        let Output { status, stdout, stderr } = command.output().expect("the binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let (stdout, stderr) = (text(stdout), text(stderr));
        for secret in ["S3CRET", "pw-0", "sim-client-secret"] {
            assert!(
                !stdout.contains(secret) && !stderr.contains(secret),
                "{line}: {secret} is shown: {stdout}{stderr}"
            );
        }
        (status.code().expect("no signal"), stdout, stderr)
    }
}
