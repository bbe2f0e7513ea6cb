//! The temporary files of copiers: how they are called, and when one is surely left over.
//!
//! A copier that died leaves its file, and mostly goes on with it. What nobody goes on with, since the recording is no longer
//! kept or goes elsewhere now, is deleted here. Others may write to the same folder: a file goes only if its name is one that
//! is given here and nowhere else, and if it has been at rest for longer than anybody takes for a copy or waits
//! until the next attempt.

use jiff::{SignedDuration, Timestamp};

use super::{join, reader};
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::place::{Entry, Place};
use crate::sum::Sha256Sum;

/// A manifest from which a line is being taken.
pub(super) const MANIFEST: &str = "~manifest.part";

/// Written to see whether the place can be written to, and what its clock says.
pub(super) const PROBE: &str = "~probe.part";

/// Longer than it takes to copy anything, and than most places wait for the next run. Some servers tell the time of the last
/// write only when the file is closed.
const AT_REST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Hexadecimal digits of the checksum in a name.
const DIGITS: usize = 16;

/// The temporary file of a copy, of its `attempt`-th one.
pub(super) fn name(sha256: Sha256Sum, attempt: u32) -> String {
    let number = if attempt == 1 {
        String::new()
    } else {
        format!("-{attempt}")
    };
    format!("~{}{number}.part", short(sha256))
}

/// Deletes what is left over in a folder.
pub(super) async fn sweep(
    place: &(impl Place + ?Sized),
    dir: &str,
    spare: &[Sha256Sum],
) -> Result<usize, ArchiveError> {
    // The epoch stands for a time that was not told.
    let is_old = |entry: &Entry, now: Timestamp| {
        entry.modified > Timestamp::UNIX_EPOCH && now.duration_since(entry.modified) > AT_REST
    };
    let spare: Vec<String> = spare.iter().map(|sum| short(*sum)).collect();
    let mut candidates = match place.list(dir).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == ArchiveErrorKind::Missing => return Ok(0),
        Err(error) => return Err(error),
    };
    candidates.retain(|entry| match of_name(&entry.name) {
        Some(Temporary::Copy(sum)) => !entry.is_folder && !spare.iter().any(|spared| spared == sum),
        Some(Temporary::Other) => !entry.is_folder,
        None => false,
    });
    if candidates.is_empty() {
        return Ok(0);
    }
    let Some(now) = clock(place, dir).await? else {
        return Ok(0);
    };
    let mut swept = 0;
    for entry in candidates.iter().filter(|entry| is_old(entry, now)) {
        match place.delete(&join(dir, &entry.name)).await {
            Ok(()) => swept += 1,
            Err(error) if error.kind() == ArchiveErrorKind::Unreachable => return Err(error),
            // Somebody has it open after all, or may not delete here.
            Err(error) => tracing::debug!(%error, "a temporary file that was left over stays"),
        }
    }
    Ok(swept)
}

/// What the clock of a place says: it is the one that told when files were written. `None`: somebody else deleted what was
/// written to learn it.
async fn clock(place: &(impl Place + ?Sized), dir: &str) -> Result<Option<Timestamp>, ArchiveError> {
    let path = join(dir, PROBE);
    place.write(&path, 0, reader(b"time".to_vec()), &|_| {}).await?;
    let entries = place.list(dir).await?;
    place.delete(&path).await?;
    let probe = entries.iter().find(|entry| entry.name == PROBE);
    Ok(probe.map(|entry| entry.modified))
}

enum Temporary<'a> {
    /// The beginning of a copy, by the first digits of its checksum.
    Copy(&'a str),
    Other,
}

/// What a name says, if it is exactly one that is given here.
fn of_name(name: &str) -> Option<Temporary<'_>> {
    if name == MANIFEST || name == PROBE {
        return Some(Temporary::Other);
    }
    let stem = name.strip_prefix('~')?.strip_suffix(".part")?;
    let (sum, number) = stem.split_at_checked(DIGITS)?;
    let is_sum = sum.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_number = match number.strip_prefix('-') {
        Some(digit) => matches!(digit.as_bytes(), [b'2'..=b'9']),
        None => number.is_empty(),
    };
    (is_sum && is_number).then_some(Temporary::Copy(sum))
}

