//! Logging to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::out;

/// What is logged unless `RUST_LOG` says otherwise: our own doings, and of libraries only what is wrong.
const USUAL: &str = "info,hyper=warn,hyper_util=warn,h2=warn,reqwest=warn,rustls=warn,sqlx=warn,axum=warn";

/// Starts logging; a filter that makes no sense is told and replaced by the usual one.
pub(crate) fn start() {
    let wish = std::env::var("RUST_LOG").ok().filter(|wish| !wish.trim().is_empty());
    let (filter, wrong) = match wish.as_deref().map(EnvFilter::try_new) {
        None => (EnvFilter::new(USUAL), None),
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (EnvFilter::new(USUAL), Some(error)),
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| out::Above)
        .with_ansi(colour)
        .with_target(false);
    // Somebody else's subscriber, as in tests, stays.
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
    if let Some(error) = wrong {
        tracing::warn!(%error, "RUST_LOG makes no sense and is not followed");
    }
}
