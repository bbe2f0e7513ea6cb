//! What a Zendesk account holds, and how it answers a request: without sockets and without a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::auth::Keys;
use super::calls::Call;
use super::check::{Checked, Key};
use super::errors;
use super::fault;
use super::group::{Group, Membership};
use super::idempotency::Replays;
use super::index::{Doc, Index, TicketDoc};
use super::jobs::Job;
use super::log::{Entry, Log};
use super::message::{Delivery, Params, SimRequest, SimResponse};
use super::people::{Identities, Users};
use super::rate::Buckets;
use super::routes::{self, Endpoint};
use super::switch_kinds::{Class, Details, Down};
use super::switches::Switches;
use super::ticket::Ticket;
use super::upload::{Attachment, Upload};
use super::user_field::UserField;
use super::view::Pop;

/// The simulated Zendesk as a value: give it a request and the time, and it answers. It reads no clock and opens no
/// socket, so it also runs on virtual time.
///
/// ```
/// use bridge_sim::zendesk::{SimRequest, Switches, world};
/// use http::Method;
///
/// let now: jiff::Timestamp = "2026-11-24T14:02:00Z".parse()?;
/// let mut zendesk = world::default_zendesk(Switches::default(), now);
/// let request = SimRequest::new(Method::GET, "/api/v2/groups.json").bearer(world::OAUTH_TOKEN);
/// let answer = zendesk.handle(&request, now);
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.value()["groups"][0]["name"], "Support");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct State {
    /// How it behaves; may be changed at any time.
    pub switches: Switches,
    pub(super) base_url: String,
    pub(super) users: Users,
    pub(super) identities: Identities,
    pub(super) groups: BTreeMap<u64, Group>,
    pub(super) memberships: BTreeMap<u64, Membership>,
    pub(super) user_fields: Vec<UserField>,
    pub(super) tickets: BTreeMap<u64, Ticket>,
    pub(super) suspended_tickets: usize,
    pub(super) jobs: Vec<Job>,
    pub(super) calls: BTreeMap<u64, Call>,
    pub(super) uploads: BTreeMap<String, Upload>,
    pub(super) attachments: BTreeMap<u64, Attachment>,
    pub(super) index: Index<Doc>,
    pub(super) ticket_index: Index<TicketDoc>,
    pub(super) keys: Keys,
    pub(super) replays: Replays,
    pub(super) signed_in: BTreeSet<u64>,
    pub(super) pops: Vec<Pop>,
    pub(super) profile_pops: Vec<(u64, u64)>,
    buckets: Buckets,
    log: Log,
    next_ticket: u64,
    next_id: u64,
    requests: u64,
}

/// What a handler needs to know of a request, and what it adds to the answer's headers.
pub(super) struct Ctx<'a> {
    pub(super) request: &'a SimRequest,
    pub(super) params: Params,
    /// The numbers in the path.
    pub(super) ids: Vec<u64>,
    /// When the request came.
    pub(super) arrived: Timestamp,
    /// The same in whole seconds, as Zendesk keeps time.
    pub(super) now: Timestamp,
    /// Who asks; 0 for nobody.
    pub(super) user: u64,
    /// Keys of the body that were dropped.
    dropped: Vec<String>,
    /// The endpoint's answer gets these.
    headers: Vec<(String, String)>,
}

/// `Err` is an answer, too: the one that ends the request early.
pub(super) type Reply = Result<SimResponse, SimResponse>;

impl State {
    /// An empty account: nobody can ask it anything. See [`world`](super::world) for one that is set up.
    #[must_use]
    pub fn new(switches: Switches) -> Self {
        Self {
            switches,
            base_url: "https://acme.zendesk.com".to_owned(),
            users: Users::default(),
            identities: Identities::default(),
            groups: BTreeMap::new(),
            memberships: BTreeMap::new(),
            user_fields: Vec::new(),
            tickets: BTreeMap::new(),
            suspended_tickets: 0,
            jobs: Vec::new(),
            calls: BTreeMap::new(),
            uploads: BTreeMap::new(),
            attachments: BTreeMap::new(),
            index: Index::default(),
            ticket_index: Index::default(),
            keys: Keys::default(),
            replays: Replays::default(),
            signed_in: BTreeSet::new(),
            pops: Vec::new(),
            profile_pops: Vec::new(),
            buckets: Buckets::default(),
            log: Log::default(),
            next_ticket: 1,
            next_id: 33_144_692_000_000,
            requests: 0,
        }
    }

    /// Where the account is reached; addresses in answers begin with it. Default `https://acme.zendesk.com`.
    pub fn set_base_url(&mut self, url: impl Into<String>) {
        self.base_url = url.into();
    }

