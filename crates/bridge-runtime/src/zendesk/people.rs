//! Who is it? Looking callers up, reading users, setting them up.

use std::collections::BTreeMap;

use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::port::Failure;
use futures_util::future::try_join_all;
use zendesk_client::identities::Identity;
use zendesk_client::users::{FieldKey, User, UserData};
use zendesk_client::{Error, ErrorKind};

use super::digits::is_in_full;
use super::failure::Doing;
use super::{ZendeskDesk, ours, theirs};

impl ZendeskDesk {
    /// One search by `phone:`, which covers identities, and one for each custom field, all at the same time.
    pub(super) async fn look_up(
        &self,
        number: &E164,
        digits: &str,
        fields: &[NumberField],
    ) -> Result<Vec<Profile>, Failure> {
        let mut searches = vec![self.client.users().search_by_phone(digits)];
        for key in custom(fields) {
            let field = FieldKey::new(key).ok_or_else(|| Doing::LookingUp.impossible(&no_field(key)))?;
            searches.push(self.client.users().search_by_field(&field, digits));
        }
        // Hardly ever do a hundred users share a number's end; the first page is all that a caller has time for.
        let pages = try_join_all(searches.into_iter().map(|search| search.first_page())).await;
        let found: BTreeMap<_, _> = pages
            .map_err(Doing::LookingUp.fails())?
            .into_iter()
            .flatten()
            .map(|user| (user.id, user))
            .collect();
        let profiles = found.into_values().map(|user| async move {
            // A profile that shows the number in full needs no second look; any other may have it as an identity.
            let certain = numbers_of(&user, fields)
                .iter()
                .any(|(_, typed)| is_in_full(typed, number));
            let identities = if certain {
                Vec::new()
            } else {
                self.identities_of(&user).await?
            };
            Ok(profile(user, fields, identities))
        });
        try_join_all(profiles).await.map_err(Doing::LookingUp.fails())
    }

    /// Everybody whose profile shows a head number behind which this number may be: one search more for the phone and for each
    /// custom field. Further identities would cost a request for each who is found, and are not asked for.
    pub(super) async fn with_head_number(
        &self,
        number: &E164,
        fields: &[NumberField],
    ) -> Result<Vec<Profile>, Failure> {
        let plan = self.heads.as_ref();
        let Some((plan, digits)) = plan.and_then(|plan| Some((plan, plan.head_digits(number)?))) else {
            return Ok(Vec::new());
        };
        let keys = std::iter::once("phone").chain(custom(fields));
        let searches = keys.map(|key| {
            let search = self.client.users().search(format!("{key}:*{digits}*"));
            async move { search.first_page().await }
        });
        let pages = try_join_all(searches).await.map_err(Doing::LookingUp.fails())?;
        let found: BTreeMap<_, _> = pages.into_iter().flatten().map(|user| (user.id, user)).collect();
        let profiles = found.into_values().map(|user| profile(user, fields, Vec::new()));
        let is_meant = |(_, typed): &(NumberField, String)| plan.is_behind(number, typed);
        Ok(profiles
            .filter(|profile| profile.numbers.iter().any(is_meant))
            .collect())
    }

    /// All numbers of one user.
    pub(super) async fn read_user(&self, user: UserId, fields: &[NumberField]) -> Result<Outcome, Failure> {
        let user = match self.client.users().show(theirs(user)).await {
            Ok(user) => user,
            Err(error) if error.is_not_found() => return Ok(Outcome::Profiles(Vec::new())),
            Err(error) => return Err(Doing::ReadingUser.failed(&error)),
        };
        let identities = self.identities_of(&user).await.map_err(Doing::ReadingUser.fails())?;
        Ok(Outcome::Profiles(vec![profile(user, fields, identities)]))
    }

