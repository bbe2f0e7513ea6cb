//! Recordings that are ours: kept durably until they are attached and copied, and known until they are deleted.

mod kept;
mod record;

use std::fmt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::fs;
use tokio::io::AsyncSeekExt;

use crate::archive::Source;
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::inbox::{Found, Inbox};
use crate::name;
use crate::place::{Folder, Place, Reader, read_small, sum_of};
use crate::sum::Sha256Sum;
pub use kept::{Copied, Kept, Meta};
use record::Record;

/// A folder of recordings that were taken from an inbox.
///
/// Beside each recording lies a record of what is known of it. The record goes last in, so that a recording without one was not
/// taken yet. It stays, without the recording, when a copy is in the archive: it says where that is, for whoever has to
/// delete it one day. One process takes recordings; another may copy and delete them at the same time
/// ([`Spool::beside`]), one at a time.
pub struct Spool {
    folder: PathBuf,
    place: Box<dyn Place>,
}

impl Spool {
    /// Opens the spool in a folder, which is made where it is absent. What a crash left half done is cleared away: what
    /// was being taken is still in the inbox, and what was being removed or has been copied had to go.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be made or read.
    pub async fn open(folder: impl Into<PathBuf>) -> Result<Self, ArchiveError> {
        let failed = ArchiveError::io("opening the spool");
        let folder = folder.into();
        fs::create_dir_all(&folder).await.map_err(&failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let private = std::fs::Permissions::from_mode(0o700);
            fs::set_permissions(&folder, private).await.map_err(&failed)?;
        }
        let spool = Self::beside(folder);
        for entry in spool.place.list("").await? {
            let had_to_go = match entry.name.strip_suffix(".audio") {
                // A record that cannot be read is told when it is needed, and keeps its recording.
                Some(id) => spool
                    .get(id)
                    .await
                    .is_ok_and(|kept| kept.is_none_or(|kept| kept.is_done())),
                None => entry.name.ends_with(".part"),
            };
            if had_to_go {
                spool.place.delete(&entry.name).await?;
            }
        }
        Ok(spool)
    }

