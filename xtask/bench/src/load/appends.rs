//! What a single commit to the journal takes that survives a power cut.

use std::time::Duration;

use bridge_core::call::{CallKey, CallState, CallSummary, Change, Phase};
use bridge_core::port::{Entry, Journal as _};
use bridge_runtime::store::Store;

use crate::report::timed;

/// How long each of some took, sorted.
pub(crate) async fn appends() -> anyhow::Result<Vec<Duration>> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("bridge.db"), "bench").await?;
    let mut took = Vec::new();
    for n in 0..300 {
        let entry = append(n);
        let (time, done) = timed(store.commit(std::slice::from_ref(&entry))).await;
        done?;
        took.push(time);
    }
    store.close().await;
    took.sort_unstable();
    Ok(took)
}

fn append(n: u64) -> Entry {
    let at = jiff::Timestamp::from_second(1_800_000_000).unwrap_or_default();
    let key = CallKey::new(format!("call-{n}").as_str());
    let state = CallState::new(&pbx::CallId::new(key.as_str()), at);
    let summary = CallSummary {
        key,
        started: at,
        phase: Phase::Talking,
        caller: None,
        group: Some("Support".into()),
        agent: None,
        ticket: None,
        requester: None,
        outcome: "waiting".into(),
    };
    let change = Change {
        state,
        summary,
        steps: Vec::new(),
    };
    Entry {
        at,
        changes: vec![change],
        ..Entry::default()
    }
}
