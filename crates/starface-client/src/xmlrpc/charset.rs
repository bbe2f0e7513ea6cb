//! From bytes to text, whatever the character set.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Decodes a document: byte order mark, else the shape of UTF-16, else the declared encoding, else UTF-8. What claims
/// to be UTF-8 and is not is read as windows-1252, since address books of real boxes have held such names.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (sniff(bytes), bytes),
    };
    if encoding == UTF_8 {
        return match std::str::from_utf8(body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(body).0,
        };
    }
    encoding.decode_without_bom_handling(body).0
}

fn sniff(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [0, b'<', ..] => UTF_16BE,
        [b'<', 0, ..] => UTF_16LE,
        _ => match declared(bytes).and_then(Encoding::for_label) {
            // A declaration that could be read byte by byte is not written in UTF-16, whatever it says.
            Some(encoding) if encoding != UTF_16BE && encoding != UTF_16LE => encoding,
            _ => UTF_8,
        },
    }
}

/// The label in `<?xml … encoding="label" …?>`.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace())?;
    let rest = bytes.get(start..)?.strip_prefix(b"<?xml")?;
    let end = rest.iter().take(200).position(|byte| *byte == b'>')?;
    let head = rest.get(..end)?;
    let word = b"encoding";
    let at = head.windows(word.len()).position(|window| window == word)? + word.len();
    let mut rest = head.get(at..)?.trim_ascii_start();
    rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = rest.split_first()?;
    let close = rest.iter().position(|byte| byte == quote)?;
    matches!(quote, b'"' | b'\'').then(|| rest.get(..close)).flatten()
}
