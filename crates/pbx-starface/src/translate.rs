//! From what the client tells to what the port tells. Pure; it reports and does not interpret.
//!
//! | STARFACE | leg | direction |
//! | --- | --- | --- |
//! | `INCOMING` | announced | inbound |
//! | `RINGING` | ringing | inbound |
//! | `REQUESTED`, `PROCEEDING`, `OUTGOING`, `RINGBACK` | dialling | outbound |
//! | `CONNECTED`, `CONSULT`, `CONFERENCE_ACTIVE`, `CONFERENCE_CONSULT` | connected: the owner talks | unknown |
//! | `PARKED`, `CONFERENCE_INACTIVE` | parked | unknown |
//! | `VOICEMAIL_LINKED`, `VOICEMAIL_MAIN` | voicemail | unknown |
//! | `HANGUP` | ended | unknown |
//! | no state | as it was last; announced if the call is new | unknown |
//! | `CCBS`, `LOGIN_LOGOUT`, `MUSICONHOLD_TEST`, states not known | nothing: nobody's call | |
//!
//! The direction is told only where the state itself says it: an answer or an end may belong to either, and a bare
//! `CONNECTED` is what the target of an internal transfer sees.
//!
//! An event without a state tells more about a call: its numbers, or, as the very first event, that there is one. So it
//! is passed on with the state that the leg has anyway, which changes nothing, or as announced, from which everything can
//! still follow; a direction is not guessed.

use std::collections::{BTreeSet, HashMap};

use jiff::tz::TimeZone;
use pbx::{CallId, Dialled, Direction, Event, GroupId, LegEvent, LegState, UserId};
use starface_client::uci::{CallEvent, CallState, IdChange, Notice, What};

use crate::log::moments;

/// Calls that are remembered for each login: far more than one phone has in an hour.
const REMEMBERED: usize = 64;
/// Methods not understood that are told once each.
const ODDITIES: usize = 50;

/// Translates the notices of one watch, in their order.
#[derive(Debug)]
pub struct Translator {
    zone: Option<TimeZone>,
    /// Calls of each login, the latest last.
    calls: HashMap<UserId, Vec<(CallId, Mark)>>,
    odd: BTreeSet<String>,
}

/// What is known of a call at a login.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Live(LegState),
    Ended,
    /// Goes on under another id.
    Renamed,
}

impl Translator {
    /// A translator that reads times without a zone in this one; without one it leaves them out.
    #[must_use]
    pub fn new(zone: Option<TimeZone>) -> Self {
        Self {
            zone,
            calls: HashMap::new(),
            odd: BTreeSet::new(),
        }
    }

