//! Calls as records, and comments made of them.

use http::Method;
use serde_json::{Value, json};

use super::{Account, account, objections, pair};
use crate::zendesk::{CallApp, TalkPlan};

fn call(more: Value) -> Value {
    let mut call = json!({"app_id": 7, "from_line": "+4972112345", "to_line": "+497214605300",
        "call_started_at": "2026-11-24T15:02:00+01", "direction": "inbound"});
    for (key, value) in more.as_object().unwrap() {
        call[key] = value.clone();
    }
    call
}

fn patch(account: &mut Account, target: &str, body: Value) -> Value {
    let request = account.request(Method::PATCH, target).json(&body);
    let answer = account.send(&request);
    assert_eq!(answer.status, 200, "{}", answer.value());
    answer.value()
}

#[test]
fn a_call_is_recorded_in_utc_and_changed() {
    let mut account = account();
    let answer = account.post(
        "/api/v2/calls",
        json!({"call": call(json!({"external_id": "c1", "wat": 1}))}),
    );
    let made = answer.value()["call"].clone();
    assert_eq!(
        (answer.status, &made["call_started_at"]),
        (201, &json!("2026-11-24T14:02:00Z"))
    );
    assert_eq!((&made["ticket_id"], &made["talk_time"]), (&Value::Null, &Value::Null));
    assert!(answer.header("x-zendesk-api-warn").unwrap().contains("call.wat"));
    let path = format!("/api/v2/calls/{}", made["id"]);
    let changed = patch(
        &mut account,
        &path,
        json!({"call": {"duration": 61, "completion_status": "completed"}}),
    );
    assert_eq!(
        (&changed["call"]["duration"], &changed["call"]["external_id"]),
        (&json!(61), &json!("c1"))
    );
    assert_eq!(account.get(&path).value(), changed);
    assert_eq!(account.get("/api/v2/calls/1").status, 404);
}

#[test]
fn a_call_with_a_comment_gets_a_ticket_and_a_change_reaches_the_comment() {
    let mut account = account();
    let comment = json!({"title": "Inbound call", "call_fields": ["direction", "call_started_at"], "display_to_agent": 501, "subject": "Call"});
    let body = json!({"call": call(json!({"end_user_id": 400, "agent_id": 501})), "comment": comment});
    let made = account.post("/api/v2/calls", body).value()["call"].clone();
    let ticket = made["ticket_id"].as_u64().unwrap();
    let snapshot = account.state.ticket(ticket).unwrap();
    assert_eq!(
        (snapshot.requester, snapshot.assignee, snapshot.subject.as_str()),
        (400, Some(501), "Call")
    );
    let text = "Inbound call\n\nSummary\nDirection: inbound\nCall started at: 2026-11-24T14:02:00Z";
    assert_eq!(
        (snapshot.comments[0].body.as_str(), snapshot.comments[0].author),
        (text, 400)
    );
    assert_eq!(
        account
            .state
            .pops()
            .iter()
            .map(|pop| (pop.agent, pop.ticket))
            .collect::<Vec<_>>(),
        [(501, ticket)]
    );

    let path = format!("/api/v2/calls/{}", made["id"]);
    patch(
        &mut account,
        &path,
        json!({"call": {"recording_url": "https://pbx.example/1.mp3", "direction": "callback"}}),
    );
    let comments = account.get(&format!("/api/v2/tickets/{ticket}/comments")).value();
    let shown = &comments["comments"][0];
    assert_eq!(
        (&shown["type"], &shown["data"]["recording_url"]),
        (&json!("TpeVoiceComment"), &json!("https://pbx.example/1.mp3"))
    );
    assert!(shown["body"].as_str().unwrap().contains("Direction: callback"));
    let html = shown["html_body"].as_str().unwrap();
    assert!(
        html.starts_with("<div class=\"zd-comment\"") && html.contains("Direction: callback"),
        "{html}"
    );
}

