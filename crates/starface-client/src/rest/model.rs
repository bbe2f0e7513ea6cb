//! What the REST interface tells of users, groups and accounts. Only what somebody needs is read; the rest is left.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// The number of an account: a user, a group. The same everywhere on one PBX; group calls name their group by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AccountId(i64);

impl AccountId {
    /// The account with this number.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Text(text) => text
                .trim()
                .parse()
                .map(Self)
                .map_err(|_| serde::de::Error::custom("expected an account id")),
        }
    }
}

/// A user (`GET /rest/users`). `Debug` shows neither name nor address.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// Account of the user.
    pub id: AccountId,
    /// What he logs in with, such as `0101`. Text: zeros at the front count.
    #[serde(default, deserialize_with = "text")]
    pub login: String,
    /// E-mail address, empty if there is none.
    #[serde(default, deserialize_with = "text")]
    pub email: String,
    /// First name.
    #[serde(default, rename = "firstname", deserialize_with = "text")]
    pub first_name: String,
    /// Family name.
    #[serde(default, rename = "familyname", deserialize_with = "text")]
    pub family_name: String,
    /// Language of the user's texts, as in `de`.
    #[serde(default, deserialize_with = "text")]
    pub language: String,
    /// The person behind the account, a UUID; empty where it is not told.
    #[serde(default, rename = "personid", deserialize_with = "text")]
    pub person: String,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

/// A group as the list of groups shows it (`GET /rest/groups`).
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct GroupSummary {
    /// Account of the group.
    pub id: AccountId,
    /// Name.
    #[serde(default, rename = "groupname", deserialize_with = "text")]
    pub name: String,
    /// Main internal number, empty if there is none.
    #[serde(default, rename = "groupinternalnumber", deserialize_with = "text")]
    pub internal_number: String,
    /// Main external number, empty if there is none; how it is spelled is not documented.
    #[serde(default, rename = "groupexternalnumber", deserialize_with = "text")]
    pub external_number: String,
}

impl fmt::Debug for GroupSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupSummary")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A group with members and numbers (`GET /rest/groups/{id}`).
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// Account of the group.
    pub id: AccountId,
    /// Name.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// Every user of the PBX, those in the group marked; see [`Group::members`].
    #[serde(default, rename = "assignableusers", deserialize_with = "list")]
    pub assignable_users: Vec<AssignableUser>,
    /// Every number that the group could have, those it has marked; see [`Group::numbers`].
    #[serde(default, rename = "assignablenumbers", deserialize_with = "list")]
    pub assignable_numbers: Vec<AssignableNumber>,
}

impl Group {
    /// Accounts of the users who are in the group.
    pub fn members(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.assignable_users
            .iter()
            .filter(|user| user.assigned)
            .map(|user| user.id)
    }

    /// The numbers that the group has.
    pub fn numbers(&self) -> impl Iterator<Item = &AssignableNumber> + '_ {
        self.assignable_numbers.iter().filter(|number| number.assigned)
    }
}

/// A user who could be in a group.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[non_exhaustive]
pub struct AssignableUser {
    /// Account of the user.
    pub id: AccountId,
    /// Whether he is.
    #[serde(default)]
    pub assigned: bool,
}

/// A number that a group could have.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AssignableNumber {
    /// Whether the group has it.
    #[serde(default)]
    pub assigned: bool,
    /// Whether it is an internal number: then only `extension` says something.
    #[serde(default)]
    pub intern: bool,
    /// Country, as in `49`.
    #[serde(default, rename = "countrycode", deserialize_with = "text")]
    pub country_code: String,
    /// Area, as in `721` or `0721`.
    #[serde(default, rename = "localareacode", deserialize_with = "text")]
    pub local_area_code: String,
    /// What the PBX dials to get a line. Not a part of the number.
    #[serde(default, rename = "exitcode", deserialize_with = "text")]
    pub exit_code: String,
    /// The number itself: within the PBX, or within its area.
    #[serde(default, deserialize_with = "text")]
    pub extension: String,
}

impl fmt::Debug for AssignableNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { assigned, intern, .. } = self;
        f.debug_struct("AssignableNumber")
            .field("assigned", assigned)
            .field("intern", intern)
            .finish_non_exhaustive()
    }
}