    /// The next ticket gets this id, unless that would be an id again. Default 1.
    pub fn next_ticket_is(&mut self, id: u64) {
        self.next_ticket = self.next_ticket.max(id);
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &SimRequest, now: Timestamp) -> SimResponse {
        self.requests += 1;
        let (arrived, now) = (now, whole_seconds(now));
        let spelt = self.switches.json_paths || !request.path.ends_with(".json");
        let found = routes::find(&request.method, &request.path).filter(|_| spelt);
        let (template, class) = match &found {
            Some((endpoint, _)) => (endpoint.template, Some(endpoint.class)),
            None => ("(none)", None),
        };
        let mut answer = match self.switches.down {
            Some(Down::Closed) => SimResponse::lost(),
            Some(Down::Unavailable { retry_after }) => fault::unavailable(retry_after),
            None => {
                let fault = self
                    .switches
                    .faults
                    .iter_mut()
                    .find_map(|fault| fault.strikes(class).then(|| fault.clone()));
                match fault {
                    Some(fault) if !fault.is_committed() => fault.spoil(SimResponse::empty(200)),
                    Some(fault) => fault.spoil(self.answer(request, found, arrived)),
                    None => self.answer(request, found, arrived),
                }
            }
        };
        if answer.delivery != Delivery::Lost {
            if let Some(delay) = class.and_then(|class| self.switches.delays.get(&class)) {
                answer.delay += *delay;
            }
            answer = answer.with("x-request-id", format!("{}-SIM", self.hex(16)));
        }
        // What hangs, or comes late, is still being worked on.
        if class == Some(Class::CreateTicket) {
            self.replays.under_way(request, arrived, answer.delay);
        }
        self.log.add(Entry {
            at: now,
            method: request.method.to_string(),
            template: template.to_owned(),
            status: (answer.delivery != Delivery::Lost).then_some(answer.status),
        });
        answer
    }

    /// What was asked of the account so far.
    #[must_use]
    pub fn requests(&self) -> &Log {
        &self.log
    }

    fn answer(
        &mut self,
        request: &SimRequest,
        found: Option<(&'static Endpoint, Vec<u64>)>,
        arrived: Timestamp,
    ) -> SimResponse {
        let Some((endpoint, ids)) = found else {
            return match request.path.starts_with("/api/v2/") {
                true => errors::no_such_endpoint(),
                false => errors::html(404, "Not Found"),
            };
        };
        let mut ctx = Ctx {
            request,
            params: request.params(),
            ids,
            arrived,
            now: whole_seconds(arrived),
            user: 0,
            dropped: Vec::new(),
            headers: Vec::new(),
        };
        let answer = self.run(endpoint, &mut ctx).unwrap_or_else(|refusal| refusal);
        self.dress(answer, endpoint, ctx)
    }

    fn run(&mut self, endpoint: &'static Endpoint, ctx: &mut Ctx<'_>) -> Reply {
        if endpoint.is_open() {
            return (endpoint.run)(self, ctx);
        }
        self.count(ctx, "account", None, self.switches.limits.account, 60, |resets| {
            errors::too_many_plain("Number of allowed API requests per minute exceeded", resets)
        })?;
        ctx.user = self.authenticate(endpoint, ctx.request, ctx.now)?;
        self.limit_endpoint(endpoint, ctx)?;
        (endpoint.run)(self, ctx)
    }

    /// Limits of single endpoints that have a header of their own.
    fn limit_endpoint(&mut self, endpoint: &Endpoint, ctx: &mut Ctx<'_>) -> Result<(), SimResponse> {
        let limits = self.switches.limits.clone();
        let told = |what: &'static str| {
            move |resets| {
                errors::too_many(
                    &format!("Number of allowed {what} API requests per minute exceeded"),
                    resets,
                )
            }
        };
        match (ctx.request.method.as_str(), endpoint.template) {
            ("POST", "/api/v2/tickets") => {
                let bucket = "ticket-request-create-by-user-and-ip";
                self.count(
                    ctx,
                    bucket,
                    Some(bucket),
                    limits.ticket_creates,
                    60,
                    told("ticket create"),
                )
            }
            ("GET", "/api/v2/tickets") => {
                let bucket = "tickets-index";
                self.count(ctx, bucket, Some(bucket), limits.ticket_lists, 60, told("ticket list"))
            }
            ("PUT", "/api/v2/tickets/{id}") => {
                let all = "tickets-update";
                self.count(ctx, all, Some(all), limits.ticket_updates, 60, told("ticket update"))?;
                let one = "per-ticket-updates";
                let key = format!("{one} {} {}", ctx.user, ctx.ids.first().copied().unwrap_or_default());
                self.count(ctx, &key, Some(one), limits.one_ticket, 600, told("per-ticket update"))
            }
            ("DELETE", "/api/v2/tickets/{id}") => {
                let bucket = "tickets-destroy";
                self.count(ctx, bucket, None, limits.ticket_deletes, 60, told("ticket delete"))
            }
            ("GET", "/api/v2/search/export") => {
                let bucket = "search-export";
                self.count(ctx, bucket, None, limits.search_exports, 60, told("search export"))
            }
            ("GET", template) if template.starts_with("/api/v2/incremental/") => {
                let bucket = "incremental-exports";
                self.count(
                    ctx,
                    bucket,
                    Some(bucket),
                    limits.exports,
                    60,
                    told("incremental export"),
                )
            }
            ("GET", "/api/v2/search") => {
                let bucket = "search-index";
                self.count(ctx, bucket, Some(bucket), limits.searches, 60, told("search"))
            }
            _ => Ok(()),
        }
    }

