//! A site's own numbers: head numbers, and the extensions behind them.

use std::fmt;

use super::memo::Memo;
use super::plan::{LONGEST_EXTENSION, parse};
use super::scan::{Scan, scan};
use super::{E164, NumberPlan, PlanError};

/// Extensions of more digits than these would be whole numbers.
const LONGEST_CONFIGURED: usize = 7;

/// Which numbers are one of our own phones. None by default. `Debug` shows the extensions only.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Own {
    /// Digits in E.164, without extension.
    heads: Vec<String>,
    extensions: Vec<Extensions>,
}

/// Extensions of equally many digits, from one to another.
#[derive(Clone, PartialEq, Eq)]
struct Extensions {
    first: String,
    last: String,
}

impl NumberPlan {
    /// The same at a site with this head number, written internationally and without extension: whoever calls from it, from
    /// its switchboard (`-0`), or from one of its extensions is one of our own phones. Where numbers have a fixed length, what all
    /// numbers of the site begin with takes the place of a head number.
    ///
    /// Without [extensions](NumberPlan::with_extensions), up to five digits behind the head number are one.
    ///
    /// # Errors
    /// [`PlanError::OwnNumber`].
    ///
    /// ```
    /// use bridge_core::number::{E164, NumberPlan};
    ///
    /// let plan = NumberPlan::new("DE", None)?.with_own_number("+49 721 46050")?.with_extensions("10-99")?;
    /// assert!(plan.is_own(&E164::parse("+497214605012").unwrap()));
    /// assert!(!plan.is_own(&E164::parse("+4972146050123").unwrap()));
    /// # Ok::<(), bridge_core::number::PlanError>(())
    /// ```
    pub fn with_own_number(mut self, head: &str) -> Result<Self, PlanError> {
        self.own.add_head(head)?;
        self.memo = Memo::default();
        Ok(self)
    }

    /// The same with these extensions: one, such as `0`, or a range of equally many digits, such as `10-99`. Digits that a PBX
    /// shows without any prefix are [`Reading::Internal`](super::Reading::Internal) where they are among them, however many they are.
    ///
    /// # Errors
    /// [`PlanError::Extensions`].
    pub fn with_extensions(mut self, range: &str) -> Result<Self, PlanError> {
        self.own.add_extensions(range)?;
        self.memo = Memo::default();
        Ok(self)
    }

    /// Whether this number is one of the site's own.
    #[must_use]
    pub fn is_own(&self, number: &E164) -> bool {
        self.own.holds(number)
    }
}

impl Own {
    fn add_head(&mut self, typed: &str) -> Result<(), PlanError> {
        let wrong = || PlanError::OwnNumber;
        let Scan::Number(found) = scan(typed) else {
            return Err(wrong());
        };
        if !found.plus || found.without_zero.is_some() || found.extension.is_some() {
            return Err(wrong());
        }
        // `-0` is the switchboard behind the head number.
        let digits = found.digits.strip_suffix('0').filter(|_| found.central);
        let parsed = parse(&format!("+{}", digits.unwrap_or(&found.digits)), None).ok_or_else(wrong)?;
        let national = parsed.get_national_significant_number();
        let head = E164::parse(&format!("+{}{national}", parsed.country_code)).ok_or_else(wrong)?;
        self.heads.push(head.as_str()[1..].to_owned());
        Ok(())
    }

    fn add_extensions(&mut self, range: &str) -> Result<(), PlanError> {
        let mut ends = range.split(['-', '–']).map(str::trim);
        let first = ends.next().unwrap_or_default();
        let last = ends.next().unwrap_or(first);
        let is_one = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
        let fits = (1..=LONGEST_CONFIGURED).contains(&first.len()) && first.len() == last.len() && first <= last;
        if !fits || !is_one(first) || !is_one(last) || ends.next().is_some() {
            return Err(PlanError::Extensions);
        }
        self.extensions.push(Extensions {
            first: first.to_owned(),
            last: last.to_owned(),
        });
        Ok(())
    }

    /// Whether the administrator says which numbers are extensions.
    pub(super) fn has_extensions(&self) -> bool {
        !self.extensions.is_empty()
    }

    /// Whether these digits, which came without any prefix, are an extension by what the administrator says.
    pub(super) fn is_extension(&self, digits: &str) -> bool {
        self.extensions.iter().any(|range| range.holds(digits))
    }

