//! Calls, and the events that tell of them: one for each participant who listens.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::events::Frame;
use super::queue::Queued;
use super::state::{State, sha512, uuid};
use super::switches::Version;
use super::xml::{Value, write_call};

/// A caller's number in what the PBX tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Caller {
    /// As the PBX shows it; external numbers are usually `00`, country code, number.
    Shown(String),
    /// Told, and empty.
    Withheld,
    /// The event has no such member.
    Untold,
}

/// A call that goes on.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) legs: BTreeMap<String, Leg>,
    pub(super) queued: Option<Queued>,
}

/// A participant's end of a call.
#[derive(Clone, Debug)]
pub(super) struct Leg {
    /// Under which id this participant hears of the call.
    pub(super) id: String,
    pub(super) state: &'static str,
    pub(super) outbound: bool,
    pub(super) caller: Caller,
    pub(super) called: String,
    pub(super) called_name: String,
    pub(super) group: Option<u32>,
    pub(super) began: Timestamp,
    pub(super) connected: Option<Timestamp>,
    pub(super) told: bool,
}

/// An entry of a user's call list.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) login: String,
    pub(super) outbound: bool,
    pub(super) answered: bool,
    pub(super) caller: String,
    pub(super) called: String,
    pub(super) description: String,
    pub(super) group: Option<u32>,
    pub(super) began: Timestamp,
    pub(super) lasted: SignedDuration,
}

const RINGING: [&str; 2] = ["INCOMING", "RINGING"];

impl State {
    /// Phones ring: at each of these logins, under one call id.
    ///
    /// `group` is the account id of the group that was dialled, if one was; `dialled` is the number as shown,
    /// by default the group's or the extension of the first login.
    pub fn ring(
        &mut self,
        call: &str,
        group: Option<u32>,
        from: Caller,
        at: &[&str],
        dialled: Option<&str>,
        now: Timestamp,
    ) {
        for login in at {
            self.offer(call, group, from.clone(), login, dialled, "RINGING", now);
        }
        self.queue_rings(call, group, &from, at, now);
    }

    /// A call is on its way to these logins, whose phones do not ring yet.
    pub fn announce(&mut self, call: &str, group: Option<u32>, from: Caller, at: &[&str], now: Timestamp) {
        for login in at {
            self.offer(call, group, from.clone(), login, None, "INCOMING", now);
        }
    }

    /// Somebody talks: a ring is answered, a parked call is taken up again, or a transfer's target has the call without
    /// a ring before. Whose phone still rings hears `HANGUP` at once.
    pub fn answer(&mut self, call: &str, by: &str, from: Option<Caller>, group: Option<u32>, now: Timestamp) {
        let leg = self.calls.get(call).and_then(|call| call.legs.get(by));
        let was_connected = leg.is_some_and(|leg| leg.connected.is_some());
        if leg.is_none() {
            // Only CONNECTED, neither RINGING nor PROCEEDING before; the caller is the one of the call.
            let of_call = self
                .calls
                .get(call)
                .and_then(|call| call.legs.values().find(|leg| !leg.outbound))
                .cloned();
            let from = from
                .clone()
                .or(of_call.as_ref().map(|leg| leg.caller.clone()))
                .unwrap_or(Caller::Untold);
            let group = group.or(of_call.and_then(|leg| leg.group));
            let mut leg = self.leg(group, from, by, None, "CONNECTED", now);
            leg.id = self.leg_id(call, by);
            self.calls
                .entry(call.to_owned())
                .or_insert_with(Call::new)
                .legs
                .insert(by.to_owned(), leg);
        }
        let Some(found) = self.calls.get_mut(call) else { return };
        if let Some(leg) = found.legs.get_mut(by) {
            leg.state = "CONNECTED";
            leg.connected.get_or_insert(now);
            leg.caller = from.unwrap_or_else(|| leg.caller.clone());
            leg.group = group.or(leg.group);
        }
        let losers = found
            .legs
            .iter()
            .filter(|(login, leg)| *login != by && RINGING.contains(&leg.state));
        let losers: Vec<String> = losers.map(|(login, _)| login.clone()).collect();
        if !self.switches.losers_first {
            self.tell(call, by, now);
        }
        for loser in &losers {
            self.close(call, loser, now);
        }
        if self.switches.losers_first {
            self.tell(call, by, now);
        }
        self.queue_answers(call, by, now);
        if !was_connected {
            self.record_by_itself(call, by, now);
        }
    }

    /// On hold.
    pub fn park(&mut self, call: &str, by: &str, now: Timestamp) {
        self.change(call, by, "PARKED", now);
    }

