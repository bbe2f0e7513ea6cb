//! The bridge that is played to, as its own HTTP surface shows it.

use std::net::SocketAddr;
use std::time::Duration;

/// What the bridge says of itself over its own HTTP surface.
#[derive(Clone)]
pub(crate) struct Bridge {
    client: reqwest::Client,
    url: String,
}

impl Bridge {
    pub(crate) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            client,
            url: format!("http://{address}"),
        })
    }

    pub(crate) async fn is_ready(&self) -> bool {
        self.send(self.client.get(format!("{}/readyz", self.url)))
            .await
            .is_some()
    }

    pub(crate) async fn activate(&self, active: bool) -> bool {
        let body = serde_json::json!({ "active": active });
        self.send(self.client.post(format!("{}/api/activation", self.url)).json(&body))
            .await
            .is_some()
    }

    pub(crate) async fn outcome(&self, call: &str) -> Option<String> {
        let text = self
            .send(self.client.get(format!("{}/api/calls/{call}", self.url)))
            .await?;
        let call: serde_json::Value = serde_json::from_str(&text).ok()?;
        call["outcome"].as_str().map(str::to_owned)
    }

    /// The body, if all went well.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<String> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the only requests of this program, to a bridge on loopback"
        )]
        let response = request.send().await.ok()?;
        response.error_for_status().ok()?.text().await.ok()
    }
}