/// Enough of a checksum for a name.
fn short(sha256: Sha256Sum) -> String {
    let mut text = sha256.to_string();
    text.truncate(DIGITS);
    text
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;
    use std::time::Duration;

    use async_trait::async_trait;
    use tokio::sync::mpsc;

    use super::super::{Folder, Item, Sink, Source};
    use super::*;
    use crate::place::Reader;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    /// As if it had last been written to so long before now.
    fn age(path: &Path, by: Duration) {
        let file = File::options().write(true).open(path).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified - by).unwrap();
    }

    /// Gives the first piece and then nothing more, for ever.
    struct Stuck;

    #[async_trait]
    impl Source for Stuck {
        async fn open(&self, _offset: u64) -> Result<Reader, ArchiveError> {
            let (ours, mut theirs) = tokio::io::duplex(1 << 10);
            tokio::spawn(async move {
                use tokio::io::AsyncWriteExt;
                theirs.write_all(b"half").await.unwrap();
                theirs.flush().await.unwrap();
                std::future::pending::<()>().await;
            });
            Ok(Box::new(ours))
        }
    }

    const RECORDING: &[u8] = b"halfhalf";

    /// A copier that is gone in the middle of a copy; tells the name of what it left.
    async fn died(dir: &Path) -> String {
        let folder = Folder::new(dir);
        let item = Item {
            name: "a.wav",
            size: RECORDING.len() as u64,
            sha256: Sha256Sum::of(RECORDING),
        };
        let (written, mut told) = mpsc::unbounded_channel();
        let tell = move |bytes: u64| written.send(bytes).unwrap();
        tokio::select! {
            stored = folder.store(&[], item, &Stuck, &tell) => panic!("{stored:?}"),
            bytes = told.recv() => assert_eq!(bytes, Some(4)),
        }
        let left: Vec<String> = Place::list(&folder, "")
            .await
            .unwrap()
            .into_iter()
            .map(|entry| entry.name)
            .collect();
        assert_eq!(left.len(), 1, "{left:?}");
        left[0].clone()
    }

    #[tokio::test]
    async fn what_a_copier_left_that_died_is_swept_after_a_week_unless_its_copy_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        let path = dir.path().join(died(dir.path()).await);
        let sum = Sha256Sum::of(RECORDING);
        assert_eq!(
            folder.sweep(&[], &[]).await.unwrap(),
            0,
            "it may be written at this moment"
        );
        age(&path, 7 * DAY - Duration::from_secs(60));
        assert_eq!(folder.sweep(&[], &[]).await.unwrap(), 0);
        age(&path, Duration::from_secs(120));
        assert_eq!(
            folder.sweep(&[], &[sum]).await.unwrap(),
            0,
            "the next attempt goes on with it"
        );
        assert!(path.exists());
        assert_eq!(folder.sweep(&[], &[Sha256Sum::of(b"another")]).await.unwrap(), 1);
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            0,
            "nothing is left of the sweeping either"
        );
    }

    #[tokio::test]
    async fn a_file_whose_time_is_not_told_is_not_taken_for_an_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(died(dir.path()).await);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(Folder::new(dir.path()).sweep(&[], &[]).await.unwrap(), 0);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn no_foreign_file_is_swept_however_old_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let ours = ["~0123456789abcdef.part", "~0123456789abcdef-2.part", MANIFEST, PROBE];
        let foreign = [
            "a.wav",
            "film.part",
            "~film.part",
            "0123456789abcdef.part",
            "~0123456789abcdef",
            "~0123456789abcdef.part.bak",
            "~0123456789ABCDEF.part",
            "~0123456789abcdeg.part",
            "~0123456789abcdef0.part",
            "~0123456789abcdef-1.part",
            "~0123456789abcdef-22.part",
            "~01234567ü9abcdef.part",
            "~$notes.docx",
        ];
        for name in ours.iter().chain(&foreign) {
            std::fs::write(dir.path().join(name), "x").unwrap();
            age(&dir.path().join(name), 400 * DAY);
        }
        let mut expected: Vec<String> = foreign.map(str::to_owned).into();
        std::fs::create_dir(dir.path().join("~fedcba9876543210.part")).unwrap();
        expected.push("~fedcba9876543210.part".into());
        expected.sort();
        // The probe is written anew to learn the time.
        assert_eq!(Folder::new(dir.path()).sweep(&[], &[]).await.unwrap(), 4);
        let mut left: Vec<String> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, expected);
        assert_eq!(Folder::new(dir.path()).sweep(&["absent"], &[]).await.unwrap(), 0);
    }

    #[test]
    fn each_name_that_is_given_is_known_again() {
        for attempt in 1..=super::super::ATTEMPTS {
            let sum = Sha256Sum::of(b"x");
            let name = name(sum, attempt);
            assert!(
                matches!(of_name(&name), Some(Temporary::Copy(digits)) if digits == short(sum)),
                "{name}"
            );
        }
    }
}
