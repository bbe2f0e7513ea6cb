//! A call that has been put together and not been sent.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use crate::client::Client;
use crate::error::Error;
use crate::request::Request;

/// A call that is sent when it is awaited. Before that, [`Pending::request`] shows what would be sent:
///
/// ```
/// # use zendesk_client::{Client, Credentials, UserId};
/// # let client = Client::builder("https://acme.zendesk.com", Credentials::bearer("t".into())).build()?;
/// let call = client.users().show(UserId::new(7));
/// assert_eq!(call.request().path(), "/api/v2/users/7");
/// # Ok::<(), zendesk_client::BuildError>(())
/// ```
#[must_use = "nothing is sent until it is awaited"]
pub struct Pending<A> {
    client: Client,
    request: Request<A>,
}

impl<A> Pending<A> {
    pub(crate) fn new(client: Client, request: Request<A>) -> Self {
        Self { client, request }
    }

    /// What would be sent.
    #[must_use]
    pub fn request(&self) -> &Request<A> {
        &self.request
    }

    /// What would be sent, to be changed and given to [`Client::send`].
    #[must_use]
    pub fn into_request(self) -> Request<A> {
        self.request
    }
}

impl<A: 'static> IntoFuture for Pending<A> {
    type Output = Result<A, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.client.send(&self.request).await })
    }
}

impl<A> fmt::Debug for Pending<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pending").field(&self.request).finish()
    }
}
