//! Recordings that were found: brought to their calls, and attached to the tickets.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::call::{Attach, CallKey, CallRecording, CallState, Recorded, StepKind, Ticket};
use crate::effect::{AttachDraft, EffectId, Order, Priority, Smaller, Track};
use crate::input::{Outcome, Refusal};
use crate::recording::{Kept, Recording, Sha256, Standing};

use crate::core::Core;
use crate::core::clock::after;
use crate::core::late::remark;
use crate::core::logs::LISTED;
use crate::core::outcome::failure;
use crate::core::recordings::joint::take_words;
use crate::core::recordings::record::AWAITED;
use crate::core::route::Route;
use crate::core::site::Site;
use crate::core::texts::{self, Unattached};
use crate::core::turn::Turn;

impl Core {
    /// A recording was found, perhaps not for the first time.
    pub(in crate::core) fn on_recording(&mut self, recording: Recording, now: Timestamp) {
        if self.calls.all().any(|call| find(call, &recording.sha256).is_some()) {
            return;
        }
        match self.whose(&recording, now) {
            Ok((key, why)) => self.assign(recording, &key, why, now),
            Err(why) => self.leave(recording, why),
        }
    }

    /// An unassigned recording cannot be heard of any more.
    pub(in crate::core) fn on_recording_gone(&mut self, sha256: &Sha256) {
        if let Some(Kept { recording, .. }) = self.unassigned.remove(sha256) {
            self.kept.push_back(Kept {
                recording,
                standing: Standing::Gone,
            });
        }
    }

    /// An administrator says whose it is.
    pub(in crate::core) fn on_assign(&mut self, sha256: &Sha256, call: CallState, now: Timestamp) {
        let Some(Kept { recording, .. }) = self.unassigned.get(sha256).cloned() else {
            return;
        };
        let key = self.remember(call);
        self.assign(recording, &key, "an administrator says so", now);
    }

    /// Takes a call up as the journal has it, where the core has forgotten it.
    pub(in crate::core) fn remember(&mut self, call: CallState) -> CallKey {
        let key = call.key.clone();
        if self.calls.get(&key).is_none() {
            self.counts(&call);
            self.calls.put(call, None);
        }
        key
    }

    fn assign(&mut self, recording: Recording, key: &CallKey, why: &str, now: Timestamp) {
        self.unassigned.remove(&recording.sha256);
        self.work(key, now, |turn, call| turn.take_recording(call, recording, why));
    }

    /// Nobody guesses: it waits for an administrator, or for what else is told.
    fn leave(&mut self, recording: Recording, why: String) {
        let kept = Kept {
            recording,
            standing: Standing::Unassigned { why },
        };
        if self.unassigned.get(&kept.recording.sha256) != Some(&kept) {
            self.unassigned.insert(kept.recording.sha256.clone(), kept.clone());
            self.kept.push_back(kept);
        }
    }

    /// Notes how it stands with a call's recordings, where that has changed.
    pub(in crate::core) fn recordings_changed(&mut self, before: &CallState, call: &CallState) {
        for known in &call.recordings {
            let standing = standing(call, known);
            let earlier = find(before, &known.recording.sha256);
            // Of a call whose caller was erased while it hung on the ticket, nothing else tells that it is gone from there.
            let is_gone = |known: &CallRecording| known.attach == Attach::Redacted;
            let is_gone_now = is_gone(known) && !earlier.is_some_and(is_gone);
            if is_gone_now || earlier.map(|known| self::standing(before, known)).as_ref() != Some(&standing) {
                self.kept.push_back(Kept {
                    recording: known.recording.clone(),
                    standing,
                });
            }
        }
    }
}

/// The step of which every order to attach a recording is.
pub(super) const STEP: &str = "attach";

/// How the file of a recording ends that was made smaller, and its type.
const SMALLER: (&str, &str) = ("ogg", "audio/ogg");

/// Recordings of which nobody knows for certain whose they are.
pub(in crate::core) type Unassigned = BTreeMap<Sha256, Kept>;

impl Site<'_> {
    /// Whether a ticket is still to be expected.
    fn is_ticket_to_come(self, call: &CallState) -> bool {
        match &call.ticket {
            Ticket::Ordered(_) => true,
            Ticket::Opened(_) | Ticket::Failed { .. } => false,
            Ticket::Pending => {
                let served = !matches!(self.route(call), Route::No(_));
                let answered = call.answer.as_ref().is_some_and(|answer| answer.active);
                let goes_on = call.ended.is_none() || self.unsettled(call).is_some();
                goes_on || served && answered
            }
        }
    }
}

