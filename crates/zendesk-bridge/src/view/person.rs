//! What is kept of one person, and what came of erasing it.

use bridge_core::erasure::Stays;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::calls::short;
use super::table::table;

/// What is kept of one person.
#[derive(Serialize, Debug, Default)]
pub(crate) struct Person {
    /// Masked.
    pub(crate) number: String,
    /// His calls, the oldest first.
    pub(crate) calls: Vec<PersonCall>,
    /// Calls of others whose story, orders or answers name his number.
    pub(crate) mentions: Vec<Mention>,
    /// What the journal knows of his recordings.
    pub(crate) recordings: Vec<PersonRecording>,
    /// The recordings themselves.
    pub(crate) files: Vec<PersonFile>,
    /// Files in the inbox that bear his number, and are no complete recordings that can be read.
    pub(crate) unfit_files: usize,
    /// Recordings in the inbox that are of calls that stay.
    pub(crate) files_of_calls_that_stay: usize,
    /// An earlier erasure was interrupted.
    pub(crate) unfinished: bool,
    /// What is in Zendesk, and is to be deleted there.
    pub(crate) zendesk: InZendesk,
    /// What could not be looked at or erased.
    pub(crate) trouble: Vec<String>,
    /// What came of erasing; `null` where it was not asked for.
    pub(crate) erased: Option<Outcome>,
}

/// One of his calls.
#[derive(Serialize, Debug)]
pub(crate) struct PersonCall {
    /// Its id.
    pub(crate) id: String,
    /// When.
    pub(crate) started: Timestamp,
    /// The PBX group's name.
    pub(crate) group: Option<String>,
    /// The ticket.
    pub(crate) ticket_id: Option<u64>,
    /// Orders that were given for it.
    pub(crate) orders: usize,
    /// Entries of the PBX's own lists that are known to be of it.
    pub(crate) listed: usize,
    /// Why it cannot be erased yet, and how to come back; `null` if it can.
    pub(crate) stays: Option<String>,
    /// From then on, where that is known.
    pub(crate) stays_until: Option<Timestamp>,
}

/// A call of others that names him.
#[derive(Serialize, Debug)]
pub(crate) struct Mention {
    /// Its id.
    pub(crate) id: String,
    /// Why it cannot be erased there yet, and how to come back; `null` if it can.
    pub(crate) stays: Option<String>,
}

/// What the journal knows of a recording.
#[derive(Serialize, Debug)]
pub(crate) struct PersonRecording {
    /// Of its content.
    pub(crate) sha256: String,
    /// `unassigned`, `assigned`, `attached`, `settled`, `refused` or `gone`.
    pub(crate) standing: &'static str,
    /// Its call.
    pub(crate) call: Option<String>,
    /// Whether it stays because its call does.
    pub(crate) stays: bool,
}

/// A recording in the inbox, in the spool or on the share.
#[derive(Serialize, Debug)]
pub(crate) struct PersonFile {
    /// `inbox`, `spool` or `share`.
    pub(crate) place: &'static str,
    /// Of its content.
    pub(crate) sha256: String,
    /// Its size.
    pub(crate) bytes: u64,
}

/// What is in Zendesk.
#[derive(Serialize, Debug, Default)]
pub(crate) struct InZendesk {
    /// Addresses of tickets.
    pub(crate) tickets: Vec<String>,
    /// Addresses of users whom his calls have led to.
    pub(crate) users: Vec<String>,
}

/// What came of erasing.
#[derive(Serialize, Debug, Default)]
pub(crate) struct Outcome {
    /// Calls that are nobody's now.
    pub(crate) calls: usize,
    /// Calls of others that do not name him any more.
    pub(crate) mentions: usize,
    /// Recordings of which the journal does not say any more whose they are.
    pub(crate) recordings: usize,
    /// Recordings deleted from the inbox.
    pub(crate) inbox: usize,
    /// Recordings deleted from spool and share.
    pub(crate) kept: usize,
    /// What is left of all that, for now.
    pub(crate) left: usize,
}

/// Why a call stays, and how to come back.
pub(crate) fn stays(why: Stays, call: &str, zone: &TimeZone) -> String {
    match why {
        Stays::GoesOn => "it is not over, or its wrap-up is not: run the bridge until it is".into(),
        Stays::Waiting => "orders for it wait: run the bridge until they are carried out".into(),
        Stays::Wedged => format!("orders for it are wedged: mend the reason that `status` shows, and `retry {call}`"),
        Stays::AwaitsRecording => "its recording should still turn up, or be told to be missing: run the bridge for a day".into(),
        Stays::Lately { until } => format!(
            "late events of it would begin it anew, with a second ticket: come back after {}",
            clock(until, zone)
        ),
        Stays::Listed => "the telephone system's lists may still tell of it, and would begin it anew, with a second ticket: run the bridge until it has read them all, or come back after eight days"
            .into(),
    }
}