    /// This login's mailbox takes the call; other phones stop to ring.
    pub fn mailbox(&mut self, call: &str, at: &str, now: Timestamp) {
        let Some(found) = self.calls.get(call) else { return };
        let ringing = found
            .legs
            .iter()
            .filter(|(login, leg)| *login != at && RINGING.contains(&leg.state));
        let ringing: Vec<String> = ringing.map(|(login, _)| login.clone()).collect();
        self.change(call, at, "VOICEMAIL_LINKED", now);
        for login in &ringing {
            self.close(call, login, now);
        }
    }

    /// Over at these logins, or (none named) at all.
    pub fn end(&mut self, call: &str, at: &[&str], now: Timestamp) {
        let Some(found) = self.calls.get(call) else { return };
        let legs: Vec<String> = found
            .legs
            .keys()
            .filter(|l| at.is_empty() || at.contains(&l.as_str()))
            .cloned()
            .collect();
        for login in legs {
            self.close(call, &login, now);
        }
    }

    /// The PBX goes on with the call under another id and tells everybody who takes part.
    pub fn change_id(&mut self, call: &str, new: &str) {
        let Some(mut found) = self.calls.remove(call) else {
            return;
        };
        let mut owners: Vec<String> = Vec::new();
        for (login, leg) in &mut found.legs {
            // Who hears of it under an id of his own goes on doing so.
            if leg.id == call {
                new.clone_into(&mut leg.id);
                owners.push(login.clone());
            }
        }
        let merged = self.calls.entry(new.to_owned()).or_insert_with(Call::new);
        merged.legs.extend(found.legs);
        merged.queued = merged.queued.take().or(found.queued);
        for recording in self.recordings.iter_mut().filter(|recording| recording.call == call) {
            new.clone_into(&mut recording.call);
        }
        if !self.switches.id_change_announced {
            return;
        }
        let (old_key, new_key) = self.switches.id_change_keys.clone();
        let told = Value::Struct(vec![(old_key, Value::string(call)), (new_key, Value::string(new))]);
        for (session, version) in owners
            .iter()
            .flat_map(|owner| self.listeners(owner))
            .collect::<Vec<_>>()
        {
            if version != Version::V20 {
                let method = format!("{}.callChangesIdEvent", version.service());
                let body = write_call(&method, std::slice::from_ref(&told), self.switches.charset);
                self.push(&session, body);
            }
        }
        self.queue_changes_id(call, new);
    }

    /// An outbound call: set up, and the far end rings. False if the login is not known.
    pub fn dial(&mut self, call: &str, number: &str, by: &str, now: Timestamp) -> bool {
        let Some(user) = self.users.get(by) else { return false };
        let leg = Leg {
            id: self.leg_id(call, by),
            state: "OUTGOING",
            outbound: true,
            caller: Caller::Shown(user.extension.clone()),
            called: number.to_owned(),
            called_name: self.contacts.get(number).cloned().unwrap_or_default(),
            group: None,
            began: now,
            connected: None,
            told: false,
        };
        self.calls
            .entry(call.to_owned())
            .or_insert_with(Call::new)
            .legs
            .insert(by.to_owned(), leg);
        self.tell(call, by, now);
        self.change(call, by, "RINGBACK", now);
        true
    }

    /// Sends an event that a stranger made up: right address, wrong secret. `login` is whose session it pretends to be
    /// for; nothing is sent if that login has no session.
    pub fn forge(&mut self, login: &str, call: &str, now: Timestamp) {
        let leg = self.leg(None, Caller::Shown("00491".to_owned()), login, None, "CONNECTED", now);
        let frame = Frame {
            state: "CONNECTED",
            numbers: true,
            name: true,
        };
        for (mut session, version) in self.listeners(login) {
            let body = self.event(call, &leg, frame, version, now);
            session.token = Some(format!("{login}:{}", "0".repeat(128)));
            self.push(&session, body);
        }
    }

    /// The account id of a group by its name.
    #[must_use]
    pub fn group_id(&self, name: Option<&str>) -> Option<u32> {
        self.groups
            .iter()
            .find(|group| Some(group.name.as_str()) == name)
            .map(|group| group.account)
    }

    /// Ids of the calls that this user takes part in.
    pub(super) fn call_ids(&self, login: &str) -> Vec<String> {
        self.calls
            .values()
            .filter_map(|call| call.legs.get(login))
            .map(|leg| leg.id.clone())
            .collect()
    }

    /// The PBX's own id of a call that this user hears of under that id.
    pub(super) fn call_of(&self, id: &str, login: &str) -> Option<String> {
        let own = |call: &Call| call.legs.get(login).is_some_and(|leg| leg.id == id);
        self.calls
            .iter()
            .find(|(_, call)| own(call))
            .map(|(call, _)| call.clone())
    }

