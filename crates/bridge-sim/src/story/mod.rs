//! Call stories: one text format for what a PBX said, what the bridge must ask for, and what must stand in the end.
//!
//! The same file is read by the tests of `bridge-core` (which look at the `>` and `<` lines), by the simulators and
//! by `demo` (which play the timed lines and check the `=` lines).
//!
//! ```text
//! # An unknown caller is learned from what the agent set.      the first comment line is the title
//! set unknown = default-user                                   # settings, before the first timed line
//! given user 900 "Karla Kunde" phone "07247 99"                # the world, before the first timed line
//! 14:02:00  c1 rings group Support from 0721 123456 at 0101 0102
//!           > c1/lookup +49721123456                           # what the core must order now, in this order
//!           < c1/lookup none                                   # what came of it: an input for the core
//! 14:02:05  c1 answered by 0101
//!           > c1/ticket for 400, group 71, agent 501
//!           < c1/ticket 77
//!           > c1/pop 77 to 501
//!           < c1/pop ok
//! 14:02:40  agent 501 sets requester of c1 to 900              # only the simulated Zendesk acts on it
//! 14:03:10  c1 ended
//! 14:05:10  > c1/read 77                                       # a time with an order, or alone, wakes the core
//!           < c1/read requester 900
//! = c1 ticket requester 900, group 71, agent 501, pop 501      # what must have come of it
//! ```
//!
//! `#` at the start of a line or after a space begins a comment. A text with spaces, commas or `#` stands in `"…"`.
//!
//! # The world that is always there
//!
//! PBX: users `0101` Anna Muster anna@acme.example ext 11, `0102` Ben Beispiel ben@acme.example ext 12, `0103` Carl Ohne
//! carl@acme.example ext 13 (who has no Zendesk user), `0104` Dora Draussen dora@acme.example ext 14 (never signed in to
//! Zendesk). Groups: id `1003` name `Support` (0101 0102 0103 0104; numbers 300 and 0721 4605300), id `1004` name `Sales` (0102 0104;
//! 400, 0721 4605400), id `1009` name `Lager` (0101; 900, 0721 4605900), for which Zendesk has no group.
//!
//! Zendesk: agents 501 anna@acme.example, 502 ben@acme.example, 504 dora@acme.example, all in both groups; groups 71 `Support`, 72 `Sales`; 400 the default
//! user telephone@acme.example. Further users are `given`. A user field `phone_2` exists. Site: country DE, area code 721.
//!
//! # Lines
//!
//! `set KEY = VALUE`: `unknown` (`default-user`, `new-user`), `wrap_up`, `patience`, `number_fields` (a list with commas),
//! `screen_pop` (`true`, `false`), `include` and `record` (groups, commas: served, and recorded), `active` (`true`, `false`: whether the bridge is active at the start).
//!
//! `given user ID "NAME" [phone "…"] [shared] [identity "…"]… [field KEY "…"]… [suspended]`;
//! `given search takes DURATION` (each look-up of the simulated Zendesk); `given search misses` (the index lags: finds nobody);
//! `given requester refused ID`, `given assignee refused ID` (the simulated Zendesk answers 422 for them).
//!
//! `HH:MM:SS[.mmm]  CALL VERB …` (2026-11-24, UTC; times never go back; `CALL` is a word of letters, digits, `-` and `_`):
//!
//! | verb | meaning |
//! | --- | --- |
//! | `rings [group NAME] from NUMBER at LOGIN… [dialled NUMBER]` | `NUMBER` may hold spaces; `withheld` is an empty number; `untold`: the event does not carry one |
//! | `announced [group NAME] from NUMBER at LOGIN…` | on its way, no phone rings yet |
//! | `answered by LOGIN [from NUMBER] [group NAME]` | without a ring before: the bare answer of a transfer's target |
//! | `parked by LOGIN` | |
//! | `mailbox at LOGIN` | |
//! | `ended [at LOGIN…]` | without logins: at every leg there is |
//! | `becomes CALL` | the PBX changes the id; later lines use the new one, `=` lines and effects the first one |
//! | `dials NUMBER by LOGIN` | outbound |
//!
//! and without a call: `gap [LOGIN]`, `away [LOGIN]`, `back [LOGIN]` (below), `activate`, `deactivate`, `agent ID …` (below), `zendesk down`, `zendesk up`.
//!
//! `agent ID sets requester of CALL to ID`, `agent ID merges requester of CALL into ID`, `agent ID closes CALL`, `agent ID deletes CALL`,
//! `agent ID edits CALL` (any other change).
//!
//! `gap`: events may have been lost; nothing happens meanwhile. `away`: the session of this login, or of all, is lost and cannot be got
//! back before `back`; what the PBX does meanwhile is told to nobody there. After `back` the calls in progress are told in a
//! snapshot, and the calls that were in the PBX's own list of calls: it tells them whenever it is asked, of every
//! participant's end that is over. A call that nobody saw has the effects of its name in the story all the same.
//!
//! `> EFFECT TEXT` and `< EFFECT TEXT`: see the tests of `bridge-core` for the wording of each order and outcome. They may
//! follow a time on the same line; an order that does is preceded by [`What::Wake`]. Simulators skip them.
//!
//! `= CALL none [because TEXT]`: no ticket, and the outcome's words hold TEXT.
//! `= CALL ticket requester ID|default|new, group ID|none, agent ID|none, pop ID|none[, note TEXT]…[, no note TEXT]…`.
//! `= user ID|default|new-of-CALL has NUMBER in phone|identity|KEY`, `= user ID|default|new-of-CALL lacks NUMBER`, `= tickets N`, `= users with NUMBER N`.

