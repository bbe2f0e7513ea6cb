//! When nothing more is to come of a call.

use crate::call::{CallState, Learn, LookUp, NewUser, Pop, Recorded, TakeBack, Ticket};

use super::route::Route;
use super::site::Site;
use super::turn::Turn;

impl Turn<'_> {
    /// Lays a call aside once nothing more is to come of it.
    pub(super) fn settle(&mut self, call: &mut CallState) {
        let lingers = self.site.linger(call).is_some_and(|until| self.now < until);
        if self.site.is_settled(call) && !lingers {
            call.over = Some(self.now);
        }
    }
}

impl Site<'_> {
    /// Whether the call has ended and nothing is waited for. Stuck orders are waited for: they stay until somebody helps.
    pub(super) fn is_settled(self, call: &CallState) -> bool {
        if call.ended.is_none() || self.unsettled(call).is_some() {
            return false;
        }
        if Turn::attaches(call) || matches!(call.recorded, Recorded::Ordered { .. }) {
            return false;
        }
        if matches!(call.take_back, TakeBack::Ordered { .. }) {
            return false;
        }
        let Some(answer) = &call.answer else { return true };
        match &call.ticket {
            Ticket::Ordered(_) => false,
            Ticket::Failed { .. } => true,
            Ticket::Pending => !answer.active || matches!(self.route(call), Route::No(_)),
            Ticket::Opened(_) => {
                let asks =
                    matches!(call.lookup, LookUp::Asked { .. }) || matches!(call.new_user, NewUser::Asked { .. });
                let learns = match &call.learn {
                    Learn::NotYet => self.wants_to_learn(call),
                    Learn::Settled => false,
                    Learn::Reading { .. }
                    | Learn::Profile { .. }
                    | Learn::Owner { .. }
                    | Learn::Releasing { .. }
                    | Learn::Writing { .. } => true,
                };
                let pops = matches!(call.pop, Pop::Ordered { .. });
                !asks && !learns && !pops && call.notes.is_empty() && !Turn::completes(call)
            }
        }
    }
}
