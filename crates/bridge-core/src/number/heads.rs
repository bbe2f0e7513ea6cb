//! Head numbers: by the line of a whole company, somebody may be known who calls from an extension behind it.

use rlibphonenumber::PhoneNumberType;

use super::plan::{DIRECT_DIALLING, parse};
use super::scan::{Scan, scan};
use super::{E164, NumberPlan, Reading};

/// So many digits of a number may be an extension.
const LONGEST_BEHIND: usize = 4;
/// So many digits has the national part of a head number at least that is marked as one, such as `0721 608-0`.
const SHORTEST_MARKED: usize = 5;
/// And of one that is not. Less may as well be a number that somebody has not typed to its end.
const SHORTEST_PLAIN: usize = 8;
/// Fewer digits than these find everybody.
const SHORTEST_SEARCHED: usize = 6;

impl NumberPlan {
    /// The same where head numbers in profiles count for extensions behind them.
    #[must_use]
    pub fn with_head_numbers(mut self) -> Self {
        self.head_numbers = true;
        self
    }

    /// The head number that somebody typed into a profile, without extension and without the zero of a switchboard. `None` if
    /// it is none, if it is one of our own, or if [head numbers](NumberPlan::with_head_numbers) do not count.
    ///
    /// In Germany and Austria, where extensions are dialled right behind it, that is a line of the fixed network that is marked as
    /// head number by `-0` (or `x0`), or that has eight digits at least. Elsewhere it is a number with an extension behind a word: such a company
    /// shows one number for all its phones.
    #[must_use]
    pub fn head(&self, typed: &str) -> Option<E164> {
        if !self.head_numbers {
            return None;
        }
        let Scan::Number(found) = scan(typed) else {
            return None;
        };
        let Reading::Public(number) = self.read_found(&found) else {
            return None;
        };
        match (is_directly_dialled(&number)?, found.extension.as_deref()) {
            (false, extension) => extension.map(|_| number),
            (true, None) if !found.central => Some(number).filter(|number| national_length(number) >= SHORTEST_PLAIN),
            (true, None | Some("0")) => {
                let head = number.as_str().strip_suffix('0').filter(|_| found.central);
                let head = E164::parse(head.unwrap_or(number.as_str()));
                head.filter(|head| national_length(head) >= SHORTEST_MARKED)
            }
            (true, Some(_)) => None,
        }
    }

    /// The head numbers behind which this number may be, the longest first. None for our own numbers, nor if head numbers do not count.
    ///
    /// ```
    /// use bridge_core::number::{E164, NumberPlan};
    ///
    /// let plan = NumberPlan::new("DE", Some("721"))?.with_head_numbers();
    /// let caller = E164::parse("+497214605012").unwrap();
    /// let head = plan.head("+49 721 46050-0").unwrap();
    /// assert!(head.as_str() == "+4972146050" && plan.heads(&caller).contains(&head));
    /// # Ok::<(), bridge_core::number::PlanError>(())
    /// ```
    #[must_use]
    pub fn heads(&self, number: &E164) -> Vec<E164> {
        if !self.head_numbers || self.is_own(number) {
            return Vec::new();
        }
        let longest = match is_directly_dialled(number) {
            None => return Vec::new(),
            Some(false) => 0,
            Some(true) => LONGEST_BEHIND,
        };
        let all = number.as_str();
        let heads = (0..=longest).filter_map(|behind| E164::parse(&all[..all.len().checked_sub(behind)?]));
        // The directory's numbers do not depend on which are ours.
        heads.filter(|head| !self.is_own(head)).collect()
    }

    /// Whether a number is behind the head number that somebody typed into a profile.
    #[must_use]
    pub fn is_behind(&self, number: &E164, typed: &str) -> bool {
        self.head(typed).is_some_and(|head| self.heads(number).contains(&head))
    }

    /// The digits that stand in every spelling of every head number behind which this number may be, but for those without area
    /// code. `None` if there is none, or if they would find everybody.
    #[must_use]
    pub fn head_digits(&self, number: &E164) -> Option<String> {
        let shortest = self.heads(number).pop()?;
        let code = parse(number.as_str(), None)?.country_code.to_string().len();
        let national = |of: &E164| of.as_str()[1 + code..].trim_start_matches('0').to_owned();
        let (whole, shortest) = (national(number), national(&shortest));
        let length = shortest.len().max(SHORTEST_SEARCHED);
        // Of a number that shows no extension itself, the head number is the same: it is searched for anyhow.
        whole.get(..length).filter(|head| *head != whole).map(str::to_owned)
    }
}

