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

    /// One with a good configuration whose sides are away: nobody listens on port 1. It listens nowhere that is fixed itself.
    pub(crate) fn unreachable() -> Self {
        Self::unreachable_from("off", "127.0.0.1:0")
    }

    /// The same with addresses to listen on.
    pub(crate) fn unreachable_from(web: &str, callback: &str) -> Self {
        Self::with(&format!(
            "[zendesk]\nurl = \"http://127.0.0.1:1\"\noauth_token = \"S3CRET\"\n\
             [pbx]\nurl = \"http://127.0.0.1:1\"\nlogin = \"0001\"\npassword = \"S3CRET\"\n\
             [pbx.callback]\nlisten = \"{callback}\"\nurl = \"http://127.0.0.1:8091\"\n\
             [[pbx.agent]]\nlogin = \"0101\"\npassword = \"S3CRET\"\n\
             [callers]\ncountry = \"DE\"\ndefault_user = \"telephone@acme.example\"\n\
             [web]\nlisten = \"{web}\"\n"
        ))
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
