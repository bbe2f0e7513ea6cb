//! Standard output and standard error. A reader that went away (`| head`) is no error.

use std::io::{IsTerminal, Write};

/// Answers on standard output.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
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
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Shows how far something is, over what was shown before; only where somebody looks.
pub(crate) fn tell_progress(text: &str) {
    let mut error = std::io::stderr();
    if error.is_terminal() {
        let _ = write!(error, "\r\x1b[2K{text}").and_then(|()| error.flush());
    }
}

/// Clears what [`tell_progress`] showed last.
pub(crate) fn end_progress() {
    tell_progress("");
}

/// Whether standard error shows colours and wants them.
pub(crate) fn is_colourful() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns of the terminal on standard output; 100 where there is none.
pub(crate) fn width() -> u16 {
    let size = std::io::stdout().is_terminal().then(columns).flatten();
    size.unwrap_or(100)
}

/// Columns of the terminal on standard error, if it is one.
pub(crate) fn error_width() -> Option<u16> {
    std::io::stderr().is_terminal().then(|| columns().unwrap_or(100))
}

fn columns() -> Option<u16> {
    match crossterm::terminal::size() {
        Ok((columns, _)) if columns > 20 => Some(columns.min(140)),
        _ => None,
    }
}
