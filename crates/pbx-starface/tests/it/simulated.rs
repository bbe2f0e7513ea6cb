//! The adapter against the simulated STARFACE, whose behaviour and codec are not ours.

use std::time::Duration;

use bridge_sim::starface::{Caller, Charset, Rights, SimStarface, Switches, Timestamps, WrongToken};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pbx::{ErrorKind, Event, EventStream, Pbx as _, PbxName};
use pbx_starface::Starface;
use starface_client::uci::session::Timing;
use starface_client::uci::{Agent, Probe, ProbeDepth, WatchOptions, probe};
use starface_client::{Password, Server};

const CALLER: &str = "0049721123456";

pub(crate) fn password(login: &str) -> Password {
    Password::Plain(format!("pw-{login}").into())
}

pub(crate) fn options(sim: &SimStarface, agents: &[&str]) -> WatchOptions {
    let agents = agents.iter().map(|login| Agent::new(*login, password(login))).collect();
    let own = "http://127.0.0.1:0".parse().unwrap();
    let server = Server::new(&sim.url()).unwrap();
    let mut options = WatchOptions::new(server, "127.0.0.1:0".parse().unwrap(), own, agents);
    let soon = Duration::from_millis(20);
    options.timing = Timing {
        keep_alive: soon,
        keep_alive_again: soon,
        away_first: soon,
        away_longest: soon,
        refused: soon,
    };
    options
}

fn starface(sim: &SimStarface, login: &str, agents: &[&str]) -> Starface {
    Starface::new(PbxName::new("sim"), login, password(login), options(sim, agents)).unwrap()
}