    /// What a notice means. Nothing, one event, or a whole snapshot.
    pub fn translate(&mut self, notice: Notice) -> Vec<Event> {
        let owner = UserId::new(notice.login);
        match notice.what {
            What::Connected => vec![Event::Connected { owner: Some(owner) }],
            What::Lost { why } | What::Refused { why } => vec![Event::Disconnected {
                owner: Some(owner),
                why,
            }],
            What::Gap => vec![Event::Gap { owner: Some(owner) }],
            What::Call(call) => self.leg(&owner, call).map(Event::Leg).into_iter().collect(),
            What::IdChanged(change) => self.id_changed(owner, &change).into_iter().collect(),
            What::Snapshot(calls) => self.snapshot(owner, calls),
            What::Unknown { method, shape } => {
                self.note(&method, &shape);
                Vec::new()
            }
            // The legs of a queue's calls are told by the members' own sessions; what else is in it nobody documents.
            What::Queue(event) => {
                self.note(&format!("{:?} of a queue", event.kind), &event.shape);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// What is not made use of is told once, with its shape, so that it can be learnt from.
    fn note(&mut self, what: &str, shape: &str) {
        if self.odd.len() < ODDITIES && self.odd.insert(what.to_owned()) {
            tracing::info!(what, shape, "the PBX told what is not made use of");
        }
    }

    fn snapshot(&mut self, owner: UserId, calls: Vec<CallEvent>) -> Vec<Event> {
        // What is missing has ended unseen, here as at whoever reads it.
        let told: Vec<CallId> = calls.iter().map(|call| CallId::new(&call.id)).collect();
        for (id, mark) in self.calls.entry(owner.clone()).or_default() {
            if matches!(mark, Mark::Live(_)) && !told.contains(id) {
                *mark = Mark::Ended;
            }
        }
        let mut events = vec![Event::SnapshotBegin { owner: owner.clone() }];
        events.extend(
            calls
                .into_iter()
                .filter_map(|call| self.leg(&owner, call))
                // What goes on has begun some time ago.
                .map(|leg| {
                    Event::Leg(LegEvent {
                        at: None,
                        or_at: None,
                        ..leg
                    })
                }),
        );
        events.push(Event::SnapshotEnd { owner });
        events
    }

    fn leg(&mut self, owner: &UserId, call: CallEvent) -> Option<LegEvent> {
        let id = CallId::new(call.id);
        let (state, direction) = match read(&call.state) {
            Reading::Leg(state, direction) => (state, direction),
            Reading::Untold => match self.mark(owner, &id) {
                None => (LegState::Announced, Direction::Unknown),
                Some(Mark::Live(state)) => (state, Direction::Unknown),
                Some(Mark::Ended) => (LegState::Ended, Direction::Unknown),
                Some(Mark::Renamed) => return None,
            },
            Reading::NobodysCall => {
                tracing::debug!(login = %owner, call = %id, state = ?call.state, "not a call of anybody's");
                return None;
            }
        };
        let mark = if state == LegState::Ended {
            Mark::Ended
        } else {
            Mark::Live(state)
        };
        self.remember(owner, id.clone(), mark);
        let (at, or_at) = call.at.and_then(|stamp| moments(self.zone.as_ref(), stamp)).unzip();
        Some(LegEvent {
            call: id,
            owner: owner.clone(),
            state,
            direction,
            caller: call.caller_number.map(Dialled::new),
            called: call.called_number.map(Dialled::new),
            group: call.group.map(GroupId::new),
            at,
            or_at: or_at.flatten(),
        })
    }

    fn id_changed(&mut self, owner: UserId, change: &IdChange) -> Option<Event> {
        let mark = |id: &str| self.mark(&owner, &CallId::new(id));
        // A repetition, read anew, would lead back to the old id.
        let is_renamed = |id: &str| mark(id) == Some(Mark::Renamed);
        let repeated = match change.resolve(|_| false, None) {
            Some((old, _)) => is_renamed(&old),
            None => change.candidates().any(is_renamed),
        };
        if repeated {
            return None;
        }
        let calls = self.calls.get(&owner).map(Vec::as_slice).unwrap_or_default();
        let mut live = calls.iter().filter(|(_, mark)| matches!(mark, Mark::Live(_)));
        let only = live.next().filter(|_| live.next().is_none()).map(|(id, _)| id.as_str());
        let Some((old, new)) = change.resolve(|id| mark(id).is_some(), only) else {
            tracing::info!(login = %owner, "an id has changed, but not of a call that is known");
            return Some(Event::Gap { owner: Some(owner) });
        };
        let (old, new) = (CallId::new(old), CallId::new(new));
        let state = self.mark(&owner, &old).unwrap_or(Mark::Ended);
        // An event under the new id may have come first.
        if !matches!(self.mark(&owner, &new), Some(Mark::Live(_) | Mark::Ended)) {
            self.remember(&owner, new.clone(), state);
        }
        self.remember(&owner, old.clone(), Mark::Renamed);
        Some(Event::IdChanged { old, new })
    }

    fn mark(&self, owner: &UserId, id: &CallId) -> Option<Mark> {
        self.calls
            .get(owner)?
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, mark)| *mark)
    }

    fn remember(&mut self, owner: &UserId, id: CallId, mark: Mark) {
        let calls = self.calls.entry(owner.clone()).or_default();
        calls.retain(|(known, _)| *known != id);
        if calls.len() >= REMEMBERED {
            calls.remove(0);
        }
        calls.push((id, mark));
    }
}

enum Reading {
    Leg(LegState, Direction),
    Untold,
    NobodysCall,
}

fn read(state: &CallState) -> Reading {
    use Direction::{Inbound, Outbound, Unknown};
    match state {
        CallState::Incoming => Reading::Leg(LegState::Announced, Inbound),
        CallState::Ringing => Reading::Leg(LegState::Ringing, Inbound),
        CallState::Requested | CallState::Proceeding | CallState::Outgoing | CallState::Ringback => {
            Reading::Leg(LegState::Dialling, Outbound)
        }
        CallState::Connected | CallState::Consult | CallState::ConferenceActive | CallState::ConferenceConsult => {
            Reading::Leg(LegState::Connected, Unknown)
        }
        CallState::Parked | CallState::ConferenceInactive => Reading::Leg(LegState::Parked, Unknown),
        CallState::VoicemailLinked | CallState::VoicemailMain => Reading::Leg(LegState::Voicemail, Unknown),
        CallState::Hangup => Reading::Leg(LegState::Ended, Unknown),
        CallState::Untold => Reading::Untold,
        CallState::Ccbs | CallState::LoginLogout | CallState::MusicOnHoldTest | CallState::Other(_) | _ => {
            Reading::NobodysCall
        }
    }
}

#[cfg(test)]
mod tests;
