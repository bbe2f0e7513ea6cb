//! What the bridge learns: numbers written to profiles, and taken from users of its own making.

use std::time::Duration;

use bridge_core::desk::{NumberField, UserId};
use bridge_core::input::{Outcome, Refusal};
use bridge_core::number::E164;
use bridge_core::port::Failure;
use tokio::sync::OwnedMutexGuard;
use zendesk_client::identities::NewIdentity;
use zendesk_client::users::{FieldKey, User, UserData};
use zendesk_client::{Error, ErrorKind};

use super::digits::is_in_full;
use super::failure::{Doing, objections};
use super::people::{no_field, text_of};
use super::{ZendeskDesk, theirs};

/// So long an order waits for another one that changes the same user; then it makes room for others.
const PATIENCE: Duration = Duration::from_secs(3);

impl ZendeskDesk {
    /// Writes a number where the profile is still free. Having it there already is success: the order may be a repetition.
    pub(super) async fn write_number(
        &self,
        user: UserId,
        field: &NumberField,
        number: &E164,
    ) -> Result<Outcome, Failure> {
        let _held = self.change(user, Doing::WritingNumber).await?;
        let user = match self.client.users().show(theirs(user)).await {
            Ok(user) if user.active != Some(false) => user,
            Ok(_) => return Ok(refused("the user was deleted")),
            Err(error) if error.is_not_found() => return Ok(refused("there is no such user any more")),
            Err(error) => return Err(Doing::WritingNumber.failed(&error)),
        };
        match field {
            NumberField::Phone => self.write_phone(&user, number).await,
            NumberField::Identity => self.write_identity(&user, number).await,
            NumberField::Custom(key) => self.write_custom(&user, key, number).await,
        }
    }

    /// The sole right to change this user. What is free is read first and written afterwards, perhaps after waiting for a turn: two
    /// at a time would take the same place, or one would wipe what the other has written.
    pub(super) async fn change(&self, user: UserId, doing: Doing) -> Result<OwnedMutexGuard<()>, Failure> {
        let held = tokio::time::timeout(PATIENCE, self.changing.of(user).lock_owned()).await;
        held.map_err(|_| doing.in_use("the user"))
    }

    async fn write_phone(&self, user: &User, number: &E164) -> Result<Outcome, Failure> {
        match user.phone.as_deref() {
            Some(phone) if is_in_full(phone, number) && user.shared_phone_number == Some(true) => {
                // An earlier attempt wrote it and did not come to take it back.
                return self.take_back(user).await;
            }
            Some(phone) if is_in_full(phone, number) => return Ok(Outcome::Done),
            Some(phone) if !phone.trim().is_empty() => return Ok(occupied()),
            Some(_) | None => {}
        }
        let written = self
            .client
            .users()
            .update(user.id, &UserData::new().phone(number.as_str()))
            .await;
        match written {
            Ok(written) if written.shared_phone_number == Some(true) => self.take_back(user).await,
            Ok(written) => {
                self.wrote(written, None).await;
                Ok(Outcome::Done)
            }
            Err(error) => self.settle_refusal(user, number, &error).await,
        }
    }

    /// Zendesk takes another user's direct line without a word and calls it shared. Shared, it identifies nobody.
    async fn take_back(&self, user: &User) -> Result<Outcome, Failure> {
        let undone = self.client.users().update(user.id, &UserData::new().phone("")).await;
        self.wrote(undone.map_err(Doing::WritingNumber.fails())?, None).await;
        Ok(Outcome::Taken)
    }

    async fn write_identity(&self, user: &User, number: &E164) -> Result<Outcome, Failure> {
        let identity = NewIdentity::phone_number(number.as_str()).verified(true);
        match self.client.identities().create(user.id, &identity).await {
            Ok(_) => {
                self.wrote_identity(user, number);
                Ok(Outcome::Done)
            }
            Err(error) => self.settle_refusal(user, number, &error).await,
        }
    }

    async fn write_custom(&self, user: &User, key: &str, number: &E164) -> Result<Outcome, Failure> {
        if FieldKey::new(key).is_none() {
            return Ok(refused(&no_field(key)));
        }
        match text_of(user, key) {
            Some(text) if is_in_full(&text, number) => return Ok(Outcome::Done),
            Some(_) => return Ok(occupied()),
            None => {}
        }
        let data = UserData::new().user_field(key, number.as_str());
        match self.client.users().update(user.id, &data).await {
            // A key that Zendesk does not know is dropped without an error.
            Ok(written) if text_of(&written, key).is_none() => Ok(refused(&format!("there is no user field `{key}`"))),
            Ok(written) => {
                self.wrote(written, None).await;
                Ok(Outcome::Done)
            }
            Err(error) => self.settle_refusal(user, number, &error).await,
        }
    }