mod display;
mod parse;
mod parts;
mod settings;
mod words;

use std::time::Duration;

pub use parse::{ParseError, duration, parse};
pub use settings::Settings;

/// A working day in two halves, as texts for [`parse()`]: unknown callers become the default user in the first one, users
/// of their own in the second one.
pub const DAYS: [&str; 2] = [
    include_str!("../../stories/day-default-user.call"),
    include_str!("../../stories/day-new-user.call"),
];

/// A story, read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Story {
    /// The first comment line.
    pub title: String,
    /// `set` lines: key, value, line number.
    pub settings: Vec<(String, String, usize)>,
    /// `given` lines.
    pub given: Vec<Given>,
    /// What happens and what must follow, in the order of the lines.
    pub lines: Vec<Line>,
    /// `=` lines, with their line numbers.
    pub expected: Vec<(Expected, usize)>,
}

impl Story {
    /// The value of a `set` line; the last one counts.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.settings
            .iter()
            .rev()
            .find(|(name, _, _)| name == key)
            .map(|(_, value, _)| value.as_str())
    }
}

/// One line of what happens.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Line in the file, from 1.
    pub number: usize,
    /// Since midnight; a line without a time has that of the line before.
    pub at: Duration,
    /// What happens.
    pub what: What,
}

/// What happens in a line.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// The PBX does something with a call.
    Call {
        /// The call's name in the story.
        call: String,
        /// What it does.
        verb: Verb,
    },
    /// Events may have been lost, for one login or for all.
    Gap(Option<String>),
    /// The session of one login, or of all, is lost and cannot be got back.
    Away(Option<String>),
    /// It can be got back.
    Back(Option<String>),
    /// The bridge is switched.
    Activation(bool),
    /// An agent works in Zendesk.
    Agent {
        /// Zendesk's user id of the agent.
        agent: u64,
        /// What he does.
        act: Act,
    },
    /// Zendesk goes away, or comes back.
    Zendesk {
        /// Whether it answers from here on.
        up: bool,
    },
    /// `> effect text`.
    Order {
        /// `call/step`.
        effect: String,
        /// The rest of the line.
        text: String,
    },
    /// `< effect text`.
    Outcome {
        /// `call/step`.
        effect: String,
        /// The rest of the line.
        text: String,
    },
    /// A time alone: the core is woken.
    Wake,
}

