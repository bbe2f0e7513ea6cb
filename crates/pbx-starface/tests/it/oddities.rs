//! What the client makes of the oddities of the simulated STARFACE that concern neither one call nor version 10.

use bridge_sim::starface::{Caller, Charset, GroupKey, Rights, SimStarface, Switches, Timestamps, Value, Version};
use starface_client::rest::Rest;
use starface_client::uci::{
    Agent, CallEvent, CallListQuery, CallState, Requests, TokenForm, Watch, WatchOptions, What,
};
use starface_client::{ErrorKind, Server};

use crate::simulated::{options, password};
use crate::version_10::{snapshot, state, wait};

const CALLER: &str = "0049721123456";

async fn start(change: impl FnOnce(&mut Switches)) -> SimStarface {
    let mut switches = Switches::default();
    change(&mut switches);
    SimStarface::start("127.0.0.1:0", switches).await.unwrap()
}

fn rest(sim: &SimStarface, login: &str) -> Rest {
    Rest::new(&Server::new(&sim.url()).unwrap(), login, password(login)).unwrap()
}

fn requests(sim: &SimStarface, agent: &Agent) -> Requests {
    Requests::new(&Server::new(&sim.url()).unwrap(), agent).unwrap()
}

fn ring(sim: &SimStarface) -> String {
    let call = sim.new_call_id();
    sim.ring(
        &call,
        Some("Support"),
        Caller::Shown(CALLER.to_owned()),
        &["0101"],
        None,
    );
    call
}

/// The first event of a call that rings.
async fn first_event(sim: &SimStarface, options: WatchOptions) -> CallEvent {
    let (watch, mut notices) = Watch::start(options).await.unwrap();
    wait(&mut notices, snapshot).await;
    ring(sim);
    let event = wait(&mut notices, |what| {
        if let What::Call(call) = what {
            Some(call.clone())
        } else {
            None
        }
    })
    .await;
    watch.stop().await;
    event
}

#[tokio::test]
async fn events_are_read_however_they_are_written() {
    let oddities: [fn(&mut Switches); 9] = [
        |_| {},
        |switches| switches.charset = Charset::Latin1,
        |switches| switches.charset = Charset::Latin1Undeclared,
        |switches| switches.timestamps = Timestamps::String,
        |switches| switches.timestamps = Timestamps::Millis,
        |switches| switches.group_key = GroupKey::GroupID,
        |switches| switches.group_as_int = true,
        |switches| switches.callback_auth_first = true,
        |switches| switches.callback_escaped = true,
    ];
    for (at, oddity) in oddities.into_iter().enumerate() {
        let sim = start(oddity).await;
        sim.with(|state, _| state.set_contact(CALLER, "Jörg Müßig"));
        let event = first_event(&sim, options(&sim, &["0101"])).await;
        assert_eq!(event.state, CallState::Ringing, "{at}");
        assert_eq!(event.caller_name.as_deref(), Some("Jörg Müßig"), "{at}");
        assert_eq!(event.group.as_deref(), Some("1003"), "{at}");
        assert!(event.at.is_some(), "{at}");
    }
    let sim = start(|switches| switches.group_key = GroupKey::Absent).await;
    let event = first_event(&sim, options(&sim, &["0101"])).await;
    assert_eq!(
        (event.group, event.called_number.as_deref()),
        (None, Some("00497214605300"))
    );
}

#[tokio::test]
async fn older_systems_are_spoken_to_in_their_names() {
    for (newest, prefix) in [
        (Version::V30, "ucp.v30."),
        (Version::V22, "ucp.v22."),
        (Version::V20, "ucp.v20."),
    ] {
        let sim = start(|switches| switches.newest_names = newest).await;
        let event = first_event(&sim, options(&sim, &["0101"])).await;
        assert_eq!(event.state, CallState::Ringing, "{newest:?}");
        let logins = sim.asked("0101", "connection.login");
        assert!(
            logins.last().unwrap().method.starts_with(prefix),
            "{newest:?}: {logins:?}"
        );
        assert_eq!(
            sim.asked("0101", "call.getCallIds").len(),
            1,
            "{newest:?}: the calls in progress are asked for"
        );
    }
}

#[tokio::test]
async fn tokens_of_every_era_open_the_session_and_let_events_in() {
    type Era = (fn(&mut Switches), TokenForm);
    let forms: [Era; 3] = [
        (|_| {}, TokenForm::Sha512),
        (|switches| switches.md5_token = true, TokenForm::Md5),
        (|switches| switches.active_directory = true, TokenForm::ActiveDirectory),
    ];
    for (era, form) in forms {
        let sim = start(era).await;
        let mut options = options(&sim, &["0101"]);
        options.agents[0] = Agent::new("0101", password("0101")).token_form(form);
        assert_eq!(first_event(&sim, options).await.state, CallState::Ringing, "{form:?}");
        assert_eq!(rest(&sim, "0001").users().await.unwrap().len(), 5, "{form:?}");
    }
}