    /// One more update of users; of this one, if it exists already.
    pub(super) fn limit_user_update(&mut self, ctx: &mut Ctx<'_>, user: Option<u64>) -> Result<(), SimResponse> {
        let text =
            "You have exceeded the rate limit for updating a single unique user. user email:  id:  external_id: ";
        let limits = self.switches.limits.clone();
        if let Some(user) = user {
            let key = format!("user {user}");
            self.count(ctx, &key, None, limits.one_user, 60, |resets| {
                errors::too_many_plain(text, resets)
            })?;
        }
        let text = "You have exceeded the rate limit for updating users.";
        self.count(ctx, "users", None, limits.user_updates, 1, |resets| {
            errors::too_many_plain(text, resets)
        })
    }

    fn count(
        &mut self,
        ctx: &mut Ctx<'_>,
        key: &str,
        header: Option<&str>,
        limit: Option<u32>,
        seconds: i64,
        refusal: impl FnOnce(u64) -> SimResponse,
    ) -> Result<(), SimResponse> {
        let standing = self
            .buckets
            .count(key, limit, SignedDuration::from_secs(seconds), ctx.now);
        let dash = if self.switches.old_rate_headers { "-" } else { "" };
        if key == "account" {
            let (total, left) = (standing.total.to_string(), standing.remaining.to_string());
            ctx.headers.push(("x-rate-limit".to_owned(), total.clone()));
            ctx.headers.push(("x-rate-limit-remaining".to_owned(), left.clone()));
            for (what, value) in [
                ("limit", total),
                ("remaining", left),
                ("reset", standing.resets.to_string()),
            ] {
                let name = match (what, dash) {
                    ("limit", "-") => "rate-limit".to_owned(),
                    (what, dash) => format!("rate{dash}limit-{what}"),
                };
                ctx.headers.push((name, value));
            }
        }
        if let Some(bucket) = header {
            let value = format!(
                "total={}; remaining={}; resets={}",
                standing.total, standing.remaining, standing.resets
            );
            ctx.headers.push((format!("zendesk-rate{dash}limit-{bucket}"), value));
        }
        match standing.over {
            true => Err(refusal(standing.resets)),
            false => Ok(()),
        }
    }

    /// Adds the headers that every answer of the API carries.
    fn dress(&mut self, mut answer: SimResponse, endpoint: &Endpoint, ctx: Ctx<'_>) -> SimResponse {
        let caching = match answer.status {
            200..300 => "max-age=0, private, must-revalidate",
            _ => "no-cache",
        };
        if answer.status < 300 && !answer.body.is_empty() {
            let digest = Sha256::digest(&answer.body);
            answer = answer.with("etag", format!("W/\"{}\"", hex(&digest[..16])));
        }
        if answer.status == 422 && self.switches.details != Details::AsSeen {
            errors::rewrite_details(&mut answer, self.switches.details);
        }
        if answer.status == 204 && self.switches.old_deletes && endpoint.method == Method::DELETE {
            answer = SimResponse::json(200, &Value::Null);
            answer.body = " ".into();
        }
        if self.switches.warn_of_dropped_keys && !ctx.dropped.is_empty() {
            let (controller, action) = endpoint.names();
            let keys = ctx
                .dropped
                .iter()
                .map(|key| format!("{key:?}"))
                .collect::<Vec<_>>()
                .join(", ");
            let text = format!(
                "{{:allowed_parameters=>{{:controller=>\"{controller}\", :action=>\"{action}\", \
                 :unpermitted_keys=>[{keys}], :invalid_values=>[]}}}}"
            );
            answer = answer.with("x-zendesk-api-warn", text);
        }
        answer.headers.extend(ctx.headers);
        answer
            .with("cache-control", caching)
            .with("x-zendesk-api-version", "v2")
            .with("x-zendesk-application-version", "v30000")
            .with("x-zendesk-api-gateway", "yes")
            .with("x-zendesk-zorg", "yes")
    }

