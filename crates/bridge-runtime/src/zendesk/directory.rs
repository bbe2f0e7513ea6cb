//! The directory's side of Zendesk: the export of users that it is made of, look-ups that it answers, and what the bridge itself
//! has written.

use std::collections::HashMap;

use bridge_core::desk::{NumberField, Profile};
use bridge_core::directory::{Insufficient, Source};
use bridge_core::input::Outcome;
use bridge_core::number::E164;
use bridge_core::port::{Failure, ProfilePage};
use futures_util::future::try_join;
use jiff::Timestamp;
use zendesk_client::ErrorKind;
use zendesk_client::identities::Identity;
use zendesk_client::users::User;

use super::ZendeskDesk;
use super::failure::Doing;
use super::people::profile;

/// Before anybody was set up.
const EVER: Timestamp = Timestamp::UNIX_EPOCH;

impl ZendeskDesk {
    /// The directory's word where it is enough, else Zendesk's.
    pub(super) async fn who_calls(
        &self,
        number: &E164,
        digits: &str,
        fields: &[NumberField],
        live: bool,
    ) -> Result<Outcome, Failure> {
        if live {
            return self.look_up(number, digits, fields).await.map(Outcome::Profiles);
        }
        let Some(directory) = &self.directory else {
            let search = self.look_up(number, digits, fields);
            let (mut profiles, heads) = try_join(search, self.with_head_number(number, fields)).await?;
            add(&mut profiles, heads);
            return Ok(Outcome::Profiles(profiles));
        };
        let (profiles, source) = match directory.find(number).await {
            Ok(found) => found,
            Err(why) => {
                let search = self.look_up(number, digits, fields);
                let (mut profiles, heads) = if knows_head_numbers(why) {
                    (search.await?, directory.with_head_number(number).await)
                } else {
                    try_join(search, self.with_head_number(number, fields)).await?
                };
                add(&mut profiles, heads);
                (profiles, Source::Search { why })
            }
        };
        Ok(Outcome::Callers { profiles, source })
    }

    /// A page of the incremental export, for which the user of the credentials must be an administrator.
    pub(super) async fn changed_users(
        &self,
        after: Option<&str>,
        fields: &[NumberField],
    ) -> Result<ProfilePage, Failure> {
        let client = self.client.with_priority(zendesk_client::Priority::Background);
        let mut total = None;
        let export = client.incremental().users_and_identities(EVER);
        let mut export = match after {
            Some(cursor) => export.after(cursor),
            None => {
                // Only to say how far it has come: without it, that is not said.
                total = client.users().count().await.ok();
                export
            }
        };
        let page = match export.next_page().await {
            Ok(page) => page,
            Err(error) if after.is_some() && error.kind() == ErrorKind::BadCursor => None,
            Err(error) => return Err(Doing::ReadingUsers.failed(&error)),
        };
        let Some(page) = page else {
            return Ok(ProfilePage::default());
        };
        let (cursor, is_last) = (page.cursor.clone(), !page.has_more());
        let identities = page.identities.is_some();
        let mut beside: HashMap<_, Vec<Identity>> = HashMap::new();
        for identity in page.identities.into_iter().flatten().filter(Identity::is_phone_number) {
            beside.entry(identity.user_id).or_default().push(identity);
        }
        let profiles = page.items.into_iter().map(|user| {
            let own = beside.remove(&Some(user.id)).unwrap_or_default();
            profile(user, fields, own)
        });
        Ok(ProfilePage {
            profiles: profiles.collect(),
            identities,
            cursor,
            is_last,
            total,
        })
    }

    /// This is how a user stands after the bridge has written him, and perhaps taken a number from him.
    pub(super) async fn wrote(&self, user: User, taken: Option<&E164>) {
        if let Some(directory) = &self.directory {
            directory
                .put(profile(user, directory.fields(), Vec::new()), taken)
                .await;
        }
    }

    /// This user has one more number, where his profile does not show it.
    pub(super) fn wrote_identity(&self, user: &User, number: &E164) {
        if let Some(directory) = &self.directory {
            let profile = profile(user.clone(), directory.fields(), Vec::new());
            directory.wrote_identity(profile, number);
        }
    }
}

/// Whether a directory whose word is not enough for this reason knows everybody who has a head number. Of further identities it
/// may not know: those alone are not worth a search.
fn knows_head_numbers(why: Insufficient) -> bool {
    match why {
        Insufficient::Nobody | Insufficient::Identities => true,
        Insufficient::Incomplete | Insufficient::Stale | Insufficient::Unreadable => false,
    }
}

/// Those of them who are not there yet: what was searched for by the whole number is told in full.
fn add(profiles: &mut Vec<Profile>, more: Vec<Profile>) {
    for profile in more {
        if profiles.iter().all(|known| known.user != profile.user) {
            profiles.push(profile);
        }
    }
}

#[cfg(test)]
mod tests;
