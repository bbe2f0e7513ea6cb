//! Orders that the core gives, with nothing left to decide.

use std::fmt;

use jiff::Timestamp;

use crate::call::CallKey;
use crate::desk::{GroupId, NumberField, TicketId, UserId};
use crate::number::E164;
use crate::recording::Sha256;

/// Names one effect for ever: derived from call and step, never drawn, so that a replay asks under the same name.
///
/// Written `<call>/<step>`, such as `8af3a07a/ticket`. It is the idempotency key where the help desk takes one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EffectId(String);

impl EffectId {
    /// The id of a step of a call.
    #[must_use]
    pub fn new(call: &CallKey, step: &str) -> Self {
        Self(format!("{call}/{step}"))
    }

    /// Takes an id back from where it was stored.
    #[must_use]
    pub fn from_stored(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As it is stored and sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The step's part: what follows the last `/`.
    #[must_use]
    pub fn step(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing to do in the world.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Its name.
    pub id: EffectId,
    /// The call it belongs to.
    pub call: CallKey,
    /// Effects of one call on one track are carried out one after the other, in the order given.
    pub track: Track,
    /// Who goes first when requests are scarce.
    pub priority: Priority,
    /// When the core gave the order. The help desk's idempotency window is counted from here.
    pub planned_at: Timestamp,
    /// After this moment the effect is dropped; the core is told by [`Outcome::Dropped`](crate::input::Outcome::Dropped).
    pub expires: Option<Timestamp>,
    /// What to do.
    pub order: Order,
}

/// A line of effects that wait for each other. A slow look-up must not hold the ticket up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Track {
    /// Tickets, pops, notes, numbers.
    Main,
    /// Who is calling?
    LookUp,
    /// Recordings: starting them, and attaching them, which takes its time.
    Recording,
}

/// Who goes first; the smaller, the sooner.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Priority {
    /// An agent talks already: ticket and screen pop, and the look-up that they wait for.
    Prompt,
    /// A phone rings.
    Ringing,
    /// Completing a ticket that stands.
    Complete,
    /// Learning numbers.
    Learn,
    /// Attaching recordings, and taking them away.
    Attach,
}

/// What to do. Everything is in it; whoever carries it out decides nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Find the users that may have this number. Answered by [`Outcome::Profiles`](crate::input::Outcome::Profiles) with every
    /// user whose profile holds the `digits` in a row, formatting aside, or by [`Outcome::Callers`](crate::input::Outcome::Callers)
    /// where there is a directory; the core compares.
    LookUp {
        /// The caller.
        number: E164,
        /// The digits to search for: short enough to find every usual spelling.
        digits: String,
        /// Where numbers stand in this site's profiles.
        fields: Vec<NumberField>,
        /// Whether the help desk itself has to say it, whatever a [directory](crate::directory) knows.
        live: bool,
    },
    /// Find or create the one user that carries only this number. Answered by `User`.
    EnsureUser {
        /// The number, which also makes the user's external id `tel:+…`: once for a number, whoever asks.
        number: E164,
        /// A name to show while nobody knows better.
        name: String,
    },
    /// Open the call's ticket. Answered by `Opened` or `Refused`.
    OpenTicket(TicketDraft),
    /// Open the ticket on the agent's screen. Answered by `Popped` or `NotPopped`.
    Pop {
        /// The ticket.
        ticket: TicketId,
        /// The agent.
        agent: UserId,
    },
    /// Read the ticket again. Answered by `Ticket` or `TicketGone`.
    ReadTicket {
        /// The ticket.
        ticket: TicketId,
    },
    /// Set the requester, unless anybody changed the ticket since it was read. Answered by `Done`, `Conflict`, `Refused` or `TicketGone`.
    SetRequester {
        /// The ticket.
        ticket: TicketId,
        /// The new requester.
        requester: UserId,
        /// [`TicketView::updated_at`](crate::desk::TicketView::updated_at) as it was read.
        unless_changed_since: Timestamp,
    },
    /// Read all numbers of a user. Answered by `Profiles` with one entry, or none if there is no such user.
    ReadUser {
        /// The user.
        user: UserId,
        /// Which fields to read beside phone and identities.
        fields: Vec<NumberField>,
    },
    /// Write a number to a place of a user's profile that was free. Answered by `Done`, or `Taken` if it belongs to
    /// somebody else, or `Refused`.
    WriteNumber {
        /// The user.
        user: UserId,
        /// The place.
        field: NumberField,
        /// The number, written in E.164.
        number: E164,
    },
    /// Take a number away from a user that the bridge itself created for it. Answered by `Done`.
    ReleaseNumber {
        /// The user.
        user: UserId,
        /// The number.
        number: E164,
    },
    /// Take a number that the bridge has learned back from a user's profile, if it still stands where it was written. Answered by
    /// `Done`, also where it is gone already, or `Refused`, with a reason, where somebody else has changed that place since.
    TakeNumberBack {
        /// The user.
        user: UserId,
        /// The place.
        field: NumberField,
        /// The number, as it was written there.
        number: E164,
    },
    /// Add an internal note, unless there is one that begins with this text. Answered by `Done`, `TicketGone` or `Refused`.
    AddNote {
        /// The ticket.
        ticket: TicketId,
        /// The text; never public.
        text: String,
    },
    /// Have a call recorded. Answered by `Done` or `Refused`; carried out by the PBX.
    Record {
        /// The call as the PBX calls it.
        call: pbx::CallId,
        /// In whose name: who talks.
        owner: pbx::UserId,
    },
    /// Attach a recording to the ticket, with an internal note. Answered by `Done`, `TicketGone` or `Refused`.
    Attach(Box<AttachDraft>),
    /// Take the content of an attached recording away for good. Answered by `Done`, also where it does not hang there (any
    /// more), `TicketGone` or `Refused`.
    Redact {
        /// The ticket.
        ticket: TicketId,
        /// Of the recording's content: the note with which it hangs there says it.
        sha256: Sha256,
    },
}

