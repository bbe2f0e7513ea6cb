//! Points around what is done with the files of recordings: in the inbox, in the spool, on the share. Decorators of the
//! library's own ports.

use async_trait::async_trait;
use jiff::Timestamp;
use recording_archive::ArchiveError;
use recording_archive::archive::{Entry, MANIFEST, Place, Progress, Reader};
use recording_archive::inbox::{Found, Inbox, Waiting};
use recording_archive::spool::Spool;

use super::{Failpoint, from_environment, spoil};

/// The inbox with points around what is done there.
pub(crate) fn inbox(inbox: Box<dyn Inbox>) -> Box<dyn Inbox> {
    let inbox = spoil::inbox(inbox);
    match from_environment() {
        Some(point) => Box::new(WatchedInbox { inner: inbox, point }),
        None => inbox,
    }
}

/// A spool with points around what is done there; `area` is `spool` where recordings are taken, and `copying` where they are
/// copied.
pub(crate) fn spool(spool: Spool, area: &'static str) -> Spool {
    spool.through(|place| watched(place, area))
}

/// A share with points around what is done there.
pub(crate) fn share(place: impl Place + 'static) -> Box<WatchedPlace> {
    Box::new(WatchedPlace {
        inner: spoil::share(Box::new(place)),
        area: "share",
        point: from_environment(),
    })
}

fn watched(place: Box<dyn Place>, area: &'static str) -> Box<dyn Place> {
    Box::new(WatchedPlace {
        inner: place,
        area,
        point: from_environment(),
    })
}

struct WatchedInbox {
    inner: Box<dyn Inbox>,
    point: &'static Failpoint,
}

#[async_trait]
impl Inbox for WatchedInbox {
    async fn scan(&self, now: Timestamp) -> Result<Vec<Found>, ArchiveError> {
        self.inner.scan(now).await
    }

    fn waiting(&self) -> Vec<(String, Waiting)> {
        self.inner.waiting()
    }

    async fn open(&self, name: &str) -> Result<Reader, ArchiveError> {
        self.point.pass("inbox/open/before");
        self.inner.open(name).await
    }

    async fn remove(&self, name: &str) -> Result<(), ArchiveError> {
        self.point.pass("inbox/delete/before");
        self.inner.remove(name).await?;
        self.point.pass("inbox/delete/after");
        Ok(())
    }
}

/// A place with points before and after each of its deeds, and within the writing of a recording.
pub(crate) struct WatchedPlace {
    inner: Box<dyn Place>,
    area: &'static str,
    point: Option<&'static Failpoint>,
}

impl WatchedPlace {
    fn pass(&self, deed: &str, path: &str, when: &str) {
        if let Some(point) = self.point {
            point.pass(&format!("{}/{deed}-{}/{when}", self.area, kind(path)));
        }
    }
}

/// What a file is, by its name.
fn kind(path: &str) -> &'static str {
    let endings = [
        (".record.part", "new-record"),
        (".part", "part"),
        (".audio", "recording"),
        (".json", "record"),
        (MANIFEST, "manifest"),
    ];
    let known = endings.iter().find(|(ending, _)| path.ends_with(ending));
    known.map_or("recording", |(_, kind)| kind)
}

#[async_trait]
impl Place for WatchedPlace {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError> {
        self.inner.list(folder).await
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError> {
        self.inner.size(path).await
    }

    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError> {
        self.pass("read", path, "before");
        self.inner.read(path, offset).await
    }

    async fn write(
        &self,
        path: &str,
        offset: u64,
        source: Reader,
        progress: Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        self.pass("write", path, "before");
        let within = |written| {
            self.pass("write", path, "within");
            progress(written);
        };
        let written = self.inner.write(path, offset, source, &within).await?;
        self.pass("write", path, "after");
        Ok(written)
    }

    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError> {
        self.pass("name", to, "before");
        let named = self.inner.rename(from, to).await?;
        self.pass("name", to, "after");
        Ok(named)
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError> {
        self.pass("name", to, "before");
        self.inner.replace(from, to).await?;
        self.pass("name", to, "after");
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        self.pass("delete", path, "before");
        self.inner.delete(path).await?;
        self.pass("delete", path, "after");
        Ok(())
    }

    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError> {
        self.inner.make_folder(path).await
    }
}
