//! Sessions to which anything may happen.

use proptest::prelude::*;

use super::tests::{In, fault, ids, no, nothing, page, run, state, yes};
use super::*;
use crate::xmlrpc::Value;

fn inputs() -> impl Strategy<Value = In> {
    prop_oneof![
        3 => Just(()).prop_map(|()| yes()),
        3 => Just(()).prop_map(|()| In::Tick),
        1 => Just(()).prop_map(|()| no()),
        1 => Just(()).prop_map(|()| nothing()),
        1 => Just(()).prop_map(|()| fault("x")),
        1 => Just(()).prop_map(|()| fault("not connected")),
        1 => prop::sample::select(&[200_u16, 302, 404, 500, 503]).prop_map(page),
        1 => Just(()).prop_map(|()| ids(&["a", "b"])),
        1 => Just(()).prop_map(|()| state("a", "RINGING")),
        1 => Just(()).prop_map(|()| In::Call("a", "HANGUP")),
        1 => Just(()).prop_map(|()| In::NewId),
        1 => Just(()).prop_map(|()| In::Missed),
        1 => Just(()).prop_map(|()| In::Reset),
        1 => Just(()).prop_map(|()| In::Stale(Reply::Value(Value::Bool(true)))),
    ]
}

proptest! {
    /// Whatever happens, a session never falls asleep for ever, tells Connected and not-connected in turn, and ends
    /// when it is told to.
    #[test]
    fn a_session_never_sticks(script in prop::collection::vec((0_u64..100, inputs()), 0..80)) {
        let mut session = Session::new(Timing::default());
        let mut log = run(&mut session, vec![(0, In::Start)]);
        let mut now = 0;
        for (pause, what) in script {
            now += pause;
            log.push_str(&run(&mut session, vec![(now, what)]));
            prop_assert!(session.in_flight.is_some() || session.poll_timeout().is_some(), "asleep for ever:\n{log}");
        }
        let mut connected = false;
        for line in log.lines() {
            if line.ends_with("! Connected") {
                prop_assert!(!connected, "connected twice:\n{log}");
                connected = true;
            } else if line.contains("! Lost") || line.contains("! Refused") {
                connected = false;
            } else if line.contains("snapshot") || line.ends_with("! Gap") {
                prop_assert!(connected, "a snapshot without a session:\n{log}");
            }
        }
        let end = run(&mut session, vec![(now, In::Stop), (now, nothing())]);
        prop_assert!(end.ends_with(". stopped\n"), "{end}");
    }
}
