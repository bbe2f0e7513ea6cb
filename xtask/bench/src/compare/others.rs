//! Programs on other people's clients, which lie beside this crate and are installed when they are needed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::timeout;

/// What is compared with, in the order of the table.
pub(super) const OTHERS: [Other; 2] = [
    Other {
        name: "zenpy",
        files: &["calls.py", "requirements.txt"],
        steps: &[
            &["python3", "-m", "venv", "python"],
            &[
                "python/bin/python",
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
                "requirements.txt",
            ],
        ],
        run: &["python/bin/python", "calls.py"],
    },
    Other {
        name: "node-zendesk",
        files: &["calls.mjs", "package.json"],
        steps: &[&["npm", "install", "--no-audit", "--no-fund", "--silent"]],
        run: &["node", "calls.mjs"],
    },
];

/// How long one step of an installation may take.
const STEP: Duration = Duration::from_secs(300);

/// A program on another client.
pub(super) struct Other {
    /// The client's name.
    pub(super) name: &'static str,
    /// The program, and what it needs with exact versions.
    files: &'static [&'static str],
    steps: &'static [&'static [&'static str]],
    run: &'static [&'static str],
}

impl Other {
    /// How it is run, once it is installed; else why it cannot be.
    pub(super) async fn provide(&self) -> anyhow::Result<Command> {
        let folder = self.folder()?;
        if !self.is_installed(&folder)? {
            eprintln!("{} is installed into {} …", self.name, folder.display());
            // What an earlier version needed is not to be measured.
            match std::fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                Ok(()) | Err(_) => std::fs::create_dir_all(&folder)?,
            }
            for file in self.files {
                std::fs::copy(source(file), folder.join(file))?;
            }
            for step in self.steps {
                install(step, &folder).await?;
            }
            std::fs::write(folder.join("installed"), "")?;
        }
        let [program, arguments @ ..] = self.run else {
            bail!("nothing to run");
        };
        let mut command = Command::new(in_folder(program, &folder));
        // The simulated Zendesk is on this machine, whatever lies between it and the rest of the world.
        command
            .args(arguments)
            .current_dir(folder)
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1");
        Ok(command)
    }

    fn is_installed(&self, folder: &Path) -> anyhow::Result<bool> {
        let mut is_it = folder.join("installed").is_file();
        for file in self.files {
            is_it = is_it && std::fs::read(source(file))? == std::fs::read(folder.join(file)).unwrap_or_default();
        }
        Ok(is_it)
    }

    /// `target/bench/NAME`: this program is `target/release/bench`.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        let own = std::env::current_exe()?;
        let target = own.parent().and_then(Path::parent).context("no folder for it")?;
        Ok(target.join("bench").join(self.name))
    }
}

async fn install(step: &[&str], folder: &Path) -> anyhow::Result<()> {
    let [program, arguments @ ..] = step else {
        bail!("nothing to install");
    };
    let mut command = Command::new(in_folder(program, folder));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = timeout(STEP, command.output()).await;
    let output = output.with_context(|| format!("{program} takes more than {} s", STEP.as_secs()))?;
    let output = output.with_context(|| format!("{program} cannot be run"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program}: {}", said.lines().next_back().unwrap_or("it failed"));
    }
    Ok(())
}

/// What was installed in the folder is meant by its path there; everything else is the system's.
fn in_folder(program: &str, folder: &Path) -> PathBuf {
    match program.contains('/') {
        true => folder.join(program),
        false => program.into(),
    }
}

fn source(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compare").join(file)
}
