//! After the call: the number goes with the requester whom an agent has set, if he lacks it.

use crate::call::{CallState, Learn, LookUp, NewUser, StepKind};
use crate::desk::{NumberField, Profile, UserId};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::{Outcome, Refusal};
use crate::number::E164;

use super::outcome::failure;
use super::site::Site;
use super::texts::{self, Unlearned};
use super::turn::Turn;

impl Site<'_> {
    /// Whether the ticket is to be read again after wrap-up: its requester stands in for somebody, there is a number,
    /// and the bridge has nothing more to set by itself.
    pub(super) fn wants_to_learn(self, call: &CallState) -> bool {
        let stands_in = call
            .opened()
            .is_some_and(|opened| opened.basis.is_to_learn() && opened.requester.is_some() && !opened.gone);
        stands_in
            && call.ended.is_some()
            && call.learn == Learn::NotYet
            && !matches!(call.lookup, LookUp::Asked { .. })
            && !Turn::completes(call)
            && self.public(call).is_some()
    }
}

impl Turn<'_> {
    /// Reads the ticket again once wrap-up has passed.
    pub(super) fn learn(&mut self, call: &mut CallState) {
        if self.site.wrap_up(call).is_some_and(|due| self.now >= due)
            && let Some(ticket) = call.opened().map(|opened| opened.ticket)
        {
            let order = Order::ReadTicket { ticket };
            let effect = self.order(call, "read", Track::Main, Priority::Learn, None, order);
            call.learn = Learn::Reading { effect };
        }
    }

    pub(super) fn is_learning(call: &CallState, effect: &EffectId) -> bool {
        match &call.learn {
            Learn::Reading { effect: ordered }
            | Learn::Profile { effect: ordered, .. }
            | Learn::Owner { effect: ordered, .. }
            | Learn::Releasing { effect: ordered, .. }
            | Learn::Writing { effect: ordered, .. } => ordered == effect,
            Learn::NotYet | Learn::Settled => false,
        }
    }

    /// A step of learning was answered.
    pub(super) fn learned(&mut self, call: &mut CallState, outcome: Outcome) {
        let Some(number) = self.site.public(call) else {
            self.nothing_learned(call, "there is no number any more".into());
            return;
        };
        match call.learn.clone() {
            Learn::Reading { .. } => self.read_again(call, &outcome),
            Learn::Profile { user, .. } => self.profile_read(call, &number, user, &outcome),
            Learn::Owner { user, free, .. } => self.owner_found(call, &number, user, free, &outcome),
            Learn::Releasing { user, free, .. } => {
                if outcome == Outcome::Done {
                    self.write(call, &number, user, free, None);
                } else {
                    self.unlearned(call, &number, user, Unlearned::Failed(failure(&outcome)));
                }
            }
            Learn::Writing { user, free, .. } => self.written(call, &number, user, free, &outcome),
            Learn::NotYet | Learn::Settled => {}
        }
    }

    fn read_again(&mut self, call: &mut CallState, outcome: &Outcome) {
        let Outcome::Ticket(view) = outcome else {
            self.see_gone(call, outcome);
            self.nothing_learned(call, failure(outcome));
            return;
        };
        self.see_ticket(call, view);
        let ours = call.opened().and_then(|opened| opened.requester);
        let default_user = self.site.matching.map(|matching| matching.default_user);
        if Some(view.requester) == ours {
            self.nothing_learned(call, "nobody has set another requester".into());
        } else if Some(view.requester) == default_user {
            self.nothing_learned(call, "the default user carries no numbers".into());
        } else {
            let order = Order::ReadUser {
                user: view.requester,
                fields: self.site.settings.number_fields.clone(),
            };
            let effect = self.order(call, "profile", Track::Main, Priority::Learn, None, order);
            call.learn = Learn::Profile {
                effect,
                user: view.requester,
            };
        }
    }

    fn profile_read(&mut self, call: &mut CallState, number: &E164, user: UserId, outcome: &Outcome) {
        let Outcome::Profiles(profiles) = outcome else {
            self.nothing_learned(call, failure(outcome));
            return;
        };
        let Some(profile) = profiles.iter().find(|p| p.user == user && p.active) else {
            self.nothing_learned(call, format!("user {user} is not active"));
            return;
        };
        if self.has(profile, number) {
            self.nothing_learned(call, format!("user {user} has the number already"));
            return;
        }
        let free = self.free_fields(profile);
        if free.is_empty() {
            self.unlearned(call, number, user, Unlearned::NoFreeField);
            return;
        }
        let order = self.who_has(number, true);
        let effect = self.order(call, "owner", Track::Main, Priority::Learn, None, order);
        call.learn = Learn::Owner { effect, user, free };
    }

    /// The configured places that are free in this profile. There is always room for one more identity.
    fn free_fields(&self, profile: &Profile) -> Vec<NumberField> {
        let taken = |field: &NumberField| {
            let mut numbers = profile.numbers.iter();
            numbers.any(|(place, typed)| place == field && !typed.trim().is_empty())
        };
        let fields = self.site.settings.number_fields.iter();
        fields
            .filter(|field| **field == NumberField::Identity || !taken(field))
            .cloned()
            .collect()
    }

    fn owner_found(
        &mut self,
        call: &mut CallState,
        number: &E164,
        user: UserId,
        free: Vec<NumberField>,
        outcome: &Outcome,
    ) {
        let (Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. }) = outcome else {
            self.unlearned(call, number, user, Unlearned::Failed(failure(outcome)));
            return;
        };
        let with_number = profiles.iter().filter(|p| p.active && self.has(p, number));
        let owners: Vec<UserId> = with_number.map(|profile| profile.user).collect();
        if owners.contains(&user) {
            self.nothing_learned(call, format!("user {user} has the number already"));
            return;
        }
        let made = |owner: &UserId| call.new_user == NewUser::Made(*owner);
        if let Some(other) = owners.iter().find(|owner| !made(owner)) {
            self.unlearned(call, number, user, Unlearned::Owned(Some(*other)));
        } else if let Some(made) = owners.first() {
            let order = Order::ReleaseNumber {
                user: *made,
                number: number.clone(),
            };
            let effect = self.order(call, "release", Track::Main, Priority::Learn, None, order);
            call.learn = Learn::Releasing { effect, user, free };
        } else {
            self.write(call, number, user, free, None);
        }
    }

    /// Writes the number to the first of the free places; with none left, `refused` says why.
    fn write(
        &mut self,
        call: &mut CallState,
        number: &E164,
        user: UserId,
        free: Vec<NumberField>,
        refused: Option<String>,
    ) {
        let mut free = free.into_iter();
        let Some(field) = free.next() else {
            let why = refused.map_or(Unlearned::NoFreeField, Unlearned::Failed);
            self.unlearned(call, number, user, why);
            return;
        };
        let order = Order::WriteNumber {
            user,
            field,
            number: number.clone(),
        };
        let effect = self.order(call, "learn", Track::Main, Priority::Learn, None, order);
        let free = free.collect();
        call.learn = Learn::Writing { effect, user, free };
    }

    fn written(
        &mut self,
        call: &mut CallState,
        number: &E164,
        user: UserId,
        free: Vec<NumberField>,
        outcome: &Outcome,
    ) {
        if *outcome == Outcome::Done {
            self.step(
                StepKind::Decision,
                format!("learned: user {user} has the number now"),
                "an agent set the requester",
            );
            call.remarks.push(format!("number learned for user {user}"));
            call.learn = Learn::Settled;
        } else if *outcome == Outcome::Taken {
            self.unlearned(call, number, user, Unlearned::Owned(None));
        } else if let Outcome::Refused {
            what: Refusal::Number,
            why,
        } = outcome
        {
            self.step(StepKind::Decision, "the number goes elsewhere", why.clone());
            self.write(call, number, user, free, Some(why.clone()));
        } else {
            self.unlearned(call, number, user, Unlearned::Failed(failure(outcome)));
        }
    }

    fn nothing_learned(&mut self, call: &mut CallState, why: String) {
        self.step(StepKind::Decision, "nothing is learned", why);
        call.learn = Learn::Settled;
    }

    /// The number should have been learned and could not be: people are told in the ticket and in `status`.
    fn unlearned(&mut self, call: &mut CallState, number: &E164, user: UserId, why: Unlearned) {
        let reason = why.reason();
        self.step(
            StepKind::Decision,
            format!("the number is not learned for user {user}"),
            reason.clone(),
        );
        call.troubles.push(format!(
            "number {} is not learned for user {user}: {reason}",
            number.masked()
        ));
        call.remarks
            .push(format!("number not learned for user {user}: {reason}"));
        let text = texts::unlearned(self.site.settings.language, number, user, &why);
        self.note(text, Priority::Learn);
        call.learn = Learn::Settled;
    }
}
