//! What is not known for sure about a Zendesk, differs from account to account, or goes wrong, as switches.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::seconds;
use super::switch_kinds::{
    AuthorizationPage, CallApp, Class, Details, Down, Idempotency, InFlightTwin, NotSignedIn, OversizedUpload,
    RefusalKey, SuspendedRequester, TakenNumber, TalkPlan, UnknownUpload,
};

/// How this Zendesk behaves. The default is an Enterprise account with Talk Partner Edition in good health.
///
/// Switches can be read from JSON or TOML: those that are left out have their defaults, durations are in seconds.
///
/// ```
/// use bridge_sim::zendesk::{SuspendedRequester, Switches};
///
/// let text = r#"{"index_delay": 5, "suspended_requester": "refused", "limits": {"account": 200}}"#;
/// let switches: Switches = serde_json::from_str(text)?;
/// assert_eq!(switches.suspended_requester, SuspendedRequester::Refused);
/// assert_eq!(switches.limits.ticket_creates, Some(300));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// What may be asked in which time. Default [`Limits::default`].
    pub limits: Limits,
    /// How long tokens live; `None`: for ever, as those of clients made before 2026-04-30. Default 30 min.
    #[serde(with = "seconds::perhaps")]
    pub token_lifetime: Option<Duration>,
    /// A refresh token is good once, and takes its access token along. Default yes; else it stays as it is.
    pub rotate_refresh_tokens: bool,
    /// A used refresh token that comes again revokes its successors, too. Default no: it is only refused.
    pub punish_refresh_reuse: bool,
    /// What the authorization page makes of a good request. Default [`AuthorizationPage::Agrees`].
    pub authorization_page: AuthorizationPage,
    /// How far the search index is behind. [`Duration::MAX`]: nothing written is ever found. Default 60 s; the real one
    /// takes from half a minute to some minutes.
    #[serde(with = "seconds")]
    pub index_delay: Duration,
    /// How old a change must be to be exported. Default 60 s.
    #[serde(with = "seconds")]
    pub export_delay: Duration,
    /// The status of an export whose `start_time` lies within the last minute. Default 422.
    pub recent_start_time: u16,
    /// A search export refuses `type:` in its query, as is written of it. Default no, as was recorded.
    pub export_refuses_type: bool,
    /// What completes names and numbers asks the index, too. Default yes.
    pub autocomplete_lags: bool,
    /// How many records a page of a list has at most. Default 100.
    pub list_page: usize,
    /// How many records page numbers reach. Default 10,000.
    pub list_depth: usize,
    /// How many results a search shows at most. Default 1,000.
    pub search_depth: usize,
    /// How many records a page of an incremental export has at most. Default 1,000.
    pub export_page: usize,
    /// Searches in the index find nobody at all. Default no.
    pub search_misses: bool,
    /// How long answers take, by endpoint. Default: no time at all.
    #[serde(with = "seconds::each")]
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
    /// A voice ticket for an agent who is none is refused before it is made. Default yes; else it is made all the same.
    pub display_checked_first: bool,
    /// Whether the plan has the voice endpoints, and what they answer if not. Default [`TalkPlan::Partner`].
    pub talk_plan: TalkPlan,
    /// Whether the app that calls belong to is installed. Default [`CallApp::Installed`].
    pub call_app: CallApp,
    /// The account's setting "validate user phone numbers". Default off, as in many accounts.
    pub validate_phones: bool,
    /// A first phone identity becomes the profile's number as well. Default no.
    pub identity_fills_phone: bool,
    /// An identity that somebody has cannot be added again. Default yes.
    pub identities_are_unique: bool,
    /// A number in the profile that nobody has becomes a direct line. Default yes.
    pub phone_adds_identity: bool,
    /// What a number in the profile that is somebody else's direct line leads to. Default [`TakenNumber::Shared`].
    pub taken_number: TakenNumber,
    /// Scopes of users reach identities, too. Default no.
    pub fine_scopes_reach_identities: bool,
    /// `phone:` finds numbers that are shared. Default yes.
    pub search_finds_shared: bool,
    /// `phone:` finds further phone identities. Default yes.
    pub search_finds_identities: bool,
    /// What becomes of an `Idempotency-Key`. Default [`Idempotency::Told`].
    pub idempotency: Idempotency,
    /// What a request is answered whose twin under the same key is still being answered. Default [`InFlightTwin::Waits`].
    pub in_flight_twin: InFlightTwin,
    /// `safe_update` is heeded. Default yes; else the last writer wins.
    pub safe_updates: bool,
    /// A refused ticket creation is repeated from the idempotency table, too. Default no.
    pub replay_refusals: bool,
    /// `/users/me` answers wrong or missing credentials with the anonymous user. Default yes; else 401.
    pub anonymous_me: bool,
    /// `/users/me` answers an expired or revoked token with the anonymous user instead of 401. Default no; unknown tokens always get
    /// the anonymous user.
    pub anonymous_when_expired: bool,
    /// Paths may end with `.json`. Default yes; else such paths are unknown.
    pub json_paths: bool,
    /// Dropped keys of a body are told in `x-zendesk-api-warn`. Default yes.
    pub warn_of_dropped_keys: bool,
    /// How the details of a 422 are written. Default [`Details::AsSeen`].
    pub details: Details,
    /// Deletions are answered with 200 and a space instead of 204, as in 2012. Default no.
    pub old_deletes: bool,
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
    #[serde(with = "seconds")]
    pub upload_lifetime: Duration,
    /// What a comment with an upload that is not there, or no longer, is answered. Default [`UnknownUpload::Refused`].
    pub unknown_upload: UnknownUpload,
    /// How long a new file is `not_scanned`. Default 0: it is in the second of its upload only.
    #[serde(with = "seconds")]
    pub scan_takes: Duration,
    /// What the scan then says. Default `malware_not_found`; others are `malware_found` and `failed_to_scan`.
    pub scan_result: String,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            token_lifetime: Some(Duration::from_secs(1800)),
            rotate_refresh_tokens: true,
            punish_refresh_reuse: false,
            authorization_page: AuthorizationPage::Agrees,
            index_delay: Duration::from_secs(60),
            export_delay: Duration::from_secs(60),
            recent_start_time: 422,
            export_refuses_type: false,
            autocomplete_lags: true,
            list_page: 100,
            list_depth: 10_000,
            search_depth: 1000,
            export_page: 1000,
            search_misses: false,
            delays: BTreeMap::new(),
            faults: Vec::new(),
            down: None,
            refused_requesters: BTreeSet::new(),
            refused_assignees: BTreeSet::new(),
            refusal_key: RefusalKey::Own,
            suspended_requester: SuspendedRequester::Suspended,
            not_signed_in: NotSignedIn::NotFound,
            display_checked_first: true,
            talk_plan: TalkPlan::Partner,
            call_app: CallApp::Installed,
            validate_phones: false,
            identity_fills_phone: false,
            identities_are_unique: true,
            phone_adds_identity: true,
            taken_number: TakenNumber::Shared,
            fine_scopes_reach_identities: false,
            search_finds_shared: true,
            search_finds_identities: true,
            idempotency: Idempotency::Told,
            in_flight_twin: InFlightTwin::Waits,
            safe_updates: true,
            replay_refusals: false,
            anonymous_me: true,
            anonymous_when_expired: false,
            json_paths: true,
            warn_of_dropped_keys: true,
            details: Details::AsSeen,
            old_deletes: false,
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
    /// For days that are played in seconds: no limits, since a day's updates would come within a minute, and neither search index
    /// nor exports are behind.
    #[must_use]
    pub fn compressed() -> Self {
        Self {
            limits: Limits::none(),
            index_delay: Duration::ZERO,
            export_delay: Duration::ZERO,
            ..Self::default()
        }
    }

    /// Every look-up takes so long.
    pub fn search_takes(&mut self, duration: Duration) {
        self.delays.insert(Class::Search, duration);
    }
}

/// What may be asked in which time; `None`: as much as one likes. Windows begin with their first request.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
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
    /// `/search/export` per minute. Default 100.
    pub search_exports: Option<u32>,
    /// Incremental exports per minute. Default 10.
    pub exports: Option<u32>,
    /// Tickets deleted per minute. Default 400.
    pub ticket_deletes: Option<u32>,
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
            search_exports: Some(100),
            exports: Some(10),
            ticket_deletes: Some(400),
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
            search_exports: None,
            exports: None,
            ticket_deletes: None,
            jobs: None,
        }
    }
}
