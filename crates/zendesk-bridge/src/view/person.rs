//! What is kept of one person, and what came of erasing it.

use bridge_core::erasure::Stays;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::calls::{or_dash, short};
use super::table::table;
use super::times::local;

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
    /// Entries of the directory of callers that hold his number.
    pub(crate) directory: usize,
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
    /// Addresses of users whom his calls have led to, or whom the directory of callers knows by his number.
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
    /// Entries of the directory of callers that are gone.
    pub(crate) directory: usize,
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
            local(until, zone)
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
    if !person.mentions.is_empty() {
        let calls = counted(person.mentions.len(), "call", "calls");
        text.push_str(&format!(
            "  {calls} of others whose story, orders or answers name the number\n"
        ));
        for mention in &person.mentions {
            if let Some(why) = &mention.stays {
                text.push_str(&format!("    {} not yet: {why}\n", short(&mention.id)));
            }
        }
    }
    if person.directory > 0 {
        let entries = counted(person.directory, "entry", "entries");
        text.push_str(&format!("  {entries} of the directory of callers\n"));
    }
    for (count, what) in [
        (person.recordings.len(), "that the journal knows of"),
        (person.files_in("inbox"), "in the inbox"),
        (
            person.files_in("spool"),
            "in the folder for kept recordings, to be copied",
        ),
        (person.files_in("share"), "on the share"),
        (
            person.files_of_calls_that_stay,
            "in the inbox, of calls that stay for now",
        ),
    ] {
        if count > 0 {
            text.push_str(&format!("  {} {what}\n", counted(count, "recording", "recordings")));
        }
    }
    if person.unfit_files > 0 {
        let files = counted(person.unfit_files, "file", "files");
        text.push_str(&format!(
            "  {files} in the inbox with the number in the name, and no complete recording that can be read: to be deleted there by hand\n"
        ));
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

/// What came of erasing, for people; `is_done`: nothing is left, and nothing failed.
pub(crate) fn render_outcome(outcome: &Outcome, is_done: bool) -> String {
    let recordings = |count| counted(count, "recording", "recordings");
    let calls = |count| counted(count, "call", "calls");
    let lines = [
        (
            outcome.calls,
            format!(
                "the caller of {}: when, group, agent, outcome and ticket stay",
                calls(outcome.calls)
            ),
        ),
        (
            outcome.mentions,
            format!("the number in {} of others", calls(outcome.mentions)),
        ),
        (
            outcome.recordings,
            format!("what the journal knew of {}", recordings(outcome.recordings)),
        ),
        (
            outcome.directory,
            format!(
                "{} of the directory of callers, until Zendesk tells of the user again",
                counted(outcome.directory, "entry", "entries")
            ),
        ),
        (outcome.inbox, format!("{} in the inbox", recordings(outcome.inbox))),
        (
            outcome.kept,
            format!(
                "{} in the folder for kept recordings and on the share",
                recordings(outcome.kept)
            ),
        ),
    ];
    let mut text = String::from("erased:\n");
    for (_, line) in lines.iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("  {line}\n"));
    }
    if lines.iter().all(|(count, _)| *count == 0) {
        text.push_str("  nothing\n");
    }
    match outcome.left {
        0 if is_done => text.push_str("nothing is left here; the bridge's log never holds numbers"),
        0 => text.push_str("something failed: run the same again once it is mended"),
        left => text.push_str(&format!(
            "{left} left, as said above: run the same again once nothing is in the way any more"
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
        let records = self.calls.len() + self.mentions.len() + self.recordings.len() + self.directory;
        let files = self.files.len() + self.unfit_files + self.files_of_calls_that_stay;
        records + files == 0
    }
}

fn calls(calls: &[PersonCall], zone: &TimeZone, width: u16) -> String {
    let mut table = table(&["when", "id", "group", "ticket", "can be erased"], width);
    for call in calls {
        table.add_row([
            local(call.started, zone),
            short(&call.id),
            or_dash(call.group.as_ref()),
            or_dash(call.ticket_id.as_ref()),
            call.stays
                .as_ref()
                .map_or_else(|| "yes".into(), |why| format!("not yet: {why}")),
        ]);
    }
    table.trim_fmt()
}

fn in_zendesk(found: &InZendesk) -> String {
    let mut addresses = found.tickets.iter().chain(&found.users).peekable();
    if addresses.peek().is_none() {
        return "\nin Zendesk no ticket and no user is known to be of the number; search there for it, too\n".into();
    }
    let mut text = String::from("\nremains in Zendesk, to be deleted there, first the tickets, then the users:\n");
    for address in addresses {
        text.push_str(&format!("  {address}\n"));
    }
    text.push_str(
        "  search there for the number, too: what no call here led to is not in this list\n  a user who is not deleted there comes back into the directory of callers when Zendesk tells of him again\n",
    );
    text
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn indented(text: &str) -> String {
    text.lines()
        .fold(String::new(), |text, line| format!("{text}    {line}\n"))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn call(id: &str, stays: Option<Stays>) -> PersonCall {
        PersonCall {
            id: id.into(),
            started: "2026-11-24T14:02:00Z".parse().unwrap(),
            group: Some("Support".into()),
            ticket_id: Some(77),
            orders: 4,
            listed: 1,
            stays: stays.map(|why| self::stays(why, id, &TimeZone::UTC)),
            stays_until: stays.and_then(stays_until),
        }
    }

    fn person() -> Person {
        let until = "2026-11-27T14:02:00Z".parse().unwrap();
        let file = |place| PersonFile {
            place,
            sha256: "a".repeat(64),
            bytes: 7,
        };
        Person {
            number: "…010".into(),
            calls: vec![call("c1", None), call("c2", Some(Stays::Lately { until }))],
            mentions: vec![Mention {
                id: "c3".into(),
                stays: Some(stays(Stays::Wedged, "c3", &TimeZone::UTC)),
            }],
            directory: 1,
            files: vec![file("inbox"), file("share"), file("share")],
            unfinished: true,
            zendesk: InZendesk {
                tickets: vec!["https://acme.zendesk.com/agent/tickets/77".into()],
                users: vec!["https://acme.zendesk.com/agent/users/900".into()],
            },
            ..Person::default()
        }
    }

    #[test]
    fn what_is_kept_is_told_with_what_stays_and_what_is_elsewhere() {
        expect![[r#"
            kept of …010:
              2 calls in the journal, with 8 orders and 2 entries of the telephone system's lists

                when                 id  group    ticket  can be erased
                ────────────────────────────────────────────────────────────────────────────────────────────────
                2026-11-24 14:02:00  c1  Support  77      yes
                2026-11-24 14:02:00  c2  Support  77      not yet: late events of it would begin it anew, with
                                                          a second ticket: come back after 2026-11-27 14:02:00

              1 call of others whose story, orders or answers name the number
                c3 not yet: orders for it are wedged: mend the reason that `status` shows, and `retry c3`
              1 entry of the directory of callers
              1 recording in the inbox
              2 recordings on the share
              an earlier erasure was interrupted: what it erased may still stand in the store's file

            remains in Zendesk, to be deleted there, first the tickets, then the users:
              https://acme.zendesk.com/agent/tickets/77
              https://acme.zendesk.com/agent/users/900
              search there for the number, too: what no call here led to is not in this list
              a user who is not deleted there comes back into the directory of callers when Zendesk tells of him again"#]]
        .assert_eq(&render_person(&person(), &TimeZone::UTC, 100));
        let nothing = Person {
            number: "…010".into(),
            ..Person::default()
        };
        expect![[r#"
            kept of …010:
              nothing

            in Zendesk no ticket and no user is known to be of the number; search there for it, too"#]]
        .assert_eq(&render_person(&nothing, &TimeZone::UTC, 100));
    }

    #[test]
    fn every_reason_to_stay_says_how_to_come_back() {
        let until = "2026-11-27T14:02:00Z".parse().unwrap();
        for (why, words) in [
            (Stays::GoesOn, "run the bridge until it is"),
            (Stays::Waiting, "run the bridge until they are carried out"),
            (Stays::Wedged, "`retry c1`"),
            (Stays::AwaitsRecording, "run the bridge for a day"),
            (Stays::Lately { until }, "come back after 2026-11-27 14:02:00"),
            (Stays::Listed, "or come back after eight days"),
        ] {
            let told = stays(why, "c1", &TimeZone::UTC);
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_came_of_it_tells_what_is_left() {
        let done = Outcome {
            calls: 2,
            directory: 1,
            kept: 1,
            ..Outcome::default()
        };
        expect![[r#"
            erased:
              the caller of 2 calls: when, group, agent, outcome and ticket stay
              1 entry of the directory of callers, until Zendesk tells of the user again
              1 recording in the folder for kept recordings and on the share
            nothing is left here; the bridge's log never holds numbers"#]]
        .assert_eq(&render_outcome(&done, true));
        let left = Outcome {
            left: 1,
            ..Outcome::default()
        };
        expect![[r#"
            erased:
              nothing
            1 left, as said above: run the same again once nothing is in the way any more"#]]
        .assert_eq(&render_outcome(&left, false));
        assert!(!render_outcome(&Outcome::default(), false).contains("nothing is left"));
    }
}
