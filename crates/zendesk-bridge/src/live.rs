//! A running bridge, in the shape that people and programs are shown: its handle for the moment, its store for the past.

use std::sync::Arc;

use async_trait::async_trait;
use bridge_core::call::CallKey;
use bridge_core::number::NumberPlan;
use bridge_runtime::store::StoreReader;
use bridge_runtime::{Clock, DeskStatus, Handle, Status as Told};
use jiff::Timestamp;
use zendesk_client::Client;

use crate::config::Recordings;
use crate::metrics::Figures;
use crate::numbers::{self, Asked};
use crate::pulse::Pulse;
use crate::recordings::{self, Intake, Refusals};
use crate::stored;
use crate::view::{self, CallLine, CallStory, Connection, LearnedLine, Problem, Session, Status, Unassigned, Wedged};
use crate::web::Bridge;

/// What the HTTP surface shows and switches.
pub(crate) struct Live {
    /// The bridge.
    pub(crate) handle: Handle,
    /// The time.
    pub(crate) clock: Clock,
    /// What is configured of recordings.
    pub(crate) recordings: Recordings,
    /// What deletes those of calls that must not be recorded.
    pub(crate) refusals: Refusals,
    /// Where they are found.
    pub(crate) intake: Option<Arc<Intake>>,
    /// Its store.
    pub(crate) reader: StoreReader,
    /// The client for Zendesk, which all that the bridge asks goes through.
    pub(crate) client: Client,
    /// Whether Zendesk is still there while the bridge has no reason to ask it anything.
    pub(crate) pulse: Arc<Pulse>,
    /// How numbers are read.
    pub(crate) plan: NumberPlan,
    /// Zendesk's address.
    pub(crate) zendesk: String,
    /// The PBX's address.
    pub(crate) pbx: String,
    /// The logins whose calls are watched.
    pub(crate) watched: Vec<String>,
    /// Said in every status, such as the end of API tokens.
    pub(crate) notices: Vec<String>,
}

#[async_trait]
impl Bridge for Live {
    async fn status(&self) -> anyhow::Result<Status> {
        let told = self.handle.status();
        let mut status = Status {
            running: true,
            active: told.active,
            version: Some(env!("CARGO_PKG_VERSION").into()),
            since: Some(told.since),
            zendesk: Some(zendesk(&self.zendesk, &told.desk, self.pulse.missing())),
            pbx: Some(Connection {
                address: self.pbx.clone(),
                connected: told.pbx.connected,
                why: told.pbx.error.clone(),
            }),
            sessions: sessions(&told),
            calls_in_progress: told.calls.len(),
            effects_waiting: told.effects_waiting,
            waiting_since: told.waiting_since,
            budget: self.client.budget().as_ref().map(view::Budget::of),
            store_bytes: self.reader.bytes(),
            notices: self.notices.clone(),
            ..Status::default()
        };
        status.wedged = told
            .wedged
            .iter()
            .map(|wedged| Wedged {
                effect: wedged.effect.clone(),
                why: wedged.why.clone(),
            })
            .collect();
        let problems = told.problems.iter().map(|problem| Problem {
            call: problem.call.clone(),
            what: problem.what.clone(),
        });
        status.problems = problems.collect();
        status.directory = told.directory.as_ref().map(view::Directory::of);
        status.recordings = Some(found(&told, self.intake.as_deref()));
        status.copies = recordings::look(&self.recordings, self.clock.now()).await;
        status.retention = recordings::look_at_retention(&self.recordings).await;
        status.count_recordings();
        // Who has no partner, and why, stands in the store only. A store that cannot be read is told by the bridge itself.
        if let Ok(Some(matching)) = self.reader.matching().await {
            stored::fill_matching(&mut status, &matching, &self.watched);
        }
        if let Ok(calls) = self.reader.in_progress().await {
            status.calls = calls.iter().map(|summary| CallLine::new(summary, false)).collect();
        }
        status.refused_left = self.refusals.left(&self.reader).await;
        status.refused_deleted = self.refusals.deleted();
        status.hindrances = hindrances(&told, self.clock.now());
        Ok(status)
    }

    fn figures(&self) -> Figures {
        let store_writable = self.handle.status().journal_error.is_none();
        Figures::of(self.client.counts(), self.handle.figures(), store_writable)
    }

    async fn calls(&self, last: u32, numbers: bool) -> anyhow::Result<Vec<CallLine>> {
        stored::calls(&self.reader, last, numbers).await
    }

    async fn call(&self, id: &str, numbers: bool) -> anyhow::Result<Option<CallStory>> {
        stored::call(&self.reader, id, numbers).await
    }