    /// A duplicate may be our own, from an attempt whose answer was lost.
    async fn settle_refusal(&self, user: &User, number: &E164, error: &Error) -> Result<Outcome, Failure> {
        if error.is_not_found() {
            return Ok(refused("there is no such user any more"));
        }
        if error.kind() != ErrorKind::Validation {
            return Err(Doing::WritingNumber.failed(error));
        }
        if !error.has_field_code("DuplicateValue") {
            return Ok(refused(&format!("Zendesk refuses the number ({})", objections(error))));
        }
        let identities = self.identities_of(user).await.map_err(Doing::WritingNumber.fails())?;
        let own = identities.iter().any(|identity| is_in_full(&identity.value, number));
        Ok(if own { Outcome::Done } else { Outcome::Taken })
    }

    /// Takes a number back from the place where it was written. Where it is gone there is nothing to do, but what somebody else has
    /// changed since is left: whose number it is now is not the bridge's to say.
    pub(super) async fn take_number_back(
        &self,
        user: UserId,
        field: &NumberField,
        number: &E164,
    ) -> Result<Outcome, Failure> {
        let _held = self.change(user, Doing::TakingNumberBack).await?;
        let shown = match self.client.users().show(theirs(user)).await {
            Ok(user) if user.active != Some(false) => user,
            Ok(_) => return Ok(refused("the user was deleted, or merged into another one")),
            Err(error) if error.is_not_found() => return Ok(refused("there is no such user any more")),
            Err(error) => return Err(Doing::TakingNumberBack.failed(&error)),
        };
        match field {
            NumberField::Custom(key) => self.clear_custom(&shown, key, number).await,
            NumberField::Phone => match shown.phone.as_deref().map(str::trim) {
                Some(phone) if is_in_full(phone, number) => {
                    self.release_from(shown, number, Doing::TakingNumberBack).await
                }
                Some(phone) if !phone.is_empty() => Ok(occupied()),
                Some(_) | None => {
                    let identities = self.identities_of(&shown).await;
                    let identities = identities.map_err(Doing::TakingNumberBack.fails())?;
                    let stands = identities.iter().any(|identity| is_in_full(&identity.value, number));
                    Ok(if stands {
                        refused("somebody else has made it a further number of the user since")
                    } else {
                        Outcome::Done
                    })
                }
            },
            NumberField::Identity if shows(&shown, number) => {
                // The bridge writes an identity beside another phone: whoever has made it the phone since meant it to stay.
                Ok(refused("somebody else has made it the phone of the profile since"))
            }
            NumberField::Identity => self.release_from(shown, number, Doing::TakingNumberBack).await,
        }
    }

    async fn clear_custom(&self, user: &User, key: &str, number: &E164) -> Result<Outcome, Failure> {
        match text_of(user, key) {
            None => return Ok(Outcome::Done),
            Some(text) if !is_in_full(&text, number) => return Ok(occupied()),
            Some(_) => {}
        }
        match self
            .client
            .users()
            .update(user.id, &UserData::new().user_field(key, ""))
            .await
        {
            Ok(written) => {
                self.wrote(written, None).await;
                Ok(Outcome::Done)
            }
            Err(error) if error.is_not_found() => Ok(refused("there is no such user any more")),
            Err(error) => Err(Doing::TakingNumberBack.failed(&error)),
        }
    }

    /// Takes a number away wherever Zendesk shows it. Where it is gone already there is nothing to do.
    pub(super) async fn release_number(&self, user: UserId, number: &E164) -> Result<Outcome, Failure> {
        let _held = self.change(user, Doing::ReleasingNumber).await?;
        match self.client.users().show(theirs(user)).await {
            Ok(user) => self.release_from(user, number, Doing::ReleasingNumber).await,
            Err(error) if error.is_not_found() => Ok(Outcome::Done),
            Err(error) => Err(Doing::ReleasingNumber.failed(&error)),
        }
    }

    /// The sole right to change the user is given. Identities go first: whoever goes on after an interruption still sees the number
    /// in the profile.
    async fn release_from(&self, user: User, number: &E164, doing: Doing) -> Result<Outcome, Failure> {
        let failed = |error: &Error| doing.failed(error);
        let identities = self.identities_of(&user).await.map_err(|error| failed(&error))?;
        for identity in identities.iter().filter(|identity| is_in_full(&identity.value, number)) {
            match self.client.identities().delete(user.id, identity.id).await {
                Ok(()) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        // The profile may go on showing a number whose identity is gone.
        let shown = shows(&user, number);
        let mut user = user;
        if shown && user.active != Some(false) {
            match self.client.users().update(user.id, &UserData::new().phone("")).await {
                Ok(written) => user = written,
                Err(error) if error.is_not_found() => user.active = Some(false),
                Err(error) => return Err(failed(&error)),
            }
        }
        self.wrote(user, Some(number)).await;
        Ok(Outcome::Done)
    }
}

fn shows(user: &User, number: &E164) -> bool {
    user.phone.as_deref().is_some_and(|phone| is_in_full(phone, number))
}

fn refused(why: &str) -> Outcome {
    Outcome::Refused {
        what: Refusal::Number,
        why: why.to_owned(),
    }
}

fn occupied() -> Outcome {
    refused("another number stands there by now")
}
