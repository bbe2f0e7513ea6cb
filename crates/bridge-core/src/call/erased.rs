//! What remains of a call whose caller was erased: when it was, in which group, what became of it. Nobody's data.

use jiff::Timestamp;
use pbx::Dialled;

use super::{
    Attach, Basis, CallState, CallSummary, Caller, Change, Late, Learn, LookUp, NewUser, Phase, Recorded, Step,
    StepKind, TakeBack, Ticket,
};
use crate::erasure::{ERASED, Sought};
use crate::recording::{Hints, Recording};

impl CallState {
    /// Takes a person out of a call that is over. What is needed to know the call again stays, so that it counts as served:
    /// its ids, when and at which phones it was, where it stands in lists of calls, how often each step was ordered, its ticket.
    pub fn erase(&mut self, sought: &Sought, now: Timestamp) {
        let persons = |number: &mut Option<Dialled>| {
            if number.as_ref().is_some_and(|number| sought.is(number)) {
                *number = None;
            }
        };
        persons(&mut self.caller);
        persons(&mut self.called);
        self.legs.values_mut().for_each(|leg| persons(&mut leg.called));
        self.lookup = LookUp::NotAsked;
        self.new_user = NewUser::NotAsked;
        self.late = Late::Settled;
        self.learn = Learn::Settled;
        self.take_back = TakeBack::No;
        match &mut self.ticket {
            Ticket::Opened(opened) => {
                (opened.requester, opened.seen) = (None, None);
                opened.basis = Basis::Nobody;
                opened.names_candidates = false;
            }
            Ticket::Failed { why } => ERASED.clone_into(why),
            Ticket::Pending | Ticket::Ordered(_) => {}
        }
        // Whatever is still found of it goes.
        self.recorded = Recorded::Refused;
        for known in &mut self.recordings {
            known.recording.erase();
            match &mut known.attach {
                Attach::No { why } => ERASED.clone_into(why),
                Attach::Ordered { words, .. } => *words = None,
                Attach::Waiting | Attach::Done | Attach::Redacting { .. } | Attach::Redacted => {}
            }
        }
        self.postponed.clear();
        self.wedged.clear();
        self.remarks.clear();
        self.troubles.clear();
        self.erased = Some(now);
    }

    /// Everything in it that others have said or that names them: what [`CallState::erase`] takes away, but for numbers.
    pub(crate) fn words_of_others(&self) -> impl Iterator<Item = &str> {
        let failed = if let Ticket::Failed { why } = &self.ticket {
            Some(why)
        } else {
            None
        };
        let (candidates, unanswered) = match &self.lookup {
            LookUp::Found(Caller::Several(candidates)) => (candidates.as_slice(), None),
            LookUp::Failed { why, .. } => (&[][..], Some(why)),
            LookUp::Found(Caller::Known(_) | Caller::Nobody) | LookUp::NotAsked | LookUp::Asked { .. } => {
                (&[][..], None)
            }
        };
        let unattached = self.recordings.iter().filter_map(|known| match &known.attach {
            Attach::No { why } => Some(why),
            Attach::Ordered { words, .. } => words.as_ref(),
            Attach::Waiting | Attach::Done | Attach::Redacting { .. } | Attach::Redacted => None,
        });
        let texts = self
            .remarks
            .iter()
            .chain(&self.troubles)
            .chain(failed)
            .chain(unanswered);
        let whys = self.postponed.values().chain(self.wedged.values()).chain(unattached);
        let names = candidates.iter().map(|candidate| &candidate.name);
        texts.chain(whys).chain(names).map(String::as_str)
    }

    /// What such a call is told later adds no numbers to it.
    pub(crate) fn keep_numbers_of(&mut self, before: &Self) {
        self.caller.clone_from(&before.caller);
        self.called.clone_from(&before.called);
        for (owner, leg) in &mut self.legs {
            leg.called = before.legs.get(owner).and_then(|leg| leg.called.clone());
        }
    }
}

impl Change {
    /// What a call becomes when a person is taken out of it. Its story is this one line from now on.
    #[must_use]
    pub fn erased(mut state: CallState, mut summary: CallSummary, sought: &Sought, now: Timestamp) -> Self {
        state.erase(sought, now);
        summary.caller.clone_from(&state.caller);
        summary.requester = None;
        summary.phase = Phase::Over;
        // Remarks name users of the help desk, and hold its own words.
        summary.outcome = match &state.ticket {
            Ticket::Opened(opened) => format!("ticket {}", opened.ticket),
            Ticket::Failed { .. } => "none: the help desk refused the ticket".into(),
            Ticket::Pending | Ticket::Ordered(_) => summary.outcome,
        };
        let step = Step {
            at: now,
            kind: StepKind::Decision,
            what: "the caller was erased, and with him what stood here".into(),
            why: "an administrator said so".into(),
        };
        Self {
            state,
            summary,
            steps: vec![step],
        }
    }
}

impl Recording {
    /// Takes from it what says whose it is. By its sum it is known again.
    pub fn erase(&mut self) {
        self.name.clear();
        self.hints = Hints::default();
    }
}
