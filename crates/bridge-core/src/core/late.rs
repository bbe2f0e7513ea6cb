//! Completing a ticket that was opened on a stand-in.

use crate::call::{Basis, CallState, Caller, Late, LookUp, NewUser, StandIn, StepKind, Ticket};
use crate::desk::{Standing, TicketView, UserId};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;

use super::lookup::Stranger;
use super::outcome::failure;
use super::turn::Turn;

/// So often the ticket is read again because somebody changed it between reading and writing.
const ROUNDS: u32 = 3;

impl Turn<'_> {
    /// Sets the requester once it is known who called, if the ticket was opened before that.
    pub(super) fn complete(&mut self, call: &mut CallState) {
        let Some(opened) = call.opened() else { return };
        let wanted = call.late == Late::NotYet && opened.basis.is_provisional() && !opened.gone;
        let (true, Some(number)) = (wanted, self.site.public(call)) else {
            return;
        };
        match &call.lookup {
            LookUp::NotAsked | LookUp::Asked { .. } | LookUp::Failed { .. } => {}
            LookUp::Found(Caller::Known(user)) => {
                let user = *user;
                self.read_to_set(call, user, 1);
            }
            LookUp::Found(Caller::Several(_) | Caller::Nobody) => {
                self.name_candidates(call);
                match self.new_user(call, &number, Priority::Complete) {
                    Stranger::DefaultUser => {
                        self.step(
                            StepKind::Decision,
                            "the ticket stays the default user's",
                            "the strategy wants it so",
                        );
                        self.settle_on_default(call);
                    }
                    Stranger::User(user) => self.read_to_set(call, user, 1),
                    Stranger::UnderWay | Stranger::Failed => {}
                }
            }
        }
    }

    /// Whether the requester may still be set without anybody doing anything.
    pub(super) fn completes(call: &CallState) -> bool {
        match &call.late {
            Late::Reading { .. } | Late::Setting { .. } => true,
            Late::Settled => false,
            Late::NotYet => {
                let provisional = call
                    .opened()
                    .is_some_and(|opened| opened.basis.is_provisional() && !opened.gone);
                let waits =
                    matches!(call.lookup, LookUp::Asked { .. }) || matches!(call.new_user, NewUser::Asked { .. });
                provisional && waits
            }
        }
    }

    pub(super) fn is_late(call: &CallState, effect: &EffectId) -> bool {
        match &call.late {
            Late::Reading { effect: ordered, .. } | Late::Setting { effect: ordered, .. } => ordered == effect,
            Late::NotYet | Late::Settled => false,
        }
    }

    fn settle_on_default(&mut self, call: &mut CallState) {
        call.late = Late::Settled;
        if let Ticket::Opened(opened) = &mut call.ticket {
            opened.basis = Basis::Default(StandIn::Strategy);
        }
    }

    fn read_to_set(&mut self, call: &mut CallState, to: UserId, round: u32) {
        let Some(opened) = call.opened() else { return };
        if opened.requester == Some(to) {
            call.late = Late::Settled;
            return;
        }
        let order = Order::ReadTicket { ticket: opened.ticket };
        let effect = self.order(call, "read", Track::Main, Priority::Complete, None, order);
        call.late = Late::Reading { effect, to, round };
    }

    /// The ticket was read, or the requester set, or neither.
    pub(super) fn completed(&mut self, call: &mut CallState, outcome: Outcome) {
        match call.late.clone() {
            Late::Reading { to, round, .. } => self.read_before_setting(call, to, round, &outcome),
            Late::Setting { to, round, .. } => self.requester_set(call, to, round, &outcome),
            Late::NotYet | Late::Settled => {}
        }
    }

    fn read_before_setting(&mut self, call: &mut CallState, to: UserId, round: u32, outcome: &Outcome) {
        let Outcome::Ticket(view) = outcome else {
            self.give_up_setting(call, failure(outcome));
            self.see_gone(call, outcome);
            return;
        };
        let ours = call.opened().and_then(|opened| opened.requester);
        self.see_ticket(call, view);
        if view.requester == to {
            self.give_up_setting(call, "it has this requester already".into());
        } else if Some(view.requester) != ours {
            self.give_up_setting(call, "somebody has set another one, and what people edit stays".into());
        } else if !view.is_open_for_changes() {
            self.give_up_setting(call, "the ticket can no longer be changed".into());
        } else {
            let order = Order::SetRequester {
                ticket: view.ticket,
                requester: to,
                unless_changed_since: view.updated_at,
            };
            let effect = self.order(call, "requester", Track::Main, Priority::Complete, None, order);
            call.late = Late::Setting { effect, to, round };
        }
    }

    fn requester_set(&mut self, call: &mut CallState, to: UserId, round: u32, outcome: &Outcome) {
        if *outcome == Outcome::Done {
            let made = call.new_user == NewUser::Made(to);
            if let Ticket::Opened(opened) = &mut call.ticket {
                opened.basis = if made { Basis::New } else { Basis::Known };
                opened.requester = Some(to);
                opened.seen = Some(to);
            }
            call.late = Late::Settled;
        } else if *outcome == Outcome::Conflict && round < ROUNDS {
            self.step(
                StepKind::Decision,
                "the ticket is read again",
                "somebody changed it meanwhile",
            );
            self.read_to_set(call, to, round + 1);
        } else {
            self.give_up_setting(call, failure(outcome));
            self.see_gone(call, outcome);
        }
    }

    fn give_up_setting(&mut self, call: &mut CallState, why: String) {
        self.step(StepKind::Decision, "the requester is not set", why);
        call.late = Late::Settled;
    }

    /// Remembers whose ticket it was when it was read, and what had become of it.
    pub(super) fn see_ticket(&mut self, call: &mut CallState, view: &TicketView) {
        if let Ticket::Opened(opened) = &mut call.ticket {
            opened.seen = Some(view.requester);
            opened.gone |= !view.is_open_for_changes();
        }
        match view.standing {
            Standing::Open => {}
            Standing::Solved => remark(call, "solved meanwhile".into()),
            Standing::Closed => remark(
                call,
                "closed meanwhile, by itself or since it was merged into another".into(),
            ),
        }
    }

    /// Remembers that the ticket can no longer be changed, if that is what came.
    pub(super) fn see_gone(&mut self, call: &mut CallState, outcome: &Outcome) {
        if let (Outcome::TicketGone { why }, Ticket::Opened(opened)) = (outcome, &mut call.ticket) {
            opened.gone = true;
            remark(call, format!("gone meanwhile: {why}"));
        }
    }

    /// Names those who may have called, unless the first note has done so.
    fn name_candidates(&mut self, call: &mut CallState) {
        let LookUp::Found(Caller::Several(candidates)) = &call.lookup else {
            return;
        };
        let text = super::texts::candidates(self.site.settings.language, candidates);
        if let Ticket::Opened(opened) = &mut call.ticket {
            if opened.names_candidates {
                return;
            }
            opened.names_candidates = true;
        }
        if call.ended.is_some() {
            self.note(text, Priority::Complete);
        } else {
            // The agent still talks, and should know.
            self.add_note(call, text, Track::Main, Priority::Complete);
        }
    }
}

/// Adds to the outcome what is not in it yet.
pub(super) fn remark(call: &mut CallState, text: String) {
    if !call.remarks.contains(&text) {
        call.remarks.push(text);
    }
}
