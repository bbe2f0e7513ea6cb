//! What is not known for sure about a Zendesk, differs from account to account, or goes wrong, as switches.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fault::Fault;

/// How this Zendesk behaves. The default is an Enterprise account with Talk Partner Edition in good health.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Switches {
    /// What may be asked in which time. Default [`Limits::default`].
    pub limits: Limits,
    /// How long tokens live; `None`: for ever, as those of clients made before 2026-04-30. Default 30 min.
    pub token_lifetime: Option<Duration>,
    /// How far the search index is behind. [`Duration::MAX`]: nothing written is ever found. Default 0; the real one
    /// takes from half a minute to some minutes.
    pub index_delay: Duration,
    /// Searches in the index find nobody at all. Default no.
    pub search_misses: bool,
    /// How long answers take, by endpoint. Default: no time at all.
    pub delays: BTreeMap<Class, Duration>,
    /// What goes wrong, and when; the first that strikes has the request to itself. Default nothing.
    pub faults: Vec<Fault>,
    /// Whether the account is away. Default no.
    pub down: Option<Down>,
    /// Users that are refused as requesters, by id. Default none.
    pub refused_requesters: BTreeSet<u64>,
    /// Agents that are refused as assignees, by id. Default none.
    pub refused_assignees: BTreeSet<u64>,
    /// Under which key a refused requester or assignee is told. Default the field's own.
    pub refusal_key: RefusalKey,
    /// What becomes of a ticket of a suspended requester. Default [`SuspendedRequester::Suspended`].
    pub suspended_requester: SuspendedRequester,
    /// What a screen pop for an agent answers who has no browser open. Default [`NotSignedIn::NotFound`].
    pub not_signed_in: NotSignedIn,
    /// Whether the plan has the voice endpoints, and what they answer if not. Default [`TalkPlan::Partner`].
    pub talk_plan: TalkPlan,
    /// The account's setting "validate user phone numbers". Default off, as in many accounts.
    pub validate_phones: bool,
    /// A first phone identity becomes the profile's number as well. Default no.
    pub identity_fills_phone: bool,
    /// `phone:` finds numbers that are shared. Default yes.
    pub search_finds_shared: bool,
    /// `phone:` finds further phone identities. Default yes.
    pub search_finds_identities: bool,
    /// A refused ticket creation is repeated from the idempotency table, too. Default no.
    pub replay_refusals: bool,
    /// `/users/me` answers an expired or revoked token with the anonymous user instead of 401. Default no; unknown tokens always get
    /// the anonymous user.
    pub anonymous_when_expired: bool,
    /// Addresses in answers end with `.json`, as all recorded ones do. Default yes.
    pub json_suffix: bool,
    /// The rate headers are spelt as in 2023: `rate-limit`, `zendesk-rate-limit-…`. Default no.
    pub old_rate_headers: bool,
    /// Two writes within one second leave the same `updated_at`, as on the real one; then a safe update misses the first.
    /// Default no: each write moves it on by a second at least, so that tests in compressed time mean something.
    pub coarse_stamps: bool,
    /// How many reads of a job still say `working`. Default 1. After a minute it is done anyway.
    pub job_reads: u32,
    /// Whether files may be attached at all. Default yes; else uploads are 403.
    pub attachments_enabled: bool,
    /// How large an uploaded file may be, in bytes. Default 50 MB.
    pub upload_limit: usize,
    /// What a larger one is answered. Default [`OversizedUpload::PayloadTooLarge`].
    pub oversized_upload: OversizedUpload,
    /// The answer to an upload is declared as `text/plain`, as recorded in 2024. Default yes.
    pub upload_as_text: bool,
    /// How long an upload waits for a comment. Default an hour, as documented (the answer says three days).
    pub upload_lifetime: Duration,
    /// What a comment with an upload that is not there, or no longer, is answered. Default [`UnknownUpload::Refused`].
    pub unknown_upload: UnknownUpload,
    /// How long a new file is `not_scanned`. Default 0: it is in the second of its upload only.
    pub scan_takes: Duration,
    /// What the scan then says. Default `malware_not_found`; others are `malware_found` and `failed_to_scan`.
    pub scan_result: String,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            token_lifetime: Some(Duration::from_secs(1800)),
            index_delay: Duration::ZERO,
            search_misses: false,
            delays: BTreeMap::new(),
            faults: Vec::new(),
            down: None,
            refused_requesters: BTreeSet::new(),
            refused_assignees: BTreeSet::new(),
            refusal_key: RefusalKey::Own,
            suspended_requester: SuspendedRequester::Suspended,
            not_signed_in: NotSignedIn::NotFound,
            talk_plan: TalkPlan::Partner,
            validate_phones: false,
            identity_fills_phone: false,
            search_finds_shared: true,
            search_finds_identities: true,
            replay_refusals: false,
            anonymous_when_expired: false,
            json_suffix: true,
            old_rate_headers: false,
            coarse_stamps: false,
            job_reads: 1,
            attachments_enabled: true,
            upload_limit: 50 << 20,
            oversized_upload: OversizedUpload::PayloadTooLarge,
            upload_as_text: true,
            upload_lifetime: Duration::from_secs(3600),
            unknown_upload: UnknownUpload::Refused,
            scan_takes: Duration::ZERO,
            scan_result: "malware_not_found".to_owned(),
        }
    }
}

