//! A number in texts: the digits by which it is found there, however they are grouped.

use std::fmt;

use super::scan::{is_invisible, is_separator};

/// Fewer digits than these stand in every text.
const SHORTEST: usize = 6;
/// What may stand before the national number: a zero, or `00` and a country code.
const LONGEST_PREFIX: usize = 5;

/// `20261124`.
const LONGEST_DATE: usize = 8;

/// How one number is written at one site. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// Without country code and prefix.
    national: String,
    /// The same without the own area code, where it is of the own area.
    local: Option<String>,
}

impl Written {
    pub(super) fn new(national: &str, local: Option<&str>) -> Self {
        // A zero in front may be a prefix, or part of the number as in Italy: some leave it out.
        let digits = |text: &str| text.trim_start_matches('0').to_owned();
        Self {
            national: digits(national),
            local: local.map(digits).filter(|local| local.len() >= SHORTEST),
        }
    }

    /// Whether it stands in a text, in any usual spelling.
    #[must_use]
    pub fn stands_in(&self, text: &str) -> bool {
        let mut is_there = false;
        let (mut all, mut token) = (String::new(), String::new());
        let mut ends = |all: &str, token: &str| {
            is_there |= all.contains(&self.national) || self.local.as_deref().is_some_and(|l| l == token || l == all);
        };
        for c in text.chars() {
            if c.is_ascii_digit() {
                all.push(c);
                token.push(c);
            } else if is_separator(c) || is_invisible(c) || c == '+' {
                ends(&all, &token);
                token.clear();
            } else {
                ends(&all, &token);
                token.clear();
                all.clear();
            }
        }
        ends(&all, &token);
        is_there
    }

    /// Whether it stands in the name of a file, with a prefix before it if it could be a date, and not across what such names are put together of.
    #[must_use]
    pub fn is_in_name(&self, name: &str) -> bool {
        let mut tokens = name.split(|c: char| !c.is_ascii_digit());
        tokens.any(|token| {
            let prefix = token.strip_suffix(self.national.as_str());
            // Without any prefix, as some countries write all numbers, it must be longer than a date.
            let shortest = usize::from(self.national.len() <= LONGEST_DATE);
            prefix.is_some_and(|prefix| (shortest..=LONGEST_PREFIX).contains(&prefix.len()))
        })
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Written")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{E164, NumberPlan};

    #[test]
    fn a_number_is_found_in_whatever_text_it_stands() {
        let number = E164::parse("+49721555010").unwrap();
        let written = NumberPlan::new("DE", Some("721")).unwrap().written(&number);
        for text in [
            "+49721555010",
            "Call from +49 721 555010 (Support)",
            "0049721555010",
            "sip:0721555010@pbx",
            "0721/55 50-10 has called",
            "the number (0721) 555 010 is taken",
            "Aufnahme_20261124_140205_0721555010_0101.wav",
            "{\"number\":\"+49721555010\"}",
            "555010",
            "dialled: 555010, twice",
            "+49 (0)721 555010",
        ] {
            assert!(written.stands_in(text), "{text}");
        }
        for text in [
            "",
            "0721 555011",
            "5550101",
            "55501",
            "ticket 555 for 010 people",
            "…010",
        ] {
            assert!(!written.stands_in(text), "{text}");
        }
    }

    #[test]
    fn the_time_in_the_name_of_a_file_is_not_taken_for_a_number() {
        let written = |number| {
            let plan = NumberPlan::new("DE", Some("721")).unwrap();
            plan.written(&E164::parse(number).unwrap())
        };
        let name = "Aufnahme_20261124_140205_0721555010_0101.wav";
        assert!(written("+49721555010").is_in_name(name));
        assert!(written("+49721555010").is_in_name("+49721555010.wav"));
        assert!(
            !written("+49721140205").is_in_name(name),
            "a local number like the time"
        );
        assert!(!written("+49611241402").is_in_name(name), "digits across date and time");
        assert!(!written("+4920261124").is_in_name(name), "a number like the date");
        let plan = NumberPlan::new("US", None).unwrap();
        let written = plan.written(&E164::parse("+15125550123").unwrap());
        assert!(written.is_in_name("5125550123.wav"), "where no prefix is written");
    }
}
