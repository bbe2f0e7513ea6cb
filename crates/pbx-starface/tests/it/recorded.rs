//! Recordings, of the simulated STARFACE: asked for over UCI, refused, failed; and the file that comes of one.

use std::time::Duration;

use bridge_sim::starface::{Caller, RecordingSwitches, SimStarface, Switches};
use futures_util::StreamExt as _;
use pbx::{CallId, ErrorKind, Event, EventStream, LegState, Pbx as _, PbxError, PbxName, UserId};
use pbx_starface::Starface;

use crate::simulated::{options, password};

async fn start(change: impl FnOnce(&mut Switches)) -> SimStarface {
    let mut switches = Switches::default();
    change(&mut switches);
    SimStarface::start("127.0.0.1:0", switches).await.unwrap()
}

fn adapter(sim: &SimStarface) -> Starface {
    let options = options(sim, &["0101", "0102"]);
    Starface::new(PbxName::new("sim"), "0001", password("0001"), options).unwrap()
}

async fn until(events: &mut EventStream, mut last: impl FnMut(&Event) -> bool) {
    let all = async { while !last(&events.next().await.expect("the stream goes on").unwrap()) {} };
    tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .expect("within the time limit");
}

/// A call to the group Support, answered by 0101, of which the adapter has told.
async fn answered(sim: &SimStarface, starface: &Starface) -> (String, EventStream) {
    let mut events = starface.open().await.unwrap();
    sim.wait_subscribed(&["0101", "0102"]).await;
    let call = sim.new_call_id();
    let caller = Caller::Shown("0049721123456".into());
    sim.ring(&call, Some("Support"), caller, &["0101", "0102"], None);
    sim.answer(&call, "0101", None, None);
    until(
        &mut events,
        |event| matches!(event, Event::Leg(leg) if leg.state == LegState::Connected),
    )
    .await;
    (call, events)
}

async fn record(starface: &Starface, call: &str, owner: &str) -> Result<(), PbxError> {
    let recorder = starface.recorder().expect("a STARFACE can be asked");
    recorder.record(&CallId::new(call), &UserId::new(owner)).await
}

#[tokio::test]
async fn a_call_is_recorded_in_the_session_of_who_talks_and_becomes_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let sim = start(|switches| {
        switches.recording = RecordingSwitches {
            folder: Some(folder.path().join("recordings")),
            file_name: "{call}_{from}_{to}.wav".to_owned(),
            delay: Duration::ZERO,
            ..RecordingSwitches::default()
        };
    })
    .await;
    let starface = adapter(&sim);
    let (call, _events) = answered(&sim, &starface).await;
    record(&starface, &call, "0101").await.unwrap();
    let recordings = sim.recordings();
    assert_eq!((recordings.len(), recordings[0].call.as_str()), (1, call.as_str()));
    assert_eq!((recordings[0].login.as_str(), recordings[0].ended), ("0101", None));
    // Once: a second wish would have ended it.
    assert_eq!(sim.asked("0101", ".call.monitor").len(), 1);
    sim.end(&call, &[]);
    let files = sim.wait_recorded(1).await;
    let name = format!("{call}_0049721123456_00497214605300.wav");
    assert_eq!(files, [folder.path().join("recordings").join(name)]);
    let content = std::fs::read(&files[0]).unwrap();
    assert!(content.starts_with(b"RIFF") && content[8..16] == *b"WAVEfmt ");
    let size = |at: usize| u32::from_le_bytes(content[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!((size(4), size(40)), (content.len() - 8, content.len() - 44));
    starface.close().await;
    sim.stop().await;
}

#[tokio::test]
async fn a_pbx_that_records_by_itself_needs_no_wish() {
    let folder = tempfile::tempdir().unwrap();
    let sim = start(|switches| {
        switches.recording.folder = Some(folder.path().into());
        switches.recording.by_itself = ["Support".to_owned()].into();
        switches.recording.delay = Duration::ZERO;
    })
    .await;
    let starface = adapter(&sim);
    let (call, _events) = answered(&sim, &starface).await;
    sim.end(&call, &[]);
    let files = sim.wait_recorded(1).await;
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("Aufnahme_2"), "{name}");
    assert!(name.ends_with("_0049721123456_00497214605300.wav"), "{name}");
    assert!(sim.asked("0101", ".call.monitor").is_empty());
    starface.close().await;
}

#[tokio::test]
async fn who_may_not_record_is_told_so_and_the_call_goes_on() {
    let sim = start(|switches| switches.monitor_refused = ["0101".to_owned()].into()).await;
    let starface = adapter(&sim);
    let (call, mut events) = answered(&sim, &starface).await;
    let refused = record(&starface, &call, "0101").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Forbidden);
    assert!(!refused.is_temporary());
    assert_eq!(refused.to_string(), "the login 0101 may not record calls on the PBX");
    // Nobody else is asked in his place.
    assert!(sim.recordings().is_empty() && sim.asked("0102", ".call.monitor").is_empty());
    sim.end(&call, &[]);
    until(
        &mut events,
        |event| matches!(event, Event::Leg(leg) if leg.owner.as_str() == "0101" && leg.state == LegState::Ended),
    )
    .await;
    starface.close().await;
}

#[tokio::test]
async fn what_cannot_be_recorded_is_an_error_and_records_nothing() {
    let sim = start(|_| {}).await;
    let starface = adapter(&sim);
    let unasked = record(&starface, "any", "0101").await.unwrap_err();
    assert_eq!(unasked.kind(), ErrorKind::Unreachable, "nobody is logged in yet");
    let (call, _events) = answered(&sim, &starface).await;
    // The call of somebody else, one that is over, a login that is not watched.
    for (call, owner, kind) in [
        (call.as_str(), "0102", ErrorKind::Protocol),
        ("gone", "0101", ErrorKind::Protocol),
        (call.as_str(), "0103", ErrorKind::Unreachable),
    ] {
        let error = record(&starface, call, owner).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{call} of {owner}: {error}");
    }
    // The PBX does not answer him.
    sim.with(|state, _| state.shut(Some("0101")));
    let error = record(&starface, &call, "0101").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    assert!(sim.recordings().is_empty());
    starface.close().await;
    // It is gone.
    sim.stop().await;
    let error = record(&starface, &call, "0101").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
}
