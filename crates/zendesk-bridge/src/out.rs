//! Standard output and standard error. A reader that went away (`| head`) is no error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// What [`tell_progress`] shows at this moment.
static SHOWN: Mutex<String> = Mutex::new(String::new());

/// Takes back what stands on the line.
const CLEARED: &str = "\r\x1b[2K";

/// Answers on standard output.
pub(crate) fn say(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Answers on standard output, in JSON.
pub(crate) fn say_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => say(&text),
        Err(error) => tell(&format!("the answer cannot be written as JSON: {error}")),
    }
}

/// Tells something on standard error.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Shows how far something is, over what was shown before; only where somebody looks.
pub(crate) fn tell_progress(text: &str) {
    let mut error = io::stderr();
    if error.is_terminal() {
        let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = write!(error, "{CLEARED}{text}").and_then(|()| error.flush());
        text.clone_into(&mut shown);
    }
}

/// Standard error for whoever logs while [`tell_progress`] shows something: each line comes in above it.
pub(crate) struct Above;

impl Write for Above {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
        above(&mut io::stderr().lock(), &shown, lines).map(|()| lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn above(out: &mut impl Write, shown: &str, lines: &[u8]) -> io::Result<()> {
    if shown.is_empty() {
        return out.write_all(lines);
    }
    out.write_all(CLEARED.as_bytes())?;
    out.write_all(lines)?;
    out.write_all(shown.as_bytes())?;
    out.flush()
}

/// Clears what [`tell_progress`] showed last.
pub(crate) fn end_progress() {
    tell_progress("");
}

/// Whether standard error shows colours and wants them.
pub(crate) fn is_colourful() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of the terminal on standard output; 100 where there is none.
pub(crate) fn width() -> u16 {
    let size = io::stdout().is_terminal().then(columns).flatten();
    size.unwrap_or(100)
}

/// Columns of the terminal on standard error, if it is one.
pub(crate) fn error_width() -> Option<u16> {
    io::stderr().is_terminal().then(|| columns().unwrap_or(100))
}

fn columns() -> Option<u16> {
    match crossterm::terminal::size() {
        Ok((columns, _)) if columns > 20 => Some(columns.min(140)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged_stands_above_what_shows_how_far_something_is() {
        let written = |shown: &str| {
            let mut out = Vec::new();
            above(&mut out, shown, b"INFO ready\n").unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(""), "INFO ready\n");
        assert_eq!(written("40 %"), "\r\x1b[2KINFO ready\n40 %");
    }
}