/// Until when, where that is known.
pub(crate) fn stays_until(why: Stays) -> Option<Timestamp> {
    match why {
        Stays::Lately { until } => Some(until),
        Stays::GoesOn | Stays::Waiting | Stays::Wedged | Stays::AwaitsRecording | Stays::Listed => None,
    }
}

/// What is kept of him, for people.
pub(crate) fn render_person(person: &Person, zone: &TimeZone, width: u16) -> String {
    let mut text = format!("kept of {}:\n", person.number);
    if person.is_nothing() {
        text.push_str("  nothing\n");
    }
    if !person.calls.is_empty() {
        let orders: usize = person.calls.iter().map(|call| call.orders).sum();
        let listed: usize = person.calls.iter().map(|call| call.listed).sum();
        text.push_str(&format!(
            "  {} in the journal, with {} and {} of the telephone system's lists\n\n",
            counted(person.calls.len(), "call", "calls"),
            counted(orders, "order", "orders"),
            counted(listed, "entry", "entries"),
        ));
        text.push_str(&indented(&calls(&person.calls, zone, width.saturating_sub(4))));
        text.push('\n');
    }
    for (count, what) in [
        (
            person.mentions.len(),
            "in calls of others whose story, orders or answers name the number",
        ),
        (person.recordings.len(), "in what the journal knows of recordings"),
        (person.files_in("inbox"), "in the inbox: recordings"),
        (
            person.files_in("spool"),
            "in the folder for kept recordings: recordings that wait to be copied",
        ),
        (person.files_in("share"), "on the share: copies of recordings"),
        (
            person.files_of_calls_that_stay,
            "in the inbox, of calls that stay for now",
        ),
        (
            person.unfit_files,
            "in the inbox: files that bear the number and are no complete recordings that can be read; delete them there",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("  {count} {what}\n"));
        }
    }
    for mention in &person.mentions {
        if let Some(why) = &mention.stays {
            text.push_str(&format!("    call {}: {why}\n", short(&mention.id)));
        }
    }
    if person.unfinished {
        text.push_str("  an earlier erasure was interrupted: what it erased may still stand in the store's file\n");
    }
    text.push_str(&in_zendesk(&person.zendesk));
    for trouble in &person.trouble {
        text.push_str(&format!("\ntrouble: {trouble}\n"));
    }
    text.trim_end().replace("\n\n\n", "\n\n")
}

/// What came of erasing, for people.
pub(crate) fn render_outcome(outcome: &Outcome) -> String {
    let mut text = String::from("erased:\n");
    let before = text.len();
    for (count, what) in [
        (
            outcome.calls,
            "from calls, of which when, group, agent, outcome and ticket stay",
        ),
        (outcome.mentions, "from calls of others"),
        (outcome.recordings, "from what the journal knows of recordings"),
        (outcome.inbox, "recordings from the inbox"),
        (
            outcome.kept,
            "recordings from the folder for kept recordings and from the share",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("  {count} {what}\n"));
        }
    }
    if text.len() == before {
        text.push_str("  nothing\n");
    }
    match outcome.left {
        0 => text.push_str("nothing is left here; the bridge's log never holds numbers"),
        left => text.push_str(&format!(
            "{left} left, as said above: once nothing is in the way any more, run the same again"
        )),
    }
    text
}

impl Person {
    fn files_in(&self, place: &str) -> usize {
        self.files.iter().filter(|file| file.place == place).count()
    }

    /// Whether nothing at all is kept here.
    pub(crate) fn is_nothing(&self) -> bool {
        let records = self.calls.len() + self.mentions.len() + self.recordings.len();
        let files = self.files.len() + self.unfit_files + self.files_of_calls_that_stay;
        records + files == 0
    }
}

fn calls(calls: &[PersonCall], zone: &TimeZone, width: u16) -> String {
    let mut table = table(&["when", "id", "group", "ticket", "can be erased"], width);
    for call in calls {
        let dash = || "–".to_owned();
        table.add_row([
            clock(call.started, zone),
            short(&call.id),
            call.group.clone().unwrap_or_else(dash),
            call.ticket_id.map_or_else(dash, |ticket| ticket.to_string()),
            call.stays
                .as_ref()
                .map_or_else(|| "yes".into(), |why| format!("not yet: {why}")),
        ]);
    }
    table.trim_fmt()
}

fn in_zendesk(found: &InZendesk) -> String {
    let mut text = String::from("\nremains in Zendesk, to be deleted there (first the tickets, then the users):\n");
    for address in found.tickets.iter().chain(&found.users) {
        text.push_str(&format!("  {address}\n"));
    }
    text.push_str("  search there for the number, too: what no call of the journal led to is not listed here\n");
    text
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn indented(text: &str) -> String {
    text.lines()
        .fold(String::new(), |text, line| format!("{text}    {line}\n"))
}
