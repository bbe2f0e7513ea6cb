//! File names: from a template, and safe on every system that may ever see them.
//!
//! Whatever stands in a number, a name or a group: a name made here is one name in one folder. It has no separators,
//! no control characters, nothing that Windows forbids or reserves, and is short enough for every file system.

mod template;

pub use template::{Fields, Template, TemplateError};

/// Characters of a name at most, in the units in which Windows counts.
pub const LONGEST: usize = 200;

/// Bytes at most: Linux ends at 255, and a number in brackets may have to be put behind.
const LONGEST_IN_BYTES: usize = 240;

/// Folders below the root at most.
const DEEPEST: usize = 16;

/// What an extension may be long, to be kept when a name is cut.
const LONGEST_EXTENSION: usize = 16;

/// Makes one safe name of any text: one component of a path, never empty. What is safe stays as it is.
pub fn safe(text: &str) -> String {
    let clean: String = text.chars().map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    let mut name = cut(trimmed(&clean));
    if name.starts_with('.') {
        // Hidden on one system, and `..` on all.
        name.replace_range(..1, "_");
    }
    if name.is_empty() {
        name.push('_');
    }
    if is_reserved(&name) {
        name.insert(0, '_');
    }
    name
}

/// Whether a text is a safe name already.
pub fn is_safe(text: &str) -> bool {
    safe(text) == text
}

/// The folders of a path below a root, such as `MeinOrdner/Aufnahmen`, each of them a safe name. Empty parts, `.` and
/// `..` count nothing.
pub fn folders(path: &str) -> Vec<String> {
    path.split(['/', '\\'])
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .take(DEEPEST)
        .map(safe)
        .collect()
}

/// The `n`-th name for files that would all be called `name`: `call.wav`, `call (2).wav`, `call (3).wav` …
pub fn numbered(name: &str, n: u32) -> String {
    if n < 2 {
        return safe(name);
    }
    let name = safe(name);
    let (stem, extension) = split(&name);
    let number = format!(" ({n})");
    let room = LONGEST.saturating_sub(number.len() + units(extension));
    let bytes = LONGEST_IN_BYTES.saturating_sub(number.len() + extension.len());
    safe(&format!("{}{number}{extension}", head(stem, room, bytes)))
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
        || c.is_control()
        || matches!(c,
            // Characters that turn the direction of writing or cannot be seen: `exe.wav` may read `vaw.exe`.
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            // What SMB clients write in place of forbidden characters, and what is no character.
            | '\u{f000}'..='\u{f0ff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// Windows takes no dots and spaces at the end, and people do not see spaces at the front.
fn trimmed(text: &str) -> &str {
    text.trim_start()
        .trim_end_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Devices, with whatever extension.
fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_uppercase();
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"].contains(&stem.as_str()) {
        return true;
    }
    let port = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
    port.is_some_and(|number| {
        let mut digits = number.chars();
        let one = matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³'));
        one && digits.next().is_none()
    })
}

/// Cuts what is too long, before the extension.
fn cut(name: &str) -> String {
    if units(name) <= LONGEST && name.len() <= LONGEST_IN_BYTES {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let stem = head(
        stem,
        LONGEST.saturating_sub(units(extension)),
        LONGEST_IN_BYTES.saturating_sub(extension.len()),
    );
    // Cutting may have brought a dot or a space to the end.
    trimmed(&format!("{}{extension}", trimmed(stem))).to_owned()
}

/// As much of the front as fits.
fn head(text: &str, room: usize, bytes: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find_map(|(at, c)| {
        used += c.len_utf16();
        (used > room || at + c.len_utf8() > bytes).then_some(at)
    });
    &text[..end.unwrap_or(text.len())]
}

/// The stem, and the extension with its dot; a dot at the front begins none.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= LONGEST_EXTENSION => name.split_at(at),
        Some(_) | None => (name, ""),
    }
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use proptest::prelude::*;

    use super::*;

    /// What a name must never be, said independently of how it is made.
    fn assert_harmless(name: &str) {
        assert!(!name.is_empty());
        assert!(
            name.encode_utf16().count() <= LONGEST,
            "{} units",
            name.encode_utf16().count()
        );
        assert!(name.len() <= 255);
        assert!(
            !name.contains(['<', '>', ':', '"', '/', '\\', '|', '?', '*']),
            "{name:?}"
        );
        assert!(name.chars().all(|c| c >= ' ' && c != '\u{7f}'), "{name:?}");
        assert!(!name.ends_with(['.', ' ']), "{name:?}");
        let device = name.split('.').next().unwrap().trim_end().to_ascii_lowercase();
        for reserved in ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9"] {
            assert_ne!(device, reserved);
        }
        let components: Vec<Component<'_>> = Path::new(name).components().collect();
        assert!(
            matches!(components.as_slice(), [Component::Normal(one)] if *one == name),
            "{name:?}"
        );
    }

    /// Text as it would be written by somebody who wants out.
    fn tricky() -> impl Strategy<Value = String> {
        let parts = prop::sample::select(vec![
            "..", "/", "\\", ".", " ", "C:", "CON", "nul", "COM1", "lpt¹", "\0", "\n", "\u{202e}", "~", "$", "%2e%2f",
            "wav", ".wav", ":stream", "*", "ä", "日本", "😀", "\u{f022}", "+49", "721", "_", "-", "\u{feff}", "\u{a0}",
        ]);
        prop_oneof![
            prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat()),
            any::<String>(),
            "[a-zä😀. ]{150,400}",
        ]
    }

    proptest! {
        #[test]
        fn no_text_leaves_the_folder_or_breaks_windows(text in tricky(), n in 0..2000u32) {
            let name = safe(&text);
            assert_harmless(&name);
            prop_assert_eq!(safe(&name), name.clone(), "a safe name stays as it is");
            assert_harmless(&numbered(&text, n));
            for folder in folders(&text) {
                assert_harmless(&folder);
            }
        }

        #[test]
        fn numbered_names_differ(text in tricky(), n in 2..500u32) {
            prop_assert_ne!(numbered(&text, n), numbered(&text, n + 1));
            prop_assert_ne!(numbered(&text, n), safe(&text));
        }
    }

    #[test]
    fn names_that_mean_something_else_are_changed() {
        for (text, name) in [
            ("Aufnahme Größe 1.wav", "Aufnahme Größe 1.wav"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("..", "_"),
            ("", "_"),
            ("CON", "_CON"),
            ("nul.wav", "_nul.wav"),
            ("COM¹.wav", "_COM¹.wav"),
            ("console.wav", "console.wav"),
            ("a.wav. .", "a.wav"),
            ("a:b.wav", "a_b.wav"),
            ("+49 721 / 12", "+49 721 _ 12"),
        ] {
            assert_eq!(safe(text), name, "{text:?}");
        }
    }

    #[test]
    fn the_extension_survives_cutting_and_numbering() {
        let long = format!("{}.wav", "ü".repeat(400));
        assert!(safe(&long).ends_with("ü.wav"));
        assert!(numbered(&long, 12).ends_with("ü (12).wav"));
        assert_eq!(numbered("a.wav", 1), "a.wav");
        assert_eq!(numbered("a.wav", 2), "a (2).wav");
    }

    #[test]
    fn folders_stay_below_the_root() {
        assert_eq!(folders("MeinOrdner/Größe"), ["MeinOrdner", "Größe"]);
        assert_eq!(folders("/a//../b\\.\\c/"), ["a", "b", "c"]);
        assert!(folders("../..").is_empty());
    }
}
