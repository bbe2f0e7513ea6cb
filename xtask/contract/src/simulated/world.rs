//! A small world for the simulated Zendesk.

use anyhow::Context as _;
use bridge_sim::zendesk::{NewUser, SimRequest, State, Switches, world};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use zendesk_client::{AuditId, CallId, CommentId, GroupId, IdentityId, MembershipId, TicketId, UserFieldId, UserId};

use super::fields;
use crate::endpoints::Ids;
use crate::endpoints::others::{CHALLENGE, CODES, PUBLIC_CLIENT_ID, REDIRECT, REFRESH_TOKENS};

/// A customer of the small world.
pub(super) const CUSTOMER: u64 = 900;
/// An agent of it, who is signed in.
pub(super) const AGENT: u64 = 501;
/// An agent of it who is not.
pub(super) const AWAY: u64 = 504;
/// A group of both.
pub(super) const GROUP: u64 = 71;

/// A call that was recorded.
const CALL: u64 = 33_144_692_244_378;

/// A small world, and what there is in it.
pub(super) struct World {
    pub(super) ids: Ids,
    /// When it is looked at.
    pub(super) now: Timestamp,
}

impl World {
    /// Sets the world up once, to learn which ids it has.
    pub(super) fn new() -> anyhow::Result<Self> {
        let (mut state, now) = Self::fresh()?;
        let users = SimRequest::new(Method::GET, "/api/v2/users?page%5Bsize%5D=2").bearer(world::OAUTH_TOKEN);
        let users = state.handle(&users, now).value();
        let cursor = users["meta"]["after_cursor"]
            .as_str()
            .context("the world's users end too soon")?
            .to_owned();
        let mut first = |path: &str, list: &str, wanted: &str| {
            let found = state
                .handle(&SimRequest::new(Method::GET, path).bearer(world::OAUTH_TOKEN), now)
                .value();
            let record = found[list]
                .as_array()
                .into_iter()
                .flatten()
                .find(|one| wanted.is_empty() || one["type"] == wanted);
            record
                .and_then(|one| one["id"].as_u64())
                .with_context(|| format!("the world has no {list}"))
        };
        let identity = first(
            &format!("/api/v2/users/{CUSTOMER}/identities"),
            "identities",
            "phone_number",
        )?;
        let membership = first(
            &format!("/api/v2/users/{AGENT}/group_memberships"),
            "group_memberships",
            "",
        )?;
        let field = first("/api/v2/user_fields", "user_fields", "")?;
        let ticket = first("/api/v2/tickets", "tickets", "")?;
        let comment = first(&format!("/api/v2/tickets/{ticket}/comments"), "comments", "")?;
        let audit = first(&format!("/api/v2/tickets/{ticket}/audits"), "audits", "")?;
        let export = "/api/v2/incremental/users/cursor?start_time=0&per_page=2";
        let export = SimRequest::new(Method::GET, export).bearer(world::OAUTH_TOKEN);
        let export = state.handle(&export, now).value();
        let export_cursor = export["after_cursor"].as_str();
        let export_cursor = export_cursor.context("an export of users has no cursor")?.to_owned();
        Ok(Self {
            now,
            ids: Ids {
                user: UserId::new(CUSTOMER),
                identity: IdentityId::new(identity),
                agent: UserId::new(AGENT),
                group: GroupId::new(GROUP),
                membership: MembershipId::new(membership),
                field: UserFieldId::new(field),
                ticket: TicketId::new(ticket),
                comment: CommentId::new(comment),
                audit: AuditId::new(audit),
                call: CallId::new(CALL),
                stamp: then()?,
                cursor,
                export_cursor,
            },
        })
    }

    /// The world that is always there, with a customer and his ticket, three minutes after all that was written: exports and searches
    /// know of it.
    pub(super) fn fresh() -> anyhow::Result<(State, Timestamp)> {
        let now = then()?;
        let mut state = world::default_zendesk(Switches::default(), now);
        state.add_user(
            NewUser {
                id: Some(CUSTOMER),
                name: "Customer".to_owned(),
                email: Some("customer@customer.example".to_owned()),
                phone: Some("+49721123456".to_owned()),
                ..NewUser::default()
            },
            now,
        );
        let ticket = json!({"ticket": {"requester_id": CUSTOMER, "external_id": "c1", "comment": {"body": "rings", "public": false}}});
        let request = SimRequest::new(Method::POST, "/api/v2/tickets")
            .bearer(world::OAUTH_TOKEN)
            .json(&ticket);
        let answer = state.handle(&request, now);
        anyhow::ensure!(
            answer.status == 201,
            "the world's ticket is refused with {}{}",
            answer.status,
            fields(&answer)
        );
        // A group that the agent is not in yet.
        state.add_group(73, "Export", now);
        // The file, upload and job that the client's requests name (see `endpoints`).
        let made = answer.value()["ticket"]["id"].as_u64().unwrap_or_default();
        state.add_attachment(made, 33_144_692_244_377, 33_144_692_244_376, "call.wav", now);
        state.add_upload("6bk3gql82em5nmf", "call.wav", &b"RIFF"[..], now);
        state.add_job("V3-8b726e606741012ffc2d782bcb7848fe", now);
        state.add_call(CALL, "+49721123450", "+497214605300", now);
        // Who signs in, and who has signed in before.
        state.add_public_oauth_client(PUBLIC_CLIENT_ID, world::API_USER.0, "read write");
        for (client, (code, token)) in [PUBLIC_CLIENT_ID, world::CLIENT_ID]
            .into_iter()
            .zip(CODES.into_iter().zip(REFRESH_TOKENS))
        {
            let now = later(now);
            state.allow_redirect(client, REDIRECT);
            state.add_authorization_code(code, client, REDIRECT, Some(CHALLENGE), now);
            state.add_refresh_token(token, client, now);
        }
        Ok((state, later(now)))
    }
}

/// When all was written.
fn then() -> anyhow::Result<Timestamp> {
    Ok("2026-11-24T14:02:00Z".parse()?)
}

/// When it is looked at.
fn later(then: Timestamp) -> Timestamp {
    then + SignedDuration::from_mins(3)
}
