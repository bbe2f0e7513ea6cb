//! Numbers: what a PBX shows and what people type, in one comparable form.
//!
//! A [`NumberPlan`] reads both with the same rules, so that two spellings of one line become the same [`E164`]. What the
//! rules are, and which reading wins where a number has several, stands at [`NumberPlan::read`].

#[cfg(test)]
mod differential;
mod heads;
mod kind;
mod memo;
mod own;
mod plan;
#[cfg(test)]
mod properties;
mod scan;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tests;
mod written;

use std::fmt;

pub use plan::{NumberPlan, PlanError};
pub use written::Written;

/// A number in E.164: `+` and digits. `Debug` shows the last three digits only; it is personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(String);

impl E164 {
    /// Takes a number that is in E.164 already, such as one that was stored.
    ///
    /// ```
    /// use bridge_core::number::E164;
    ///
    /// assert!(E164::parse("+49721123456").is_some());
    /// assert!(E164::parse("0721 123456").is_none(), "how to read this is for a number plan to say");
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let fits =
            (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        fits.then(|| Self(text.into()))
    }

    /// `+49721123456`; personal data.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits as one number, which no other number in E.164 has: none begins with a zero. Personal data.
    #[must_use]
    pub fn key(&self) -> u64 {
        self.0
            .bytes()
            .skip(1)
            .fold(0, |key, digit| key * 10 + u64::from(digit - b'0'))
    }

    /// `…456`, for logs and stories.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("…{}", &self.0[self.0.len() - 3..])
    }

    /// As people write it internationally, such as `+49 721 123456`; personal data.
    #[must_use]
    pub fn international(&self) -> String {
        plan::international(self)
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({})", self.masked())
    }
}

/// What a number that the PBX showed turns out to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading {
    /// No number: empty, `anonymous`, `0`, …
    Withheld,
    /// An extension, an emergency number or a short service number: nobody's in the help desk.
    Internal,
    /// A number of the public network.
    Public(E164),
    /// A number for which callers pay more: nobody calls from it, and it is nobody's in the help desk.
    Service(E164),
    /// Something that is no number.
    Unreadable,
}

impl Reading {
    /// The number, where there is one that E.164 can tell.
    #[must_use]
    pub fn number(&self) -> Option<&E164> {
        match self {
            Self::Public(number) | Self::Service(number) => Some(number),
            Self::Withheld | Self::Internal | Self::Unreadable => None,
        }
    }
}