#[test]
fn comments_of_a_call_share_its_ticket() {
    let mut account = account();
    account.state.add_call(33, "+4972112345", "+497214605300", account.now);
    let comment = json!({"title": "First", "call_fields": ["direction"], "comment": {"title": "no"}});
    let answer = account.post("/api/v2/calls/33/comments", comment);
    let first = answer.value();
    assert_eq!(
        (answer.status, &first["body"]),
        (201, &json!("First\n\nSummary\nDirection: inbound"))
    );
    assert_eq!(
        first["html_body"],
        "<div class=\"zd-comment\" dir=\"auto\"><p dir=\"auto\">First</p>\n<p dir=\"auto\">Summary<br>\nDirection: inbound</p></div>"
    );
    assert!(answer.header("x-zendesk-api-warn").unwrap().contains("comment"));
    account.post(
        "/api/v2/calls/33/comments",
        json!({"title": "Second", "author_id": 501}),
    );
    let tickets = account.state.tickets();
    assert_eq!(
        (tickets.len(), tickets[0].comments.len(), tickets[0].comments[1].author),
        (1, 2, 501)
    );
    let audits = account
        .get(&format!("/api/v2/tickets/{}/audits", tickets[0].id))
        .value();
    assert_eq!(audits["audits"][1]["events"][0]["type"], "TpeVoiceComment");
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_call() {
    let mut account = account();
    for key in ["app_id", "from_line", "to_line", "call_started_at", "direction"] {
        let mut short = call(json!({}));
        short.as_object_mut().unwrap().remove(key);
        let answer = account.post("/api/v2/calls", json!({"call": short}));
        assert_eq!(objections(&answer), pair(key, "BlankValue"));
    }
    for (more, key) in [
        (json!({"agent_id": 400}), "agent_id"),
        (json!({"end_user_id": 1}), "end_user_id"),
        (json!({"direction": "sideways"}), "direction"),
        (json!({"completion_status": "odd"}), "completion_status"),
        (json!({"call_ended_at": "soon"}), "call_ended_at"),
        (json!({"ticket_id": 1}), "ticket_id"),
    ] {
        let answer = account.post("/api/v2/calls", json!({"call": call(more)}));
        assert_eq!(objections(&answer), pair(key, "InvalidValue"));
    }
    account.state.add_call(33, "+49721", "+49722", account.now);
    for (comment, key) in [
        (json!({"call_fields": []}), "title"),
        (json!({"title": "x", "display_to_agent": 400}), "display_to_agent"),
        (json!({"title": "x", "author_id": 1}), "author_id"),
    ] {
        let code = if key == "title" { "BlankValue" } else { "InvalidValue" };
        let answer = account.post("/api/v2/calls", json!({"call": call(json!({})), "comment": comment}));
        assert_eq!(objections(&answer), pair(key, code));
        assert_eq!(
            objections(&account.post("/api/v2/calls/33/comments", comment)),
            pair(key, code)
        );
    }
    assert_eq!((account.state.tickets().len(), account.state.calls.len()), (0, 1));
}

#[test]
fn without_the_plan_or_the_app_there_are_no_calls() {
    let mut account = account();
    let mut ask = |plan, app| {
        account.state.switches.talk_plan = plan;
        account.state.switches.call_app = app;
        account.post("/api/v2/calls", json!({"call": call(json!({}))})).status
    };
    assert_eq!(ask(TalkPlan::Forbidden, CallApp::Installed), 403);
    assert_eq!(ask(TalkPlan::NotFound, CallApp::Installed), 404);
    assert_eq!(ask(TalkPlan::Partner, CallApp::Forbidden), 403);
    assert_eq!(ask(TalkPlan::Partner, CallApp::NotFound), 404);
    assert_eq!(ask(TalkPlan::Partner, CallApp::Installed), 201);
}

#[test]
fn a_recording_is_a_comment_of_its_own() {
    let mut account = account();
    let ticket = account.ticket();
    let voice = json!({"from": "+4972112345", "to": "+497214605300", "recording_url": "https://pbx.example/1.mp3",
        "started_at": "2026-11-24T14:02:00Z", "call_duration": 40, "answered_by_id": 501});
    let path = format!("/api/v2/tickets/{ticket}");
    let answer = account.put(&path, json!({"ticket": {"voice_comment": voice.clone()}}));
    assert_eq!(answer.value()["audit"]["events"][0]["type"], "VoiceComment");
    let new = json!({"via_id": 44, "requester_id": 400, "voice_comment": voice});
    let made = account.post("/api/v2/tickets", json!({"ticket": new})).value();
    let event = &made["audit"]["events"][0];
    assert_eq!(
        (&event["type"], &event["data"]["via_id"]),
        (&json!("VoiceComment"), &json!(44))
    );
    assert_eq!(
        (&event["body"], &event["formatted_from"]),
        (
            &json!("Call from: +4972112345\nCall to: +497214605300"),
            &json!("+4972112345")
        )
    );
}