    /// Once for a number, whoever asks: in this process by the lock, among all bridges by the external id, which Zendesk
    /// keeps unique and finds at once. A user that stands already keeps its name, which agents may have changed.
    pub(super) async fn ensure_user(&self, number: &E164, name: &str) -> Result<Outcome, Failure> {
        // Two calls of one stranger at a time must not make two users.
        let lock = self.arriving.of(number.clone());
        let _guard = lock.lock().await;
        let external_id = made_id(number);
        let found = self
            .client
            .users()
            .search_by_external_id(&external_id)
            .first_page()
            .await;
        let found = found.map_err(Doing::EnsuringUser.fails())?;
        let same = |user: &User| {
            user.external_id
                .as_deref()
                .is_none_or(|id| id.eq_ignore_ascii_case(&external_id))
        };
        if let Some(user) = found.into_iter().find(|user| user.active != Some(false) && same(user)) {
            if has_no_phone(&user) {
                // Taken away when somebody else had the number; by now nobody has, or the order would not have come.
                let _held = self.change(ours(user.id), Doing::EnsuringUser).await?;
                // Whoever changed him meanwhile has been waited for.
                let shown = self.client.users().show(user.id).await;
                if has_no_phone(&shown.map_err(Doing::EnsuringUser.fails())?) {
                    let phone = UserData::new().phone(number.as_str());
                    let written = self.client.users().update(user.id, &phone).await;
                    self.wrote(written.map_err(Doing::EnsuringUser.fails())?, None).await;
                }
            }
            return Ok(Outcome::User(ours(user.id)));
        }
        let data = UserData::new()
            .name(name)
            .external_id(&external_id)
            .phone(number.as_str())
            .verified(true)
            .skip_verify_email(true);
        let made = self
            .client
            .users()
            .create_or_update(&data)
            .await
            .map_err(Doing::EnsuringUser.fails())?;
        let id = ours(made.user.id);
        self.wrote(made.user, None).await;
        Ok(Outcome::User(id))
    }

    /// The user with exactly this e-mail address, or a new one.
    pub(super) async fn find_or_set_up(&self, email: &str) -> Result<UserId, Failure> {
        let email = email.trim();
        let found = self.client.users().search_by_email(email).first_page().await;
        let found = found.map_err(Doing::FindingDefaultUser.fails())?;
        let same = |user: &User| {
            user.email
                .as_deref()
                .is_some_and(|found| found.eq_ignore_ascii_case(email))
        };
        if let Some(user) = found.iter().find(|user| user.active != Some(false) && same(user)) {
            return Ok(ours(user.id));
        }
        let name = email.split('@').next().unwrap_or(email);
        let data = UserData::new()
            .email(email)
            .name(name)
            .verified(true)
            .skip_verify_email(true);
        let made = self
            .client
            .users()
            .create_or_update(&data)
            .await
            .map_err(Doing::FindingDefaultUser.fails())?;
        Ok(ours(made.user.id))
    }

    /// The phone identities of a user; none of who is deleted, then or meanwhile.
    pub(super) async fn identities_of(&self, user: &User) -> Result<Vec<Identity>, Error> {
        if user.active == Some(false) {
            return Ok(Vec::new());
        }
        match self.client.identities().list(user.id).all().await {
            Ok(identities) => Ok(identities.into_iter().filter(Identity::is_phone_number).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// For an administrator, about a field of the configuration.
pub(super) fn no_field(key: &str) -> String {
    format!("`{key}` is no key of a user field; letters, digits, `_` and `-` are allowed")
}

fn has_no_phone(user: &User) -> bool {
    user.phone.as_deref().is_none_or(|phone| phone.trim().is_empty())
}

fn custom(fields: &[NumberField]) -> impl Iterator<Item = &str> {
    fields.iter().filter_map(|field| match field {
        NumberField::Custom(key) => Some(key.as_str()),
        NumberField::Phone | NumberField::Identity => None,
    })
}

/// The numbers that the profile itself shows.
fn numbers_of(user: &User, fields: &[NumberField]) -> Vec<(NumberField, String)> {
    let phone = user.phone.iter().filter(|phone| !phone.trim().is_empty());
    let phone = phone.map(|phone| (NumberField::Phone, phone.clone()));
    let custom = custom(fields).filter_map(|key| Some((NumberField::Custom(key.to_owned()), text_of(user, key)?)));
    phone.chain(custom).collect()
}

/// What stands in a custom field; numbers may stand in numeric fields.
pub(super) fn text_of(user: &User, key: &str) -> Option<String> {
    let value = user.user_fields.get(key)?;
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.as_number()?.to_string(),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The external id of a user that carries only this number.
fn made_id(number: &E164) -> String {
    format!("tel:{}", number.as_str())
}

fn made_for(external_id: &str) -> Option<E164> {
    let number = external_id.get(..4).filter(|kind| kind.eq_ignore_ascii_case("tel:"));
    number.and_then(|_| E164::parse(&external_id[4..]))
}

pub(super) fn profile(user: User, fields: &[NumberField], identities: Vec<Identity>) -> Profile {
    let mut numbers = numbers_of(&user, fields);
    numbers.extend(
        identities
            .into_iter()
            .map(|identity| (NumberField::Identity, identity.value)),
    );
    Profile {
        user: ours(user.id),
        numbers,
        shared_phone: user.shared_phone_number == Some(true),
        active: user.active != Some(false),
        suspended: user.suspended == Some(true),
        made_for: user.external_id.as_deref().and_then(made_for),
        name: user.name,
    }
}
