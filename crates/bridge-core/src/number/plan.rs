//! How numbers are written at one site, and what each of them means there.

use std::fmt;

use pbx::Dialled;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

use super::kind::{is_short_service, judge, valid};
use super::memo::Memo;
use super::own::Own;
use super::scan::{Found, Scan, scan, vanity};
use super::{E164, Reading, Written};

/// Numbers without any prefix up to this length are extensions.
pub(super) const LONGEST_EXTENSION: usize = 5;
/// Local numbers without area code are at most so long, at least where it matters.
const LONGEST_LOCAL: usize = 8;
/// A number that stands without the prefix it needs is taken for a whole one only from this length on.
const SHORTEST_WHOLE: usize = LONGEST_LOCAL + 1;
/// How many digits at the end of a number are searched for.
const SEARCHED: usize = 9;
/// Fewer digits than these find everybody.
const SHORTEST_SEARCHED: usize = 6;
/// Where an extension is dialled, and shown, right behind the head number: Austria and Germany.
pub(super) const DIRECT_DIALLING: [i32; 2] = [43, 49];

/// How numbers are written at this site.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberPlan {
    region: Region,
    /// `49`
    country_code: String,
    /// Whether national numbers are written with a prefix, such as the 0 in Germany.
    trunk_prefix: bool,
    /// As it follows the country code.
    area_code: Option<String>,
    pub(super) own: Own,
    /// Whether head numbers in profiles count for extensions behind them.
    pub(super) head_numbers: bool,
    pub(super) memo: Memo,
}

impl NumberPlan {
    /// A plan for a country (ISO 3166-1 alpha-2), optionally with the area code of local numbers. `721` and `0721` mean
    /// the same; in Italy the zero is part of the number and of the area code.
    ///
    /// # Errors
    /// If the country is unknown or the area code is not of digits.
    pub fn new(country: &str, area_code: Option<&str>) -> Result<Self, PlanError> {
        let unknown = || PlanError::Country { found: country.into() };
        let region = Region::from_code(country.trim()).map_err(|_| unknown())?;
        let code = PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .filter(|_| region != Region::World);
        let country_code = code.ok_or_else(unknown)?.to_string();
        let prefix = trunk_prefix(region);
        let area_code = area_code.map(|a| read_area_code(a.trim(), &prefix)).transpose()?;
        // North America has a prefix, 1, but writes numbers without it.
        let trunk_prefix = !prefix.is_empty() && country_code != "1";
        Ok(Self {
            region,
            country_code,
            trunk_prefix,
            area_code,
            own: Own::default(),
            head_numbers: false,
            memo: Memo::default(),
        })
    }

