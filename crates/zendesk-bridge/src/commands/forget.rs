//! `forget`: lists what is kept of one person, and erases it.
//!
//! Files go first and the store last: as long as anything is left, the store's own listing still leads to it, and the same
//! command goes on. A further place that keeps numbers is listed in [`listed`] and erased in [`erase`].

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context;
use bridge_core::erasure::{NotSought, Sought, Stays};
use bridge_core::recording::Standing;
use bridge_runtime::Clock;
use bridge_runtime::store::{Store, StoreErrorKind, TracedRecording, Traces};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::Output;
use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::recordings::{Files, Person, Told};
use crate::view::{self, InZendesk, Mention, PersonCall, PersonRecording};
use crate::view::{render_outcome, render_person, stays, stays_until};
use crate::{out, stored};

/// `forget NUMBER`, and with `yes` for good.
pub(crate) async fn forget(file: Option<PathBuf>, number: &str, yes: bool, output: Output) -> Result<Exit, Stop> {
    let config = config::load(&config::locate(file.as_deref())?, Need::Recordings)?;
    let now = Clock::system().now();
    let reader = stored::open(&config.store).await.map_err(anyhow::Error::new)?;
    let matching = match &reader {
        Some(reader) => reader.matching().await.context("the store")?,
        None => None,
    };
    let sought = Sought::parse(number, &config.callers.plan, matching.as_ref()).map_err(not_sought)?;
    // Where no bridge has run, none can be in the way.
    let store = if yes && reader.is_some() {
        Some(open_store(&config).await?)
    } else {
        None
    };
    let traces = match &reader {
        Some(reader) => reader.traces(&sought, now).await.context("the store")?,
        None => Traces::default(),
    };
    // Whoever reads on keeps the store's log from being emptied.
    if let Some(reader) = reader {
        reader.close().await;
    }
    let told = told(&traces);
    let person = Person::new(&config.recordings, &sought);
    let files = person.look(&told, now).await;
    let mut shown = listed(&config, &sought, &traces, &files);
    if !output.json {
        out::say(&render_person(&shown, &TimeZone::system(), out::width()));
    }
    if !yes {
        return Ok(end_of_list(&shown, output));
    }
    let (outcome, trouble) = erase(store.as_ref(), &sought, &person, files, &told, now).await;
    shown.trouble.extend(
        trouble
            .iter()
            .filter(|one| !shown.trouble.contains(one))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let is_done = outcome.left == 0 && trouble.is_empty();
    if output.json {
        shown.erased = Some(outcome);
        out::say_json(&shown);
    } else {
        out::say(&format!("\n{}", render_outcome(&outcome, is_done)));
        trouble.iter().for_each(|trouble| out::tell(trouble));
    }
    Ok(if is_done { Exit::Done } else { Exit::Failed })
}

/// Takes the store: a bridge that runs would write down again what it still has in mind.
async fn open_store(config: &Config) -> Result<Store, Stop> {
    Store::open(&config.store, &config.pbx.name).await.map_err(|error| {
        if error.kind() == StoreErrorKind::Held {
            return Stop::held(format!(
                "{error}: stop it first, since it would write down again what it still has in mind. Nothing is erased; without --yes it is listed beside it"
            ));
        }
        anyhow::Error::new(error).into()
    })
}

/// Erases what can be, in an order in which whatever is left is still listed the next time; and what is in the way.
async fn erase(
    store: Option<&Store>,
    sought: &Sought,
    person: &Person<'_>,
    files: Files,
    told: &Told,
    now: Timestamp,
) -> (view::Outcome, Vec<String>) {
    let others =
        || out::tell("recordings are being copied or deleted by another run; this one goes on when that has ended");
    let gone = person.erase(files, told, now, &others).await;
    let mut outcome = view::Outcome {
        inbox: gone.inbox,
        kept: gone.kept,
        left: gone.left,
        ..view::Outcome::default()
    };
    let mut trouble = gone.trouble;
    if let Some(store) = store {
        match store.erase(sought, &gone.spare, now).await {
            Ok(erased) => {
                outcome.calls = erased.calls;
                outcome.mentions = erased.mentions;
                outcome.recordings = erased.recordings;
                outcome.directory = erased.directory;
                outcome.left += erased.left;
            }
            Err(error) => trouble.push(format!("{:#}", anyhow::Error::new(error))),
        }
        bridge_core::port::Journal::close(store).await;
    }
    (outcome, trouble)
}

fn end_of_list(shown: &view::Person, output: Output) -> Exit {
    if output.json {
        out::say_json(shown);
    } else if !shown.is_nothing() || shown.unfinished {
        out::say("\nnothing is erased yet: the same with --yes does, while no bridge runs");
    }
    if shown.trouble.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn not_sought(why: NotSought) -> Stop {
    Stop::usage(format!("nobody can be forgotten by this: {why}"))
}

/// What the journal tells of his recordings; nothing of those of others, in whose calls he is only named.
fn told(traces: &Traces) -> Told {
    let calls = || traces.calls.iter().filter(|call| call.took_part);
    let recordings = traces.recordings.iter().filter(|recording| recording.is_his);
    Told {
        calls: calls().map(|call| call.summary.key.as_str().to_owned()).collect(),
        awaits: calls().any(|call| call.stays.is_some_and(is_under_way)),
        recordings: recordings
            .map(|recording| (recording.sha256.as_str().to_owned(), recording.stays.is_none()))
            .collect(),
    }
}

/// Whether something is still to be done for a call, and not only to be remembered of it.
fn is_under_way(why: Stays) -> bool {
    match why {
        Stays::GoesOn | Stays::Waiting | Stays::Wedged | Stays::AwaitsRecording => true,
        Stays::Lately { .. } | Stays::Listed => false,
    }
}

/// All that is kept, as it is shown.
fn listed(config: &Config, sought: &Sought, traces: &Traces, files: &Files) -> view::Person {
    let zone = TimeZone::system();
    let calls = traces.calls.iter().map(|call| {
        let id = call.summary.key.as_str().to_owned();
        PersonCall {
            started: call.summary.started,
            group: call.summary.group.clone(),
            ticket_id: call.summary.ticket.map(|ticket| ticket.get()),
            orders: call.orders,
            listed: call.listed,
            stays: call.stays.map(|why| stays(why, &id, &zone)),
            stays_until: call.stays.and_then(stays_until),
            id,
        }
    });
    let mentions = traces.mentions.iter().map(|mention| Mention {
        id: mention.call.as_str().to_owned(),
        stays: mention.stays.map(|why| stays(why, mention.call.as_str(), &zone)),
    });
    let address = |what: &str, id: u64| {
        let base = config.zendesk.url.as_str().trim_end_matches('/');
        format!("{base}/agent/{what}/{id}")
    };
    // The ticket of a call that only names him is of another one: nobody is told to delete that.
    let his = traces.calls.iter().filter(|call| call.took_part);
    let tickets: BTreeSet<_> = his.filter_map(|call| call.summary.ticket).collect();
    view::Person {
        number: sought.number().masked(),
        calls: calls.collect(),
        mentions: mentions.collect(),
        recordings: traces.recordings.iter().map(recording).collect(),
        directory: traces.directory.len(),
        files: files.all(),
        unfit_files: files.inbox_unfit,
        files_of_calls_that_stay: files.inbox_stays,
        unfinished: traces.unfinished,
        zendesk: InZendesk {
            tickets: tickets.iter().map(|ticket| address("tickets", ticket.get())).collect(),
            users: traces.users.iter().map(|user| address("users", user.get())).collect(),
        },
        trouble: files.trouble.clone(),
        erased: None,
    }
}

fn recording(traced: &TracedRecording) -> PersonRecording {
    let (standing, call) = match &traced.standing {
        Standing::Unassigned { .. } => ("unassigned", None),
        Standing::Assigned { call } => ("assigned", Some(call)),
        Standing::Attached { call } => ("attached", Some(call)),
        Standing::Settled { call, .. } => ("settled", Some(call)),
        Standing::Refused { call } => ("refused", Some(call)),
        Standing::Gone => ("gone", None),
    };
    PersonRecording {
        sha256: traced.sha256.as_str().to_owned(),
        standing,
        call: call.map(|call| call.as_str().to_owned()),
        stays: traced.stays.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use bridge_core::call::{CallKey, CallSummary, Phase};
    use bridge_core::recording::Sha256;
    use bridge_runtime::store::TracedCall;

    use super::*;

    #[test]
    fn nothing_is_told_of_the_recordings_of_others_in_whose_calls_he_is_only_named() {
        let call = |key: &str, took_part| TracedCall {
            summary: CallSummary {
                key: CallKey::new(key),
                started: Timestamp::UNIX_EPOCH,
                phase: Phase::Over,
                caller: None,
                group: None,
                agent: None,
                ticket: None,
                requester: None,
                outcome: String::new(),
            },
            took_part,
            stays: (!took_part).then_some(Stays::AwaitsRecording),
            orders: 0,
            listed: 0,
        };
        let sum = |digit: &str| Sha256::parse(&digit.repeat(64)).unwrap();
        let recording = |digit, is_his| TracedRecording {
            sha256: sum(digit),
            is_his,
            standing: Standing::Gone,
            stays: None,
        };
        let told = told(&Traces {
            calls: vec![call("his", true), call("other", false)],
            recordings: vec![recording("1", true), recording("2", false)],
            ..Traces::default()
        });
        assert_eq!(told.calls, ["his".to_owned()].into());
        assert_eq!(told.recordings, [("1".repeat(64), true)].into());
        assert!(!told.awaits, "what may be the recording of another call is not his");
    }
}
