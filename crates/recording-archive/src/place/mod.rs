//! Where files lie: a folder, or a folder on an SMB share. What is common to inboxes and archives.

mod folder;
mod share;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt};

pub use folder::Folder;
pub use share::{Account, Location, Share};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::sum::{Sha256Sum, Summing};

/// A stream of bytes.
pub type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// Told how many bytes of a file have been written.
pub type Progress<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// Bytes read and written at once: what a copy needs of memory does not depend on the size of the file.
pub(crate) const PIECE: usize = 256 * 1024;

/// Something in a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// Bytes; 0 for folders.
    pub size: u64,
    /// When it was last written to, by the place's clock; [`Timestamp::UNIX_EPOCH`] where that is not told.
    pub modified: Timestamp,
    /// Whether it is a folder. A link is none.
    pub is_folder: bool,
}

/// A tree of files. Paths are relative to its root, with `/` between names; a path that leads out is refused.
///
/// Implement it to archive to yet another kind of server: [`Sink`](crate::archive::Sink) comes with it.
#[async_trait]
pub trait Place: Send + Sync {
    /// What is in a folder; `""` is the root.
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError>;

    /// The size of a file; `None` if there is none.
    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError>;

    /// Reads a file from an offset on.
    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError>;

    /// Writes a file from an offset on, and what is before stays as it is; at 0, what was there is gone.
    /// When it returns, the bytes are on disk as far as the system can say. Returns how many were written.
    async fn write(&self, path: &str, offset: u64, source: Reader, progress: Progress<'_>)
    -> Result<u64, ArchiveError>;

    /// Gives a file its name: `false`, and nothing is changed, if there is something of that name.
    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError>;

    /// Puts a file in the place of another at once.
    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError>;

    /// Deletes a file; one that is not there is no error.
    async fn delete(&self, path: &str) -> Result<(), ArchiveError>;

    /// Makes a folder, and those above it. A [`Folder`] does not make its root; a [`Share`] makes the folders of its
    /// location, but no share.
    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError>;
}

/// The names of a path. What could lead out, or means something else on one of the systems, is refused.
pub(crate) fn names(path: &str) -> Result<Vec<&str>, ArchiveError> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let odd = |name: &&str| {
        **name == *".." || **name == *"." || name.contains(['\\', '\0']) || (cfg!(windows) && name.contains(':'))
    };
    if path.starts_with('/') || names.iter().any(odd) {
        return Err(ArchiveError::other("looking at a name", "it leads out of the folder"));
    }
    Ok(names)
}

/// Reads all of a file for its checksum.
pub(crate) async fn sum_of(place: &dyn Place, path: &str) -> Result<Sha256Sum, ArchiveError> {
    let mut reader = place.read(path, 0).await?;
    let mut sum = Summing::default();
    each_piece(&mut reader, |piece| sum.update(piece)).await?;
    Ok(sum.finish())
}

/// Reads to the end, piece by piece.
pub(crate) async fn each_piece(reader: &mut Reader, mut see: impl FnMut(&[u8])) -> Result<u64, ArchiveError> {
    let mut piece = vec![0; PIECE];
    let mut size = 0;
    loop {
        let n = reader
            .read(&mut piece)
            .await
            .map_err(ArchiveError::io("reading a file"))?;
        if n == 0 {
            return Ok(size);
        }
        see(&piece[..n]);
        size += n as u64;
    }
}

/// Reads a small file whole; `None` if there is none.
pub(crate) async fn read_small(place: &dyn Place, path: &str, limit: u64) -> Result<Option<Vec<u8>>, ArchiveError> {
    match place.size(path).await? {
        None => return Ok(None),
        Some(size) if size > limit => return Err(ArchiveError::other("reading a small file", "it is too large")),
        Some(_) => {}
    }
    let mut bytes = Vec::new();
    match place.read(path, 0).await {
        Ok(reader) => reader
            .take(limit)
            .read_to_end(&mut bytes)
            .await
            .map_err(ArchiveError::io("reading a small file"))?,
        Err(error) if error.kind() == ArchiveErrorKind::Missing => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_path_leads_out(path in r"[a./\\ä\x00]{0,20}") {
            if let Ok(names) = names(&path) {
                let joined = names.iter().fold(std::path::PathBuf::from("/srv/x"), |path, name| path.join(name));
                prop_assert!(joined.starts_with("/srv/x"));
                prop_assert!(joined.components().all(|part| part != std::path::Component::ParentDir));
            }
        }
    }
}
