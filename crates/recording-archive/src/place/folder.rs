//! A folder of the operating system: local, or a share that it has mounted.

use std::io::{ErrorKind, SeekFrom};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::fs;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt};

use super::{Entry, PIECE, Place, Progress, Reader, names};
use crate::error::{ArchiveError, ArchiveErrorKind};

/// A folder that is there already.
///
/// It is not made if it is absent: where a share should be mounted and is not, nothing is to be written beside it.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { root: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Where nothing is mounted, nothing is found: that must not pass for files that are not there.
    async fn is_there(&self) -> Result<(), ArchiveError> {
        match fs::try_exists(&self.root).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(ArchiveError::new(
                ArchiveErrorKind::Unreachable,
                "looking for the folder, which has to be there, mounted where it is a share",
            )),
            Err(error) => Err(ArchiveError::from_io("looking for the folder", &error)),
        }
    }

    fn within(&self, path: &str) -> Result<PathBuf, ArchiveError> {
        Ok(names(path)?
            .into_iter()
            .fold(self.root.clone(), |path, name| path.join(name)))
    }
}

#[async_trait]
impl Place for Folder {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError> {
        let failed = ArchiveError::io("listing a folder");
        let mut found = Vec::new();
        let mut entries = fs::read_dir(self.within(folder)?).await.map_err(&failed)?;
        while let Some(entry) = entries.next_entry().await.map_err(&failed)? {
            // Names that are no text belong to nobody who writes recordings.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let metadata = match entry.metadata().await {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(failed(error)),
            };
            if !metadata.is_file() && !metadata.is_dir() {
                continue;
            }
            let modified = metadata.modified().map_err(&failed)?;
            found.push(Entry {
                name,
                size: if metadata.is_dir() { 0 } else { metadata.len() },
                modified: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH),
                is_folder: metadata.is_dir(),
            });
        }
        Ok(found)
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError> {
        match fs::symlink_metadata(self.within(path)?).await {
            Ok(metadata) => Ok(Some(metadata.len())),
            Err(error) if error.kind() == ErrorKind::NotFound => self.is_there().await.map(|()| None),
            Err(error) => Err(ArchiveError::from_io("looking for a file", &error)),
        }
    }

    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError> {
        let failed = ArchiveError::io("opening a file");
        let mut file = fs::File::open(self.within(path)?).await.map_err(&failed)?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset)).await.map_err(&failed)?;
        }
        Ok(Box::new(file))
    }

    async fn write(
        &self,
        path: &str,
        offset: u64,
        source: Reader,
        progress: Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let failed = ArchiveError::io("writing a file");
        let path = self.within(path)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(offset == 0);
        #[cfg(unix)]
        options.mode(0o640);
        let mut file = options.open(&path).await.map_err(&failed)?;
        file.seek(SeekFrom::Start(offset)).await.map_err(&failed)?;
        let written = pour(source, &mut file, offset, progress).await?;
        file.sync_all().await.map_err(&failed)?;
        Ok(written)
    }

    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError> {
        let (from, to) = (self.within(from)?, self.within(to)?);
        // A second name, then the first one off: unlike `rename`, this replaces nothing, not even in a race.
        match fs::hard_link(&from, &to).await {
            Ok(()) => {
                fs::remove_file(&from)
                    .await
                    .map_err(ArchiveError::io("renaming a file"))?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(ArchiveError::from_io("renaming a file", &error));
            }
            // Not every file system has second names.
            Err(_) => {
                if fs::try_exists(&to).await.map_err(ArchiveError::io("renaming a file"))? {
                    return Ok(false);
                }
                fs::rename(&from, &to)
                    .await
                    .map_err(ArchiveError::io("renaming a file"))?;
            }
        }
        sync_folder_of(&to).await?;
        Ok(true)
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError> {
        let (from, to) = (self.within(from)?, self.within(to)?);
        fs::rename(&from, &to)
            .await
            .map_err(ArchiveError::io("renaming a file"))?;
        sync_folder_of(&to).await
    }

    async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        let path = self.within(path)?;
        match fs::remove_file(&path).await {
            Ok(()) => sync_folder_of(&path).await,
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(ArchiveError::from_io("deleting a file", &error)),
        }
    }

    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError> {
        let failed = ArchiveError::io("making a folder");
        self.is_there().await?;
        let path = self.within(path)?;
        fs::create_dir_all(&path).await.map_err(&failed)?;
        sync_folder_of(&path).await
    }
}

/// Copies all that comes. A writer may fail at any byte.
pub(crate) async fn pour(
    mut source: Reader,
    target: &mut (impl AsyncWrite + Unpin),
    offset: u64,
    progress: Progress<'_>,
) -> Result<u64, ArchiveError> {
    let failed = ArchiveError::io("writing a file");
    let mut piece = vec![0; PIECE];
    let mut written = 0;
    loop {
        let n = source
            .read(&mut piece)
            .await
            .map_err(ArchiveError::io("reading a file"))?;
        if n == 0 {
            target.flush().await.map_err(&failed)?;
            return Ok(written);
        }
        target.write_all(&piece[..n]).await.map_err(&failed)?;
        written += n as u64;
        progress(offset + written);
    }
}

/// A new name is durable when its folder is.
pub(crate) async fn sync_folder_of(path: &Path) -> Result<(), ArchiveError> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        // Of a relative path of one name.
        let here = folder.as_os_str().is_empty();
        let folder = if here { Path::new(".") } else { folder };
        let folder = fs::File::open(folder)
            .await
            .map_err(ArchiveError::io("opening a folder"))?;
        // Some mounted shares cannot sync folders, and say so.
        match folder.sync_all().await {
            Err(error) if !matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
                return Err(ArchiveError::from_io("writing a folder", &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_disk_is_told_as_such() {
        let folder = Folder::new("/dev");
        let source: Reader = Box::new(std::io::Cursor::new(vec![7; 10_000]));
        let error = folder.write("full", 0, source, &|_| {}).await.unwrap_err();
        assert_eq!(error.kind(), ArchiveErrorKind::Full);
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_not_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        std::fs::write(dir.path().join("a"), "new").unwrap();
        std::fs::write(dir.path().join("b"), "old").unwrap();
        assert!(!folder.rename("a", "b").await.unwrap());
        assert_eq!(std::fs::read(dir.path().join("b")).unwrap(), b"old");
        assert!(folder.rename("a", "c").await.unwrap());
        assert!(!dir.path().join("a").exists());
        assert_eq!(std::fs::read(dir.path().join("c")).unwrap(), b"new");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_mounted_is_not_made() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().join("mnt"));
        let error = folder.make_folder("a/b").await.unwrap_err();
        assert_eq!(error.kind(), ArchiveErrorKind::Unreachable);
        assert!(!dir.path().join("mnt").exists());
    }
}
