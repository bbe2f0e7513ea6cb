//! Real answers, where the recordings lie beside the workspace: whatever the covered endpoints really said must decode.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};
use zendesk_client::attachments::NewFile;
use zendesk_client::calls::{CallComment, Direction, NewCall};
use zendesk_client::groups::GroupData;
use zendesk_client::identities::NewIdentity;
use zendesk_client::jobs::JobId;
use zendesk_client::search::HitKind;
use zendesk_client::tickets::{NewComment, NewTicket, TicketChanges};
use zendesk_client::user_fields::{NewUserField, UserFieldChanges};
use zendesk_client::users::{FieldKey, UserData};
use zendesk_client::{
    AppId, AttachmentId, Body, CallId, Client, CommentId, Error, ErrorKind, GroupId, IdentityId, Listing, MembershipId,
    Resource, TicketId, UserFieldId, UserId,
};

use crate::client;

struct Exchange {
    name: String,
    method: String,
    template: String,
    status: u16,
    headers: Value,
    body: Value,
}

#[tokio::test]
async fn recorded_answers_decode() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/zendesk-exchanges");
    let Ok(files) = fs::read_dir(&folder) else {
        say("recorded answers: skipped, there are none beside the workspace");
        return;
    };
    let server = MockServer::start().await;
    let client = client(&server);
    let (mut covered, mut not) = (0, BTreeMap::<String, u32>::new());
    for file in files {
        let exchange = read(&file.unwrap().path());
        server.reset().await;
        Mock::given(any()).respond_with(exchange.answer()).mount(&server).await;
        match call(&client, &exchange).await {
            Some(result) => {
                covered += 1;
                judge(&exchange, result);
            }
            None => {
                *not.entry(format!("{} {}", exchange.method, exchange.template))
                    .or_default() += 1
            }
        }
    }
    say(&format!(
        "recorded answers: {covered} of covered endpoints decoded, not covered: {not:?}"
    ));
    assert!(covered > 280, "only {covered} recordings were recognized");
}

/// Asks the client's method for the endpoint and throws the decoded answer away; `None` if there is no such method.
async fn call(client: &Client, exchange: &Exchange) -> Option<Result<(), Error>> {
    let (path, method) = (exchange.template.as_str(), exchange.method.as_str());
    let path = path.strip_prefix("/api/v2/").unwrap_or(path);
    if let Some(result) = users(client, method, path).await {
        return Some(result);
    }
    if let Some(result) = tickets(client, method, path).await {
        return Some(result);
    }
    others(client, method, path).await
}

const USER: UserId = UserId::new(7);
const TICKET: TicketId = TicketId::new(7);

async fn users(client: &Client, method: &str, path: &str) -> Option<Result<(), Error>> {
    let (users, identities, identity) = (client.users(), client.identities(), IdentityId::new(7));
    let data = UserData::new().name("A").external_id("x");
    let result = match (method, path) {
        ("GET", "users/me") => users.me().await.map(drop),
        ("GET", "users/{id}") => users.show(USER).await.map(drop),
        ("GET", "users/show_many") => users.show_many(&[USER]).await.map(drop),
        ("GET", "users/search") => one_page(client, users.search("x")).await,
        ("GET", "users") => one_page(client, users.agents()).await,
        ("POST", "users") => users.create(&data).await.map(drop),
        ("POST", "users/create_or_update") => users.create_or_update(&data).await.map(drop),
        ("PUT", "users/{id}") => users.update(USER, &data).await.map(drop),
        ("DELETE", "users/{id}") => users.delete(USER).await.map(drop),
        ("POST", "users/create_many") => users.create_many(&[data]).await.map(drop),
        ("PUT", "users/update_many") => users.update_many(&[(USER, data)]).await.map(drop),
        ("DELETE", "users/destroy_many") => users.destroy_many(&[USER]).await.map(drop),
        ("GET", "users/{id}/related") => users.related(USER).await.map(drop),
        ("GET", "users/{id}/identities") => one_page(client, identities.list(USER)).await,
        ("GET", "users/{id}/identities/{id}") => identities.show(USER, identity).await.map(drop),
        ("PUT", "users/{id}/identities/{id}") => identities.update(USER, identity, "x").await.map(drop),
        ("POST", "users/{id}/identities") => identities.create(USER, &NewIdentity::email("x")).await.map(drop),
        ("DELETE", "users/{id}/identities/{id}") => identities.delete(USER, identity).await,
        ("PUT", "users/{id}/identities/{id}/make_primary") => identities.make_primary(USER, identity).await.map(drop),
        _ => return None,
    };
    Some(result)
}

