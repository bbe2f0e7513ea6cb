//! The simulated Zendesk as the place that stories are played against.

use bridge_sim::play::{Deed, Desk};
use bridge_sim::story::parse;
use bridge_sim::world::{AGENTS, DEFAULT_USER};
use bridge_sim::zendesk::{SimZendesk, Switches};

async fn desk(given: &str) -> SimZendesk {
    let desk = SimZendesk::start("127.0.0.1:0", Switches::default()).await.unwrap();
    desk.prepare(&parse(given).unwrap().given);
    desk
}

#[tokio::test]
async fn the_people_of_a_story_are_gone_before_the_next() {
    let desk = desk("given user 900 \"Karla Kunde\" phone \"+49721555010\" identity \"+49721555011\"").await;
    let karla = desk.people().into_iter().find(|person| person.id == 900).unwrap();
    assert_eq!(
        (karla.phone.as_deref(), karla.identities.as_slice()),
        (Some("+49721555010"), &["+49721555011".to_owned()][..])
    );
    desk.forget();
    let ids: Vec<u64> = desk.people().iter().map(|person| person.id).collect();
    assert!(!ids.contains(&900));
    assert!(ids.contains(&DEFAULT_USER.0) && AGENTS.iter().all(|agent| ids.contains(&agent.id)));
    desk.prepare(
        &parse("given user 900 \"Kurt Kunde\" phone \"+49721555012\"")
            .unwrap()
            .given,
    );
    let kurt = desk.people().into_iter().find(|person| person.id == 900).unwrap();
    assert_eq!(
        (kurt.phone.as_deref(), kurt.identities.len()),
        (Some("+49721555012"), 0),
        "the same id, another person"
    );
    desk.stop().await;
}

#[tokio::test]
async fn work_on_a_ticket_that_is_not_there_is_refused_in_words() {
    let desk = desk("").await;
    assert!(desk.work(501, 1, Deed::Edit).unwrap_err().contains("404"));
    desk.stop().await;
}