impl Switches {
    /// For days that are played in seconds: no limits, since a day's updates would come within a minute.
    #[must_use]
    pub fn compressed() -> Self {
        Self {
            limits: Limits::none(),
            ..Self::default()
        }
    }

    /// The default with the search index a minute behind, as on a real account.
    #[must_use]
    pub fn lagging() -> Self {
        Self {
            index_delay: Duration::from_secs(60),
            ..Self::default()
        }
    }

    /// Every look-up takes so long.
    pub fn search_takes(&mut self, duration: Duration) {
        self.delays.insert(Class::Search, duration);
    }
}

/// What may be asked in which time; `None`: as much as one likes. Windows begin with their first request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Of the account, per minute. Default 700 (Enterprise).
    pub account: Option<u32>,
    /// New tickets per minute. Default 300.
    pub ticket_creates: Option<u32>,
    /// Ticket updates per minute. Default 100.
    pub ticket_updates: Option<u32>,
    /// Updates of one ticket in ten minutes. Default 30.
    pub one_ticket: Option<u32>,
    /// Lists of tickets per minute. Default 100.
    pub ticket_lists: Option<u32>,
    /// Updates of one user (`create_or_update` among them) per minute. Default 5.
    pub one_user: Option<u32>,
    /// Updates of users (`create_or_update` among them) per second. Default 1.
    pub user_updates: Option<u32>,
    /// `/search` per minute. Default 2500.
    pub searches: Option<u32>,
    /// Jobs under way at a time. Default 30.
    pub jobs: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            account: Some(700),
            ticket_creates: Some(300),
            ticket_updates: Some(100),
            one_ticket: Some(30),
            ticket_lists: Some(100),
            one_user: Some(5),
            user_updates: Some(1),
            searches: Some(2500),
            jobs: Some(30),
        }
    }
}

impl Limits {
    /// No limits. The headers then tell of a limit that is never reached.
    #[must_use]
    pub fn none() -> Self {
        Self {
            account: None,
            ticket_creates: None,
            ticket_updates: None,
            one_ticket: None,
            ticket_lists: None,
            one_user: None,
            user_updates: None,
            searches: None,
            jobs: None,
        }
    }
}

/// Endpoints that are slow, or fail, together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Class {
    /// `/oauth/tokens`.
    Token,
    /// `/users/search` and `/search`.
    Search,
    /// Users, read.
    ReadUser,
    /// Users, written: created, updated, merged, deleted.
    WriteUser,
    /// Identities, read and written.
    Identity,
    /// Tickets, comments and audits, read.
    ReadTicket,
    /// A new ticket, by either endpoint.
    CreateTicket,
    /// A ticket updated or deleted.
    UpdateTicket,
    /// A ticket shown to an agent.
    Display,
    /// Uploads and attachments.
    Upload,
    /// What is asked at the start: groups, memberships, user fields, the current token.
    Setup,
}

/// What an upload that is too large is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OversizedUpload {
    /// 413.
    PayloadTooLarge,
    /// 422.
    Unprocessable,
}

/// What a comment with an upload that is not there is answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownUpload {
    /// 422.
    Refused,
    /// The file is missing without a word.
    Ignored,
}

/// How an account is away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Down {
    /// Connections are closed without an answer.
    Closed,
    /// Maintenance: 503, with `Retry-After` in seconds if there is one.
    Unavailable {
        /// What `Retry-After` says.
        retry_after: Option<u32>,
    },
}

/// Under which key a 422 tells of a requester or assignee that it refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefusalKey {
    /// `requester`, `assignee` or `group`.
    Own,
    /// `base`.
    Base,
}

/// What becomes of a ticket of a suspended requester.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SuspendedRequester {
    /// It goes into the queue of suspended tickets; the answer holds `suspended_ticket` instead of `ticket`.
    Suspended,
    /// It is a ticket like any other.
    Accepted,
    /// 422.
    Refused,
}

/// What a screen pop for an agent answers who has no browser open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSignedIn {
    /// 404.
    NotFound,
    /// 200, and nobody sees anything.
    Accepted,
}

/// Whether the plan has the voice endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TalkPlan {
    /// Talk Partner Edition.
    Partner,
    /// None: the voice endpoints answer 403.
    Forbidden,
    /// None: the voice endpoints answer 404.
    NotFound,
}
