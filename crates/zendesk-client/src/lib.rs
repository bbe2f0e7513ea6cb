#![doc = include_str!("../README.md")]

mod answer;
pub mod attachments;
mod base_url;
mod body;
pub mod calls;
mod client;
mod counts;
mod credentials;
mod data;
mod error;
mod exchanges;
pub mod groups;
mod id;
pub mod identities;
pub mod incremental;
pub mod jobs;
mod limit;
mod listing;
pub mod memberships;
pub mod oauth;
mod paging;
mod pending;
mod rate;
mod request;
mod retry;
pub mod search;
mod service;
#[cfg(feature = "testing")]
pub mod testing;
pub mod tickets;
mod transport;
pub mod user_fields;
pub mod users;
pub mod voice;
mod warning;
mod wire;

pub use answer::{Answer, ReadError};
pub use base_url::{BaseUrl, BaseUrlError};
pub use body::{Body, BodyStream, IdempotencyKey};
pub use client::{BuildError, Client, ClientBuilder};
pub use counts::Count;
pub use credentials::{API_TOKENS_END, Credentials, api_token_days_left};
pub use error::{Error, ErrorKind, FieldProblem};
pub use exchanges::{Exchange, Exchanges};
pub use id::{
    AppId, AttachmentId, AuditId, BrandId, CallId, CommentId, CustomFieldId, GroupId, IdentityId, MembershipId,
    OrganizationId, TicketFormId, TicketId, UserFieldId, UserId,
};
pub use limit::{Allowance, Budget, Priority, Waiting};
pub use listing::{Listing, Page};
pub use pending::Pending;
pub use rate::{Bucket, Rate};
pub use request::Request;
pub use retry::{Mishap, Retry, RetryPolicy, Spent, Verdict};
pub use service::{HttpService, NoAnswer};
pub use wire::Resource;
