//! What a power cut leaves on the disk, put back from what the shim has kept.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rand::Rng as _;
use rand::rngs::StdRng;

use crate::site::Site;

/// A disk sector or a page of the cache survives as a whole.
const PAGE: usize = 4096;

/// Where the shim keeps what is durable, and what becomes of the rest.
pub(crate) struct Power {
    durable: PathBuf,
    store: PathBuf,
    draw: StdRng,
}

impl Power {
    /// Before the first start.
    pub(crate) fn new(site: &Site, draw: StdRng) -> anyhow::Result<Self> {
        let power = Self {
            durable: site.path().join("durable"),
            store: site.store(),
            draw,
        };
        fs::create_dir(&power.durable)?;
        Ok(power)
    }

    /// What the shim must be told.
    pub(crate) fn durable(&self) -> String {
        self.durable.display().to_string()
    }

    /// The power is cut: the bridge is dead, and of what it wrote and did not see on the disk nothing is left, or of each
    /// page by lot.
    pub(crate) fn cut(&mut self) -> anyhow::Result<()> {
        let some_is_left = self.draw.random_bool(0.5);
        let names = fs::read_to_string(self.durable.join("names")).context("what is durable")?;
        let mut left = Vec::new();
        for line in names.lines() {
            let mut words = line.splitn(3, ' ');
            let (Some(id), Some(inode), Some(name)) = (words.next(), words.next(), words.next()) else {
                anyhow::bail!("what is durable: {line}");
            };
            // SQLite makes its index of the log anew, and nobody else needs the lock of a process that is gone.
            if !name.ends_with("-shm") && !name.ends_with(".lock") {
                let path = self.store.with_file_name(name);
                let content = self.content(id, inode.parse()?, &path, some_is_left)?;
                left.push((path, content));
            }
        }
        let folder = self.store.parent().context("a folder")?;
        let own = self.store.file_name().context("a name")?.to_string_lossy().into_owned();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(&own) {
                fs::remove_file(entry.path())?;
            }
        }
        for (path, content) in left {
            fs::write(path, content)?;
        }
        fs::remove_dir_all(&self.durable)?;
        fs::create_dir(&self.durable)?;
        Ok(())
    }

    fn content(&mut self, id: &str, inode: u64, path: &Path, some_is_left: bool) -> anyhow::Result<Vec<u8>> {
        let mut content = match fs::read(self.durable.join(id)) {
            // Its name was synced, and nothing in it.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            read => read?,
        };
        let is_same = fs::metadata(path).is_ok_and(|now| now.ino() == inode);
        if some_is_left && is_same {
            let written = fs::read(path)?;
            if self.draw.random_bool(0.5) {
                content.resize(written.len(), 0);
            }
            for (kept, written) in content.chunks_mut(PAGE).zip(written.chunks(PAGE)) {
                if self.draw.random_bool(0.5) {
                    let length = kept.len().min(written.len());
                    kept[..length].copy_from_slice(&written[..length]);
                }
            }
        }
        Ok(content)
    }
}
