//! What lies beside a recording in the spool: what is known of it, as JSON.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Copied, Kept, Meta};
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::format::Format;

/// A record as it lies on disk.
#[derive(Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    file_name: String,
    size: u64,
    format: String,
    millis: Option<u64>,
    sha256: String,
    call: String,
    numbers: Vec<String>,
    began: Timestamp,
    attach: bool,
    copy: bool,
    copied: Option<Copied>,
}

impl Record {
    pub(super) fn of(kept: &Kept) -> Self {
        Self {
            version: 1,
            file_name: kept.file_name.clone(),
            size: kept.size,
            format: kept.format.extension().into(),
            millis: kept.millis,
            sha256: kept.sha256.to_string(),
            call: kept.meta.call.clone(),
            numbers: kept.meta.numbers.clone(),
            began: kept.meta.began,
            attach: kept.meta.attach,
            copy: kept.meta.copy,
            copied: kept.copied.clone(),
        }
    }

    pub(super) fn into_kept(self, id: &str, is_here: bool) -> Result<Kept, ArchiveError> {
        let damaged = || ArchiveError::new(ArchiveErrorKind::Damaged, "reading a record of the spool");
        let formats = [Format::Wav, Format::Mp3, Format::Ogg];
        let format = formats.into_iter().find(|format| format.extension() == self.format);
        if self.version != 1 {
            return Err(damaged().with_detail("it was written by a newer version"));
        }
        Ok(Kept {
            id: id.to_owned(),
            file_name: self.file_name,
            size: self.size,
            format: format.ok_or_else(damaged)?,
            millis: self.millis,
            sha256: self.sha256.parse().map_err(|_| damaged())?,
            meta: Meta {
                call: self.call,
                numbers: self.numbers,
                began: self.began,
                attach: self.attach,
                copy: self.copy,
            },
            copied: self.copied,
            is_here,
        })
    }
}
