//! Files: uploaded, attached, scanned, redacted.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{Account, account, objections, pair};
use crate::zendesk::{OversizedUpload, SimResponse, UnknownUpload};

fn upload(account: &mut Account, query: &str, content: &'static [u8]) -> SimResponse {
    let mut request = account
        .request(Method::POST, &format!("/api/v2/uploads.json?{query}"))
        .with("content-type", "application/octet-stream");
    request.body = Bytes::from_static(content);
    account.send(&request)
}

fn token(answer: &SimResponse) -> String {
    assert_eq!(answer.status, 201);
    answer.value()["upload"]["token"].as_str().unwrap().to_owned()
}

fn attach(account: &mut Account, ticket: u64, uploads: Value) -> SimResponse {
    let comment = json!({"body": "recording", "public": false, "uploads": uploads});
    account.put(
        &format!("/api/v2/tickets/{ticket}"),
        json!({"ticket": {"comment": comment}}),
    )
}

#[test]
fn files_of_one_token_become_the_attachments_of_one_comment() {
    let mut account = account();
    let first = upload(&mut account, "filename=call.wav", b"RIFF");
    assert_eq!(first.header("content-type"), Some("text/plain; charset=utf-8"));
    let file = first.value()["upload"]["attachment"].clone();
    assert_eq!((&file["content_type"], &file["size"]), (&json!("audio/wav"), &json!(4)));
    let token = token(&first);
    let second = upload(&mut account, &format!("filename=b.txt&token={token}"), b"text");
    assert_eq!(second.value()["upload"]["attachments"].as_array().unwrap().len(), 2);
    let ticket = account.ticket();
    let audit = attach(&mut account, ticket, json!([token])).value()["audit"].clone();
    assert_eq!(
        audit["events"][0]["attachments"][0]["malware_scan_result"],
        "not_scanned"
    );
    account.pass(1);
    let comments = account.get(&format!("/api/v2/tickets/{ticket}/comments")).value();
    assert_eq!(comments["comments"][0]["attachments"], json!([]));
    let files = &comments["comments"][1]["attachments"];
    assert_eq!((files.as_array().unwrap().len(), &files[0]["id"]), (2, &file["id"]));
    assert_eq!(files[0]["malware_scan_result"], "malware_not_found");
    let path = files[0]["content_url"]
        .as_str()
        .unwrap()
        .replace("https://acme.zendesk.com", "");
    let request = crate::zendesk::SimRequest::new(Method::GET, &path);
    assert_eq!(account.send(&request).body.as_ref(), b"RIFF");
    let again = attach(&mut account, ticket, json!(token));
    assert_eq!(
        objections(&again),
        pair("uploads", "InvalidValue"),
        "a token is good once"
    );
}

#[test]
fn a_new_ticket_takes_files_and_a_refused_one_leaves_them() {
    let mut account = account();
    let token = token(&upload(&mut account, "filename=a.mp3", b"ID3"));
    let body =
        |assignee: u64| json!({"ticket": {"assignee_id": assignee, "comment": {"body": "b", "uploads": [token]}}});
    assert_eq!(account.post("/api/v2/tickets", body(400)).status, 422);
    let made = account.post("/api/v2/tickets", body(501)).value();
    let id = made["ticket"]["id"].as_u64().unwrap();
    let audits = account.get(&format!("/api/v2/tickets/{id}/audits")).value();
    assert_eq!(audits["audits"][0]["events"][0]["attachments"][0]["file_name"], "a.mp3");
}

#[test]
fn what_a_scan_says_and_how_long_it_takes_are_switches() {
    let mut account = account();
    account.state.switches.scan_takes = std::time::Duration::from_secs(30);
    "malware_found".clone_into(&mut account.state.switches.scan_result);
    let id = upload(&mut account, "filename=a.txt", b"x").value()["upload"]["attachment"]["id"].clone();
    let mut scan = |seconds| {
        account.pass(seconds);
        account.get(&format!("/api/v2/attachments/{id}")).value()["attachment"]["malware_scan_result"].clone()
    };
    assert_eq!((scan(29), scan(1)), (json!("not_scanned"), json!("malware_found")));
}

#[test]
fn large_files_late_tokens_and_accounts_without_attachments_are_refused() {
    let mut account = account();
    account.state.switches.upload_limit = 3;
    assert_eq!(upload(&mut account, "filename=a.txt", b"1234").status, 413);
    account.state.switches.oversized_upload = OversizedUpload::Unprocessable;
    assert_eq!(upload(&mut account, "filename=a.txt", b"1234").status, 422);
    assert_eq!(upload(&mut account, "", b"123").status, 400);
    account.state.switches.upload_as_text = false;
    let answer = upload(&mut account, "filename=a.txt", b"123");
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
    let (late, ticket) = (token(&answer), account.ticket());
    account.pass(3600);
    assert_eq!(
        objections(&attach(&mut account, ticket, json!([late]))),
        pair("uploads", "InvalidValue")
    );
    account.state.switches.unknown_upload = UnknownUpload::Ignored;
    assert_eq!(attach(&mut account, ticket, json!([late])).status, 200);
    account.state.switches.attachments_enabled = false;
    assert_eq!(upload(&mut account, "filename=a.txt", b"123").status, 403);
}

#[test]
fn uploads_are_deleted_and_attachments_redacted() {
    let mut account = account();
    let gone = token(&upload(&mut account, "filename=a.txt", b"x"));
    assert_eq!(account.delete(&format!("/api/v2/uploads/{gone}")).status, 204);
    assert_eq!(account.delete(&format!("/api/v2/uploads/{gone}.json")).status, 404);
    let kept = token(&upload(&mut account, "filename=secret.txt", b"x"));
    let ticket = account.ticket();
    let event = attach(&mut account, ticket, json!([kept])).value()["audit"]["events"][0].clone();
    let (comment, file) = (&event["id"], &event["attachments"][0]["id"]);
    let path = format!("/api/v2/tickets/{ticket}/comments/{comment}/attachments/{file}/redact");
    assert_eq!(
        account.put(&path, json!({})).value()["attachment"]["file_name"],
        "redacted.txt"
    );
    assert_eq!(
        account.get(&format!("/api/v2/attachments/{file}")).value()["attachment"]["file_name"],
        "redacted.txt"
    );
    let other = format!("/api/v2/tickets/{ticket}/comments/1/attachments/{file}/redact");
    assert_eq!(account.put(&other, json!({})).status, 404);
}