impl AssignableNumber {
    /// The number as the PBX would show it: an internal one bare, an external one as `00`, country, area, number. An
    /// external one of which the PBX tells no country begins with the area, or is bare. Empty if there is none.
    ///
    /// How the parts belong together is read off their names; the vendor documents it nowhere.
    #[must_use]
    pub fn as_shown(&self) -> String {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let extension = digits(&self.extension);
        if self.intern || extension.is_empty() {
            return extension;
        }
        let country = digits(&self.country_code);
        let area = digits(&self.local_area_code);
        match (country.trim_start_matches('0'), area.trim_start_matches('0')) {
            ("", "") => extension,
            ("", area) => format!("0{area}{extension}"),
            (country, area) => format!("00{country}{area}{extension}"),
        }
    }
}

/// An account (`GET /rest/accounts`). `Debug` shows no name.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Account {
    /// Its number.
    #[serde(rename = "accountid")]
    pub id: AccountId,
    /// What it is.
    #[serde(default, rename = "type")]
    pub kind: AccountType,
    /// Main internal number, empty if there is none.
    #[serde(default, rename = "primaryinternalphonenumber", deserialize_with = "text")]
    pub primary_internal_number: String,
    /// First name of a user.
    #[serde(default, rename = "firstname", deserialize_with = "text")]
    pub first_name: String,
    /// Family name of a user.
    #[serde(default, rename = "lastname", deserialize_with = "text")]
    pub last_name: String,
    /// What the PBX shows for it.
    #[serde(default, rename = "displayinformation", deserialize_with = "text")]
    pub shown_as: String,
    /// Name of the PBX that it belongs to, empty for this one's own.
    #[serde(default, rename = "federationname", deserialize_with = "text")]
    pub federation: String,
    /// Whether it belongs to this PBX, where that is told.
    #[serde(default)]
    pub local: Option<bool>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What an account is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[non_exhaustive]
pub enum AccountType {
    /// A user of this PBX.
    #[serde(rename = "USER")]
    User,
    /// A group of this PBX.
    #[serde(rename = "GROUP")]
    Group,
    /// A user of a PBX that this one is federated with.
    #[serde(rename = "REMOTE_USER")]
    RemoteUser,
    /// A group of a PBX that this one is federated with.
    #[serde(rename = "REMOTE_GROUP")]
    RemoteGroup,
    /// Something else.
    #[default]
    #[serde(other)]
    Other,
}

/// An account, with `null`, `0`, negative numbers and empty text for none.
pub(super) fn some_account<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AccountId>, D::Error> {
    let told = text(deserializer)?;
    if told.trim().is_empty() {
        return Ok(None);
    }
    let number: i64 = told
        .trim()
        .parse()
        .map_err(|_| serde::de::Error::custom("expected an account id"))?;
    Ok((number > 0).then_some(AccountId(number)))
}

/// Text, with `null` for none and numbers for text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(i64),
        Nothing(()),
    }
    Ok(match Written::deserialize(deserializer)? {
        Written::Text(text) => text,
        Written::Number(number) => number.to_string(),
        Written::Nothing(()) => String::new(),
    })
}

/// A list, with `null` for an empty one.
fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_shown() {
        let number = |intern: bool, country: &str, area: &str, extension: &str| {
            AssignableNumber {
                assigned: true,
                intern,
                country_code: country.to_owned(),
                local_area_code: area.to_owned(),
                exit_code: "0".to_owned(),
                extension: extension.to_owned(),
            }
            .as_shown()
        };
        assert_eq!(number(true, "", "", "300"), "300");
        assert_eq!(number(false, "49", "721", "4605300"), "00497214605300");
        assert_eq!(number(false, "0049", "0721", "4605300"), "00497214605300");
        assert_eq!(number(false, "+49", "", "4605300"), "00494605300");
        assert_eq!(number(false, "", "0721", "4605300"), "07214605300");
        assert_eq!(number(false, "", "", "4605300"), "4605300");
        assert_eq!(number(false, "49", "721", ""), "");
    }

    #[test]
    fn debug_holds_no_personal_data() {
        let user: User = serde_json::from_value(serde_json::json!({
            "id": 1, "login": "0101", "email": "anna@acme.example", "firstname": "Anna", "familyname": "Muster"
        }))
        .expect("a user");
        assert_eq!(format!("{user:?}"), "User { id: AccountId(1), login: \"0101\", .. }");
    }
}
