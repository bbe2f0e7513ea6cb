//! What the story's PBX keeps and tells of calls that were, or that go on: lists and snapshots.

use bridge_core::call::CallKey;
use bridge_core::call_log::{LogRead, LogRequest};
use bridge_core::effect::EffectId;
use bridge_core::input::Input;
use jiff::SignedDuration;
use pbx::{Direction, Event, LegState, LoggedCall};

use super::{Phone, Play};
use crate::support;

impl Play<'_> {
    /// A participant's end is over.
    pub(super) fn list_entry(&mut self, call: &str, login: &str, phone: &Phone) {
        let first = self.first.get(call).map_or(call, String::as_str).to_owned();
        let entry = LoggedCall {
            direction: if phone.direction == Direction::Outbound {
                Direction::Outbound
            } else {
                Direction::Inbound
            },
            answered: phone.talks_since.is_some(),
            caller: phone.caller.clone().unwrap_or_default(),
            called: phone.called.clone().unwrap_or_default(),
            group: phone.group.as_deref().map(support::group_id),
            began: phone.began,
            or_began: None,
            lasted: phone
                .talks_since
                .map_or(SignedDuration::ZERO, |since| self.now.duration_since(since)),
        };
        self.list.push((login.to_owned(), first, entry));
    }

    /// What the PBX answers to whoever has just logged in: the calls in progress.
    pub(super) fn snapshot(&mut self, login: &str) {
        let owner = pbx::UserId::new(login);
        self.handle(Input::Pbx(Event::Connected {
            owner: Some(owner.clone()),
        }));
        self.handle(Input::Pbx(Event::SnapshotBegin { owner: owner.clone() }));
        let calls: Vec<(String, Phone)> = self
            .phones
            .iter()
            .filter_map(|(call, phones)| Some((call.clone(), phones.get(login)?.clone())))
            .collect();
        for (call, phone) in calls {
            let direction = match phone.state {
                LegState::Ringing | LegState::Announced | LegState::Dialling => phone.direction,
                LegState::Connected | LegState::Parked | LegState::Voicemail | LegState::Ended => Direction::Unknown,
            };
            self.tell(&call, login, phone, direction);
        }
        self.handle(Input::Pbx(Event::SnapshotEnd { owner }));
    }

    /// What the PBX's own list tells.
    pub(super) fn read_list(&mut self, request: &LogRequest) {
        let asked = |login: &str, entry: &LoggedCall| {
            login == request.owner.as_str() && request.from <= entry.began && entry.began <= request.until
        };
        let calls = self.list.iter().filter(|(login, _, entry)| asked(login, entry));
        let calls = calls.map(|(_, _, entry)| entry.clone()).collect();
        let input = if self.away.contains(request.owner.as_str()) {
            let why = "the PBX is away".to_owned();
            Input::LogUnread {
                owner: request.owner.clone(),
                why,
            }
        } else {
            Input::Log(LogRead {
                owner: request.owner.clone(),
                calls,
            })
        };
        self.handle(input);
    }

    /// The core's key of a call by its name in the story: one that nobody saw goes by its place in the lists.
    pub(super) fn key_of(&self, name: &str) -> CallKey {
        let key = CallKey::new(name);
        if self.calls.contains_key(&key) {
            return key;
        }
        let listed = self.list.iter().filter(|(_, call, _)| call == name);
        let claims: Vec<_> = listed
            .map(|(login, _, entry)| (pbx::UserId::new(login.as_str()), entry.began))
            .collect();
        let mut unseen = self
            .calls
            .values()
            .filter(|call| call.ids.is_empty() && call.merged_into.is_none());
        let found = unseen.find(|call| claims.iter().any(|claim| call.logged.contains(claim)));
        found.map_or(key, |call| call.key.clone())
    }

    /// An effect by the name that its call has in the story.
    pub(super) fn told_as(&self, effect: &EffectId) -> EffectId {
        let (key, step) = effect.as_str().rsplit_once('/').unwrap();
        let names = self.list.iter().map(|(_, call, _)| call);
        let name = names
            .filter(|name| name.as_str() != key)
            .find(|name| self.key_of(name).as_str() == key);
        name.map_or_else(
            || effect.clone(),
            |name| EffectId::from_stored(format!("{name}/{step}")),
        )
    }

    /// And back.
    pub(super) fn meant_by(&self, told: &str) -> EffectId {
        match told.rsplit_once('/') {
            Some((name, step)) => EffectId::new(&self.key_of(name), step),
            None => EffectId::from_stored(told),
        }
    }
}
