//! What is recorded, and the files that come of it.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::starface::{RecordingFile, RecordingSwitches};

const MONITOR: &str = "ucp.v30.requests.call.monitor";

fn pbx(recording: RecordingSwitches) -> Pbx {
    let recording = RecordingSwitches {
        folder: Some("/recordings".into()),
        ..recording
    };
    let mut pbx = Pbx::new(Switches {
        recording,
        ..Switches::default()
    });
    pbx.listen("0101", "v30");
    pbx
}

impl Pbx {
    fn files(&mut self) -> Vec<RecordingFile> {
        std::iter::from_fn(|| self.state.poll_recording()).collect()
    }

    /// A call to the group Support, answered by 0101 five seconds later.
    fn answered(&mut self, call: &str) {
        let caller = shown("0049721123456");
        self.state
            .ring(call, Some(1003), caller, &["0101", "0102"], None, self.now);
        self.later(5);
        self.state.answer(call, "0101", None, None, self.now);
    }
}

#[test]
fn a_recorded_call_becomes_a_file_that_plays_as_long_as_was_talked_after_the_wish() {
    let mut pbx = pbx(RecordingSwitches::default());
    pbx.answered("id-1");
    pbx.later(3);
    pbx.uci("0101", MONITOR, &[Value::string("id-1")]).unwrap();
    assert!(pbx.files().is_empty());
    pbx.later(20);
    pbx.state.end("id-1", &[], pbx.now);
    let files = pbx.files();
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(file.folder, Path::new("/recordings"));
    // By the PBX's own clock, an hour ahead of UTC, at the answer; the group's number as callers see it.
    assert_eq!(file.name, "Aufnahme_20261124_150205_0049721123456_00497214605300.wav");
    assert_eq!(file.length, Duration::from_secs(20));
    assert_eq!(file.due, pbx.now + SignedDuration::from_secs(2));
    assert_eq!(pbx.state.recordings()[0].ended, Some(pbx.now));
    let content = file.content();
    assert_eq!(content.len(), 44 + 20 * 16_000);
}

#[test]
fn no_file_comes_of_what_was_not_recorded_not_answered_or_has_no_folder() {
    let mut pbx = pbx(RecordingSwitches::default());
    pbx.answered("id-1");
    pbx.state.end("id-1", &[], pbx.now);
    pbx.state.ring("id-2", None, shown("00491"), &["0101"], None, pbx.now);
    pbx.uci("0101", MONITOR, &[Value::string("id-2")]).unwrap();
    pbx.state.end("id-2", &[], pbx.now);
    pbx.state.switches_mut().recording.folder = None;
    pbx.answered("id-3");
    pbx.uci("0101", MONITOR, &[Value::string("id-3")]).unwrap();
    pbx.state.end("id-3", &[], pbx.now);
    assert!(pbx.files().is_empty());
    assert_eq!(pbx.state.recordings().len(), 2);
}

#[test]
fn what_is_recorded_while_the_pbx_starts_anew_is_cut_off_and_no_file_comes_of_it() {
    let mut pbx = pbx(RecordingSwitches::default());
    pbx.answered("id-1");
    pbx.uci("0101", MONITOR, &[Value::string("id-1")]).unwrap();
    pbx.later(4);
    pbx.state.restart(pbx.now);
    let cut_off = pbx.now;
    pbx.later(4);
    pbx.state.end("id-1", &[], pbx.now);
    let ended: Vec<_> = pbx.state.recordings().iter().map(|recording| recording.ended).collect();
    assert_eq!(ended, [Some(cut_off)]);
    assert!(pbx.files().is_empty());
}

#[test]
fn a_recording_that_was_ended_by_asking_again_is_a_file_of_its_own() {
    let mut pbx = pbx(RecordingSwitches::default());
    pbx.answered("id-1");
    for _ in 0..3 {
        pbx.uci("0101", MONITOR, &[Value::string("id-1")]).unwrap();
        pbx.later(4);
    }
    pbx.state.end("id-1", &[], pbx.now);
    let files = pbx.files();
    let lengths: Vec<u64> = files.iter().map(|file| file.length.as_secs()).collect();
    assert_eq!(lengths, [4, 4]);
    assert!(files[0].content() != files[1].content(), "no two sound the same");
}

#[test]
fn a_group_s_members_may_be_recorded_without_being_asked_whomever_they_talk_to() {
    let mut pbx = pbx(RecordingSwitches {
        by_itself: ["Lager".to_owned()].into(),
        file_name: "{call}.wav".to_owned(),
        longest: Duration::from_secs(40),
        slower: 4,
        ..RecordingSwitches::default()
    });
    // Inbound, and parked and taken up again: one recording.
    pbx.answered("in");
    pbx.state.park("in", "0101", pbx.now);
    pbx.state.answer("in", "0101", None, None, pbx.now);
    pbx.later(30);
    pbx.state.end("in", &[], pbx.now);
    // Outbound.
    pbx.state.dial("out", "0721 99", "0101", pbx.now);
    pbx.state.answer("out", "0101", None, None, pbx.now);
    pbx.later(7);
    pbx.state.end("out", &[], pbx.now);
    // Who is no member is not recorded, and neither is a call that nobody answered.
    pbx.state.ring("other", None, shown("00491"), &["0103"], None, pbx.now);
    pbx.state.answer("other", "0103", None, None, pbx.now);
    pbx.state.end("other", &[], pbx.now);
    pbx.state.ring("lost", None, shown("00491"), &["0101"], None, pbx.now);
    pbx.state.end("lost", &[], pbx.now);
    let files = pbx.files();
    let told: Vec<_> = files
        .iter()
        .map(|file| (file.name.as_str(), file.length.as_secs()))
        .collect();
    assert_eq!(told, [("in.wav", 40), ("out.wav", 28)]);
}

#[test]
fn a_recording_goes_on_under_the_call_s_new_id() {
    let mut pbx = pbx(RecordingSwitches {
        file_name: "{call}_{from}.wav".to_owned(),
        ..RecordingSwitches::default()
    });
    pbx.state
        .ring("id-1", Some(1003), Caller::Withheld, &["0101"], None, pbx.now);
    pbx.state.answer("id-1", "0101", None, None, pbx.now);
    pbx.uci("0101", MONITOR, &[Value::string("id-1")]).unwrap();
    pbx.state.change_id("id-1", "id-2");
    pbx.later(1);
    pbx.state.end("id-2", &[], pbx.now);
    let names: Vec<_> = pbx.files().into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["id-2_.wav"]);
}