async fn tickets(client: &Client, method: &str, path: &str) -> Option<Result<(), Error>> {
    let tickets = client.tickets();
    let (new, changes) = (
        NewTicket::new(NewComment::internal("x")),
        TicketChanges::new().subject("x"),
    );
    let result = match (method, path) {
        ("POST", "tickets" | "imports/tickets") => tickets.create(&new, None).await.map(drop),
        ("GET", "tickets/{id}") => tickets.show(TICKET).await.map(drop),
        ("PUT", "tickets/{id}") => tickets.update(TICKET, &changes).await.map(drop),
        ("DELETE", "tickets/{id}") => tickets.delete(TICKET).await,
        ("GET", "tickets") => one_page(client, tickets.list_by_external_id("x")).await,
        ("GET", "users/{id}/tickets/requested") => one_page(client, tickets.requested_by(USER)).await,
        ("GET", "tickets/show_many") => tickets.show_many(&[TICKET]).await.map(drop),
        ("POST", "tickets/create_many") => tickets.create_many(&[new]).await.map(drop),
        ("PUT", "tickets/update_many") => tickets.update_all(&[TICKET], &changes).await.map(drop),
        ("DELETE", "tickets/destroy_many") => tickets.destroy_many(&[TICKET]).await.map(drop),
        ("GET", "tickets/{id}/comments") => one_page(client, tickets.comments(TICKET)).await,
        ("GET", "tickets/{id}/audits") => one_page(client, tickets.audits(TICKET)).await,
        ("GET", "ticket_audits") => one_page(client, tickets.all_audits()).await,
        ("PUT", "tickets/{id}/comments/{id}/attachments/{id}/redact") => client
            .attachments()
            .redact(TICKET, CommentId::new(7), AttachmentId::new(7))
            .await
            .map(drop),
        _ => return None,
    };
    Some(result)
}

async fn others(client: &Client, method: &str, path: &str) -> Option<Result<(), Error>> {
    let (groups, group, group_data) = (client.groups(), GroupId::new(7), GroupData::new().name("A"));
    let (memberships, membership) = (client.memberships(), MembershipId::new(7));
    let (fields, field, key) = (client.user_fields(), UserFieldId::new(7), FieldKey::new("a").unwrap());
    let (incremental, since) = (client.incremental(), Timestamp::UNIX_EPOCH);
    let (calls, call) = (client.calls(), CallId::new(7));
    let result = match (method, path) {
        ("GET", "groups") => one_page(client, groups.list()).await,
        ("GET", "groups/assignable") => one_page(client, groups.assignable()).await,
        ("GET", "users/{id}/groups") => one_page(client, groups.of_user(USER)).await,
        ("GET", "groups/{id}") => groups.show(group).await.map(drop),
        ("POST", "groups") => groups.create(&group_data).await.map(drop),
        // One recording left the id out of the path.
        ("PUT", "groups/{id}" | "groups") => groups.update(group, &group_data).await.map(drop),
        ("DELETE", "groups/{id}") => groups.delete(group).await,
        ("GET", "group_memberships") => one_page(client, memberships.list()).await,
        ("GET", "users/{id}/group_memberships") => one_page(client, memberships.of_user(USER)).await,
        ("GET", "group_memberships/{id}") => memberships.show(membership).await.map(drop),
        ("POST", "group_memberships") => memberships.create(USER, group).await.map(drop),
        ("DELETE", "group_memberships/{id}") => memberships.delete(membership).await,
        ("GET", "user_fields") => one_page(client, fields.list()).await,
        ("GET", "user_fields/{id}") => fields.show(field).await.map(drop),
        ("POST", "user_fields") => fields.create(&NewUserField::text(&key, "A")).await.map(drop),
        ("PUT", "user_fields/{id}") => fields.update(field, &UserFieldChanges::new()).await.map(drop),
        ("DELETE", "user_fields/{id}") => fields.delete(field).await,
        ("GET", "incremental/users/cursor") => one_page(client, incremental.users(since)).await,
        ("GET", "incremental/users") => one_page(client, incremental.users_by_time(since)).await,
        ("GET", "incremental/tickets/cursor") => one_page(client, incremental.tickets(since)).await,
        ("GET", "incremental/tickets") => one_page(client, incremental.tickets_by_time(since)).await,
        ("GET", "incremental/ticket_events") => one_page(client, incremental.ticket_events(since)).await,
        ("GET", "search") => one_page(client, client.search().query("x")).await,
        ("GET", "search/export") => one_page(client, client.search().export(&HitKind::User, "x")).await,
        ("GET", "job_statuses/{id}") => client.jobs().show(&JobId::new("V3-1")).await.map(drop),
        ("POST", "uploads") => {
            let file = NewFile::new("a.wav", "audio/wav", Body::bytes("RIFF"));
            client.attachments().upload(file).await.map(drop)
        }
        // One recording is of a path that Zendesk has no more.
        ("GET", "attachments/{id}" | "attachment") => client.attachments().show(AttachmentId::new(7)).await.map(drop),
        ("POST", "calls") => {
            let new = NewCall::new(AppId::new(7), "1", "2", Direction::Inbound, since);
            calls.create(&new).await.map(drop)
        }
        ("GET", "calls/{id}") => calls.show(call).await.map(drop),
        ("POST", "calls/{id}/comments") => calls.comment(call, &CallComment::new("x")).await.map(drop),
        _ => return None,
    };
    Some(result)
}

