//! The shim that makes operations fail, and the few words that are shared with it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::bridge::Environment;
use crate::site::Site;

const SOURCE: &str = include_str!("../../shim.c");

/// The shared library, and what else a bridge under it does.
pub(crate) struct Shim {
    library: PathBuf,
    sabotage: Option<String>,
}

impl Shim {
    /// Compiles it into this folder, with the C compiler that the bridge itself needs.
    pub(crate) fn compile(folder: &Path, sabotage: Option<String>) -> anyhow::Result<Self> {
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        std::fs::write(&source, SOURCE)?;
        let status = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-o"])
            .arg(&library)
            .arg(&source)
            .arg("-ldl")
            .status()
            .context("cc does not start")?;
        if !status.success() {
            bail!("cc: {status}");
        }
        Ok(Self { library, sabotage })
    }

    /// What a process must be told to be under it; `durable` is where it keeps what a power cut would leave.
    pub(crate) fn environment(&self, site: &Site, state: &State, durable: Option<String>) -> Environment {
        let mut environment = vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            ("TORTURE_STATE", state.path.display().to_string()),
            ("TORTURE_PREFIX", site.store().display().to_string()),
        ];
        environment.extend(durable.map(|folder| ("TORTURE_DURABLE", folder)));
        environment.extend(self.sabotage.clone().map(|deed| ("ZENDESK_BRIDGE_SABOTAGE", deed)));
        environment
    }
}

/// The words of `struct state` in `shim.c`, shared with a process that runs.
pub(crate) struct State {
    path: PathBuf,
    file: File,
}

const COUNT: u64 = 0;
const AT: u64 = 1;
const ERROR: u64 = 2;
const LASTS: u64 = 3;
const STRUCK: u64 = 4;
const KIND: u64 = 5;
const ONLY: u64 = 6;
const LIES: u64 = 7;
const WORDS: u64 = 8;

/// `SYNC`.
const SYNC: u64 = 3;

/// The names of `enum op`.
const KINDS: [&str; 4] = ["open", "write", "sync", "truncate"];

impl State {
    /// Nothing fails yet.
    pub(crate) fn create(site: &Site) -> anyhow::Result<Self> {
        let path = site.path().join("torture.state");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)?;
        file.set_len(WORDS * 8)?;
        Ok(Self { path, file })
    }

    /// The same words, for somebody else.
    pub(crate) fn again(&self) -> anyhow::Result<Self> {
        Ok(Self {
            path: self.path.clone(),
            file: self.file.try_clone()?,
        })
    }

    /// From here on the `n`th operation fails so; 0: none does.
    pub(crate) fn arm(&self, n: u64, error: u64, lasts: bool) -> anyhow::Result<()> {
        self.put(ERROR, error)?;
        self.put(LASTS, lasts.into())?;
        self.put(AT, n)
    }

    /// From here on only an fsync counts as an operation.
    pub(crate) fn count_syncs(&self) -> anyhow::Result<()> {
        self.put(ONLY, SYNC)
    }

    /// From here on no fsync is carried out, and each says that it was.
    pub(crate) fn lie(&self) -> anyhow::Result<()> {
        self.put(LIES, 1)
    }

    /// Nothing fails any more.
    pub(crate) fn mend(&self) -> anyhow::Result<()> {
        self.put(AT, 0)
    }

    /// How many operations there were.
    pub(crate) fn count(&self) -> anyhow::Result<u64> {
        self.get(COUNT)
    }

    /// Whether any has failed.
    pub(crate) fn has_struck(&self) -> anyhow::Result<bool> {
        Ok(self.get(STRUCK)? > 0)
    }

    /// The kind of the first operation that failed.
    pub(crate) fn kind(&self) -> anyhow::Result<Option<&'static str>> {
        let index = usize::try_from(self.get(KIND)?)?;
        Ok(index.checked_sub(1).and_then(|index| KINDS.get(index)).copied())
    }

    fn get(&self, word: u64) -> anyhow::Result<u64> {
        let mut bytes = [0; 8];
        self.file.read_exact_at(&mut bytes, word * 8)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn put(&self, word: u64, value: u64) -> anyhow::Result<()> {
        Ok(self.file.write_all_at(&value.to_le_bytes(), word * 8)?)
    }
}