#[tokio::test]
async fn the_last_login_has_the_callback_unless_all_have_one() {
    let sim = start(|switches| switches.all_callbacks = true).await;
    let (first, mut first_notices) = Watch::start(options(&sim, &["0101"])).await.unwrap();
    wait(&mut first_notices, snapshot).await;
    let (second, mut second_notices) = Watch::start(options(&sim, &["0101"])).await.unwrap();
    wait(&mut second_notices, snapshot).await;
    ring(&sim);
    for notices in [&mut first_notices, &mut second_notices] {
        assert_eq!(wait(notices, state).await, CallState::Ringing);
    }
    sim.with(|state, _| state.switches_mut().all_callbacks = false);
    second.stop().await;

    let requests = requests(&sim, &Agent::new("0101", password("0101")));
    requests.log_in().await.unwrap();
    let lost = wait(&mut first_notices, |what| {
        if let What::Lost { why } = what {
            Some(why.clone())
        } else {
            None
        }
    })
    .await;
    assert_eq!(lost, "the PBX does not know the session any more");
    wait(&mut first_notices, snapshot).await;
    first.stop().await;
}

#[tokio::test]
async fn no_fault_code_means_anything() {
    for fault_code in [0, 1, 403, -32_601, 1_000_000] {
        let sim = start(|switches| switches.fault_code = fault_code).await;
        let requests = requests(&sim, &Agent::new("0101", password("0101")));
        assert_eq!(
            requests.call_ids().await.unwrap_err().kind(),
            ErrorKind::NoSession,
            "{fault_code}"
        );
        let wrong = requests_of_a_stranger(&sim);
        assert_eq!(
            wrong.log_in().await.unwrap_err().kind(),
            ErrorKind::Login,
            "{fault_code}"
        );
    }
}

fn requests_of_a_stranger(sim: &SimStarface) -> Requests {
    requests(sim, &Agent::new("0101", password("0102")))
}

#[tokio::test]
async fn a_session_that_nobody_keeps_alive_is_gone() {
    let sim = start(|switches| switches.session_timeout = std::time::Duration::ZERO).await;
    let requests = requests(&sim, &Agent::new("0101", password("0101")));
    requests.log_in().await.unwrap();
    assert!(!requests.keep_alive().await.unwrap());
    assert_eq!(requests.call_ids().await.unwrap_err().kind(), ErrorKind::NoSession);
}

#[tokio::test]
async fn recordings_and_call_lists_are_asked_for_as_documented() {
    let sim = start(|switches| switches.monitor_refused = ["0102".to_owned()].into()).await;
    let requests = requests(&sim, &Agent::new("0101", password("0101")));
    requests.log_in().await.unwrap();
    let call = ring(&sim);
    sim.answer(&call, "0101", None, None);
    requests.monitor(&call).await.unwrap();
    let recordings = sim.recordings();
    assert_eq!((recordings.len(), recordings[0].call.as_str()), (1, call.as_str()));
    assert_eq!((recordings[0].login.as_str(), recordings[0].ended), ("0101", None));

    let day = jiff::civil::date(2026, 11, 24);
    let query = CallListQuery::new(day.at(0, 0, 0, 0), day.at(23, 59, 59, 0));
    requests.call_list(&query).await.unwrap();
    let asked = sim.asked("0101", ".callList.getCallList").remove(0);
    let texts = ["", "", "", "startTime", "DESCENDING"].map(Value::string);
    let times = ["20261124T23:59:59", "20261124T00:00:00"].map(|time| Value::DateTime(time.to_owned()));
    let counts = [0, 100].map(Value::Int);
    assert_eq!(asked.params, [&times[..], &texts, &counts].concat());

    requests.call_state(&call).await.unwrap().unwrap();
    assert_eq!(
        sim.asked("0101", ".call.getCallState")[0].params,
        [Value::string(&call)]
    );
    assert_eq!(requests.call_ids().await.unwrap(), std::slice::from_ref(&call));

    let refused = requests_of_the_other(&sim).await;
    assert_eq!(refused.monitor(&call).await.unwrap_err().kind(), ErrorKind::Forbidden);
}

async fn requests_of_the_other(sim: &SimStarface) -> Requests {
    let requests = requests(sim, &Agent::new("0102", password("0102")));
    requests.log_in().await.unwrap();
    requests
}

#[tokio::test]
async fn rest_is_read_with_members_left_out_or_null_and_a_bare_version() {
    for odd in [false, true] {
        let sim = start(|switches| {
            switches.null_members = odd;
            switches.bare_version = odd;
            switches.use_extends_token = odd;
        })
        .await;
        let rest = rest(&sim, "0001");
        let numbers = rest.phone_numbers(None, None).await.unwrap();
        assert_eq!(numbers.iter().filter(|number| number.group.is_none()).count(), 5);
        assert_eq!(rest.server_version().await.unwrap().as_deref(), Some("8.1.0.10"));
        let me = rest.me().await.unwrap();
        assert_eq!(
            rest.permissions_of(me.id).await.unwrap(),
            rest.permissions().await.unwrap()
        );
        assert_eq!(rest.users_with_permission(1).await.unwrap()[0].login, "0001");
        rest.log_out().await.unwrap();
    }
}

#[tokio::test]
async fn who_may_see_only_himself_sees_himself() {
    let sim = start(|switches| {
        switches.rights = [("0101".to_owned(), Rights::OnlySelf)].into();
    })
    .await;
    let own = rest(&sim, "0101");
    assert_eq!(own.users().await.unwrap()[0].login, "0101");
    assert_eq!(own.groups().await.unwrap().len(), 2);
    assert_eq!(
        rest(&sim, "0001").users().await.unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}
