//! Tickets on agents' screens.

use serde_json::json;

use super::{account, objections, pair};
use crate::zendesk::{NotSignedIn, TalkPlan};

#[test]
fn a_ticket_is_shown_to_agents_who_are_there() {
    let mut account = account();
    let ticket = account.ticket();
    let mut display = |agent: u64, ticket: u64| {
        let answer = account.post(
            &format!("/api/v2/channels/voice/agents/{agent}/tickets/{ticket}/display.json"),
            json!({}),
        );
        (answer.status, answer.body.is_empty())
    };
    assert_eq!(display(501, ticket), (200, true));
    assert_eq!(display(504, ticket), (404, false), "not signed in");
    assert_eq!(display(400, ticket), (404, false), "no agent");
    assert_eq!(display(501, 99), (404, false), "no ticket");
    account.state.switches.not_signed_in = NotSignedIn::Accepted;
    let answer = account.post(
        &format!("/api/v2/channels/voice/agents/504/tickets/{ticket}/display"),
        json!({}),
    );
    assert_eq!(answer.status, 200);
    let seen: Vec<_> = account.state.pops().iter().map(|pop| (pop.agent, pop.ticket)).collect();
    assert_eq!(seen, [(501, ticket)], "nobody sees what is shown to nobody");
}

#[test]
fn a_plan_without_talk_says_so() {
    let mut account = account();
    let ticket = account.ticket();
    let path = format!("/api/v2/channels/voice/agents/501/tickets/{ticket}/display");
    account.state.switches.talk_plan = TalkPlan::Forbidden;
    let answer = account.post(&path, json!({}));
    assert_eq!(
        (answer.status, &answer.value()["error"]["title"]),
        (403, &json!("Forbidden"))
    );
    account.state.switches.talk_plan = TalkPlan::NotFound;
    assert_eq!(account.post(&path, json!({})).value()["error"], "InvalidEndpoint");
}

#[test]
fn a_voice_ticket_is_only_made_for_an_agent_who_exists() {
    let mut account = account();
    let mut make = |agent: u64, via: u64| {
        let ticket =
            json!({"subject": "s", "requester_id": 400, "via_id": via, "comment": {"body": "b", "public": false}});
        account.post(
            "/api/v2/channels/voice/tickets",
            json!({"display_to_agent": agent, "ticket": ticket}),
        )
    };
    assert_eq!(objections(&make(400, 45)), pair("display_to_agent", "InvalidValue"));
    assert_eq!(objections(&make(501, 7)), pair("via_id", "InvalidValue"));
    let answer = make(501, 45);
    assert_eq!(
        (answer.status, &answer.value()["ticket"]["via"]["channel"]),
        (201, &json!("voice"))
    );
    assert_eq!((account.state.tickets().len(), account.state.pops().len()), (1, 1));
}

#[test]
fn a_profile_is_shown_to_an_agent_who_is_there() {
    let mut account = account();
    let path = |agent: u64, user: u64| format!("/api/v2/channels/voice/agents/{agent}/users/{user}/display");
    let shown = account.post(&path(501, 400), json!({}));
    assert_eq!((shown.status, shown.body.len()), (200, 0));
    for (agent, user) in [(504, 400), (501, 9), (400, 400)] {
        assert_eq!(account.post(&path(agent, user), json!({})).status, 404);
    }
    assert_eq!(account.state.profile_pops(), [(501, 400)]);
}

#[test]
fn an_identity_is_verified() {
    let mut account = account();
    let body = json!({"identity": {"type": "email", "value": "k@customer.example"}});
    let made = account.post("/api/v2/users/400/identities", body).value();
    assert_eq!(made["identity"]["verified"], false);
    let path = format!("/api/v2/users/400/identities/{}/verify", made["identity"]["id"]);
    assert_eq!(account.put(&path, json!({})).value()["identity"]["verified"], true);
}
