//! Named points between journal and wire at which the process kills itself, for `cargo xtask torture`. Compiled in with
//! the feature `failpoints` only, which nothing that is shipped has.
//!
//! `ZENDESK_BRIDGE_FAILPOINT=NAME:N` has the process kill itself when it passes the point of this name for the `N`th
//! time. `ZENDESK_BRIDGE_SABOTAGE` breaks a promise on purpose ([`sabotage`]): whoever watches must notice.
//!
//! All are decorators of the core's and the libraries' own ports, so the code that is tried is the code that is shipped.

mod files;
mod names;
mod sabotage;
mod spoil;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, bail};
use async_trait::async_trait;
use bridge_core::call::{CallKey, CallState};
use bridge_core::desk::{NumberField, Roster, UserId};
use bridge_core::effect::Effect;
use bridge_core::port::{
    Assignment, Attempt, Carried, Committed, Entry, Failure, HelpDesk, Journal, JournalError, ProfilePage, Restored,
};
use bridge_core::recording::{Sha256, Standing};
use jiff::Timestamp;

pub(crate) use files::{inbox, share, spool};
use names::{is_known, order, standing};

/// Puts what the environment asks for between the bridge and its journal and help desk.
pub(crate) fn between(
    journal: Arc<dyn Journal>,
    desk: Arc<dyn HelpDesk>,
) -> anyhow::Result<(Arc<dyn Journal>, Arc<dyn HelpDesk>)> {
    let (journal, desk) = match sabotage::deed() {
        Some(deed) => sabotage::between(&deed, journal, desk)?,
        None => (journal, desk),
    };
    let Some(point) = from_environment() else {
        return Ok((journal, desk));
    };
    let journal = Arc::new(Watched { inner: journal, point });
    Ok((journal, Arc::new(Watched { inner: desk, point })))
}

/// The point at which this process is to die, if it is. There is one process and one count.
fn from_environment() -> Option<&'static Failpoint> {
    static POINT: LazyLock<Option<Failpoint>> = LazyLock::new(|| {
        let text = std::env::var("ZENDESK_BRIDGE_FAILPOINT").ok()?;
        match Failpoint::read(&text) {
            Ok(point) => Some(point),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "ZENDESK_BRIDGE_FAILPOINT");
                // Not by a signal: that is what whoever set it waits for.
                std::process::exit(2);
            }
        }
    });
    POINT.as_ref()
}

/// A point, and how many times it may still be passed.
struct Failpoint {
    name: String,
    left: AtomicU32,
}

impl Failpoint {
    fn read(text: &str) -> anyhow::Result<Self> {
        let (name, count) = text.rsplit_once(':').context("wants NAME:N")?;
        let left: u32 = count.parse().context("wants a number after the colon")?;
        if left == 0 || !is_known(name) {
            bail!("there is no point `{name}` to be passed {left} times");
        }
        Ok(Self {
            name: name.to_owned(),
            left: left.into(),
        })
    }

    /// Whether this is the time.
    fn is_due(&self, name: &str) -> bool {
        self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// The process does not survive this if it is the time: no destructor runs, nothing is flushed.
    fn pass(&self, name: &str) {
        if self.is_due(name) {
            let killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
            tracing::error!(?killed, "this process should be dead");
            std::process::abort();
        }
    }
}

/// A port with points before and after each of its deeds.
struct Watched<P: ?Sized> {
    inner: Arc<P>,
    point: &'static Failpoint,
}

#[async_trait]
impl Journal for Watched<dyn Journal> {
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError> {
        self.point.pass("commit/before");
        let committed = self.inner.commit(entries).await?;
        for entry in entries {
            for effect in &entry.effects {
                self.point.pass(&format!("ordered/{}", order(&effect.order)));
            }
            for kept in &entry.recordings {
                self.point.pass(standing(&kept.standing));
            }
            if entry.settled.is_some() {
                self.point.pass("settled");
            }
            if entry.active.is_some() {
                self.point.pass("activated");
            }
        }
        self.point.pass("commit/after");
        Ok(committed)
    }

    async fn restore(&self, now: Timestamp) -> Result<Restored, JournalError> {
        self.point.pass("restore/before");
        let restored = self.inner.restore(now).await?;
        self.point.pass("restore/after");
        Ok(restored)
    }

    async fn wished(&self) -> Result<Option<bool>, JournalError> {
        self.inner.wished().await
    }

    async fn wedged(&self, id: &str) -> Result<Vec<Effect>, JournalError> {
        self.inner.wedged(id).await
    }

    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError> {
        self.inner.wished_retries().await
    }

    async fn recordings(&self, sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError> {
        self.inner.recordings(sums).await
    }

    async fn call(&self, key: &CallKey) -> Result<Option<CallState>, JournalError> {
        self.inner.call(key).await
    }

    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError> {
        self.inner.wished_assignments().await
    }

    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError> {
        self.inner.wished_refusals().await
    }

    async fn wished_take_backs(&self) -> Result<Vec<Effect>, JournalError> {
        self.inner.wished_take_backs().await
    }

    async fn close(&self) {
        self.point.pass("close/before");
        self.inner.close().await;
        self.point.pass("close/after");
    }
}

#[async_trait]
impl HelpDesk for Watched<dyn HelpDesk> {
    async fn carry_out(&self, effect: &Effect, attempt: Attempt) -> Carried {
        let name = order(&effect.order);
        self.point.pass(&format!("{name}/before"));
        let carried = self.inner.carry_out(effect, attempt).await;
        self.point.pass(&format!("{name}/after"));
        carried
    }

    async fn roster(&self) -> Result<Roster, Failure> {
        self.point.pass("roster/before");
        let roster = self.inner.roster().await?;
        self.point.pass("roster/after");
        Ok(roster)
    }

    async fn default_user(&self, email: &str) -> Result<UserId, Failure> {
        self.point.pass("default-user/before");
        let user = self.inner.default_user(email).await?;
        self.point.pass("default-user/after");
        Ok(user)
    }

    async fn profiles(&self, after: Option<String>, fields: Vec<NumberField>) -> Result<ProfilePage, Failure> {
        self.inner.profiles(after, fields).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_due_once_at_its_time() {
        let point = Failpoint::read("ticket/after:2").unwrap();
        let due = ["ticket/after", "ticket/before", "ticket/after", "ticket/after"].map(|name| point.is_due(name));
        assert_eq!(due, [false, false, true, false]);
    }

    #[test]
    fn a_point_that_there_is_not_is_told() {
        for wrong in [
            "ticket/after",
            "ticket/after:0",
            "ticket/after:x",
            "tiket/after:1",
            "share/name-part/within:1",
        ] {
            assert!(Failpoint::read(wrong).is_err(), "{wrong}");
        }
        for right in [
            "share/name-recording/after:1",
            "spool/write-part/within:2",
            "recording/assigned:1",
        ] {
            assert!(Failpoint::read(right).is_ok(), "{right}");
        }
    }
}
