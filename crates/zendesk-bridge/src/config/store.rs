//! `[store]`: where the bridge remembers.

use std::path::PathBuf;

use super::reader::{Section, found};

/// Reads the section: the path of the embedded store.
pub(crate) fn read(mut section: Section<'_>) -> PathBuf {
    let url = section.or(
        "url",
        "sqlite:bridge.db".to_owned(),
        "\"sqlite:PATH\", relative to the configuration file",
        |value| {
            let text = value.text()?;
            let is_server = text.starts_with("postgres://") || text.starts_with("postgresql://");
            match text.strip_prefix("sqlite:") {
                Some(path) if !path.is_empty() && path != ":memory:" => Ok(text),
                _ if is_server => Err("PostgreSQL is not supported yet".into()),
                _ => Err(found(&text)),
            }
        },
    );
    let path = url.strip_prefix("sqlite:").unwrap_or(&url);
    // `sqlite:///var/lib/b.db` is another usual way to write an absolute path.
    let path = section.reader().path(path.strip_prefix("//").unwrap_or(path));
    section.finish();
    path
}