/// Events up to the one for which this holds, shown without ids.
async fn until(events: &mut EventStream, ids: &[(&str, &str)], mut last: impl FnMut(&Event) -> bool) -> String {
    let mut lines = Vec::new();
    let all = async {
        loop {
            let event = events.next().await.expect("the stream goes on").unwrap();
            let ended = last(&event);
            let name = |id: &pbx::CallId| {
                ids.iter()
                    .find(|(known, _)| *known == id.as_str())
                    .map_or("?", |(_, name)| name)
            };
            lines.push(match &event {
                Event::Leg(leg) => {
                    let number = |number: &Option<pbx::Dialled>| {
                        number.as_ref().map_or("-".to_owned(), |n| format!("<{}>", n.as_str()))
                    };
                    let group = leg
                        .group
                        .as_ref()
                        .map_or(String::new(), |group| format!(" group {group}"));
                    let (caller, called) = (number(&leg.caller), number(&leg.called));
                    format!(
                        "{} at {}: {:?} {:?} {caller} → {called}{group}",
                        name(&leg.call),
                        leg.owner,
                        leg.direction,
                        leg.state
                    )
                }
                Event::IdChanged { old, new } => format!("{} becomes {}", name(old), name(new)),
                Event::SnapshotBegin { owner } => format!("snapshot of {owner}"),
                Event::SnapshotEnd { owner } => format!("end of snapshot of {owner}"),
                Event::Gap { .. } | Event::Connected { .. } | Event::Disconnected { .. } => format!("{event:?}"),
            });
            if ended {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .expect("within the time limit");
    lines.join("\n")
}

fn is_snapshot_end(event: &Event) -> bool {
    matches!(event, Event::SnapshotEnd { .. })
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Leg(leg) if leg.state == pbx::LegState::Ended)
}

#[tokio::test]
async fn users_and_groups() {
    let sim = SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap();
    let starface = starface(&sim, "0001", &["0101"]);
    let users = starface.users().await.unwrap();
    let anna = users.iter().find(|user| user.id.as_str() == "0101").unwrap();
    assert_eq!(
        (anna.name.as_str(), anna.email.as_deref()),
        ("Anna Muster", Some("anna@acme.example"))
    );
    assert_eq!(
        anna.extensions.iter().map(pbx::Dialled::as_str).collect::<Vec<_>>(),
        ["11"]
    );
    let groups = starface.groups().await.unwrap();
    let support = groups.iter().find(|group| group.name == "Support").unwrap();
    assert_eq!(support.id.as_str(), "1003");
    assert_eq!(
        support.members.iter().map(pbx::UserId::as_str).collect::<Vec<_>>(),
        ["0101", "0102", "0103", "0104"]
    );
    let numbers: Vec<&str> = support.numbers.iter().map(pbx::Dialled::as_str).collect();
    assert_eq!(numbers[..2], ["300", "00497214605300"]);
    // A token that the PBX has forgotten is renewed.
    sim.restart();
    assert_eq!(starface.groups().await.unwrap().len(), groups.len());
}

#[tokio::test]
async fn a_login_without_rights_and_one_with_a_wrong_password() {
    let rights = [
        ("0101".to_owned(), Rights::OnlySelf),
        ("0102".to_owned(), Rights::Forbidden),
    ];
    let switches = Switches {
        rights: rights.into(),
        ..Switches::default()
    };
    let sim = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
    for login in ["0101", "0102"] {
        let error = starface(&sim, login, &["0103"]).users().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{login}");
    }
    let wrong = Starface::new(PbxName::new("sim"), "0001", password("0101"), options(&sim, &["0101"])).unwrap();
    assert_eq!(wrong.users().await.unwrap_err().kind(), ErrorKind::Login);
}

#[tokio::test]
async fn a_group_call_under_every_oddity() {
    let plain = || Switches::default();
    let oddities = [
        plain(),
        Switches {
            group_as_int: true,
            charset: Charset::Latin1,
            timestamps: Timestamps::Millis,
            ..plain()
        },
        Switches {
            incoming_first: true,
            duplicates: true,
            late_name: true,
            ..plain()
        },
        Switches {
            empty_state_first: true,
            late_numbers: true,
            losers_first: true,
            ..plain()
        },
    ];
    let mut told = Vec::new();
    for switches in oddities {
        let sim = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
        let starface = starface(&sim, "0001", &["0101"]);
        let mut events = starface.open().await.unwrap();
        until(&mut events, &[], is_snapshot_end).await;
        let call = sim.new_call_id();
        sim.ring(
            &call,
            Some("Support"),
            Caller::Shown(CALLER.to_owned()),
            &["0101", "0102"],
            None,
        );
        sim.answer(&call, "0101", None, None);
        sim.end(&call, &[]);
        told.push(until(&mut events, &[(&call, "c")], is_end).await);
        sim.settled().await;
        starface.close().await;
        assert_eq!(sim.deliveries().failed, 0);
        assert!(sim.logged_in().is_empty(), "logged out");
    }
    expect_test::expect![[r#"
        c at 0101: Inbound Ringing <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Ended <0049721123456> → <00497214605300> group 1003

        c at 0101: Inbound Ringing <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Ended <0049721123456> → <00497214605300> group 1003

        c at 0101: Inbound Announced <0049721123456> → <00497214605300> group 1003
        c at 0101: Inbound Announced <0049721123456> → <00497214605300> group 1003
        c at 0101: Inbound Ringing <0049721123456> → <00497214605300> group 1003
        c at 0101: Inbound Ringing <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Ended <0049721123456> → <00497214605300> group 1003

        c at 0101: Unknown Announced <> → <> group 1003
        c at 0101: Inbound Ringing <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        c at 0101: Unknown Ended <0049721123456> → <00497214605300> group 1003"#]]
    .assert_eq(&told.join("\n\n"));
}

#[tokio::test]
async fn what_happened_while_a_session_was_lost_is_in_the_snapshot() {
    let sim = SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap();
    let starface = starface(&sim, "0001", &["0101"]);
    let mut events = starface.open().await.unwrap();
    until(&mut events, &[], is_snapshot_end).await;
    let call = sim.new_call_id();
    sim.with(|state, now| {
        state.drop_sessions(None);
        let group = state.group_id(Some("Support"));
        state.ring(&call, group, Caller::Shown(CALLER.to_owned()), &["0101"], None, now);
        state.answer(&call, "0101", None, group, now);
    });
    let told = until(&mut events, &[(&call, "c")], is_snapshot_end).await;
    expect_test::expect![[r#"
        Disconnected { owner: Some(UserId("0101")), why: "the PBX does not know the session any more" }
        Connected { owner: Some(UserId("0101")) }
        snapshot of 0101
        c at 0101: Unknown Connected <0049721123456> → <00497214605300> group 1003
        end of snapshot of 0101"#]]
    .assert_eq(&told);
    starface.close().await;
}

#[tokio::test]
async fn a_changed_id_whatever_the_keys_are() {
    for (old, new) in [("oldId", "newId"), ("a", "b"), ("id", "x")] {
        let switches = Switches {
            id_change_keys: (old.to_owned(), new.to_owned()),
            ..Switches::default()
        };
        let sim = SimStarface::start("127.0.0.1:0", switches).await.unwrap();
        let starface = starface(&sim, "0001", &["0101"]);
        let mut events = starface.open().await.unwrap();
        until(&mut events, &[], is_snapshot_end).await;
        let (one, two) = (sim.new_call_id(), sim.new_call_id());
        sim.ring(&one, Some("Support"), Caller::Shown(CALLER.to_owned()), &["0101"], None);
        sim.answer(&one, "0101", None, None);
        sim.change_id(&one, &two);
        sim.end(&two, &[]);
        let told = until(&mut events, &[(&one, "c1"), (&two, "c2")], is_end).await;
        assert!(
            told.contains("\nc1 becomes c2\n") && told.lines().last().unwrap().starts_with("c2 at 0101"),
            "{told}"
        );
        starface.close().await;
    }
}

#[tokio::test]
async fn a_forged_event_changes_nothing() {
    let sim = SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap();
    let starface = starface(&sim, "0001", &["0101"]);
    let mut events = starface.open().await.unwrap();
    until(&mut events, &[], is_snapshot_end).await;
    let (forged, real) = (sim.new_call_id(), sim.new_call_id());
    sim.forge("0101", &forged);
    sim.settled().await;
    assert_eq!(sim.deliveries().failed, 1);
    sim.ring(&real, None, Caller::Shown(CALLER.to_owned()), &["0101"], None);
    let told = until(&mut events, &[(&real, "real"), (&forged, "forged")], |event| {
        matches!(event, Event::Leg(_))
    })
    .await;
    assert!(told.starts_with("real"), "{told}");
    starface.close().await;
}

#[tokio::test]
async fn a_wrong_password_is_told_in_every_way_a_pbx_may_tell_it() {
    for wrong_token in [
        WrongToken::Fault,
        WrongToken::Unauthorized,
        WrongToken::LoginFalse,
        WrongToken::Page,
    ] {
        let sim = SimStarface::start(
            "127.0.0.1:0",
            Switches {
                wrong_token,
                ..Switches::default()
            },
        )
        .await
        .unwrap();
        let mut options = options(&sim, &["0101"]);
        options.agents.push(Agent::new("0102", password("0101")));
        let server = options.server.clone();
        let wrong = options.agents[1].clone();
        let starface = Starface::new(PbxName::new("sim"), "0001", password("0001"), options).unwrap();
        let mut events = starface.open().await.unwrap();
        let told = until(&mut events, &[], |event| matches!(event, Event::Disconnected { .. })).await;
        assert!(
            told.contains("0102") && told.contains("wrong login or password"),
            "{wrong_token:?}: {told}"
        );
        starface.close().await;

        let thorough = probe(&server, &wrong, ProbeDepth::Thorough).await.unwrap();
        assert!(
            matches!(thorough, Probe::Refused { .. }),
            "{wrong_token:?}: {thorough:?}"
        );
        let gentle = probe(&server, &wrong, ProbeDepth::Gentle).await.unwrap();
        assert_ne!(gentle, Probe::Good, "{wrong_token:?}");
        let right = Agent::new("0101", password("0101"));
        for depth in [ProbeDepth::Gentle, ProbeDepth::Thorough] {
            assert_eq!(probe(&server, &right, depth).await.unwrap(), Probe::Good);
        }
    }
}

#[tokio::test]
async fn the_list_of_calls_is_told_whole_and_by_owner() {
    let sim = SimStarface::start("127.0.0.1:0", Switches::default()).await.unwrap();
    assert!(
        starface(&sim, "0001", &["0101"]).call_log().is_none(),
        "the zone is not known"
    );
    let starface = starface(&sim, "0001", &["0101", "0102"]).time_zone(TimeZone::get("Europe/Berlin").unwrap());
    let log = starface.call_log().unwrap();
    let [anna, ben] = ["0101", "0102"].map(pbx::UserId::new);
    assert_eq!(log.owners(), [anna.clone(), ben.clone()]);
    let (long_ago, far_off) = (Timestamp::UNIX_EPOCH, "2999-01-01T00:00:00Z".parse().unwrap());
    let error = log.calls(&anna, long_ago, far_off).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable, "not connected");

    let mut events = starface.open().await.unwrap();
    until(&mut events, &[], is_snapshot_end).await;
    until(&mut events, &[], is_snapshot_end).await;
    let began = sim.with(|_, now| now);
    for answered in (0..120).map(|index| index == 7) {
        let call = sim.new_call_id();
        let caller = Caller::Shown(CALLER.to_owned());
        sim.ring(&call, Some("Support"), caller, &["0101", "0102"], None);
        if answered {
            sim.answer(&call, "0102", None, None);
        }
        sim.end(&call, &[]);
    }
    let of_anna = log.calls(&anna, long_ago, far_off).await.unwrap();
    let of_ben = log
        .calls(&ben, began - SignedDuration::from_secs(1), far_off)
        .await
        .unwrap();
    for (calls, answered) in [(&of_anna, 0), (&of_ben, 1)] {
        assert_eq!(calls.len(), 120, "more than the PBX tells at once");
        assert_eq!(calls.iter().filter(|call| call.answered).count(), answered);
    }
    let call = &of_ben[0];
    assert!(
        call.began.duration_since(began).abs() < SignedDuration::from_mins(5),
        "{call:?}: by the PBX's own zone"
    );
    assert_eq!(
        (call.direction, call.caller.as_str()),
        (pbx::Direction::Inbound, CALLER)
    );
    assert_eq!(call.group.as_ref().map(pbx::GroupId::as_str), Some("1003"));
    assert_eq!(log.calls(&anna, long_ago, long_ago).await.unwrap(), []);
    starface.close().await;
}
