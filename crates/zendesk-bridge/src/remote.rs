//! Talks to the running bridge over its own HTTP surface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::Web;
use crate::view::Status;
use crate::web::{Activation, Refused as Refusal, Retry, TakenUp};

/// A bridge that runs on this machine.
pub(crate) struct Remote {
    http: reqwest::Client,
    base: String,
    token: Option<SecretString>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Remote {
    /// The bridge whose surface this is.
    pub(crate) fn new(web: &Web) -> anyhow::Result<Self> {
        // It is on this machine: no proxy stands in between, and an answer takes no time.
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(15))
            .build()
            .context("the HTTP client cannot be set up")?;
        Ok(Self {
            http,
            base: format!("http://{}", reachable(web.listen)),
            token: web.token.clone(),
        })
    }

    /// How things stand; `None` if nobody listens there.
    pub(crate) async fn status(&self) -> anyhow::Result<Option<Status>> {
        self.ask(Method::GET, "/api/status", None).await
    }

    /// Switches; answers the new status, or `None` if nobody listens there.
    pub(crate) async fn activate(&self, active: bool) -> anyhow::Result<Option<Status>> {
        let body = serde_json::to_vec(&Activation { active })?;
        self.ask(Method::POST, "/api/activation", Some(body)).await
    }

    /// Takes up again what is wedged under this id; the effects that it is, or `None` if nobody listens there.
    pub(crate) async fn retry(&self, id: &str) -> anyhow::Result<Option<TakenUp>> {
        let body = serde_json::to_vec(&Retry { id: id.to_owned() })?;
        self.ask(Method::POST, "/api/retry", Some(body)).await
    }

    /// Has a call not recorded; its id, or `None` if nobody listens there.
    pub(crate) async fn refuse_recording(&self, id: &str) -> anyhow::Result<Option<Refusal>> {
        let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("/api/calls/{id}/refuse-recording");
        self.ask(Method::POST, &path, None).await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that talks to a running bridge; nothing to retry there"
    )]
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> anyhow::Result<Option<T>> {
        let base = &self.base;
        let mut request = self.http.request(method, format!("{base}{path}"));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Ok(None),
            Err(error) => {
                return Err(error.without_url()).with_context(|| format!("the bridge at {base} does not answer"));
            }
        };
        let code = response.status();
        let text = response
            .bytes()
            .await
            .map_err(reqwest::Error::without_url)
            .context("the bridge's answer broke off")?;
        if code.is_success() {
            return serde_json::from_slice(&text).map(Some).with_context(|| {
                format!(
                    "what answers at {base} is no bridge of this version. Is another program listening at web.listen?"
                )
            });
        }
        let why = serde_json::from_slice::<Refused>(&text).map(|refused| refused.error);
        match (code, why) {
            (StatusCode::UNAUTHORIZED, Ok(_)) => bail!(
                "the running bridge at {base} refuses this configuration's web.token. Was the token changed since it started? Then restart it"
            ),
            (_, Ok(why)) => bail!("{why}"),
            (code, Err(_)) => {
                bail!("what answers at {base} is no bridge ({code}). Is another program listening at web.listen?")
            }
        }
    }
}

/// Where to reach a listener on this machine: one that listens everywhere listens on loopback, too.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}
