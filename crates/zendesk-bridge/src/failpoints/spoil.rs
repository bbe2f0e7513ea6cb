//! Promises about files of recordings broken on purpose: `drop-recording` and `spoil-copy`.

use async_trait::async_trait;
use jiff::Timestamp;
use recording_archive::ArchiveError;
use recording_archive::archive::{Entry, Place, Progress, Reader};
use recording_archive::inbox::{Found, Inbox, Waiting};

use super::sabotage::deed;

/// The inbox, if the deed is not one that is done there.
pub(super) fn inbox(inbox: Box<dyn Inbox>) -> Box<dyn Inbox> {
    match deed().as_deref() {
        Some("drop-recording") => Box::new(Dropping(inbox)),
        Some(_) | None => inbox,
    }
}

/// The share, if the deed is not one that is done there.
pub(super) fn share(share: Box<dyn Place>) -> Box<dyn Place> {
    match deed().as_deref() {
        Some("spoil-copy") => Box::new(Spoiling(share)),
        Some(_) | None => share,
    }
}

/// Deletes what is read.
struct Dropping(Box<dyn Inbox>);

#[async_trait]
impl Inbox for Dropping {
    async fn scan(&self, now: Timestamp) -> Result<Vec<Found>, ArchiveError> {
        self.0.scan(now).await
    }

    fn waiting(&self) -> Vec<(String, Waiting)> {
        self.0.waiting()
    }

    async fn open(&self, name: &str) -> Result<Reader, ArchiveError> {
        // An open file can be read to its end after that.
        let reader = self.0.open(name).await?;
        self.0.remove(name).await?;
        Ok(reader)
    }

    async fn remove(&self, name: &str) -> Result<(), ArchiveError> {
        self.0.remove(name).await
    }
}

/// Adds a byte to each copy.
struct Spoiling(Box<dyn Place>);

#[async_trait]
impl Place for Spoiling {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError> {
        self.0.list(folder).await
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError> {
        self.0.size(path).await
    }

    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError> {
        self.0.read(path, offset).await
    }

    async fn write(
        &self,
        path: &str,
        offset: u64,
        source: Reader,
        progress: Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        self.0.write(path, offset, source, progress).await
    }

    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError> {
        let named = self.0.rename(from, to).await?;
        if let Some(size) = self.0.size(to).await? {
            let more = Box::new(std::io::Cursor::new(b"!"));
            self.0.write(to, size, more, &|_| {}).await?;
        }
        Ok(named)
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError> {
        self.0.replace(from, to).await
    }

    async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        self.0.delete(path).await
    }

    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError> {
        self.0.make_folder(path).await
    }
}
