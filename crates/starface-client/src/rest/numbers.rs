//! What the REST interface tells of phone numbers and of permissions.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::model::{AccountId, some_account, text};

/// A phone number of the PBX (`GET /rest/phonenumbers`). `Debug` shows no number.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// Which entry this is, everywhere on one PBX.
    pub id: i64,
    /// What it is for.
    #[serde(default, rename = "type", deserialize_with = "number_type")]
    pub kind: NumberType,
    /// The number: within the PBX, or within its area.
    #[serde(default, deserialize_with = "text")]
    pub number: String,
    /// Country, as in `49`; empty for internal numbers.
    #[serde(default, rename = "nationalprefix", deserialize_with = "text")]
    pub national_prefix: String,
    /// Area, as in `721`; empty for internal numbers.
    #[serde(default, rename = "localprefix", deserialize_with = "text")]
    pub local_prefix: String,
    /// What the PBX dials to get a line. Not a part of the number.
    #[serde(default, rename = "exitcode", deserialize_with = "text")]
    pub exit_code: String,
    /// The user who has it.
    #[serde(default, rename = "assigneduseraccountid", deserialize_with = "some_account")]
    pub user: Option<AccountId>,
    /// The group that has it.
    #[serde(default, rename = "assignedgroupaccountid", deserialize_with = "some_account")]
    pub group: Option<AccountId>,
    /// The module that has it, empty if none has.
    #[serde(default, rename = "assignedmoduleinstanceid", deserialize_with = "text")]
    pub module: String,
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id, kind, user, group, ..
        } = self;
        f.debug_struct("PhoneNumber")
            .field("id", id)
            .field("kind", kind)
            .field("user", user)
            .field("group", group)
            .finish_non_exhaustive()
    }
}

/// What a phone number is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
#[non_exhaustive]
pub enum NumberType {
    /// Dialled within the PBX.
    Internal,
    /// Dialled from outside.
    External,
    /// Kept free.
    Reserved,
    /// Of a line that is passed on to another system.
    Nt,
    /// Shown to the called, and not dialled.
    Display,
    /// Of an analogue line.
    Fxo,
    /// The PBX takes it for none.
    Invalid,
    /// A word that is not known here.
    #[default]
    Other,
}

impl NumberType {
    /// The word of the interface; `None` for [`NumberType::Other`], which cannot be asked for.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        WORDS.iter().find(|(_, kind)| *kind == self).map(|(word, _)| *word)
    }
}

const WORDS: [(&str, NumberType); 7] = [
    ("INTERNAL", NumberType::Internal),
    ("EXTERNAL", NumberType::External),
    ("RESERVED", NumberType::Reserved),
    ("NT", NumberType::Nt),
    ("DISPLAY", NumberType::Display),
    ("FXO", NumberType::Fxo),
    ("INVALID", NumberType::Invalid),
];

fn number_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NumberType, D::Error> {
    let told = text(deserializer)?;
    let known = WORDS.iter().find(|(word, _)| told.trim().eq_ignore_ascii_case(word));
    Ok(known.map_or(NumberType::Other, |(_, kind)| *kind))
}

/// Who has a phone number (`GET /rest/users/{id}/phonenumberconfig/phonenumbers/`).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct NumberAssignment {
    /// The account that has it.
    #[serde(default, rename = "accountid", deserialize_with = "some_account")]
    pub account: Option<AccountId>,
    /// The [`PhoneNumber::id`].
    #[serde(rename = "phonenumberid")]
    pub number: i64,
    /// For which of the services of the PBX; what the numbers mean is not documented.
    #[serde(default, rename = "serviceid")]
    pub service: Option<i64>,
}

/// Something that users may be allowed to do (`GET /rest/permissions`).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Permission {
    /// Which one this is.
    pub id: i64,
    /// Its name.
    #[serde(default, rename = "permission", deserialize_with = "text")]
    pub name: String,
}