    /// Whether a number is a head number of ours, its switchboard, or an extension behind it.
    fn holds(&self, number: &E164) -> bool {
        let mut behind = self
            .heads
            .iter()
            .filter_map(|head| number.as_str()[1..].strip_prefix(head.as_str()));
        behind.any(|rest| {
            let anyone = self.extensions.is_empty() && rest.len() <= LONGEST_EXTENSION;
            rest.is_empty() || rest == "0" || anyone || self.is_extension(rest)
        })
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ranges = self.extensions.iter();
        f.debug_list()
            .entries(ranges.map(|range| format!("{}-{}", range.first, range.last)))
            .finish()
    }
}

impl Extensions {
    fn holds(&self, digits: &str) -> bool {
        // Equally many digits are in the order of the numbers they stand for.
        digits.len() == self.first.len() && (self.first.as_str()..=self.last.as_str()).contains(&digits)
    }
}

#[cfg(test)]
mod tests {
    use pbx::Dialled;

    use super::super::Reading;
    use super::*;

    fn plan(heads: &[&str], extensions: &[&str]) -> Result<NumberPlan, PlanError> {
        let mut plan = NumberPlan::new("DE", Some("721"))?;
        for head in heads {
            plan = plan.with_own_number(head)?;
        }
        for range in extensions {
            plan = plan.with_extensions(range)?;
        }
        Ok(plan)
    }

    fn owned(plan: &NumberPlan, shown: &str) -> bool {
        match plan.read(&Dialled::new(shown)) {
            Reading::Public(number) => plan.is_own(&number),
            Reading::Withheld | Reading::Internal | Reading::Service(_) | Reading::Unreadable => panic!("{shown}"),
        }
    }

    #[test]
    fn head_number_switchboard_and_extensions_are_our_own() {
        let plan = plan(&["+49 721 46050"], &["10-99", "200"]).unwrap();
        for own in [
            "0721 46050",
            "0721 46050-0",
            "+49721 46050-10",
            "004972146050 99",
            "46050200",
        ] {
            assert!(owned(&plan, own), "{own}");
        }
        for other in [
            "0721 46050-100",
            "0721 46050-9",
            "0721 46051-10",
            "0721 4605",
            "+43 721 46050 10",
        ] {
            assert!(!owned(&plan, other), "{other}");
        }
    }

    #[test]
    fn without_ranges_whatever_follows_a_head_number_is_our_own() {
        let plan = plan(&["+49 721 46050-0", "+15125551234"], &[]).unwrap();
        for own in ["0721 46050", "0721 46050-0", "0721 46050-123", "+1 512 555 1234"] {
            assert!(owned(&plan, own), "{own}");
        }
        for other in ["0721 46051-12", "+1 512 555 1235"] {
            assert!(!owned(&plan, other), "{other}");
        }
        let plan = self::plan(&["+49 721 460"], &[]).unwrap();
        let is_own = |number| plan.is_own(&E164::parse(number).unwrap());
        assert!(is_own("+4972146012345") && !is_own("+49721460123456"));
        let nobodys = NumberPlan::new("DE", Some("721")).unwrap();
        assert!(!owned(&nobodys, "0721 46050"));
    }

    #[test]
    fn a_range_makes_extensions_of_numbers_that_look_like_local_ones() {
        let shown = Dialled::new("234567");
        let public = E164::parse("+49721234567").map(Reading::Public);
        assert_eq!(Some(plan(&[], &[]).unwrap().read(&shown)), public);
        let plan = plan(&[], &["200000-299999"]).unwrap();
        assert_eq!(plan.read(&shown), Reading::Internal);
        assert_eq!(Some(plan.read(&Dialled::new("0721 234567"))), public);
        assert_ne!(plan.read(&Dialled::new("345678")), Reading::Internal);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for head in [
            "",
            "0721 46050",
            "46050",
            "+49",
            "+49 (0)721 46050",
            "+49 721 46050 x12",
            "+999123456",
            "acme",
        ] {
            assert_eq!(plan(&[head], &[]), Err(PlanError::OwnNumber), "{head:?}");
        }
        for range in [
            "", "-", "10-", "-99", "99-10", "10-100", "10-20-30", "1x", "12345678", "+10", "10 20",
        ] {
            assert_eq!(plan(&[], &[range]), Err(PlanError::Extensions), "{range:?}");
        }
    }
}
