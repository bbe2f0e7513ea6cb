//! The checksum that a recording is known by.

use std::fmt;
use std::io;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// A SHA-256. `Display` is 64 hexadecimal digits in lower case, as `sha256sum` prints them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256Sum([u8; 32]);

impl Sha256Sum {
    /// Of bytes that are in memory anyway.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of all that a reader gives, such as a file; it is not held in memory.
    ///
    /// # Errors
    ///
    /// Where the reader fails.
    pub fn of_reader(mut reader: impl io::Read) -> io::Result<Self> {
        let mut sum = Sha256::new();
        io::copy(&mut reader, &mut sum)?;
        Ok(Self(sum.finalize().into()))
    }
}

/// A checksum in the making.
#[derive(Default)]
pub(crate) struct Summing(Sha256);

impl Summing {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Sha256Sum {
        Sha256Sum(self.0.finalize().into())
    }
}

impl fmt::Display for Sha256Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// This is no SHA-256 in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoSum;

impl fmt::Display for NoSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SHA-256 has 64 hexadecimal digits")
    }
}

impl std::error::Error for NoSum {}

impl FromStr for Sha256Sum {
    type Err = NoSum;

    fn from_str(text: &str) -> Result<Self, NoSum> {
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NoSum);
        }
        let mut sum = [0; 32];
        for (at, byte) in sum.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_| NoSum)?;
        }
        Ok(Self(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_written_as_sha256sum_writes_it() {
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Sha256Sum::of(b"").to_string(), of_nothing);
        let piece_by_piece = io::Read::chain(&b"a"[..], &b"bc"[..]);
        assert_eq!(Sha256Sum::of_reader(piece_by_piece).unwrap(), Sha256Sum::of(b"abc"));
        assert_eq!(of_nothing.parse(), Ok(Sha256Sum::of(b"")));
        assert_eq!("zz".repeat(32).parse::<Sha256Sum>(), Err(NoSum));
        assert_eq!("é".repeat(32).parse::<Sha256Sum>(), Err(NoSum));
    }
}