    /// Reads a number as the PBX shows it. The first rule that fits decides:
    ///
    /// 1. Nothing, zeros, `-1`, and words such as `anonymous` are [`Reading::Withheld`].
    /// 2. A `+`, or `00` before a country code, makes it international. So it is with the country's own prefix (`011` in
    ///    the USA).
    /// 3. Up to five digits, six that begin with 116 or 118 (in Italy also 89, in the Netherlands 14), codes such as `*97`, and
    ///    the site's own extensions are [`Reading::Internal`].
    /// 4. A 0 in front makes it national.
    /// 5. What has none of these prefixes has lost one. Where national numbers are written with a prefix, the readings are
    ///    tried in this order, and the first that is a valid number counts: up to eight digits as a local number; from
    ///    nine digits on with the own country code in front, then as a national number, then as one that begins with
    ///    another country's code.
    ///    Where national numbers have no prefix (Italy, Spain, the USA), the national reading goes first, since it
    ///    is how everybody writes them.
    ///
    /// By rule 5 `49721123456` is +49 721 123456 in Germany, although +49 4972 1123456 is a valid number as well: PBXs
    /// that drop the `+` are many, those that drop the 0 are few, and few places have an area code that begins with 49. At a
    /// site whose own area code does so, numbers that begin with it are national. A **foreign** country code without `+`
    /// loses against a valid national reading, since most callers are compatriots; an adapter whose
    /// PBX always shows E.164 without the `+` should put it there.
    ///
    /// Numbers for which callers pay more (0900, 0180) are [`Reading::Service`]. Those that are free of charge are public: nobody
    /// calls from one, but companies have them shown, and stand with them in profiles.
    ///
    /// `sip:0721123456@pbx`, `tel:+49721123456` and `Anna <0721123456>` are read as what is in them. An extension behind a word
    /// (`+49 721 12345 x12`, `0721 12345-0 Durchwahl 12`) is a part of the number in Germany and Austria, where it is dialled right
    /// behind the head number. Elsewhere such a number is [`Reading::Unreadable`]: it is another line than
    /// the bare number, and E.164 has no place for it. So are two numbers in one text. Capital letters stand for digits where that
    /// is usual: behind an area code of North America.
    ///
    /// ```
    /// use bridge_core::number::{NumberPlan, Reading};
    /// use pbx::Dialled;
    ///
    /// let plan = NumberPlan::new("DE", Some("721"))?;
    /// for shown in ["0049721123456", "+49 721 123456", "0721/123456", "49721123456", "123456"] {
    ///     let Reading::Public(number) = plan.read(&Dialled::new(shown)) else { panic!("{shown} is a number") };
    ///     assert_eq!(number.as_str(), "+49721123456");
    /// }
    /// assert_eq!(plan.read(&Dialled::new("12")), Reading::Internal);
    /// # Ok::<(), bridge_core::number::PlanError>(())
    /// ```
    #[must_use]
    pub fn read(&self, shown: &Dialled) -> Reading {
        self.memo.of(shown.as_str(), || self.read_text(shown.as_str()))
    }

    /// Reads a number as somebody typed it into a profile, by the rules of [`NumberPlan::read`]; `None` if it is none, or
    /// one with an extension.
    #[must_use]
    pub fn read_typed(&self, typed: &str) -> Option<E164> {
        public(self.memo.of(typed, || self.read_text(typed)))
    }

    /// The same of one number among very many, each of which is read once: it takes no place from those that come again and again.
    pub(crate) fn read_once(&self, typed: &str) -> Option<E164> {
        public(self.read_text(typed))
    }

    /// The digits by which a search finds this number in every usual spelling: the last nine at most, without any prefix that
    /// a spelling may lack. Of a number in the own area the part that is dialled locally, if it has six digits.
    ///
    /// ```
    /// use bridge_core::number::{E164, NumberPlan};
    ///
    /// let number = E164::parse("+49721123456").unwrap();
    /// assert_eq!(NumberPlan::new("DE", None)?.search_digits(&number), "721123456");
    /// assert_eq!(NumberPlan::new("DE", Some("721"))?.search_digits(&number), "123456");
    /// # Ok::<(), bridge_core::number::PlanError>(())
    /// ```
    #[must_use]
    pub fn search_digits(&self, number: &E164) -> String {
        let all = &number.as_str()[1..];
        let Some(parsed) = parse(number.as_str(), None) else {
            return tail(all, SEARCHED).into();
        };
        let national = parsed.get_national_significant_number();
        let local = self
            .area_code
            .as_deref()
            .filter(|_| parsed.country_code.to_string() == self.country_code);
        let local = local
            .and_then(|area| national.strip_prefix(area))
            .filter(|l| l.len() >= SHORTEST_SEARCHED);
        // A zero in front may be a prefix, or part of the number as in Italy: people leave both out.
        let digits = tail(local.unwrap_or(&national), SEARCHED).trim_start_matches('0');
        if digits.len() < SHORTEST_SEARCHED {
            tail(all, SHORTEST_SEARCHED).into()
        } else {
            digits.into()
        }
    }

