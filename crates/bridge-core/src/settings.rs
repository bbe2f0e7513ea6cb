//! What the administrator decided, as values of the domain.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::desk::NumberField;
use crate::number::NumberPlan;
use crate::strategy::UnknownCaller;

/// Everything the core needs to know of the configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Part of every ticket's external id.
    pub pbx: pbx::PbxName,
    /// How numbers are read here.
    pub numbers: NumberPlan,
    /// Who is the requester of a caller nobody knows.
    pub unknown_caller: Arc<dyn UnknownCaller>,
    /// After-call work: how long the agent may still set the requester.
    pub wrap_up: SignedDuration,
    /// How long an answered call waits for a look-up still under way.
    pub lookup_patience: SignedDuration,
    /// Where a learned number may go, in this order.
    pub number_fields: Vec<NumberField>,
    /// Whether tickets are opened on the agent's screen.
    pub screen_pop: bool,
    /// How long after the answer a screen pop still helps.
    pub pop_window: SignedDuration,
    /// An answered call of which nothing is heard for so long is over.
    pub silence_limit: SignedDuration,
    /// Tags of every ticket.
    pub tags: Vec<String>,
    /// Language of subjects and notes.
    pub language: Language,
    /// For clock times in notes.
    pub time_zone: TimeZone,
    /// Which calls are recorded, and what becomes of recordings.
    pub recordings: RecordingRules,
}

/// Which calls are recorded, and what becomes of recordings. By default none is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecordingRules {
    /// Names of the PBX's groups whose answered calls are recorded.
    pub groups: Vec<String>,
    /// Whether the PBX is asked to start; else it records by itself.
    pub start: bool,
    /// Whether recordings are attached to tickets.
    pub attach: bool,
    /// The largest file that the help desk takes, in bytes.
    pub largest: u64,
    /// Whether a recording that is larger is made smaller for the ticket.
    pub compress: bool,
}

/// Language of subjects and notes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
}
