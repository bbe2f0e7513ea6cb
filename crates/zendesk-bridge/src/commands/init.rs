//! `init`: writes a commented configuration.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::config::{TEMPLATE, USUAL_PLACES};
use crate::exit::{Exit, Stop};
use crate::out;

/// Writes the template where nothing stands yet.
pub(crate) fn run(file: Option<PathBuf>, config: Option<PathBuf>) -> Result<Exit, Stop> {
    let file = file.or(config).unwrap_or_else(|| PathBuf::from(USUAL_PLACES[0]));
    write(&file)?;
    out::say(&format!(
        "{} is written. Fill in the addresses, logins and secrets; then `zendesk-bridge check{}` tells what is left to mend.",
        file.display(),
        if file == Path::new(USUAL_PLACES[0]) {
            String::new()
        } else {
            format!(" --config {}", file.display())
        },
    ));
    Ok(Exit::Done)
}

fn write(file: &Path) -> Result<(), Stop> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // It will hold secrets, or names of files with them: nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut open| open.write_all(TEMPLATE.as_bytes()));
    written.map_err(|error| {
        let file = file.display();
        Stop::failed(if error.kind() == ErrorKind::AlreadyExists {
            format!("{file} exists already and stays as it is. Name another file, or move it away")
        } else if error.kind() == ErrorKind::NotFound {
            format!("the folder of {file} does not exist. Make it first")
        } else {
            format!("{file} cannot be written: {error}")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bridge.toml");
        write(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), TEMPLATE);
        std::fs::write(&file, "mine").unwrap();
        assert!(format!("{:?}", write(&file).unwrap_err()).contains("stays as it is"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        assert!(format!("{:?}", write(&folder.path().join("no/b.toml")).unwrap_err()).contains("does not exist"));
    }
}
