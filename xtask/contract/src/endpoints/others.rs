//! Talk Partner Edition, searches, exports, jobs and tokens.

use std::sync::Arc;

use bridge_sim::zendesk::world::{CLIENT_ID, CLIENT_SECRET};
use secrecy::SecretString;
use zendesk_client::calls::{CallChanges, CallComment, Direction, NewCall};
use zendesk_client::jobs::JobId;
use zendesk_client::oauth::{App, InMemory, Pkce, TokenPair};
use zendesk_client::search::HitKind;
use zendesk_client::tickets::{NewComment, NewTicket};
use zendesk_client::voice::{CallVia, NewVoiceComment};
use zendesk_client::{AppId, Client, Credentials};

use super::Ids;
use crate::call::{Reading, Table};

pub(super) fn voice(
    table: &mut Table<'_>,
    client: &Client,
    &Ids {
        user,
        agent,
        ticket,
        stamp,
        ..
    }: &Ids,
) {
    let voice = client.voice();
    let new = NewTicket::new(NewComment::internal("Call from …450")).requester(user);
    let heard = NewVoiceComment::new("+49721123450", "+497214605300", stamp, 61, agent);
    let heard = new
        .clone()
        .voice_comment(heard.recording_url("https://pbx.acme.example/1.mp3"));
    table
        .at(
            "POST",
            "/api/v2/channels/voice/agents/{agent_id}/tickets/{ticket_id}/display",
        )
        .call("voice.display_ticket", "", voice.display_ticket(agent, ticket));
    table
        .at(
            "POST",
            "/api/v2/channels/voice/agents/{agent_id}/users/{user_id}/display",
        )
        .call("voice.display_profile", "", voice.display_profile(agent, user));
    table
        .at("POST", "/api/v2/channels/voice/tickets")
        .call(
            "voice.create_ticket",
            "fewest",
            voice.create_ticket(CallVia::Inbound, &new, None),
        )
        .call(
            "voice.create_ticket",
            "all",
            voice.create_ticket(CallVia::Outbound, &heard, Some(agent)),
        );
}

pub(super) fn calls(
    table: &mut Table<'_>,
    client: &Client,
    &Ids {
        user,
        agent,
        ticket,
        call: id,
        stamp,
        ..
    }: &Ids,
) {
    let calls = client.calls();
    let new = NewCall::new(
        AppId::new(900_123),
        "+49721123450",
        "+497214605300",
        Direction::Inbound,
        stamp,
    );
    let all = new
        .clone()
        .agent(agent)
        .end_user(user)
        .ended(stamp, 61)
        .completion_status("completed")
        .recording_url("https://pbx.acme.example/1.mp3")
        .external_id("hq/c1")
        .ticket(ticket);
    let changes = CallChanges::new()
        .ended(stamp, 61)
        .recording_url("https://pbx.acme.example/1.mp3");
    let title = CallComment::new("Inbound call");
    let comment = title
        .clone()
        .call_fields(["direction", "duration"])
        .author(agent)
        .display_to(agent)
        .subject("Inbound call");
    table
        .at("POST", "/api/v2/calls")
        .call("calls.create", "fewest", calls.create(&new))
        .call("calls.create", "all", calls.create(&all))
        .call(
            "calls.create_with_ticket",
            "fewest",
            calls.create_with_ticket(&new, &title),
        )
        .call(
            "calls.create_with_ticket",
            "all",
            calls.create_with_ticket(&all, &comment),
        );
    table
        .at("GET", "/api/v2/calls/{call_id}")
        .call("calls.show", "", calls.show(id));
    table
        .at("PATCH", "/api/v2/calls/{call_id}")
        .call("calls.update", "", calls.update(id, &changes));
    table
        .at("POST", "/api/v2/calls/{call_id}/comments")
        .call("calls.comment", "fewest", calls.comment(id, &title))
        .call("calls.comment", "all", calls.comment(id, &comment));
}

pub(super) fn searches(table: &mut Table<'_>, client: &Client) {
    let search = client.search();
    table
        .at("GET", "/api/v2/search")
        .list("search.query", "", &search.query("role:end-user phone:*72112345"));
    table
        .at("GET", "/api/v2/search/count")
        .call("search.count", "", search.count("type:ticket"));
    table.at("GET", "/api/v2/search/export").list(
        "search.export",
        "",
        &search.export(&HitKind::User, "phone:*72112345"),
    );
}

