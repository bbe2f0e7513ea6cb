//! What the core needs from the world, as traits that integrators may implement.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::call::{CallKey, CallState, CallSummary, Change};
use crate::call_log::Logs;
use crate::desk::{NumberField, Profile, Roster, UserId};
use crate::effect::{Effect, EffectId};
use crate::input::Outcome;
use crate::matching::Matching;
use crate::recording::{Kept, Sha256, Standing};

/// A help desk: carries out what the core orders.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait HelpDesk: Send + Sync {
    /// Carries one effect out, once: no retries in here beyond what the help desk's own client does within seconds.
    ///
    /// The result is an error only for what may go better later, or needs an administrator first; whoever asked repeats
    /// it. An answer that is final is an [`Outcome`], also when it is a refusal.
    async fn carry_out(&self, effect: &Effect, attempt: Attempt) -> Carried;

    /// Everybody and everything there is.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn roster(&self) -> Result<Roster, Failure>;

    /// The user of this e-mail address, set up if there is none yet.
    ///
    /// # Errors
    /// When it can be neither found nor set up.
    async fn default_user(&self, email: &str) -> Result<UserId, Failure>;

    /// The next page of all users that there are, and then of those that were changed since: what the
    /// [directory](crate::directory) is made of. `after` is the last page's cursor, none at the beginning; `fields` are the
    /// places where numbers stand in this site's profiles.
    ///
    /// # Errors
    /// When it cannot be read; by default, since this help desk has no such list.
    async fn profiles(&self, after: Option<String>, fields: Vec<NumberField>) -> Result<ProfilePage, Failure> {
        let _ = (after, fields);
        Err(Failure {
            kind: FailureKind::Impossible,
            message: "this help desk has no list of all its users".into(),
            retry_after: None,
            request_id: None,
        })
    }
}

/// Users as they are now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfilePage {
    /// The users, deleted ones too.
    pub profiles: Vec<Profile>,
    /// Whether their further identities are among their numbers.
    pub identities: bool,
    /// Where the list goes on after them, now or later. None: it does not go on from where it was, and has to be read from its
    /// beginning.
    pub cursor: Option<String>,
    /// Whether these are the last that were changed until now.
    pub is_last: bool,
    /// How many users there are about, where that was asked.
    pub total: Option<u64>,
}

/// What is known of earlier attempts at an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// 1 for the first since the start of the process.
    pub number: u32,
    /// An earlier attempt may have been made so long ago that the help desk has forgotten its idempotency key: look
    /// for the result before doing it again.
    pub settle_first: bool,
}

/// What came of one attempt at an effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// What came of it.
    pub result: Result<Outcome, Failure>,
    /// What was asked of the help desk for it, in order, for the call's story.
    pub requests: Vec<Sent>,
    /// Whether the help desk may have done something of it, whatever the result says; not if nothing that changes anything can
    /// have arrived there.
    pub may_be_done: bool,
}

impl From<Result<Outcome, Failure>> for Carried {
    /// A result of which no request is told: anything may have been done.
    fn from(result: Result<Outcome, Failure>) -> Self {
        Self {
            result,
            requests: Vec::new(),
            may_be_done: true,
        }
    }
}

/// A request that was made to the help desk; without personal data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// What was asked, such as `POST /api/v2/tickets`.
    pub what: String,
    /// The status of the answer; `None` if there was none, or it broke off.
    pub status: Option<u16>,
    /// The help desk's own name for the request, for its support.
    pub request_id: Option<String>,
}

/// Why an effect could not be carried out now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// For an administrator: what happened and what may be done; without personal data.
    pub message: String,
    /// How long the help desk asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The help desk's own name for the request, for its support.
    pub request_id: Option<String>,
}

/// What kind of failure, and so what may help.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// No answer: not reachable, timed out, cut off. It may have been done.
    NoAnswer,
    /// Too many requests.
    Busy,
    /// The help desk is in trouble (5xx, maintenance, nonsense).
    Unavailable,
    /// Our credentials are refused. An administrator has to mend them; what waits is not lost.
    Credentials,
    /// The credentials lack a right or the plan lacks the feature. Likewise.
    Forbidden,
    /// The help desk will never take it (a rule of the account forbids it): repeating is pointless.
    Impossible,
}

/// Where the core's inputs, orders and calls are kept. Cut so that an embedded file and a server can both do it.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
#[async_trait]
pub trait Journal: Send + Sync {
    /// Writes all of the entries, in order, in one transaction, or nothing. When it returns, they survive a power cut.
    ///
    /// An order under an id that the journal knows already is not written a second time. If it was settled or withdrawn
    /// before, the answer says so, and it must not be carried out again.
    ///
    /// # Errors
    /// When nothing was written: disk full, read-only, damaged; or the lease of this configuration was lost.
    async fn commit(&self, entries: &[Entry]) -> Result<Committed, JournalError>;

    /// Everything that is needed to go on at the moment `now`.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn restore(&self, now: Timestamp) -> Result<Restored, JournalError>;