    async fn activate(&self, active: bool) -> anyhow::Result<()> {
        self.handle.set_active(active).await?;
        tracing::info!(active, "switched over HTTP");
        Ok(())
    }

    async fn refuse_recording(&self, id: &str) -> anyhow::Result<Option<String>> {
        let Some(known) = stored::call(&self.reader, id, false).await? else {
            return Ok(None);
        };
        let call = known.call.id;
        self.handle.refuse_recording(&CallKey::new(call.as_str())).await?;
        tracing::info!(call, "a call must not be recorded, it was said over HTTP");
        Ok(Some(call))
    }

    async fn learned(&self, numbers: bool) -> anyhow::Result<Vec<LearnedLine>> {
        numbers::learned(&self.reader, numbers).await
    }

    async fn forget_number(&self, user: u64, number: &str) -> anyhow::Result<Asked> {
        let asked = numbers::forget(&self.reader, &self.plan, user, number).await?;
        if let Asked::Learned(lines) = &asked {
            tracing::info!(
                user,
                orders = lines.len(),
                "a learned number is to be taken back, it was said over HTTP"
            );
        }
        Ok(asked)
    }

    async fn retry(&self, id: &str) -> anyhow::Result<Vec<String>> {
        let retried = self.handle.retry(id).await?;
        tracing::info!(id, effects = retried.len(), "taken up again over HTTP");
        Ok(retried.iter().map(ToString::to_string).collect())
    }
}

/// Connected is what answered the bridge's last request and the last question of the pulse.
fn zendesk(address: &str, told: &DeskStatus, missing: Option<String>) -> Connection {
    let why = told.error.clone().or(missing);
    Connection {
        address: address.to_owned(),
        connected: told.reachable == Some(true) && why.is_none(),
        why,
    }
}

/// Recordings on their way to the tickets.
fn found(told: &Told, intake: Option<&Intake>) -> view::Recordings {
    let told = &told.recordings;
    let left = intake.map(Intake::left).unwrap_or_default();
    let unassigned = told.unassigned.iter().map(|one| Unassigned {
        sha256: one.sha256.clone(),
        why: one.why.clone(),
    });
    view::Recordings {
        awaited: told.awaited,
        in_inbox: told.in_inbox,
        unassigned: unassigned.collect(),
        incomplete: left.incomplete,
        foreign: left.foreign,
        unreadable: left.unreadable,
        unattached: left.unattached,
        error: told.inbox_error.clone(),
    }
}

fn sessions(told: &Told) -> Vec<Session> {
    let sessions = told.pbx.sessions.iter().filter_map(|session| {
        let login = session.agent.clone()?;
        Some(Session {
            login,
            connected: session.connected,
            why: session.error.clone(),
        })
    });
    sessions.collect()
}

/// What keeps the bridge from its work beside activation and connections.
fn hindrances(told: &Told, now: Timestamp) -> Vec<String> {
    let mut hindrances = Vec::new();
    if told.stopping {
        hindrances.push("the bridge is stopping".to_owned());
    }
    if let Some(why) = &told.journal_error {
        hindrances.push(format!(
            "the store cannot be written, and until it can nothing leaves the bridge: {why}"
        ));
    }
    if let Some(age) = told.backlog(now) {
        hindrances.push(format!(
            "{} orders wait for Zendesk, the oldest for {} minutes; nothing is lost",
            told.effects_waiting,
            age.as_mins()
        ));
    }
    match (&told.matching, &told.matching_error) {
        (_, Some(why)) => hindrances.push(format!("users and groups cannot be matched: {why}")),
        (None, None) => hindrances.push("users and groups are not matched yet".to_owned()),
        (Some(_), None) => {}
    }
    if let Some(until) = told.resting_until {
        hindrances.push(format!("Zendesk asked to be left alone until {}", view::utc(until)));
    }
    hindrances
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zendesk_is_connected_only_if_everybody_who_asked_it_was_answered() {
        for (reachable, error, missing, connected) in [
            (None, None, None, false),
            (Some(true), None, None, true),
            (Some(true), None, Some("no answer"), false),
            (Some(false), Some("refused"), None, false),
            (Some(false), Some("refused"), Some("no answer"), false),
        ] {
            let mut told = DeskStatus::default();
            (told.reachable, told.error) = (reachable, error.map(str::to_owned));
            let shown = zendesk("https://acme.zendesk.com", &told, missing.map(str::to_owned));
            assert_eq!(shown.connected, connected, "{reachable:?} {error:?} {missing:?}");
            assert_eq!(shown.why.as_deref(), error.or(missing));
        }
    }
}
