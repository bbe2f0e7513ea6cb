//! A number as the PBX shows it.

use std::fmt;

/// A number exactly as the PBX shows it: `004972112345`, `+49 721 12345`, `0721/12345`, `12`, `anonymous` or nothing.
///
/// What it means is for the core to say, which knows the site's number plan. `Debug` shows the last
/// three characters at most, since a caller's number is personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dialled(String);

impl Dialled {
    /// Takes a number as shown.
    #[must_use]
    pub fn new(shown: impl Into<String>) -> Self {
        Self(shown.into())
    }

    /// The number as shown; personal data, so never for a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the PBX showed nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Dialled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.chars().count();
        let shown: String = self.0.chars().skip(digits.saturating_sub(3)).collect();
        match digits {
            0 => f.write_str("Dialled(none)"),
            1..=5 => f.write_str("Dialled(short)"),
            _ => write!(f, "Dialled(…{shown})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialled;

    #[test]
    fn debug_shows_the_last_digits_only() {
        assert_eq!(format!("{:?}", Dialled::new("004972112345")), "Dialled(…345)");
        assert_eq!(format!("{:?}", Dialled::new("12")), "Dialled(short)");
        assert_eq!(format!("{:?}", Dialled::new("")), "Dialled(none)");
    }
}