    /// The activation that an administrator asked for from outside this process and that no commit has fulfilled yet.
    ///
    /// # Errors
    /// When it cannot be read, or the lease of this configuration was lost.
    async fn wished(&self) -> Result<Option<bool>, JournalError>;

    /// The orders that are wedged under this id: the one of this id itself, or all of the call of this key.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn wedged(&self, id: &str) -> Result<Vec<Effect>, JournalError>;

    /// The wedged orders that an administrator wants taken up again, from outside this process, and that no commit has
    /// answered yet.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn wished_retries(&self) -> Result<Vec<Effect>, JournalError>;

    /// How it stands with recordings, by their sums; those that it never heard of are left out.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn recordings(&self, sums: &[Sha256]) -> Result<BTreeMap<Sha256, Standing>, JournalError>;

    /// All it knows of a call, however long ago it was; that of the other call where it turned out to be the same.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn call(&self, key: &CallKey) -> Result<Option<CallState>, JournalError>;

    /// The recordings that an administrator has assigned to calls, from outside this process, and that no commit has
    /// taken up yet.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn wished_assignments(&self) -> Result<Vec<Assignment>, JournalError>;

    /// The calls that, as an administrator said from outside this process, must not be recorded, and that no commit has taken
    /// up yet.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn wished_refusals(&self) -> Result<Vec<CallKey>, JournalError>;

    /// The orders that [wrote a number](crate::effect::Order::WriteNumber), which an administrator wants taken back, from outside this
    /// process, and that no commit has taken up yet. By default there are none.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn wished_take_backs(&self) -> Result<Vec<Effect>, JournalError> {
        Ok(Vec::new())
    }

    /// Nothing more will be written: leave the journal tidy. Best effort; a journal that was never closed is whole too.
    async fn close(&self);
}

/// What one input led to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// When the input was handled.
    pub at: Timestamp,
    /// The effect that this input settled, with what came of it.
    pub settled: Option<(EffectId, Outcome)>,
    /// The effect of which an attempt failed, if that was the input.
    pub postponed: Option<Postponed>,
    /// The wedged order that an administrator wanted taken up again, if that was the input. Where the core agrees, it is
    /// among the orders, and waits again.
    pub retried: Option<EffectId>,
    /// New orders.
    pub effects: Vec<Effect>,
    /// Orders that must not leave any more.
    pub withdrawn: Vec<EffectId>,
    /// What calls have become.
    pub changes: Vec<Change>,
    /// The new matching, if that was the input.
    pub matching: Option<Matching>,
    /// The new activation, if that was the input.
    pub active: Option<bool>,
    /// How far the telephone system's lists of calls are read, if that has changed.
    pub logs: Option<Logs>,
    /// Recordings with which it stands otherwise than before.
    pub recordings: Vec<Kept>,
    /// The recording that an administrator assigned to a call, if that was the input.
    pub assigned: Option<Sha256>,
    /// The call of which an administrator said that it must not be recorded, as he named it, if that was the input.
    pub refused: Option<CallKey>,
    /// The order that wrote a number which an administrator wants taken back, if that was the input.
    pub taken_back: Option<EffectId>,
}

/// Of which call a recording is; by an administrator's word, where it was not certain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment {
    /// The recording.
    pub sha256: Sha256,
    /// The call.
    pub call: CallKey,
}

/// An attempt that failed and will be repeated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Postponed {
    /// Which effect.
    pub effect: EffectId,
    /// How many attempts there were since the start of the process.
    pub attempts: u32,
    /// Why, in words for an administrator.
    pub why: String,
}

/// What a commit found beside writing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Committed {
    /// Orders among the new ones that were settled or withdrawn earlier, each with what came of it then: not to be
    /// carried out again; the outcome is for the core.
    pub settled_before: Vec<(EffectId, Outcome)>,
}

/// What the journal holds at a start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Restored {
    /// Calls that are not over, those that were over only lately (late events must not revive them), those whose recording
    /// should still turn up, and those that may still turn up in a list of calls: all that began after [`Logs::floor`].
    pub calls: Vec<CallState>,
    /// What people are shown of the calls that are not over.
    pub in_progress: Vec<CallSummary>,
    /// Orders that were given and neither settled nor withdrawn nor wedged, in the order given.
    pub effects: Vec<Effect>,
    /// Orders that cannot succeed and wait for an administrator.
    pub wedged: Vec<Wedged>,
    /// The last matching.
    pub matching: Option<Matching>,
    /// Whether the bridge was active.
    pub active: Option<bool>,
    /// How far the telephone system's lists of calls were read.
    pub logs: Option<Logs>,
    /// Recordings of which nobody knows for certain whose they are.
    pub unassigned: Vec<Kept>,
}

/// An order that cannot succeed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wedged {
    /// Which effect.
    pub effect: EffectId,
    /// Of which call.
    pub call: CallKey,
    /// What an administrator can read and act on.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// Why the journal could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct JournalError {
    /// What happened and what an administrator may do.
    pub message: String,
    /// Whether another bridge has taken this configuration over: stop writing at once.
    pub lease_lost: bool,
    /// The cause.
    #[source]
    pub source: Option<pbx::BoxError>,
}
