//! The notes that tickets get after their first one. Whatever one turn has to say is one note; where a recording is attached in the
//! same turn, it is that one's, so that the ticket is changed once. See `docs/decisions/0016-one-note-at-the-end.md`.

use crate::call::{CallState, StepKind};
use crate::effect::{EffectId, Order, Priority, Track};
use crate::input::Outcome;

use super::outcome::failure;
use super::turn::Turn;

/// Something to say in a note.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Said {
    text: String,
    priority: Priority,
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text may hold numbers and names.
        f.debug_struct("Said")
            .field("priority", &self.priority)
            .finish_non_exhaustive()
    }
}

impl Turn<'_> {
    /// Has something said in an internal note to the ticket, if that can still be done.
    pub(super) fn note(&mut self, text: String, priority: Priority) {
        self.said.push(Said { text, priority });
    }

    /// Takes everything that was said so far, as one text.
    pub(super) fn take_said(&mut self) -> Option<String> {
        let texts: Vec<String> = self.said.drain(..).map(|said| said.text).collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// Orders the note with everything that was said and that no recording has taken along.
    pub(super) fn tell(&mut self, call: &mut CallState) {
        let Some(priority) = self.said.iter().map(|said| said.priority).min() else {
            return;
        };
        if let Some(text) = self.take_said() {
            self.add_note(call, text, Track::Main, priority);
        }
    }

    /// Orders a note. On the track of recordings it comes after what is under way with these.
    pub(super) fn add_note(&mut self, call: &mut CallState, text: String, track: Track, priority: Priority) {
        let Some(opened) = call.opened().filter(|opened| !opened.gone) else {
            self.step(StepKind::Decision, "no note", "the ticket can no longer be changed");
            return;
        };
        let order = Order::AddNote {
            ticket: opened.ticket,
            text,
        };
        let effect = self.order(call, "note", track, priority, None, order);
        call.notes.insert(effect);
    }

    /// A note was added, or not.
    pub(super) fn noted(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) {
        call.notes.remove(effect);
        self.see_gone(call, outcome);
        if *outcome != Outcome::Done {
            self.step(StepKind::Decision, "a note could not be added", failure(outcome));
        }
    }
}
