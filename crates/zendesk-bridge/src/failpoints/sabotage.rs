//! Promises broken on purpose, so that it can be shown that whoever watches notices.
//!
//! * `drop-effect`: the journal is never told of a ticket that was ordered, so a crash before it stands loses it.
//! * `second-post`: each ticket is posted a second time under a key of its own, as if there were none.
//! * `second-attach`: each recording is attached a second time, as if nobody had looked whether it hangs on the ticket.
//! * `drop-recording`: a recording is deleted in the inbox as soon as it is read for the first time, wherever it goes.
//! * `spoil-copy`: each copy on the share is changed after it was compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::bail;
use async_trait::async_trait;
use bridge_core::call::{CallKey, CallState};
use bridge_core::desk::{NumberField, Roster, UserId};
use bridge_core::effect::{Effect, EffectId, Order};
use bridge_core::port::{
    Assignment, Attempt, Carried, Committed, Entry, Failure, HelpDesk, Journal, JournalError, ProfilePage, Restored,
};
use bridge_core::recording::{Sha256, Standing};
use jiff::Timestamp;

/// Which deed is asked for.
pub(super) fn deed() -> Option<String> {
    std::env::var("ZENDESK_BRIDGE_SABOTAGE").ok()
}

/// Puts the deed of this name between the bridge and its journal and help desk.
pub(super) fn between(
    deed: &str,
    journal: Arc<dyn Journal>,
    desk: Arc<dyn HelpDesk>,
) -> anyhow::Result<(Arc<dyn Journal>, Arc<dyn HelpDesk>)> {
    tracing::warn!(deed, "sabotage: this bridge breaks its promises");
    match deed {
        "drop-effect" => Ok((Arc::new(Forgetful(journal)), desk)),
        "second-post" | "second-attach" => Ok((journal, Arc::new(Twice(desk, deed == "second-post")))),
        "drop-recording" | "spoil-copy" => Ok((journal, desk)),
        other => bail!("ZENDESK_BRIDGE_SABOTAGE: there is no deed `{other}`"),
    }
}

/// Writes no ticket's order down.
struct Forgetful(Arc<dyn Journal>);

#[async_trait]
impl Journal for Forgetful {
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError> {
        let mut entries = entries.to_vec();
        for entry in &mut entries {
            entry
                .effects
                .retain(|effect| !matches!(effect.order, Order::OpenTicket(_)));
        }
        self.0.commit(&entries).await
    }

    async fn restore(&self, now: Timestamp) -> Result<Restored, JournalError> {
        self.0.restore(now).await
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        self.0.wished().await
    }

    async fn wedged(&self, id: &str) -> Result<Vec<Effect>, JournalError> {
        self.0.wedged(id).await
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        self.0.wished_retries().await
    }

    async fn recordings(&self, sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError> {
        self.0.recordings(sums).await
    }

    async fn call(&self, key: &CallKey) -> Result<Option<CallState>, JournalError> {
        self.0.call(key).await
    }

    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError> {
        self.0.wished_assignments().await
    }

    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError> {
        self.0.wished_refusals().await
    }

    async fn wished_take_backs(&self) -> Result<Vec<Effect>, JournalError> {
        self.0.wished_take_backs().await
    }

    async fn close(&self) {
        self.0.close().await;
    }
}

/// Opens each ticket twice, or (`false`) attaches each recording twice.
struct Twice(Arc<dyn HelpDesk>, bool);

#[async_trait]
impl HelpDesk for Twice {
    async fn carry_out(&self, effect: &Effect, attempt: Attempt) -> Carried {
        let carried = self.0.carry_out(effect, attempt).await;
        let mut again = Effect {
            id: EffectId::new(&effect.call, "sabotage"),
            ..effect.clone()
        };
        let is_to_be_done = match &mut again.order {
            Order::OpenTicket(_) => self.1,
            Order::Attach(draft) => {
                // By a sum that no note names.
                let other: String = draft.sha256.as_str().chars().rev().collect();
                draft.sha256 = Sha256::parse(&other).unwrap_or_else(|| draft.sha256.clone());
                !self.1
            }
            Order::LookUp { .. }
            | Order::EnsureUser { .. }
            | Order::Pop { .. }
            | Order::ReadTicket { .. }
            | Order::SetRequester { .. }
            | Order::ReadUser { .. }
            | Order::WriteNumber { .. }
            | Order::ReleaseNumber { .. }
            | Order::TakeNumberBack { .. }
            | Order::AddNote { .. }
            | Order::Record { .. }
            | Order::Redact { .. } => false,
        };
        if is_to_be_done {
            self.0.carry_out(&again, attempt).await;
        }
        carried
    }

    async fn roster(&self) -> Result<Roster, Failure> {
        self.0.roster().await
    }

    async fn default_user(&self, email: &str) -> Result<UserId, Failure> {
        self.0.default_user(email).await
    }

    async fn profiles(&self, after: Option<String>, fields: Vec<NumberField>) -> Result<ProfilePage, Failure> {
        self.0.profiles(after, fields).await
    }
}