    /// The struct of one call of this user; an empty one if there is none.
    pub(super) fn call_state(&self, call: &str, login: &str, version: Version, now: Timestamp) -> Value {
        let own = self.call_of(call, login).and_then(|own| self.calls.get(&own));
        let Some(leg) = own.and_then(|call| call.legs.get(login)) else {
            return Value::Struct(Vec::new());
        };
        self.call_struct(
            &leg.id,
            leg,
            Frame {
                state: leg.state,
                numbers: true,
                name: true,
            },
            version,
            now,
        )
    }

    #[expect(clippy::too_many_arguments, reason = "a ring has as many details")]
    fn offer(
        &mut self,
        call: &str,
        group: Option<u32>,
        from: Caller,
        login: &str,
        dialled: Option<&str>,
        state: &'static str,
        now: Timestamp,
    ) {
        let mut leg = self.leg(group, from, login, dialled, state, now);
        leg.id = self.leg_id(call, login);
        let legs = &mut self.calls.entry(call.to_owned()).or_insert_with(Call::new).legs;
        match legs.get_mut(login) {
            Some(old) => {
                *old = Leg {
                    began: old.began,
                    connected: old.connected,
                    told: old.told,
                    ..leg
                }
            }
            None => {
                legs.insert(login.to_owned(), leg);
            }
        }
        self.tell(call, login, now);
    }

    fn leg(
        &self,
        group: Option<u32>,
        caller: Caller,
        login: &str,
        dialled: Option<&str>,
        state: &'static str,
        now: Timestamp,
    ) -> Leg {
        let inside = matches!(&caller, Caller::Shown(number) if number.len() <= 3);
        let via = group.and_then(|id| self.groups.iter().find(|group| group.account == id));
        let user = self.users.get(login);
        let (called, called_name) = match (via, user) {
            (Some(group), _) if inside => (group.internal.clone(), group.name.clone()),
            (Some(group), _) => (group.shown(), group.name.clone()),
            (None, Some(user)) => (
                user.extension.clone(),
                format!("{} {}", user.first_name, user.family_name),
            ),
            (None, None) => (String::new(), String::new()),
        };
        Leg {
            id: String::new(),
            state,
            outbound: false,
            caller,
            called: dialled.map_or(called, str::to_owned),
            called_name,
            group,
            began: now,
            connected: (state == "CONNECTED").then_some(now),
            told: false,
        }
    }

    /// Under which id this participant hears of the call: the call's own, unless each has another.
    fn leg_id(&self, call: &str, login: &str) -> String {
        let legs = self.calls.get(call).map(|call| &call.legs);
        match legs.and_then(|legs| legs.get(login)) {
            Some(leg) => leg.id.clone(),
            None if self.switches.id_per_member && legs.is_some_and(|legs| !legs.is_empty()) => {
                let digits = sha512(&format!("{call} {login}"));
                uuid(u128::from_str_radix(&digits[..32], 16).unwrap_or_default())
            }
            None => call.to_owned(),
        }
    }

    fn change(&mut self, call: &str, login: &str, state: &'static str, now: Timestamp) {
        if let Some(leg) = self.calls.get_mut(call).and_then(|call| call.legs.get_mut(login)) {
            leg.state = state;
            self.tell(call, login, now);
        }
    }

    fn close(&mut self, call: &str, login: &str, now: Timestamp) {
        self.change(call, login, "HANGUP", now);
        let Some(found) = self.calls.get_mut(call) else { return };
        if let Some(leg) = found.legs.remove(login) {
            self.recording_ends(call, login, &leg, now);
            let shown = if let Caller::Shown(number) = leg.caller {
                number
            } else {
                String::new()
            };
            self.log.push(Logged {
                login: login.to_owned(),
                outbound: leg.outbound,
                answered: leg.connected.is_some(),
                description: self.contacts.get(&shown).cloned().unwrap_or_default(),
                caller: shown,
                called: leg.called,
                group: leg.group,
                began: leg.began,
                lasted: leg
                    .connected
                    .map_or(SignedDuration::ZERO, |since| now.duration_since(since)),
            });
        }
        if self.calls.get(call).is_some_and(|call| call.legs.is_empty())
            && let Some(Call {
                queued: Some(queued), ..
            }) = self.calls.remove(call)
        {
            self.queue_ends(call, queued);
        }
    }
}

impl Call {
    fn new() -> Self {
        Self {
            legs: BTreeMap::new(),
            queued: None,
        }
    }
}
