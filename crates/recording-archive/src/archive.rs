//! Where copies are kept: under a temporary name first, read back and compared, and never over another file.

mod temporary;

use std::collections::HashSet;
use std::path::PathBuf;

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

pub use crate::place::{Account, Entry, Folder, Location, Place, Progress, Reader, Share};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::name;
use crate::place::{read_small, sum_of};
use crate::sum::Sha256Sum;

/// The file of checksums beside the copies, in the format of `sha256sum --check`; comments tell what was
/// deleted.
pub const MANIFEST: &str = "SHA256SUMS.txt";

/// A manifest is not longer than this: some 500,000 copies in one folder, beside what is said of deleted ones.
const LONGEST_MANIFEST: u64 = 64 << 20;

/// Of so many deleted copies a manifest tells, the last ones: some 1 MB.
const MOST_DELETED: usize = 10_000;

/// How a manifest tells of one.
const DELETED: &str = "# deleted ";

/// How many files of one name there may be.
pub(crate) const MOST_OF_A_NAME: u32 = 10_000;

/// How often something that others may do at the same time is tried again.
const ATTEMPTS: u32 = 4;

/// Where the bytes of a copy come from; asked again if a copy is to begin again.
#[async_trait]
pub trait Source: Send + Sync {
    /// The bytes from an offset on.
    async fn open(&self, offset: u64) -> Result<Reader, ArchiveError>;
}

/// What is to be stored, and how it is known.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    /// The name it should have.
    pub name: &'a str,
    /// Bytes.
    pub size: u64,
    /// The checksum that the copy must have.
    pub sha256: Sha256Sum,
}

/// A copy that is there and was compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// The name it got: the one asked for, or a numbered one.
    pub name: String,
    /// Whether it was there already.
    pub was_there: bool,
}

/// What came of [deleting](Sink::remove) a copy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removed {
    /// It was there, and is gone.
    Deleted,
    /// There was none of it, or another file is there now; the folder has a manifest.
    NotThere,
    /// There was none of it, and no manifest either: no copy was ever written down here. This may be the folder on which a
    /// share should be mounted.
    NoManifest,
}

/// A place where copies are kept. Each [`Place`] is one.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Copies into the folder `dir`, which is made where it is absent.
    ///
    /// When this returns, the copy has its name, was read back, and has the checksum. A file of the same name and
    /// content counts as the copy; one of other content is left, and the copy gets a numbered name. A copy that broke
    /// off because the connection was lost goes on where it was.
    async fn store(
        &self,
        dir: &[&str],
        item: Item<'_>,
        source: &dyn Source,
        progress: Progress<'_>,
    ) -> Result<Stored, ArchiveError>;

    /// Adds lines to the manifest of the folder `dir`, those that are not in it.
    async fn append_manifest(&self, dir: &[&str], lines: &[(Sha256Sum, &str)]) -> Result<(), ArchiveError>;

    /// Deletes a copy, if its content is what is expected: nobody else's file is deleted. What was begun of it goes, too. In
    /// the manifest, a comment with the checksum and the moment `at` takes the place of its line; the last 10,000 such
    /// comments are kept. No folder is made.
    async fn remove(&self, dir: &[&str], name: &str, sha256: Sha256Sum, at: Timestamp)
    -> Result<Removed, ArchiveError>;

    /// The files in the folder `dir`; none where there is no such folder.
    async fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ArchiveError>;

    /// Whether the place is there and can be written to: makes the folder `dir`, and a file in it for a moment.
    async fn probe(&self, dir: &[&str]) -> Result<(), ArchiveError>;

    /// Deletes temporary files in the folder `dir` that nobody writes any more, and tells how many: those that have the name
    /// of one, and were not written to for a week by the clock of the place. The beginnings of the recordings in `spare`
    /// are left: their copies go on there.
    async fn sweep(&self, dir: &[&str], spare: &[Sha256Sum]) -> Result<usize, ArchiveError>;
}

/// The place at an URL: `smb://server:port/share/folder` or `file:///folder`.
///
/// # Errors
///
/// Where it is neither. Nothing is connected yet.
pub fn from_url(url: &str, user: &str, password: SecretString) -> Result<Box<dyn Sink>, ArchiveError> {
    if url.starts_with("file:") {
        return Ok(Box::new(Folder::new(folder_of(url)?)));
    }
    Ok(Box::new(Share::new(
        Location::parse(url)?,
        Account::new(user, password),
    )))
}