impl Order {
    /// Whether the PBX carries it out, and not the help desk.
    #[must_use]
    pub fn is_of_pbx(&self) -> bool {
        matches!(self, Self::Record { .. })
    }

    /// Whether it may be carried out again when nobody knows what came of it: because it has a key, because what it would
    /// do is looked for first, or because doing it twice changes nothing. A ticket that comes up a second time takes the
    /// agent out of what he was doing by then, and nothing tells whether it came up before; a PBX that is asked a second time
    /// to record may end the recording.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        match self {
            Self::Pop { .. } | Self::Record { .. } => false,
            Self::LookUp { .. }
            | Self::EnsureUser { .. }
            | Self::OpenTicket(_)
            | Self::ReadTicket { .. }
            | Self::SetRequester { .. }
            | Self::ReadUser { .. }
            | Self::WriteNumber { .. }
            | Self::ReleaseNumber { .. }
            | Self::TakeNumberBack { .. }
            | Self::AddNote { .. }
            | Self::Attach(_)
            | Self::Redact { .. } => true,
        }
    }
}

/// Everything a new ticket carries. Its first comment is internal, always.
#[derive(Clone, PartialEq, Eq)]
pub struct TicketDraft {
    /// `zendesk-bridge:<pbx>:<call id>`; by it a ticket is found whose creation was never confirmed.
    pub external_id: String,
    /// One line.
    pub subject: String,
    /// The first, internal comment.
    pub note: String,
    /// Whose ticket; `None` leaves it to the help desk, after it refused everybody.
    pub requester: Option<UserId>,
    /// The agent; `None` if there is none, or after the help desk refused him.
    pub assignee: Option<UserId>,
    /// The group of the same name; `None` after the help desk refused it.
    pub group: Option<GroupId>,
    /// The configured tags.
    pub tags: Vec<String>,
}

/// Everything that attaching a recording takes. `Debug` shows no names.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachDraft {
    /// The ticket.
    pub ticket: TicketId,
    /// The file's name where it was found.
    pub file: String,
    /// What it is called on the ticket.
    pub file_name: String,
    /// The type of its content.
    pub mime: String,
    /// How many bytes.
    pub size: u64,
    /// Of its content. It stands in the note, by which an attempt that was never confirmed is found.
    pub sha256: Sha256,
    /// The note; never public.
    pub note: String,
    /// What else there is to tell, in the same note and ahead of it. It is left out where a note begins with it already.
    pub words: Option<String>,
    /// Where it is too large as it is: what is made of it and attached instead.
    pub smaller: Option<Smaller>,
}

/// What is made of a recording that is too large: Opus in Ogg. The sum of that is put at the end of the note.
#[derive(Clone, PartialEq, Eq)]
pub struct Smaller {
    /// What it is called on the ticket.
    pub file_name: String,
    /// The type of its content.
    pub mime: String,
    /// How many bytes it may have at most; what is larger is [refused for its size](crate::input::Refusal::Size).
    pub largest: u64,
}

impl fmt::Debug for AttachDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The file's name may hold numbers.
        f.debug_struct("AttachDraft")
            .field("ticket", &self.ticket)
            .field("sha256", &self.sha256)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TicketDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Subject and note hold the caller's number.
        f.debug_struct("TicketDraft")
            .field("external_id", &self.external_id)
            .field("requester", &self.requester)
            .field("assignee", &self.assignee)
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}