/// One page as it came: where it links to does not matter.
async fn one_page<T: Resource>(client: &Client, list: Listing<T>) -> Result<(), Error> {
    client.send(list.request()).await.map(drop)
}

fn judge(exchange: &Exchange, result: Result<(), Error>) {
    let name = &exchange.name;
    match (exchange.status, result) {
        (200..300, Ok(())) => {}
        // Two recordings are of the anonymous user.
        (200, Err(error)) if error.kind() == ErrorKind::NotAuthenticated && exchange.body["user"]["id"].is_null() => {}
        (404, Err(error)) if error.kind() == ErrorKind::NotFound => {
            assert_eq!(error.code(), Some("RecordNotFound"), "{name}")
        }
        (409, Err(error)) if error.kind() == ErrorKind::Collision => {}
        (429, Err(error)) if error.kind() == ErrorKind::RateLimited => {
            assert_eq!(error.retry_after().unwrap().as_secs(), 27)
        }
        (status, result) => panic!(
            "{name}: {status} was read as {result:?}, source {:?}",
            result.as_ref().err().and_then(std::error::Error::source)
        ),
    }
}

fn read(path: &Path) -> Exchange {
    let mut recorded: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let text = |key: &str| recorded[key].as_str().unwrap_or_default().to_owned();
    Exchange {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        method: text("method"),
        template: text("path_template"),
        status: recorded["status"].as_u64().unwrap().try_into().unwrap(),
        headers: recorded["response_headers"].take(),
        body: recorded["response_body"].take(),
    }
}

impl Exchange {
    fn answer(&self) -> ResponseTemplate {
        let mut answer = ResponseTemplate::new(self.status);
        for (name, value) in self.headers.as_object().into_iter().flatten() {
            // The recordings' bodies are unpacked and whole.
            if ![
                "content-encoding",
                "content-length",
                "transfer-encoding",
                "connection",
                "content-type",
            ]
            .contains(&name.as_str())
            {
                answer = answer.insert_header(name.as_str(), value.as_str().unwrap_or_default());
            }
        }
        let kind = self.headers["content-type"].as_str().unwrap_or("application/json");
        match &self.body {
            Value::String(text) => answer.set_body_raw(text.clone(), kind),
            Value::Null => answer,
            json @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                answer.set_body_raw(json.to_string(), kind)
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "whoever runs the tests is told what was left out")]
fn say(text: &str) {
    println!("{text}");
}
