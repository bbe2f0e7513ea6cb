//! Asks Zendesk now and then whether it is still there.
//!
//! The bridge itself learns that only from requests that it has a reason for, and on a quiet evening the next one may be
//! an hour away. Who watches `/readyz` wants to know before the next caller does.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use zendesk_client::{Client, ErrorKind, Priority, RetryPolicy};

/// Three requests a minute, of the hundreds that a plan allows.
const EVERY: Duration = Duration::from_secs(20);
/// While Zendesk is away: that it is back should be known soon.
const WHILE_AWAY: Duration = Duration::from_secs(5);
/// Somebody who takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the last question came to.
#[derive(Debug, Default)]
pub(crate) struct Pulse(Mutex<Option<String>>);

impl Pulse {
    /// Why Zendesk did not answer the last question; `None` if it did, or was not asked yet.
    pub(crate) fn missing(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks until stopped.
    pub(crate) async fn feel(&self, client: &Client, stop: &CancellationToken) {
        // What calls need goes first, and a question that is not answered is asked anew anyway.
        let client = client
            .with_retry(RetryPolicy::never())
            .with_priority(Priority::Background);
        let mut pause = EVERY;
        while stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some() {
            if stop.run_until_cancelled(self.beat(&client)).await.is_none() {
                return;
            }
            pause = if self.missing().is_some() { WHILE_AWAY } else { EVERY };
        }
    }

    /// Asks once.
    async fn beat(&self, client: &Client) {
        // Not who the credentials are: wrong ones are answered with success there, and a token that has run out is not
        // renewed. A list that agents alone may read is refused instead.
        let question = client.groups().list().page_size(1).first_page();
        let answer = tokio::time::timeout(PATIENCE, question).await;
        let missing = match answer {
            Ok(Ok(_)) => None,
            // Asked to be left alone is an answer.
            Ok(Err(error)) if error.kind() == ErrorKind::RateLimited => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        let before = self.missing();
        match &missing {
            Some(why) if before.is_none() => tracing::warn!(why, "Zendesk does not answer"),
            None if before.is_some() => tracing::info!("Zendesk answers again"),
            Some(_) | None => {}
        }
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = missing;
    }
}

#[cfg(test)]
mod tests {
    use bridge_sim::zendesk::{SimZendesk, Switches, world};
    use zendesk_client::Credentials;

    use super::*;

    fn client(desk: &SimZendesk, secret: &str) -> Client {
        let credentials = Credentials::client(world::CLIENT_ID, secret.into());
        Client::builder(desk.url(), credentials)
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    }

    #[tokio::test]
    async fn it_is_missed_when_zendesk_goes_or_refuses_the_credentials() {
        let desk = SimZendesk::start("127.0.0.1:0", Switches::default()).await.unwrap();
        let (good, bad) = (client(&desk, world::CLIENT_SECRET), client(&desk, "wrong"));
        let pulse = Pulse::default();
        assert_eq!(pulse.missing(), None);
        pulse.beat(&bad).await;
        assert!(pulse.missing().is_some());
        pulse.beat(&good).await;
        assert_eq!(pulse.missing(), None);
        desk.act(|state, _| state.revoke_tokens());
        pulse.beat(&good).await;
        assert_eq!(pulse.missing(), None, "a token that has run out is renewed");
        desk.stop().await;
        pulse.beat(&good).await;
        assert!(pulse.missing().is_some());
    }
}
