//! The telephone system's recordings: begun when it is asked, finished with the call, found a few seconds later.

use std::collections::{BTreeMap, VecDeque};

use bridge_core::effect::Order;
use bridge_core::input::Outcome;
use bridge_core::recording::{Hints, Recording, Sha256};
use bridge_sim::story::Verb;
use jiff::{SignedDuration, Timestamp};
use pbx::CallId;

/// So long after the end of the call its recording is found.
const LATER: SignedDuration = SignedDuration::from_secs(5);

#[derive(Default)]
pub(super) struct Recorder {
    /// Since when, by the call's name of the moment.
    running: BTreeMap<String, Timestamp>,
    finished: VecDeque<(Timestamp, Recording)>,
}

impl Recorder {
    /// An order was carried out.
    pub(super) fn ask(&mut self, order: &Order, outcome: &Outcome, now: Timestamp) {
        if let (Order::Record { call, .. }, Outcome::Done) = (order, outcome) {
            let before = self.running.insert(call.as_str().to_owned(), now);
            assert_eq!(before, None, "asked a second time, which ends the recording");
        }
    }

    /// The PBX did something with a call.
    pub(super) fn follow(&mut self, call: &str, verb: &Verb, silent: bool, now: Timestamp) {
        if let Verb::Becomes { call: new } = verb {
            if let Some(since) = self.running.remove(call) {
                self.running.insert(new.clone(), since);
            }
        } else if silent && let Some(since) = self.running.remove(call) {
            let duration = now.duration_since(since);
            let hex: String = call.bytes().map(|byte| format!("{byte:02x}")).collect();
            let recording = Recording {
                name: format!("{call}.wav"),
                size: 44 + 16_000 * duration.as_secs().unsigned_abs(),
                sha256: Sha256::parse(&format!("{hex:0<64}")).unwrap(),
                mime: "audio/wav".into(),
                extension: "wav".into(),
                duration: Some(duration),
                hints: Hints {
                    call: Some(CallId::new(call)),
                    ..Hints::default()
                },
            };
            self.finished.push_back((now + LATER, recording));
        }
    }

    /// When the next recording is found.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.finished.front().map(|(at, _)| *at)
    }

    /// A recording that is found by now.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Recording> {
        self.due().filter(|due| *due <= now)?;
        self.finished.pop_front().map(|(_, recording)| recording)
    }
}