    /// By which digits a number is found in texts.
    #[must_use]
    pub fn written(&self, number: &E164) -> Written {
        let Some(parsed) = parse(number.as_str(), None) else {
            return Written::new(&number.as_str()[1..], None);
        };
        let national = parsed.get_national_significant_number();
        let is_own = parsed.country_code.to_string() == self.country_code;
        let area = self.area_code.as_deref().filter(|_| is_own);
        Written::new(&national, area.and_then(|area| national.strip_prefix(area)))
    }

    fn read_text(&self, text: &str) -> Reading {
        let found = match scan(text) {
            Scan::Nothing => return Reading::Withheld,
            Scan::Code => return Reading::Internal,
            Scan::Number(found) if !text.bytes().any(|b| b.is_ascii_uppercase()) => found,
            Scan::Number(found) => {
                if let Some(reading) = self.read_vanity(text) {
                    return reading;
                }
                found
            }
            Scan::Garbage => return self.read_vanity(text).unwrap_or(Reading::Unreadable),
        };
        let reading = self.read_found(&found);
        match (&found.extension, reading) {
            (None, reading) => reading,
            (Some(extension), Reading::Public(number)) => {
                directly_dialled(&number, found.central, extension).unwrap_or(Reading::Unreadable)
            }
            (Some(_), Reading::Withheld | Reading::Internal | Reading::Service(_) | Reading::Unreadable) => {
                Reading::Unreadable
            }
        }
    }

    fn read_vanity(&self, text: &str) -> Option<Reading> {
        let number = vanity(text, self.country_code == "1")?;
        valid(parse(&number, None))
    }

    pub(super) fn read_found(&self, found: &Found) -> Reading {
        let (digits, without_zero) = (found.digits.as_str(), found.without_zero.as_deref());
        if found.plus {
            return read_international(digits, without_zero);
        }
        let is_short = digits.len() <= LONGEST_EXTENSION || is_short_service(digits, &self.country_code);
        if is_short || self.own.is_extension(digits) {
            return Reading::Internal;
        }
        if let Some(rest) = digits.strip_prefix("00").filter(|rest| !rest.starts_with('0')) {
            let without_zero = without_zero.and_then(|w| w.strip_prefix("00"));
            let read = read_international(rest, without_zero);
            if matches!(read, Reading::Public(_) | Reading::Service(_)) {
                return read;
            }
        }
        if digits.starts_with('0') {
            return judge(parse(digits, Some(self.region)));
        }
        self.read_bare(digits)
    }

    /// Digits that have lost a prefix, or never had one.
    fn read_bare(&self, digits: &str) -> Reading {
        let whole = digits.len() >= SHORTEST_WHOLE;
        let international = || valid(parse(&format!("+{digits}"), None));
        let own = || {
            if digits.starts_with(&self.country_code) {
                international()
            } else {
                None
            }
        };
        let national = || valid(parse(digits, Some(self.region)));
        let local = || {
            let area = self.area_code.as_deref()?;
            valid(parse(&format!("+{}{area}{digits}", self.country_code), None))
        };
        let found = if !self.trunk_prefix {
            national()
                .or_else(local)
                .or_else(own)
                .or_else(|| if whole { international() } else { None })
        } else if !whole {
            local()
        } else if self.area_begins_with_country_code() && self.is_in_own_area(digits) {
            national().or_else(own)
        } else {
            own().or_else(national).or_else(local).or_else(international)
        };
        match found {
            Some(reading) => reading,
            None if digits.len() <= LONGEST_EXTENSION + 1 => Reading::Internal,
            None => Reading::Unreadable,
        }
    }

    fn area_begins_with_country_code(&self) -> bool {
        self.area_code
            .as_deref()
            .is_some_and(|area| area.starts_with(&self.country_code))
    }

    fn is_in_own_area(&self, digits: &str) -> bool {
        self.area_code.as_deref().is_some_and(|area| digits.starts_with(area))
    }
}

