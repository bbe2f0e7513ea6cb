//! `caller NUMBER`: what a call from there would lead to.

use bridge_sim::play::Desk as _;
use bridge_sim::story;
use serde_json::Value;

use super::place::Place;
use super::simulated::{PATIENCE, World};

async fn world() -> World {
    let world = World::new().await;
    let people = "given user 900 \"Karla Kunde\" phone \"0721 / 555-010\"\n\
                  given user 901 \"Karl Kunde\" phone \"0721 777777\"\n\
                  given user 902 \"Karin Kunde\" identity \"0721-777777\"\n";
    world.desk.prepare(&story::parse(people).expect("a story").given);
    world
        .desk
        .act(|state, _| state.switches.export_delay = std::time::Duration::ZERO);
    world
}

async fn told(world: &World, line: &str) -> Value {
    let (code, out, error) = world.run(&format!("caller {line} --json")).await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    serde_json::from_str(&out).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_searched_for_until_the_directory_knows_and_nothing_is_written() {
    let world = world().await;
    world.change("[callers]", "[callers]\nunknown = \"new-user\"");
    let people = world.desk.people().len();
    let known = told(&world, "0049721555010").await;
    assert_eq!(
        (&known["caller"], &known["searched"]),
        (&"known".into(), &true.into()),
        "{known}"
    );
    assert_eq!(known["directory"]["insufficient"], "the directory is not complete yet");
    assert_eq!(
        (&known["requester"], &known["requester_id"]),
        (&"user".into(), &900.into())
    );
    assert_eq!(known["users"], serde_json::json!([{ "user_id": 900 }]), "no names");
    assert_eq!(
        told(&world, "0049721555010 --names").await["users"][0]["name"],
        "Karla Kunde"
    );
    let several = told(&world, "0049721777777").await;
    assert_eq!(
        (&several["caller"], &several["requester"]),
        (&"several".into(), &"new-user".into())
    );
    assert_eq!(several["users"].as_array().map(Vec::len), Some(2));
    for (number, read, requester) in [
        ("anonymous", "withheld", "default-user".into()),
        ("116117", "internal", Value::Null),
        ("Anna", "unreadable", "default-user".into()),
    ] {
        let told = told(&world, number).await;
        assert_eq!(
            (&told["read"], &told["requester"]),
            (&read.into(), &requester),
            "{told}"
        );
        assert_eq!((&told["searched"], &told["caller"]), (&false.into(), &Value::Null));
    }
    let (code, out, _) = world.run("caller 0049721999999").await;
    assert!(
        code == 0 && out.contains("requester a user made for the number"),
        "{out}"
    );
    assert!(!out.contains("999999"), "{out}");
    assert!(!world.place.path().join("bridge.db").exists(), "no store is made");

    let bridge = world.bridge("run --activate").await;
    let wait = async { while told(&world, "0049721555010").await["directory"]["complete"] != true {} };
    tokio::time::timeout(PATIENCE, wait).await.expect("a directory");
    let known = told(&world, "0049721555010").await;
    assert_eq!(
        (&known["caller"], &known["searched"]),
        (&"known".into(), &false.into()),
        "{known}"
    );
    assert_eq!(
        (&known["directory"]["users"], &known["directory"]["insufficient"]),
        (&1.into(), &Value::Null)
    );
    assert_eq!(bridge.stop().await, 0);
    let (_, out, _) = world.run("caller 0049721777777").await;
    assert!(out.contains("2 users have the number; brought up to date"), "{out}");
    // The phones are known by now.
    assert_eq!(told(&world, "11").await["read"], "own-phone");
    assert!(world.desk.see(|state| state.tickets().is_empty()));
    assert_eq!(world.desk.people().len(), people);
}

#[test]
fn while_zendesk_is_away_it_is_told_what_a_call_would_lead_to_then() {
    let place = Place::unreachable();
    let (code, out, error) = place.run("caller 0721555010");
    assert_eq!(code, 1, "{out}{error}");
    for words in [
        "…010, one of the public network",
        "in Zendesk: failed",
        "requester the default user",
        "it is not known who calls",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("555010"), "{out}");
    assert_eq!(place.run("caller").0, 2);
}
