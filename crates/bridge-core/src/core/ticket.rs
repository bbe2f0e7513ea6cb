//! The ticket of an answered call: whose it is, when it is ordered, and what to drop where the help desk refuses.

use crate::call::{
    Basis, CallState, Caller, LookUp, NewUser, Refused, StandIn, StepKind, Ticket, TicketOpened, TicketTry,
};
use crate::desk;
use crate::effect::{EffectId, Order, Priority, TicketDraft, Track};
use crate::input::{Outcome, Refusal};

use super::lookup::Stranger;
use super::outcome::failure;
use super::route::Route;
use super::turn::{Turn, next_id};

/// Whose ticket it becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Whose {
    This(desk::UserId, Basis),
    NotYet(&'static str),
}

impl Turn<'_> {
    /// Orders the ticket once the call is answered and it is clear, or clear enough, whose it is.
    pub(super) fn open(&mut self, call: &mut CallState) {
        if call.ticket != Ticket::Pending {
            return;
        }
        let route = self.site.route(call);
        if let Route::No(no) = &route {
            self.say(call, "no ticket", no.why());
            return;
        }
        let Some(answer) = call.answer.clone() else { return };
        if !answer.active {
            self.say(call, "no ticket", NOT_ACTIVE.to_owned());
            return;
        }
        let (Route::Served { pbx: _, desk: group }, Some(matching)) = (route, self.site.matching) else {
            self.say(call, "the ticket waits", NOT_MATCHED.to_owned());
            return;
        };
        let late = self.site.patience(call).is_some_and(|until| self.now >= until);
        let (requester, basis) = match self.whose(call, matching.default_user) {
            Whose::This(requester, basis) => (requester, basis),
            Whose::NotYet(why) if late => {
                self.step(StepKind::Decision, "the ticket waits no longer", why);
                (matching.default_user, Basis::Default(StandIn::Waiting))
            }
            Whose::NotYet(why) => {
                self.say(call, "the ticket waits", why.to_owned());
                return;
            }
        };
        self.step(
            StepKind::Decision,
            format!("the requester is user {requester}"),
            reason(basis),
        );
        let agent = self.site.agent(&answer.by);
        let assignee = agent.and_then(|agent| agent.desk);
        if assignee.is_none() {
            let why = match agent {
                None => format!("{} is not known as a user of the PBX", answer.by),
                Some(_) => format!("{} has no user of the same e-mail address in the help desk", answer.by),
            };
            self.step(StepKind::Decision, "no assignee and no screen pop", why.clone());
            call.remarks.push(format!("without assignee: {why}"));
        }
        call.verdict = None;
        self.try_to_open(
            call,
            TicketTry {
                effect: next_id(call, "ticket"),
                requester: Some(requester),
                basis,
                assignee,
                group: Some(group),
                names_candidates: matches!(call.lookup, LookUp::Found(Caller::Several(_))),
                refused: Vec::new(),
            },
        );
    }

    /// Whose ticket it is by all that is known.
    fn whose(&mut self, call: &mut CallState, default_user: desk::UserId) -> Whose {
        let stand_in = |why| Whose::This(default_user, Basis::Default(why));
        let Some(number) = self.site.public(call) else {
            // Nothing told at all may still be told; a number that is withheld stays so.
            return match &call.caller {
                None => Whose::NotYet("no event has told the caller's number yet"),
                Some(_) => stand_in(StandIn::NoNumber),
            };
        };
        match &call.lookup {
            LookUp::NotAsked | LookUp::Asked { .. } => Whose::NotYet("the look-up is still under way"),
            LookUp::Failed { .. } => stand_in(StandIn::Waiting),
            LookUp::Found(Caller::Known(user)) if call.new_user == NewUser::Made(*user) => {
                Whose::This(*user, Basis::New)
            }
            LookUp::Found(Caller::Known(user)) => Whose::This(*user, Basis::Known),
            LookUp::Found(Caller::Several(_) | Caller::Nobody) => {
                match self.new_user(call, &number, Priority::Prompt) {
                    Stranger::DefaultUser => stand_in(StandIn::Strategy),
                    Stranger::User(user) => Whose::This(user, Basis::New),
                    Stranger::UnderWay => Whose::NotYet("the user for the number is still under way"),
                    Stranger::Failed => stand_in(StandIn::Waiting),
                }
            }
        }
    }

    fn try_to_open(&mut self, call: &mut CallState, attempt: TicketTry) {
        let external_id = format!("zendesk-bridge:{}:{}", self.site.settings.pbx, call.key);
        let text = self.site.ticket_text(call, &attempt.refused);
        let order = Order::OpenTicket(TicketDraft {
            external_id,
            subject: text.subject,
            note: text.note,
            requester: attempt.requester,
            assignee: attempt.assignee,
            group: attempt.group,
            tags: self.site.settings.tags.clone(),
        });
        let effect = self.order(call, "ticket", Track::Main, Priority::Prompt, None, order);
        call.ticket = Ticket::Ordered(TicketTry { effect, ..attempt });
    }

    /// The ticket stands, or does not.
    pub(super) fn ticket_opened(&mut self, call: &mut CallState, attempt: TicketTry, outcome: &Outcome) {
        if let Outcome::Opened { ticket } = outcome {
            call.ticket = Ticket::Opened(TicketOpened {
                ticket: *ticket,
                at: self.now,
                requester: attempt.requester,
                basis: attempt.basis,
                seen: attempt.requester,
                names_candidates: attempt.names_candidates,
                gone: false,
            });
        } else if let Outcome::Refused { what, why } = outcome {
            self.drop_what_is_refused(call, attempt, *what, why);
        } else {
            // Nothing else can come of it but that somebody has to look: an answered call is not given up.
            self.wedge(call, &attempt.effect, failure(outcome));
        }
    }

    /// Tries again without what the help desk refuses; there are as many tries as there are things to drop.
    fn drop_what_is_refused(&mut self, call: &mut CallState, attempt: TicketTry, what: Refusal, why: &str) {
        let TicketTry {
            mut requester,
            mut basis,
            mut assignee,
            mut group,
            mut refused,
            ..
        } = attempt;
        let default_user = self.site.matching.map(|matching| matching.default_user);
        let (thing, id) = match what {
            Refusal::Requester => {
                let before = requester.take();
                let other = default_user.filter(|user| before.is_some() && before != Some(*user));
                // The default user comes in once; who was refused is not tried again after a new matching.
                let tried = |user: &desk::UserId| {
                    refused
                        .iter()
                        .any(|past| past.what == Refusal::Requester && past.id == user.get())
                };
                requester = other.filter(|user| !tried(user));
                basis = if requester.is_some() {
                    Basis::Default(StandIn::Refused)
                } else {
                    Basis::Nobody
                };
                ("requester", before.map(desk::UserId::get))
            }
            Refusal::Assignee => ("assignee", assignee.take().map(desk::UserId::get)),
            Refusal::Group => ("group", group.take().map(desk::GroupId::get)),
            Refusal::Number => ("number", None),
            Refusal::Recording | Refusal::Size => ("recording", None),
        };
        let Some(id) = id.filter(|_| refused.len() < MOST_REFUSALS) else {
            let what = "no ticket";
            self.step(
                StepKind::Decision,
                what,
                format!("the help desk refuses it and there is nothing left to drop: {why}"),
            );
            call.troubles
                .push(format!("no ticket: the help desk refuses it: {why}"));
            call.ticket = Ticket::Failed { why: why.to_owned() };
            return;
        };
        self.step(
            StepKind::Decision,
            format!("the ticket is made without {thing} {id}"),
            why,
        );
        call.remarks.push(format!("{thing} {id} was refused"));
        refused.push(Refused {
            what,
            id,
            why: why.to_owned(),
        });
        self.try_to_open(
            call,
            TicketTry {
                effect: next_id(call, "ticket"),
                requester,
                basis,
                assignee,
                group,
                names_candidates: attempt.names_candidates,
                refused,
            },
        );
    }

    /// The order cannot succeed until somebody helps; it stays in place, since a later success is welcome.
    pub(super) fn wedge(&mut self, call: &mut CallState, effect: &EffectId, why: String) {
        call.wedged.insert(effect.clone(), why);
    }
}

/// Why a ticket gets its requester, for the story.
fn reason(basis: Basis) -> &'static str {
    match basis {
        Basis::Known => "the caller is known",
        Basis::New => "a user of his own was made for the number",
        Basis::Default(StandIn::Strategy) => "the default user stands in for callers who are not known for certain",
        Basis::Default(StandIn::NoNumber) => "the default user stands in: there is no number to know anybody by",
        Basis::Default(StandIn::Waiting) => "the default user stands in: it is not known yet who calls",
        Basis::Default(StandIn::Refused) | Basis::Nobody => "others were refused",
    }
}

/// Requester, default user, assignee and group: there is no more to drop.
const MOST_REFUSALS: usize = 4;
/// Why there is no ticket.
pub(super) const NOT_ACTIVE: &str = "the bridge is not active";
/// Why there is no ticket yet.
pub(super) const NOT_MATCHED: &str = "users and groups are not matched yet";
