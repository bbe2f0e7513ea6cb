//! Numbers that the bridge learned, as an administrator lists them and takes one back.

use bridge_sim::play::{Desk as _, Person};
use bridge_sim::zendesk::world as account;
use bridge_sim::{starface, story};
use serde_json::Value;
use zendesk_client::users::UserData;
use zendesk_client::{Client, Credentials, UserId};

use super::simulated::{PATIENCE, Running, World};

const KARLA: u64 = 900;
const NUMBER: &str = "0049721555010";
const LEARNED: &str = "+49721555010";

async fn until(world: &World, wanted: impl Fn(&Person) -> bool) {
    let mut changes = world.desk.changes();
    let wait = async {
        while !world.desk.people().iter().any(|one| one.id == KARLA && wanted(one)) {
            changes.changed().await.expect("the desk");
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .expect("the profile becomes so");
}

/// A site where an unknown caller was learned: an agent had set the requester while he talked. The bridge still runs.
async fn learned() -> (World, Running, String) {
    let world = World::new().await;
    world.change("[callers]", "[callers]\nwrap_up = \"0s\"");
    let karla = story::parse("given user 900 \"Karla Kunde\"\n").expect("a story").given;
    world.desk.prepare(&karla);
    let bridge = world.bridge("run --activate").await;
    let call = world.pbx.new_call_id();
    let caller = starface::Caller::Shown(NUMBER.into());
    world.pbx.ring(&call, Some("Support"), caller, &["0101", "0102"], None);
    world.pbx.settled().await;
    world.pbx.answer(&call, "0101", None, None);
    let opened = world
        .desk
        .wait_for(|state| state.tickets().first().map(|ticket| ticket.id), PATIENCE);
    let ticket = opened.await.expect("a ticket");
    let set = world
        .desk
        .act(|state, now| state.set_requester(501, ticket, KARLA, now));
    set.expect("the requester is set");
    world.pbx.end(&call, &[]);
    until(&world, |karla| karla.phone.as_deref() == Some(LEARNED)).await;
    (world, bridge, call.to_string())
}

/// How it stands with the one number that was learned, once it stands so.
async fn stands(world: &World, wanted: &str) -> Value {
    let wait = async {
        loop {
            let (code, out, error) = world.run("numbers learned --json").await;
            assert_eq!(code, 0, "{error}");
            let mut listed: Value = serde_json::from_str(&out).expect("JSON");
            if listed["learned"][0]["taken_back"] == wanted {
                assert_eq!(listed["learned"].as_array().map(Vec::len), Some(1), "{out}");
                return listed["learned"][0].take();
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it stands so")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learned_is_listed_and_taken_back_once_beside_a_running_bridge() {
    let (world, bridge, call) = learned().await;
    let line = stands(&world, "no").await;
    assert_eq!((&line["user_id"], &line["place"]), (&KARLA.into(), &"phone".into()));
    assert_eq!(
        (&line["number"], &line["call"]),
        (&"…010".into(), &call.as_str().into())
    );
    let (_, out, _) = world.run("numbers learned").await;
    assert!(out.contains("…010") && !out.contains("555010"), "{out}");
    assert!(world.run("numbers learned --numbers").await.1.contains(LEARNED));

    for (line, code, words) in [
        (format!("numbers forget 901 {NUMBER}"), 1, "has not learned this number"),
        (
            "numbers forget 900 0721999999".into(),
            1,
            "`zendesk-bridge numbers learned`",
        ),
        ("numbers forget 900 Anna".into(), 2, "no telephone number"),
        ("numbers forget Karla 0721555010".into(), 2, "invalid value"),
    ] {
        let (ended, out, error) = world.run(&line).await;
        assert_eq!((ended, out.as_str()), (code, ""), "{line}: {error}");
        assert!(error.contains(words), "{line}: {error}");
    }
    let (code, out, error) = world.run(&format!("numbers forget {KARLA} {NUMBER}")).await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    assert!(
        out.contains("…010 (phone of user 900) is taken back within seconds"),
        "{out}"
    );
    until(&world, |karla| karla.phone.is_none() && karla.identities.is_empty()).await;
    assert!(stands(&world, "done").await["taken_back_at"].is_string());
    let (_, story, _) = world.run(&format!("call {call}")).await;
    for words in [
        "forget: …010 is taken back from user 900",
        "taken back: user 900 does not have the number from the bridge any more",
        "number taken back from user 900",
    ] {
        assert!(story.contains(words), "{words}: {story}");
    }
    let (code, out, _) = world.run(&format!("numbers forget {KARLA} {LEARNED}")).await;
    assert!(
        code == 0 && out.contains("was taken back") && out.contains("before"),
        "{out}"
    );
    assert_eq!(bridge.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_bridge_the_next_one_does_it_and_what_an_agent_changed_is_left_and_told() {
    let (world, bridge, call) = learned().await;
    stands(&world, "no").await;
    assert_eq!(bridge.stop().await, 0);
    let (code, out, error) = world.run(&format!("numbers forget {KARLA} {NUMBER} --json")).await;
    let asked: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &asked["running"]), (0, &false.into()), "{error}");
    assert_eq!(asked["asked"][0]["taken_back"], "wished");
    let (_, out, _) = world.run(&format!("numbers forget {KARLA} {NUMBER}")).await;
    assert!(out.contains("by the next `run`: no bridge runs"), "{out}");

    let credentials = Credentials::client(account::CLIENT_ID, account::CLIENT_SECRET.to_owned().into());
    let client = Client::builder(world.desk.url(), credentials)
        .build()
        .expect("a client");
    let other = UserData::new().phone("+4972177");
    client
        .users()
        .update(UserId::new(KARLA), &other)
        .await
        .expect("the agent's change");
    let bridge = world.bridge("run").await;
    let left = stands(&world, "left").await;
    assert_eq!(left["why"], "another number stands there by now");
    until(&world, |karla| karla.phone.as_deref() == Some("+4972177")).await;
    let (_, out, _) = world.run("status").await;
    assert!(out.contains("the number is not taken back from user 900"), "{out}");
    let (_, out, _) = world.run(&format!("call {call}")).await;
    assert!(out.contains("the number is not taken back from user 900"), "{out}");
    assert_eq!(bridge.stop().await, 0);
}