/// Whether this is a line where extensions are dialled right behind the head number; `None` where nothing is an extension:
/// at mobile numbers of such countries, and numbers that the metadata do not know.
fn is_directly_dialled(number: &E164) -> Option<bool> {
    let parsed = parse(number.as_str(), None)?;
    let kind = parsed.get_type();
    if DIRECT_DIALLING.contains(&parsed.country_code) {
        (kind == PhoneNumberType::FixedLine).then_some(true)
    } else {
        (kind != PhoneNumberType::Unknown && kind != PhoneNumberType::Mobile).then_some(false)
    }
}

/// How many digits follow the country code, where that has two.
fn national_length(number: &E164) -> usize {
    number.as_str().len() - "+49".len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(country: &str, area: &str) -> NumberPlan {
        let plan = NumberPlan::new(country, Some(area)).unwrap();
        let plan = plan.with_own_number("+49 721 46059").unwrap();
        plan.with_head_numbers()
    }

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    #[test]
    fn what_is_a_head_number_and_what_is_not() {
        let table = [
            ("+49 721 46050-0", Some("+4972146050")),
            ("0721/46050 - 0", Some("+4972146050")),
            ("0721 608-0", Some("+49721608")),
            ("+4972146050x0", Some("+4972146050")),
            ("0721 46050-0 DW 0", Some("+4972146050")),
            ("+49 721 46050", Some("+4972146050")),
            ("0721 460500", Some("+49721460500")),
            ("46050-0", Some("+4972146050")),
            ("123456", Some("+49721123456")),
            ("+43 1 52345-0", Some("+43152345")),
            // too short to be sure of, and nothing marks it
            ("0721 608", None),
            ("0721 6-0", None),
            // an extension is somebody's own
            ("0721 46050 DW 12", None),
            ("0721 46050-12", Some("+497214605012")),
            // elsewhere companies show one number for all their phones
            ("+15125550123x12", Some("+15125550123")),
            ("020 7946 0123 ext. 12", None),
            ("+44 20 7946 0123 ext. 12", Some("+442079460123")),
            ("+15125550123", None),
            ("+41 44 668 18-0", None),
            // nobody's head number
            ("0172 9968532", None),
            ("0172 9968532-0", None),
            ("0800 1234567-0", None),
            ("0900 1234567", None),
            ("", None),
            ("0", None),
            ("12-0", None),
            ("anonymous", None),
        ];
        let plan = plan("DE", "721");
        for (typed, head) in table {
            assert_eq!(plan.head(typed).as_ref().map(E164::as_str), head, "{typed}");
        }
        let off = NumberPlan::new("DE", Some("721")).unwrap();
        assert_eq!(off.head("+49 721 46050-0"), None);
        assert!(off.heads(&number("+497214605012")).is_empty());
    }

    #[test]
    fn who_calls_from_behind_a_head_number() {
        let plan = plan("DE", "721");
        for caller in ["+49721460501", "+4972146050", "+497214605012", "+49721460501234"] {
            assert!(plan.is_behind(&number(caller), "0721 46050-0"), "{caller}");
        }
        for caller in ["+497214605", "+497214605112", "+497214605012345", "+437214605012"] {
            assert!(!plan.is_behind(&number(caller), "0721 46050-0"), "{caller}");
        }
        // Other digits at the end are another subscriber, unless somebody says that the zero is none of them.
        assert!(!plan.is_behind(&number("+49721460505"), "0721 460500"));
        assert!(!plan.is_behind(&number("+497214605913"), "0721 46059-0"), "our own");
        assert!(
            !plan.is_behind(&number("+15125550123"), "(512) 555-0123 x12"),
            "no number of Germany"
        );
        assert!(plan.is_behind(&number("+15125550123"), "+1 512 555 0123 x12"));
        assert!(!plan.is_behind(&number("+15125550124"), "+1 512 555 0123 x12"));
        // A mobile number has no extensions.
        assert!(!plan.is_behind(&number("+491729968532"), "0172 996853"));
    }

    #[test]
    fn what_is_searched_for_stands_in_each_head_number() {
        let plan = plan("DE", "721");
        let digits = |of| plan.head_digits(&number(of));
        assert_eq!(digits("+497214605012").as_deref(), Some("721460"));
        assert_eq!(digits("+49721460501234").as_deref(), Some("72146050"));
        assert_eq!(digits("+497216081").as_deref(), Some("721608"));
        for none in ["+49721608", "+15125550123", "+491729968532", "+497214605912"] {
            assert_eq!(digits(none), None, "{none}");
        }
    }
}