impl Site<'_> {
    /// Whether a list that has still to be read may tell of an answer, and so bring a ticket.
    fn may_be_listed(self, call: &CallState, now: Timestamp) -> bool {
        let waits = self.listed_until(call).is_some_and(|until| now < until);
        let seen = call.ended.map(|ended| after(ended.at, LISTED));
        let mut lists = self.logs.owners.values();
        waits && lists.any(|log| Some(log.read_until) < seen || !log.unsure.is_empty())
    }

    /// Until when it is waited for what lists tell of a call that has recordings and no ticket.
    pub(in crate::core) fn listed_until(self, call: &CallState) -> Option<Timestamp> {
        let waits = call.recordings.iter().any(|known| known.attach == Attach::Waiting);
        let ended = call.ended.filter(|_| waits && call.ticket == Ticket::Pending)?;
        Some(after(ended.at, AWAITED))
    }
}

impl Turn<'_> {
    fn take_recording(&mut self, call: &mut CallState, mut recording: Recording, why: &str) {
        let lasts = recording.duration.map(texts::minutes);
        let lasts = lasts.map(|lasts| format!(" of {lasts}")).unwrap_or_default();
        let what = format!("recording {}{lasts} was found", recording.sha256.short());
        self.step(StepKind::Event, what, why);
        if self.is_attached(call) && self.site.holds(call, self.now) {
            let (what, why) = (
                "the recording waits until it is clear what becomes of the number",
                "one note is to tell both",
            );
            self.step(StepKind::Decision, what, why);
        }
        if call.erased.is_some() {
            // Neither its name nor what it says brings the caller back.
            recording.erase();
        }
        call.recordings.push(CallRecording {
            recording,
            attach: Attach::Waiting,
        });
        // What is to be done with it is waited for.
        call.over = None;
    }

    /// Whether recordings of this call are attached at all.
    fn is_attached(&self, call: &CallState) -> bool {
        self.site.settings.recordings.attach && call.recorded != Recorded::Refused && call.erased.is_none()
    }

    /// Attaches recordings once the ticket stands.
    pub(in crate::core) fn attach(&mut self, call: &mut CallState) {
        for index in 0..call.recordings.len() {
            let known = &call.recordings[index];
            if known.attach == Attach::Waiting {
                let recording = known.recording.clone();
                if let Some(attach) = self.decide(call, recording) {
                    call.recordings[index].attach = attach;
                }
            }
        }
    }

    /// What becomes of a recording; `None` while that is not known.
    fn decide(&mut self, call: &mut CallState, recording: Recording) -> Option<Attach> {
        if call.erased.is_some() {
            return Some(self.not_attached("the call's caller was erased".into()));
        }
        if call.recorded == Recorded::Refused {
            return Some(self.not_attached("the call must not be recorded".into()));
        }
        let rules = &self.site.settings.recordings;
        if !rules.attach {
            return Some(self.not_attached("the configuration has switched it off".into()));
        }
        let Some(opened) = call.opened() else {
            let none = !self.site.is_ticket_to_come(call) && !self.site.may_be_listed(call, self.now);
            return none.then(|| self.not_attached("the call has no ticket".into()));
        };
        let (ticket, language) = (opened.ticket, self.site.settings.language);
        if opened.gone {
            return Some(self.tell_unattached(call, "the ticket can no longer be changed".into()));
        }
        if self.site.holds(call, self.now) {
            return None;
        }
        let is_too_large = recording.size > rules.largest;
        if is_too_large && !rules.compress {
            let reason = self.too_large(&recording);
            let text = texts::unattached(language, &reason, Some(&recording));
            self.note(text, Priority::Attach);
            return Some(self.tell_unattached(call, reason.reason()));
        }
        let note = if is_too_large {
            texts::smaller_recording(language, &recording)
        } else {
            texts::recording(language, &recording)
        };
        let words = self.words_beside(call);
        let order = Order::Attach(Box::new(AttachDraft {
            ticket,
            note,
            words: words.clone(),
            file_name: file_name(&recording, &recording.extension),
            smaller: is_too_large.then(|| Smaller {
                file_name: file_name(&recording, SMALLER.0),
                mime: SMALLER.1.into(),
                largest: rules.largest,
            }),
            file: recording.name,
            mime: recording.mime,
            size: recording.size,
            sha256: recording.sha256,
        }));
        let effect = self.order(call, STEP, Track::Recording, Priority::Attach, None, order);
        Some(Attach::Ordered { effect, words })
    }

    pub(in crate::core) fn is_attach(call: &CallState, effect: &EffectId) -> bool {
        attaching(call).any(|(_, ordered)| ordered == effect)
    }

    /// Whether a recording is being attached or taken away, or will be.
    pub(in crate::core) fn attaches(call: &CallState) -> bool {
        let under_way = |known: &CallRecording| {
            matches!(
                known.attach,
                Attach::Waiting | Attach::Ordered { .. } | Attach::Redacting { .. }
            )
        };
        call.recordings.iter().any(under_way)
    }

    /// A recording hangs on the ticket, or does not.
    pub(in crate::core) fn attached(&mut self, call: &mut CallState, effect: &EffectId, outcome: &Outcome) {
        let Some(index) = attaching(call).find_map(|(index, ordered)| (ordered == effect).then_some(index)) else {
            return;
        };
        let words = take_words(call, effect);
        let attach = if *outcome == Outcome::Done {
            remark(call, "recording attached".into());
            Attach::Done
        } else {
            self.see_gone(call, outcome);
            if let Some(words) = words {
                self.note(words, Priority::Attach);
            }
            let recording = call.recordings[index].recording.clone();
            let reason = if let Outcome::Refused { what, why } = outcome {
                match what {
                    Refusal::Recording => Some(Unattached::Refused(why.clone())),
                    Refusal::Size => Some(self.too_large(&recording)),
                    Refusal::Requester | Refusal::Assignee | Refusal::Group | Refusal::Number => None,
                }
            } else {
                None
            };
            if let Some(reason) = reason {
                let text = texts::unattached(self.site.settings.language, &reason, Some(&recording));
                self.note(text, Priority::Attach);
            }
            self.tell_unattached(call, failure(outcome))
        };
        call.recordings[index].attach = attach;
    }

    fn too_large(&self, recording: &Recording) -> Unattached {
        Unattached::TooLarge {
            size: recording.size,
            largest: self.site.settings.recordings.largest,
        }
    }

    fn not_attached(&mut self, why: String) -> Attach {
        self.step(StepKind::Decision, "the recording is not attached", why.clone());
        Attach::No {
            why: format!("not attached: {why}"),
        }
    }

    /// The same where an administrator should know.
    fn tell_unattached(&mut self, call: &mut CallState, why: String) -> Attach {
        remark(call, format!("recording not attached: {why}"));
        call.troubles.push(format!("a recording is not attached: {why}"));
        self.not_attached(why)
    }

    /// Takes over the recordings of a call that turned out to be this one, and that the PBX was asked to record it.
    pub(in crate::core) fn absorb_recordings(&mut self, call: &mut CallState, taken: &CallState) {
        let expected = matches!(taken.recorded, Recorded::Ordered { .. } | Recorded::Expected);
        if expected && call.recorded == Recorded::NotYet {
            call.recorded = Recorded::Expected;
        }
        if taken.recorded == Recorded::Refused {
            self.refuse(call, "it was refused for a part of it");
        }
        // The call that is given up has no ticket.
        call.recordings
            .extend(taken.recordings.iter().map(|known| CallRecording {
                recording: known.recording.clone(),
                attach: Attach::Waiting,
            }));
    }
}

