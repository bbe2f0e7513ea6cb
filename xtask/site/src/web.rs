//! The bridge's own pages, and the port that they are on.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rand::Rng as _;
use serde_json::Value;

/// Below the ports that the system gives to outgoing connections: one that is free stays free between two starts.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Where the bridge's pages are, also while no bridge runs.
#[derive(Clone, Debug)]
pub struct Web {
    address: String,
    client: reqwest::Client,
}

impl Web {
    /// On a port that is free.
    ///
    /// # Errors
    /// When none is.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            address: format!("127.0.0.1:{}", free_port()?),
            client: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .timeout(Duration::from_secs(2))
                .build()?,
        })
    }

    /// `127.0.0.1:…`
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Asks the bridge; `None` if it does not answer.
    pub async fn ask(&self, path: &str) -> Option<Value> {
        #[expect(clippy::disallowed_methods, reason = "asked once; whoever needs it asks again")]
        let answer = self
            .client
            .get(format!("http://{}{path}", self.address))
            .send()
            .await
            .ok()?;
        answer.json().await.ok()
    }
}

/// Each port once in this process, beginning anywhere.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let count = u32::from(PORTS.end - PORTS.start);
    // Other processes of this kind begin elsewhere.
    NEXT.compare_exchange(
        0,
        rand::rng().random_range(1..count),
        Ordering::Relaxed,
        Ordering::Relaxed,
    )
    .ok();
    for _ in 0..100 {
        let place = NEXT.fetch_add(1, Ordering::Relaxed) % count;
        let port = PORTS.start + u16::try_from(place)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    anyhow::bail!("no port from {PORTS:?} is free")
}
