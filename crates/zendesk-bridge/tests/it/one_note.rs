//! What there is to tell at the end of a call, and its recording: one change of the ticket, counted in Zendesk.

use bridge_sim::play::Desk as _;
use bridge_sim::{starface, story};

use super::recordings::{Site, wav};
use super::simulated::PATIENCE;

const KARLA: u64 = 900;
const CHANGE: &str = "PUT /api/v2/tickets/{id}";

#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_of_the_number_and_the_recording_are_one_change_of_the_ticket() {
    let site = Site::new().await;
    let (pbx, desk) = (&site.world.pbx, &site.world.desk);
    let given = "given user 900 \"Karla Kunde\" phone \"07247 99\" field phone_2 \"07247 98\"\n";
    desk.prepare(&story::parse(given).expect("a story").given);
    let bridge = site.world.bridge("run --activate").await;
    let call = pbx.new_call_id();
    let caller = starface::Caller::Shown("0049721555010".into());
    pbx.ring(&call, Some("Support"), caller, &["0101", "0102"], None);
    pbx.settled().await;
    pbx.answer(&call, "0101", None, None);
    let opened = desk.wait_for(|state| state.tickets().first().map(|ticket| ticket.id), PATIENCE);
    let ticket = opened.await.expect("a ticket");
    let recorded = |state: &starface::State, _| state.recordings().iter().any(|one| one.call == call);
    let asked = tokio::time::timeout(PATIENCE, pbx.wait_until(recorded)).await;
    asked.expect("the PBX is asked to record");
    let set = desk.act(|state, now| state.set_requester(501, ticket, KARLA, now));
    set.expect("the requester is set");

    // Zendesk is away until the recording is found: it waits for what becomes of the number.
    desk.set_up(false);
    pbx.end(&call, &[]);
    pbx.settled().await;
    site.put(&format!("{call}.wav"), &wav(0x55));
    let waits = async {
        while !site
            .world
            .run(&format!("call {call}"))
            .await
            .1
            .contains("the recording waits")
        {}
    };
    tokio::time::timeout(PATIENCE, waits).await.expect("it waits");
    let before = desk.see(|state| state.requests().count(CHANGE));
    desk.set_up(true);
    assert_eq!(site.attached(ticket).await, [(format!("{call}.wav"), 16_044)]);
    bridge.says(super::recordings::KEPT).await;
    assert_eq!(bridge.stop().await, 0);

    assert_eq!(desk.see(|state| state.requests().count(CHANGE)) - before, 1);
    let comments = desk.see(|state| state.ticket(ticket)).expect("the ticket").comments;
    assert_eq!(comments.len(), 2, "{comments:?}");
    let told: Vec<&str> = comments[1].body.split("\n\n").collect();
    let begins = [
        "End of this call\nWaited: ",
        "The number +49 721 555010 was not added",
        "Recording of this call",
    ];
    assert!(
        told.len() == begins.len() && told.iter().zip(begins).all(|(told, begin)| told.starts_with(begin)),
        "{told:?}"
    );
    assert!(!comments[1].public);
}