/// The folder at an URL `file:///folder`.
///
/// # Errors
///
/// Where it is none.
pub fn folder_of(url: &str) -> Result<PathBuf, ArchiveError> {
    let wrong = || ArchiveError::other("reading the address", "a folder is written file:///path/of/the/folder");
    let url = Url::parse(url)
        .ok()
        .filter(|url| url.scheme() == "file")
        .ok_or_else(wrong)?;
    url.to_file_path().map_err(|()| wrong())
}

#[async_trait]
impl<P: Place> Sink for P {
    async fn store(
        &self,
        dir: &[&str],
        item: Item<'_>,
        source: &dyn Source,
        progress: Progress<'_>,
    ) -> Result<Stored, ArchiveError> {
        let dir = folder(dir);
        self.make_folder(&dir).await?;
        let mut attempt = 1;
        loop {
            let target = match free_name(self, &dir, item).await? {
                Target::There(name) => {
                    // A copier that died while it gave the name leaves its first one beside it.
                    let cleared = self.delete(&join(&dir, &temporary::name(item.sha256, 1))).await;
                    tracing::debug!(cleared = cleared.is_ok(), "a copy is there already");
                    return Ok(Stored { name, was_there: true });
                }
                Target::Free(name) => name,
            };
            match copy(self, &dir, &target, item, source, attempt, progress).await {
                Ok(true) => {
                    return Ok(Stored {
                        name: target,
                        was_there: false,
                    });
                }
                // Somebody else was quicker with the name, or with the very same copy.
                Ok(false) if attempt < ATTEMPTS => {}
                Err(error) if attempt < ATTEMPTS && may_be_a_race(&error) => {}
                Ok(false) => {
                    return Err(ArchiveError::other("naming a copy", "others take the names"));
                }
                Err(error) => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn append_manifest(&self, dir: &[&str], lines: &[(Sha256Sum, &str)]) -> Result<(), ArchiveError> {
        let path = join(&folder(dir), MANIFEST);
        let wanted: Vec<String> = lines.iter().map(|(sum, name)| line_of(*sum, name)).collect();
        // Another bridge may append at the same time: what counts is what can be read afterwards.
        for _ in 0..ATTEMPTS {
            let old = read_small(self, &path, LONGEST_MANIFEST).await?.unwrap_or_default();
            let text = String::from_utf8_lossy(&old);
            let there: HashSet<&str> = text.lines().collect();
            let mut new: String = wanted
                .iter()
                .filter(|line| !there.contains(line.as_str()))
                .map(|line| format!("{line}\n"))
                .collect();
            if new.is_empty() {
                return Ok(());
            }
            if !old.is_empty() && !old.ends_with(b"\n") {
                // A line that broke off.
                new.insert(0, '\n');
            }
            self.write(&path, old.len() as u64, reader(new.into_bytes()), &|_| {})
                .await?;
        }
        Err(ArchiveError::new(ArchiveErrorKind::Damaged, "writing the manifest"))
    }

    async fn remove(
        &self,
        dir: &[&str],
        name: &str,
        sha256: Sha256Sum,
        at: Timestamp,
    ) -> Result<Removed, ArchiveError> {
        let dir = folder(dir);
        let path = join(&dir, &name::safe(name));
        let is_ours = match self.size(&path).await? {
            Some(_) => sum_of(self, &path).await? == sha256,
            None => false,
        };
        if is_ours {
            self.delete(&path).await?;
        }
        for attempt in 1..=ATTEMPTS {
            self.delete(&join(&dir, &temporary::name(sha256, attempt))).await?;
        }
        let manifest = join(&dir, MANIFEST);
        let old = read_small(self, &manifest, LONGEST_MANIFEST).await?;
        if old.is_none() && !is_ours {
            return Ok(Removed::NoManifest);
        }
        let old = old.unwrap_or_default();
        let text = String::from_utf8_lossy(&old);
        let gone = line_of(sha256, name);
        if is_ours || text.lines().any(|line| line == gone) {
            let new = without(&text, sha256, name, at);
            let part = join(&dir, temporary::MANIFEST);
            self.write(&part, 0, reader(new.into_bytes()), &|_| {}).await?;
            self.replace(&part, &manifest).await?;
        }
        Ok(if is_ours { Removed::Deleted } else { Removed::NotThere })
    }

    async fn list(&self, dir: &[&str]) -> Result<Vec<Entry>, ArchiveError> {
        let mut entries = match Place::list(self, &folder(dir)).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == ArchiveErrorKind::Missing => Vec::new(),
            Err(error) => return Err(error),
        };
        entries.retain(|entry| !entry.is_folder && entry.name != MANIFEST && !entry.name.ends_with(".part"));
        Ok(entries)
    }

    async fn probe(&self, dir: &[&str]) -> Result<(), ArchiveError> {
        let dir = folder(dir);
        self.make_folder(&dir).await?;
        let path = join(&dir, temporary::PROBE);
        self.write(&path, 0, reader(b"probe".to_vec()), &|_| {}).await?;
        self.delete(&path).await
    }

    async fn sweep(&self, dir: &[&str], spare: &[Sha256Sum]) -> Result<usize, ArchiveError> {
        temporary::sweep(self, &folder(dir), spare).await
    }
}

enum Target {
    There(String),
    Free(String),
}

/// The first name that is free, or that holds the very same content.
async fn free_name(place: &dyn Place, dir: &str, item: Item<'_>) -> Result<Target, ArchiveError> {
    for n in 1..=MOST_OF_A_NAME {
        let name = name::numbered(item.name, n);
        if name.eq_ignore_ascii_case(MANIFEST) || name.ends_with(".part") {
            continue;
        }
        let path = join(dir, &name);
        match place.size(&path).await? {
            None => return Ok(Target::Free(name)),
            Some(size) if size == item.size && sum_of(place, &path).await? == item.sha256 => {
                return Ok(Target::There(name));
            }
            Some(_) => {}
        }
    }
    Err(ArchiveError::other("naming a copy", "all numbers are taken"))
}

/// `false`: it is written, but its name was taken meanwhile.
async fn copy(
    place: &dyn Place,
    dir: &str,
    target: &str,
    item: Item<'_>,
    source: &dyn Source,
    attempt: u32,
    progress: Progress<'_>,
) -> Result<bool, ArchiveError> {
    // The name depends on the content: what lies there is the beginning of the same copy, and is compared anyway.
    // Whoever comes second to the same copy writes one of its own.
    let part = join(dir, &temporary::name(item.sha256, attempt));
    let there = if attempt == 1 { place.size(&part).await? } else { None };
    let offset = there.filter(|there| *there <= item.size).unwrap_or(0);
    let reader = source.open(offset).await?;
    let written = match place.write(&part, offset, reader, progress).await {
        Ok(written) => written,
        Err(error) => {
            // A lost connection is taken up where it broke off, and what others write is theirs; anything else only
            // takes up room.
            if !matches!(error.kind(), ArchiveErrorKind::Unreachable | ArchiveErrorKind::InUse) {
                let cleared = place.delete(&part).await;
                tracing::debug!(cleared = cleared.is_ok(), "a copy failed");
            }
            return Err(error);
        }
    };
    if offset + written != item.size || sum_of(place, &part).await? != item.sha256 {
        place.delete(&part).await?;
        return Err(ArchiveError::new(
            ArchiveErrorKind::Damaged,
            "comparing the copy with the recording",
        ));
    }
    let named = place.rename(&part, &join(dir, target)).await?;
    if !named {
        place.delete(&part).await?;
    }
    Ok(named)
}

/// Two bridges may make the same copy at the same time; one of them finds its temporary file gone or half as long.
fn may_be_a_race(error: &ArchiveError) -> bool {
    matches!(
        error.kind(),
        ArchiveErrorKind::Damaged | ArchiveErrorKind::Missing | ArchiveErrorKind::InUse
    )
}

/// The line of a copy in a manifest.
fn line_of(sha256: Sha256Sum, name: &str) -> String {
    format!("{sha256}  {name}")
}

/// A manifest in which a copy is told to be deleted, and no more of others than there is room for.
fn without(manifest: &str, sha256: Sha256Sum, name: &str, at: Timestamp) -> String {
    let gone = line_of(sha256, name);
    // Without the name, which may hold numbers. `sha256sum --check` passes over it.
    let said = format!("{DELETED}{at:.0} {sha256}");
    let is_comment = |line: &&str| line.starts_with(DELETED);
    let rest = manifest.lines().filter(|line| *line != gone && *line != said);
    let lines: Vec<&str> = rest.chain([said.as_str()]).collect();
    // New ones come behind.
    let comments = lines.iter().filter(|line| is_comment(line)).count();
    let mut too_many = comments.saturating_sub(MOST_DELETED);
    let mut new = String::with_capacity(manifest.len() + said.len() + 1);
    for line in lines {
        if too_many > 0 && is_comment(&line) {
            too_many -= 1;
        } else {
            new.push_str(line);
            new.push('\n');
        }
    }
    new
}

fn folder(dir: &[&str]) -> String {
    dir.iter().map(|name| name::safe(name)).collect::<Vec<_>>().join("/")
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() {
        name.to_owned()
    } else {
        format!("{dir}/{name}")
    }
}

fn reader(bytes: Vec<u8>) -> Reader {
    Box::new(std::io::Cursor::new(bytes))
}

#[cfg(test)]
mod tests;
