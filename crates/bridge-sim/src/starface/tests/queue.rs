//! Events of queues, and recordings.

use super::*;
use crate::starface::{QueueChange, QueueSwitches, Recording};

fn queue(change: impl FnOnce(&mut QueueSwitches)) -> Pbx {
    let mut switches = Switches::default();
    switches.queue.groups = ["Support".to_owned()].into();
    change(&mut switches.queue);
    let mut pbx = Pbx::new(switches);
    pbx.uci("0101", "ucp.v30.requests.connection.login", &[]).unwrap();
    pbx
}

impl Pbx {
    fn subscribe_queue(&mut self) {
        let service = [Value::string("ucp.v30.events.queue")];
        let answer = self.uci("0101", "ucp.v30.requests.service.subscribeEvents", &service);
        assert_eq!(answer, Ok(Value::Bool(true)));
    }

    /// Name and parameters of every event that wants to be sent, texts only.
    fn queue_told(&mut self) -> Vec<String> {
        let shown = |params: &[Value]| match params {
            [Value::Struct(_)] => {
                let Some(Value::Array(agents)) = params[0].member("userIds") else {
                    return "-".to_owned();
                };
                let agents: Vec<&str> = agents.iter().filter_map(Value::as_str).collect();
                let id = text(&params[0], "callId");
                format!("{id} {} {}", text(&params[0], "queueCallState"), agents.join(" "))
            }
            other => format!("{other:?}"),
        };
        let read = |callback: &Callback| read_call(std::str::from_utf8(&callback.body).unwrap()).unwrap();
        self.sent()
            .iter()
            .map(read)
            .map(|(method, params)| format!("{} {}", method.rsplit('.').next().unwrap(), shown(&params)))
            .collect()
    }
}

#[test]
fn a_call_goes_through_its_queue() {
    let mut pbx = queue(|queue| queue.wrap_up = true);
    pbx.subscribe_queue();
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0102"], None, now);
    pbx.state.answer("id-1", "0102", None, None, now);
    pbx.state.change_id("id-1", "id-2");
    pbx.state.end("id-2", &[], now);
    assert_eq!(
        pbx.queue_told(),
        [
            "queueCallEvent id-1 WAITING ",
            "queueCallEvent id-1 RINGING 1101",
            "queueCallEvent id-1 RINGING 1101 1102",
            "queueCallEvent id-1 CONNECTED 1102",
            r#"queueCallChangedIdEvent [String("id-1"), String("id-2")]"#,
            "queueCallEvent id-2 REMOVED 1102",
            r#"queueAgentStateChanged [Array([Struct([("userId", String("1102")), ("name", String("Beispiel, Ben")), ("loggedIn", Bool(true)), ("inQueuePause", Bool(true))])])]"#,
        ]
    );
    pbx.state.ring("id-3", Some(1004), shown("00491"), &["0102"], None, now);
    assert_eq!(
        pbx.queue_told(),
        [""; 0],
        "Sales is no queue, and 0101 does not belong to it"
    );
}

#[test]
fn queues_tell_of_themselves() {
    let mut pbx = queue(|_| {});
    pbx.subscribe_queue();
    for change in [
        QueueChange::Agents,
        QueueChange::New,
        QueueChange::Group,
        QueueChange::Settings,
    ] {
        pbx.state.change_queue(1003, change);
        pbx.state.change_queue(1004, change);
    }
    assert_eq!(
        pbx.queue_told(),
        [
            "queueAgentChangedEvent [Int(1003)]",
            "queueGroupChangedEvent [Bool(true), Int(1003)]",
            "queueGroupChangedEvent [Bool(false), Int(1003)]",
            "queueSettingChanged -",
        ]
    );
}

#[test]
fn version_10_doubles_events_and_begins_with_the_present_state() {
    let mut pbx = queue(|queue| {
        queue.doubled = true;
        queue.initial_state = true;
    });
    let now = pbx.now;
    pbx.state.ring("id-1", Some(1003), shown("00491"), &["0102"], None, now);
    assert_eq!(pbx.queue_told(), [""; 0], "nobody listens yet");
    pbx.subscribe_queue();
    assert_eq!(pbx.queue_told(), ["queueCallEvent id-1 RINGING 1102"; 2]);
    pbx.state.switches_mut().queue.initial_state = false;
    pbx.subscribe_queue();
    assert_eq!(pbx.queue_told(), [""; 0]);
}

#[test]
fn the_time_of_the_answer_is_zero_before_it_or_not_there() {
    for zero_time in [true, false] {
        let mut pbx = queue(|queue| queue.zero_time = zero_time);
        pbx.subscribe_queue();
        let now = pbx.now;
        pbx.state.ring("id-1", Some(1003), shown("00491"), &["0101"], None, now);
        let expected = zero_time.then(|| Value::DateTime("19700101T01:00:00".to_owned()));
        assert_eq!(event(&pbx.sent()[0]).member("connectedTime"), expected.as_ref());
        pbx.state.answer("id-1", "0101", None, None, now);
        let connected = Value::DateTime("20261124T15:02:00".to_owned());
        assert_eq!(event(&pbx.sent()[0]).member("connectedTime"), Some(&connected));
    }
}

#[test]
fn a_recording_is_noted_and_ended_by_asking_again() {
    for toggles in [true, false] {
        let mut pbx = Pbx::new(Switches {
            monitor_toggles: toggles,
            monitor_refused: ["0102".to_owned()].into(),
            ..Switches::default()
        });
        pbx.listen("0101", "v30");
        pbx.listen("0102", "v30");
        let now = pbx.now;
        pbx.state
            .ring("id-1", Some(1003), shown("00491"), &["0101", "0102"], None, now);
        let monitor = "ucp.v30.requests.call.monitor";
        let ask = |pbx: &mut Pbx, login: &str, id: &str| pbx.uci(login, monitor, &[Value::string(id)]);
        assert!(
            ask(&mut pbx, "0102", "id-1")
                .unwrap_err()
                .contains("UciIllegalAccessException")
        );
        assert!(ask(&mut pbx, "0101", "id-2").unwrap_err().contains("no such call"));
        ask(&mut pbx, "0101", "id-1").unwrap();
        let mut expected = Recording {
            call: "id-1".to_owned(),
            login: "0101".to_owned(),
            began: now,
            ended: None,
        };
        assert_eq!(pbx.state.recordings(), [expected.clone()]);
        pbx.later(5);
        ask(&mut pbx, "0101", "id-1").unwrap();
        expected.ended = toggles.then_some(pbx.now);
        assert_eq!(pbx.state.recordings(), [expected]);
        let asked: Vec<&str> = pbx
            .state
            .asked()
            .map(|asked| asked.method.rsplit('.').next().unwrap())
            .collect();
        assert_eq!(asked[asked.len() - 4..], ["monitor"; 4]);
    }
}