/// What a PBX does with a call.
#[derive(Clone, PartialEq, Debug)]
pub enum Verb {
    /// Phones ring.
    Rings {
        /// By its name.
        group: Option<String>,
        /// The caller.
        from: Number,
        /// Whose phones.
        at: Vec<String>,
        /// The number that was dialled, where the story cares.
        dialled: Option<String>,
    },
    /// A call is on its way.
    Announced {
        /// By its name.
        group: Option<String>,
        /// The caller.
        from: Number,
        /// Whose phones.
        at: Vec<String>,
    },
    /// Somebody talks.
    Answered {
        /// Who.
        by: String,
        /// The caller, if the event tells one.
        from: Option<Number>,
        /// The group, if the event tells one.
        group: Option<String>,
    },
    /// On hold.
    Parked {
        /// By whom.
        by: String,
    },
    /// A mailbox took it.
    Mailbox {
        /// Whose.
        at: String,
    },
    /// Over, at these logins or (none named) at all.
    Ended {
        /// Where.
        at: Vec<String>,
    },
    /// The id changes.
    Becomes {
        /// The new one.
        call: String,
    },
    /// An outbound call.
    Dials {
        /// Whom.
        number: String,
        /// Who.
        by: String,
    },
}

/// A caller's number in an event.
#[derive(Clone, PartialEq, Debug)]
pub enum Number {
    /// As the PBX shows it.
    Shown(String),
    /// The PBX says that there is none.
    Withheld,
    /// The event does not say.
    Untold,
}

/// What an agent does in Zendesk.
#[derive(Clone, PartialEq, Debug)]
pub enum Act {
    /// Sets a ticket's requester.
    SetRequester {
        /// Whose ticket.
        call: String,
        /// The new one.
        requester: u64,
    },
    /// Merges the requester into another user.
    MergeRequester {
        /// Whose ticket.
        call: String,
        /// The user that stays.
        into: u64,
    },
    /// Closes the ticket.
    Close {
        /// Which.
        call: String,
    },
    /// Deletes the ticket.
    Delete {
        /// Which.
        call: String,
    },
    /// Changes something else.
    Edit {
        /// Which.
        call: String,
    },
}

/// A `given` line.
#[derive(Clone, PartialEq, Debug)]
pub enum Given {
    /// A further user of Zendesk.
    User(GivenUser),
    /// Each look-up takes so long.
    SearchTakes(Duration),
    /// The search index lags behind: it finds nobody.
    SearchMisses,
    /// Zendesk refuses this requester.
    RequesterRefused(u64),
    /// Zendesk refuses this assignee.
    AssigneeRefused(u64),
}

/// A user of Zendesk that the story needs.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GivenUser {
    /// Zendesk's id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// The profile's phone number.
    pub phone: Option<String>,
    /// Whether that number is somebody else's direct line.
    pub shared: bool,
    /// Further phone identities.
    pub identities: Vec<String>,
    /// User fields by key.
    pub fields: Vec<(String, String)>,
    /// Suspended users.
    pub suspended: bool,
}

/// What must have come of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Expected {
    /// No ticket.
    NoTicket {
        /// The call.
        call: String,
        /// Words that the reason holds.
        because: Option<String>,
    },
    /// A ticket.
    Ticket {
        /// The call.
        call: String,
        /// Whose it is in the end.
        requester: Who,
        /// The group.
        group: Option<u64>,
        /// The assignee.
        agent: Option<u64>,
        /// On whose screen it was opened, once.
        pop: Option<u64>,
        /// What comments hold (`true`) or must not hold (`false`).
        notes: Vec<(bool, String)>,
    },
    /// Whether a number stands in a profile.
    UserNumber {
        /// Whose.
        user: Who,
        /// In E.164.
        number: String,
        /// `phone`, `identity` or a field's key; `None`: nowhere.
        place: Option<String>,
    },
    /// How many tickets there are.
    Tickets(usize),
    /// How many users have this number.
    UsersWith {
        /// In E.164.
        number: String,
        /// So many.
        count: usize,
    },
}

/// A user of Zendesk, as an expectation names it.
#[derive(Clone, PartialEq, Debug)]
pub enum Who {
    /// By id.
    Id(u64),
    /// The default user.
    Default,
    /// The user that was created for this call's number (`new` in the call's own line).
    New {
        /// The call.
        call: String,
    },
}