/// The recordings that are being attached: where they stand, and by which order.
pub(super) fn attaching(call: &CallState) -> impl Iterator<Item = (usize, &EffectId)> {
    let recordings = call.recordings.iter().enumerate();
    recordings.filter_map(|(index, known)| match &known.attach {
        Attach::Ordered { effect, .. } => Some((index, effect)),
        Attach::Waiting | Attach::Done | Attach::Redacting { .. } | Attach::Redacted | Attach::No { .. } => None,
    })
}

pub(super) fn find<'a>(call: &'a CallState, sha256: &Sha256) -> Option<&'a CallRecording> {
    call.recordings.iter().find(|known| known.recording.sha256 == *sha256)
}

fn standing(of: &CallState, known: &CallRecording) -> Standing {
    let call = || of.key.clone();
    if of.recorded == Recorded::Refused {
        return Standing::Refused { call: of.key.clone() };
    }
    match &known.attach {
        Attach::Waiting | Attach::Ordered { .. } => Standing::Assigned { call: call() },
        Attach::Done => Standing::Attached { call: call() },
        Attach::Redacting { .. } => Standing::Settled {
            call: call(),
            what: "being taken away from the ticket".into(),
        },
        Attach::Redacted => Standing::Settled {
            call: call(),
            what: "taken away from the ticket".into(),
        },
        Attach::No { why } => Standing::Settled {
            call: call(),
            what: why.clone(),
        },
    }
}

/// What the file is called in the help desk: as it was found, without folders, and ending as its content does.
fn file_name(recording: &Recording, extension: &str) -> String {
    let own = recording.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = own.rsplit_once('.').map_or(own, |(stem, _)| stem);
    let stem = if stem.is_empty() { "recording" } else { stem };
    format!("{stem}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Hints;

    #[test]
    fn a_file_is_called_as_it_was_found_and_ends_as_its_content_does() {
        for (found, extension, called) in [
            ("Aufnahme 1.WAV", "wav", "Aufnahme 1.wav"),
            ("2026/11/call.tmp", "mp3", "call.mp3"),
            ("a.b.wav", "wav", "a.b.wav"),
            ("call", "ogg", "call.ogg"),
            (".wav", "wav", "recording.wav"),
        ] {
            let recording = Recording {
                name: found.into(),
                size: 1,
                sha256: Sha256::parse(&"0".repeat(64)).unwrap(),
                mime: String::new(),
                extension: extension.into(),
                duration: None,
                hints: Hints::default(),
            };
            assert_eq!(file_name(&recording, extension), called);
        }
    }
}