impl fmt::Debug for NumberPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // By these texts it is seen whether numbers are read in another way than before.
        let mut shown = f.debug_struct("NumberPlan");
        shown.field("country", &self.region.as_region_str().as_str());
        shown.field("area_code", &self.area_code);
        if self.own.has_extensions() {
            shown.field("own", &self.own);
        }
        if self.head_numbers {
            shown.field("head_numbers", &true);
        }
        shown.finish()
    }
}

/// Why a number plan makes no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// No country has this code.
    #[error("`{found}` is no country code; ISO 3166-1 alpha-2 is wanted, such as `DE`")]
    Country {
        /// What was found.
        found: String,
    },
    /// Area codes are digits.
    #[error("an area code has digits only, such as `721`")]
    AreaCode,
    /// Head numbers are whole.
    #[error(
        "an own number begins with + and the country code, without (0) and without extension, such as `+49 721 46050`"
    )]
    OwnNumber,
    /// Extensions are digits.
    #[error("extensions are digits or a range of equally many digits, such as `10-99`")]
    Extensions,
}

fn public(reading: Reading) -> Option<E164> {
    match reading {
        Reading::Public(number) => Some(number),
        Reading::Service(_) | Reading::Withheld | Reading::Internal | Reading::Unreadable => None,
    }
}

/// As people write it internationally.
pub(super) fn international(number: &E164) -> String {
    match parse(number.as_str(), None) {
        Some(parsed) => parsed.format_as(PhoneNumberFormat::International).into_owned(),
        None => number.as_str().into(),
    }
}

fn read_area_code(area: &str, prefix: &str) -> Result<String, PlanError> {
    let area = area
        .strip_prefix(prefix)
        .filter(|_| prefix.starts_with('0'))
        .unwrap_or(area);
    let fits = (1..=LONGEST_LOCAL).contains(&area.len()) && area.bytes().all(|b| b.is_ascii_digit());
    if fits {
        Ok(area.into())
    } else {
        Err(PlanError::AreaCode)
    }
}

/// What stands before the national number where people write one, as seen from how an example is written: the 0 in
/// Germany, nothing in Italy, and nothing in the USA either, whose prefix 1 is dialled but seldom written.
fn trunk_prefix(region: Region) -> String {
    let Ok(example) = PHONE_NUMBER_UTIL.get_example_number(region) else {
        return String::new();
    };
    let written = example.format_as(PhoneNumberFormat::National);
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    digits
        .strip_suffix(&example.get_national_significant_number())
        .unwrap_or_default()
        .into()
}

/// Digits that begin with a country code.
fn read_international(digits: &str, without_zero: Option<&str>) -> Reading {
    let read = |digits: &str| parse(&format!("+{digits}"), None);
    let number = read(digits);
    if valid(number.clone()).is_none() {
        // Only where the zero in brackets makes no sense is it left out: in Italy it stays.
        if let Some(found) = without_zero.and_then(|w| valid(read(w))) {
            return found;
        }
    }
    judge(number)
}

/// A line behind a head number, where extensions are dialled right behind it.
fn directly_dialled(number: &E164, central: bool, extension: &str) -> Option<Reading> {
    let parsed = parse(number.as_str(), None)?;
    let fixed = parsed.get_type() == PhoneNumberType::FixedLine;
    if !fixed || !DIRECT_DIALLING.contains(&parsed.country_code) {
        return None;
    }
    // `12345-0 Durchwahl 12` is 12345-12.
    let head = number.as_str().strip_suffix('0').filter(|_| central);
    valid(parse(&format!("{}{extension}", head.unwrap_or(number.as_str())), None))
}

pub(super) fn parse(digits: &str, region: Option<Region>) -> Option<PhoneNumber> {
    PhoneNumber::parse(digits, region).ok()
}

fn tail(digits: &str, count: usize) -> &str {
    &digits[digits.len().saturating_sub(count)..]
}