    /// An id that nothing had before; large, as real ones are.
    pub(super) fn fresh_id(&mut self) -> u64 {
        self.next_id += 128;
        self.next_id
    }

    pub(super) fn fresh_ticket_id(&mut self) -> u64 {
        while self.tickets.contains_key(&self.next_ticket) {
            self.next_ticket += 1;
        }
        self.next_ticket += 1;
        self.next_ticket - 1
    }

    /// So many digits that look random and are the same in every run.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        self.next_id += 1;
        let digest = Sha256::digest(format!("{} {}", self.next_id, self.requests));
        hex(&digest).chars().take(digits).collect()
    }

    /// The address of a record.
    pub(super) fn url(&self, path: &str) -> String {
        let suffix = if self.switches.json_suffix { ".json" } else { "" };
        format!("{}/api/v2/{path}{suffix}", self.base_url)
    }

    /// The stamp of a write: later than the one before, unless the switch says otherwise.
    pub(super) fn stamp(&self, before: Timestamp, now: Timestamp) -> Timestamp {
        match self.switches.coarse_stamps {
            true => now.max(before),
            false => now.max(before.saturating_add(SignedDuration::from_secs(1)).unwrap_or(before)),
        }
    }
}

impl Ctx<'_> {
    /// The `n`th number in the path.
    pub(super) fn id(&self, n: usize) -> u64 {
        self.ids.get(n).copied().unwrap_or_default()
    }

    /// The request's body as JSON.
    pub(super) fn body(&self) -> Result<Value, SimResponse> {
        let content_type = self.request.header("content-type").unwrap_or_default();
        if !content_type.to_ascii_lowercase().starts_with("application/json") {
            return Err(errors::named(
                415,
                "UnsupportedMediaType",
                "The content type must be application/json",
            ));
        }
        let unreadable = |_| errors::named(400, "BadRequest", "There was a problem parsing the request's JSON");
        serde_json::from_slice(&self.request.body).map_err(unreadable)
    }

    /// The object that the body holds under this name, its values checked against the table; other keys are dropped and told.
    pub(super) fn object(&mut self, name: &str, table: &[&[Key]]) -> Result<Checked, SimResponse> {
        let body = self.body()?;
        let Some(object) = body.get(name).and_then(Value::as_object) else {
            return Err(match body.get(name) {
                Some(_) => errors::wrong_types(&[(name.to_owned(), "must be an object".to_owned())]),
                None => errors::missing(name),
            });
        };
        if object.is_empty() {
            return Err(errors::missing(name));
        }
        let (checked, dropped) = Checked::read(name, object, table).map_err(|wrong| errors::wrong_types(&wrong))?;
        self.dropped.extend(dropped);
        Ok(checked)
    }

    /// The body itself, its values checked against the table.
    pub(super) fn whole(&mut self, tables: &[&[Key]]) -> Result<Checked, SimResponse> {
        let body = self.body()?;
        let object = body.as_object().cloned().unwrap_or_default();
        let (checked, dropped) = Checked::read("body", &object, tables).map_err(|wrong| errors::wrong_types(&wrong))?;
        self.dropped.extend(dropped);
        Ok(checked)
    }

    /// The objects of a list in the body, of which there are at most a hundred.
    pub(super) fn list(&mut self, name: &str, tables: &[&[Key]]) -> Result<Vec<Checked>, SimResponse> {
        let body = self.body()?;
        let Some(list) = body.get(name).and_then(Value::as_array) else {
            return Err(errors::missing(name));
        };
        if list.len() > 100 {
            return Err(errors::too_many_values());
        }
        let mut read = Vec::new();
        for item in list {
            let object = item.as_object().cloned().unwrap_or_default();
            let (checked, dropped) =
                Checked::read(name, &object, tables).map_err(|wrong| errors::wrong_types(&wrong))?;
            self.dropped.extend(dropped);
            read.push(checked);
        }
        Ok(read)
    }

    /// The last word of the path, where it is no number.
    pub(super) fn last(&self) -> &str {
        let path = self.request.path.strip_suffix(".json").unwrap_or(&self.request.path);
        path.rsplit('/').next().unwrap_or_default()
    }

    /// The answer gets this header.
    pub(super) fn add_header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("users", &self.users.len())
            .field("tickets", &self.tickets.len())
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

/// Zendesk keeps time in whole seconds.
pub(super) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