pub(super) fn incremental(table: &mut Table<'_>, client: &Client, ids: &Ids) {
    let stamp = ids.stamp;
    let export = client.incremental();
    table
        .at("GET", "/api/v2/incremental/users/cursor")
        .list("incremental.users", "", &export.users(stamp))
        .list(
            "incremental.users_and_identities",
            "",
            &export.users_and_identities(stamp),
        )
        .list(
            "incremental.users",
            "after a cursor",
            &export.users(stamp).after(&ids.export_cursor),
        );
    table
        .at("GET", "/api/v2/incremental/users")
        .list("incremental.users_by_time", "", &export.users_by_time(stamp));
    table
        .at("GET", "/api/v2/incremental/tickets/cursor")
        .list("incremental.tickets", "", &export.tickets(stamp));
    table.at("GET", "/api/v2/incremental/tickets").list(
        "incremental.tickets_by_time",
        "",
        &export.tickets_by_time(stamp),
    );
    table.at("GET", "/api/v2/incremental/ticket_events").list(
        "incremental.ticket_events",
        "",
        &export.ticket_events(stamp),
    );
}

pub(super) fn jobs(table: &mut Table<'_>, client: &Client) {
    let jobs = client.jobs();
    let id = JobId::new("V3-8b726e606741012ffc2d782bcb7848fe");
    table
        .at("GET", "/api/v2/job_statuses/{job_status_id}")
        .call("jobs.show", "", jobs.show(&id));
    table
        .at("GET", "/api/v2/job_statuses/show_many")
        .call("jobs.show_many", "", jobs.show_many(&[id.clone(), id]));
    table
        .at("GET", "/api/v2/job_statuses")
        .list("jobs.list", "", &jobs.list());
}

pub(super) fn oauth(table: &mut Table<'_>, client: &Client) -> anyhow::Result<()> {
    let oauth = client.oauth();
    let secret = || SecretString::from(CLIENT_SECRET);
    let by = |credentials: Credentials| -> anyhow::Result<Client> {
        let builder = Client::builder(client.base_url().to_string(), credentials);
        Ok(builder.retry(crate::wire::no_retries()).build()?)
    };
    let public = App::new(PUBLIC_CLIENT_ID, REDIRECT);
    let confidential = App::new(CLIENT_ID, REDIRECT).secret(secret()).scope("read");
    let nothing = || Arc::new(InMemory::default());
    let pair = |refresh: &str| Arc::new(InMemory::with(TokenPair::new("an-old-one".into(), refresh.into())));
    table
        .at("GET", "/api/v2/oauth/tokens/current")
        .call("oauth.current_token", "", oauth.current_token());
    table
        .at("DELETE", "/api/v2/oauth/tokens/current")
        .call("oauth.revoke_current", "", oauth.revoke_current());
    table
        .at("POST", TOKENS)
        .special(
            "oauth token",
            "by client",
            before_a_call(by(Credentials::client(CLIENT_ID, secret()))?),
        )
        .special(
            "oauth token",
            "by client, another scope",
            before_a_call(by(Credentials::client(CLIENT_ID, secret()).with_scope("read"))?),
        )
        .special(
            "oauth.sign_in",
            "fewest",
            sign_in(by(Credentials::tokens(public.clone(), nothing()))?, CODES[0]),
        )
        .special(
            "oauth.sign_in",
            "all",
            sign_in(by(Credentials::tokens(confidential.clone(), nothing()))?, CODES[1]),
        )
        .special(
            "oauth token",
            "refreshed, fewest",
            before_a_call(by(Credentials::tokens(public, pair(REFRESH_TOKENS[0])))?),
        )
        .special(
            "oauth token",
            "refreshed, all",
            before_a_call(by(Credentials::tokens(confidential, pair(REFRESH_TOKENS[1])))?),
        );
    Ok(())
}

const TOKENS: &str = "/oauth/tokens";
/// An OAuth client without a secret.
pub(crate) const PUBLIC_CLIENT_ID: &str = "zendesk_bridge_public";
/// Where a person who signed in is led back to.
pub(crate) const REDIRECT: &str = "https://bridge.acme.example/back";
/// What he brings along, of the client without and of that with a secret.
pub(crate) const CODES: [&str; 2] = ["c0de", "an0ther-c0de"];
/// What proves that the code is his who asked for it (the example of RFC 7636).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// What the authorization page was told of the verifier.
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// What the next token is asked for with, of the client without and of that with a secret.
pub(crate) const REFRESH_TOKENS: [&str; 2] = ["for-a-new-one", "for-another-one"];

/// The client asks for tokens by itself, where a request needs one.
fn before_a_call(client: Client) -> impl Fn() -> Reading {
    move || {
        let call = client.whoami();
        Box::pin(async move {
            match call.await {
                Err(error) if error.path() == TOKENS => Err(error),
                Ok(_) | Err(_) => Ok(None),
            }
        })
    }
}

fn sign_in(client: Client, code: &'static str) -> impl Fn() -> Reading {
    move || {
        let oauth = client.oauth();
        let pkce = Pkce::from_verifier(VERIFIER.into());
        Box::pin(async move { oauth.sign_in(code.into(), pkce).await.map(|()| None) })
    }
}