    /// A spool on which somebody else may be working: nothing is made, and nothing is cleared away.
    pub fn beside(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            place: Box::new(Folder::new(&folder)),
            folder,
        }
    }

    /// The same, with what is made of its place between it and its files: for whoever watches, or breaks, what it does.
    #[must_use]
    pub fn through(self, between: impl FnOnce(Box<dyn Place>) -> Box<dyn Place>) -> Self {
        Self {
            place: between(self.place),
            folder: self.folder,
        }
    }

    /// How many recordings are here, and their bytes; without reading what is known of them.
    ///
    /// # Errors
    ///
    /// Where the spool cannot be read.
    pub async fn here(&self) -> Result<(usize, u64), ArchiveError> {
        let entries = self.place.list("").await?;
        let here = entries.iter().filter(|entry| entry.name.ends_with(".audio"));
        Ok(here.fold((0, 0), |(count, bytes), entry| (count + 1, bytes + entry.size)))
    }

    /// Takes a recording out of the inbox: it is durable here before it goes there. Taking it again, after a crash or by
    /// mistake, changes nothing and only clears the inbox.
    ///
    /// # Errors
    ///
    /// Then it is still in the inbox. [`ArchiveErrorKind::Damaged`]: it is not what was found.
    pub async fn take(
        &self,
        inbox: &dyn Inbox,
        found: &Found,
        file_name: &str,
        meta: Meta,
    ) -> Result<Kept, ArchiveError> {
        let id = id_of(found.sha256, &meta.call);
        if let Some(kept) = self.get(&id).await? {
            inbox.remove(&found.name).await?;
            return Ok(kept);
        }
        let part = format!("{id}.part");
        let source = inbox.open(&found.name).await?;
        self.place.write(&part, 0, source, &|_| {}).await?;
        if sum_of(&*self.place, &part).await? != found.sha256 {
            self.place.delete(&part).await?;
            return Err(ArchiveError::new(
                ArchiveErrorKind::Damaged,
                "taking a recording from the inbox",
            ));
        }
        self.place.replace(&part, &audio_of(&id)).await?;
        let kept = Kept {
            file_name: name::safe(file_name),
            size: found.size,
            format: found.format,
            millis: found.duration.and_then(|d| u64::try_from(d.as_millis()).ok()),
            sha256: found.sha256,
            meta,
            copied: None,
            is_here: true,
            id,
        };
        self.write_record(&kept).await?;
        inbox.remove(&found.name).await?;
        Ok(kept)
    }

    /// All that is known, oldest first: what waits, and what is copied.
    ///
    /// # Errors
    ///
    /// Where the spool or a record cannot be read.
    pub async fn all(&self) -> Result<Vec<Kept>, ArchiveError> {
        let mut all = Vec::new();
        for id in self.ids().await? {
            all.extend(self.get(&id).await?);
        }
        all.sort_by(|a, b| (a.meta.began, &a.id).cmp(&(b.meta.began, &b.id)));
        Ok(all)
    }

    /// The recordings that are here: to be attached, or copied, or both.
    ///
    /// # Errors
    ///
    /// As of [`Spool::all`].
    pub async fn waiting(&self) -> Result<Vec<Kept>, ArchiveError> {
        self.only(|kept| kept.is_here).await
    }

    /// Those of calls answered before a moment.
    ///
    /// # Errors
    ///
    /// As of [`Spool::all`].
    pub async fn older_than(&self, moment: Timestamp) -> Result<Vec<Kept>, ArchiveError> {
        self.only(|kept| kept.meta.began < moment).await
    }

    /// Those of one call.
    ///
    /// # Errors
    ///
    /// As of [`Spool::all`].
    pub async fn of_call(&self, call: &str) -> Result<Vec<Kept>, ArchiveError> {
        self.only(|kept| kept.meta.call == call).await
    }

    /// Those in which a number took part.
    ///
    /// # Errors
    ///
    /// As of [`Spool::all`].
    pub async fn of_number(&self, number: &str) -> Result<Vec<Kept>, ArchiveError> {
        self.only(|kept| kept.meta.numbers.iter().any(|one| one == number))
            .await
    }

    /// The recording of this content and call.
    ///
    /// # Errors
    ///
    /// Where its record cannot be read.
    pub async fn find(&self, sha256: Sha256Sum, call: &str) -> Result<Option<Kept>, ArchiveError> {
        self.get(&id_of(sha256, call)).await
    }

    /// The names of all that are known, in no order; without reading what is known.
    ///
    /// # Errors
    ///
    /// Where the spool cannot be read.
    pub async fn ids(&self) -> Result<Vec<String>, ArchiveError> {
        let entries = self.place.list("").await?.into_iter();
        let ids = entries.filter_map(|entry| entry.name.strip_suffix(".json").map(str::to_owned));
        Ok(ids.collect())
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// Where its record cannot be read.
    pub async fn get(&self, id: &str) -> Result<Option<Kept>, ArchiveError> {
        let Some(text) = read_small(&*self.place, &record_of(id), 1 << 20).await? else {
            return Ok(None);
        };
        let record: Record = serde_json::from_slice(&text)
            .map_err(|_| ArchiveError::new(ArchiveErrorKind::Damaged, "reading a record of the spool"))?;
        let is_here = self.place.size(&audio_of(id)).await?.is_some();
        Ok(Some(record.into_kept(id, is_here)?))
    }

    /// Where the file of a recording lies, for whoever streams it elsewhere.
    pub fn path(&self, kept: &Kept) -> PathBuf {
        self.folder.join(audio_of(&kept.id))
    }

    /// It is attached, or will never be.
    ///
    /// # Errors
    ///
    /// Where the record cannot be written; then it is as before.
    pub async fn attached(&self, id: &str) -> Result<(), ArchiveError> {
        self.change(id, |kept| kept.meta.attach = false).await
    }

    /// Its copy is in the archive, and was compared.
    ///
    /// # Errors
    ///
    /// Where the record cannot be written; then it is as before.
    pub async fn copied(&self, id: &str, copied: Copied) -> Result<(), ArchiveError> {
        self.change(id, |kept| {
            kept.meta.copy = false;
            kept.copied = Some(copied);
        })
        .await
    }

    /// Deletes a recording, and leaves its record: for whoever has still to delete its copy.
    ///
    /// # Errors
    ///
    /// Where it cannot be deleted.
    pub async fn discard(&self, id: &str) -> Result<(), ArchiveError> {
        self.place.delete(&audio_of(id)).await
    }

    /// Deletes a recording and its record. Its copy in the archive is not touched: [`erase`](crate::copy::erase) does.
    ///
    /// # Errors
    ///
    /// Where it cannot be deleted.
    pub async fn remove(&self, id: &str) -> Result<(), ArchiveError> {
        // A recording without a record is cleared away when the spool is opened; the reverse would look copied.
        self.place.delete(&record_of(id)).await?;
        self.place.delete(&audio_of(id)).await
    }

    async fn only(&self, wanted: impl Fn(&Kept) -> bool) -> Result<Vec<Kept>, ArchiveError> {
        let mut all = self.all().await?;
        all.retain(|kept| wanted(kept));
        Ok(all)
    }

    /// Changes a record; a recording for which nothing is left to do goes, and without a copy its record, too.
    async fn change(&self, id: &str, change: impl FnOnce(&mut Kept)) -> Result<(), ArchiveError> {
        let Some(mut kept) = self.get(id).await? else {
            return Ok(());
        };
        change(&mut kept);
        if kept.is_done() && kept.copied.is_none() {
            return self.remove(id).await;
        }
        self.write_record(&kept).await?;
        if kept.is_done() {
            self.discard(id).await?;
        }
        Ok(())
    }

    async fn write_record(&self, kept: &Kept) -> Result<(), ArchiveError> {
        let text = serde_json::to_vec_pretty(&Record::of(kept))
            .map_err(|error| ArchiveError::other("writing a record of the spool", error.to_string()))?;
        let part = format!("{}.record.part", kept.id);
        self.place
            .write(&part, 0, Box::new(std::io::Cursor::new(text)), &|_| {})
            .await?;
        self.place.replace(&part, &record_of(&kept.id)).await
    }
}

/// A file as a source of a copy.
#[async_trait]
impl Source for Path {
    async fn open(&self, offset: u64) -> Result<Reader, ArchiveError> {
        let failed = ArchiveError::io("opening a recording");
        let mut file = fs::File::open(self).await.map_err(&failed)?;
        file.seek(std::io::SeekFrom::Start(offset)).await.map_err(&failed)?;
        Ok(Box::new(file))
    }
}

#[async_trait]
impl Source for PathBuf {
    async fn open(&self, offset: u64) -> Result<Reader, ArchiveError> {
        self.as_path().open(offset).await
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// The same for the same content of the same call; says nothing of either.
fn id_of(sha256: Sha256Sum, call: &str) -> String {
    let mut id = Sha256Sum::of(format!("{sha256} {call}").as_bytes()).to_string();
    id.truncate(32);
    id
}

fn audio_of(id: &str) -> String {
    format!("{id}.audio")
}

fn record_of(id: &str) -> String {
    format!("{id}.json")
}

#[cfg(test)]
mod tests;
