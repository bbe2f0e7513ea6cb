//! Recordings that must go: kept for long enough, or of a call that must not be recorded.

use super::recordings::{DELETED, Site, wav};
use super::simulated::PATIENCE;

/// What the bridge says when it has looked for those that were kept for long enough.
const LOOKED: &str = "it was looked for recordings that were kept for long enough";

/// Waits until the ticket's recording is taken away.
async fn redacted(site: &Site, ticket: u64) {
    let gone = |state: &bridge_sim::zendesk::State| {
        let ticket = state.ticket(ticket)?;
        let mut files = ticket.comments.iter().flat_map(|comment| &comment.files);
        files.any(|content| content.as_ref() == b"redacted").then_some(())
    };
    let waited = site.world.desk.wait_for(gone, PATIENCE).await;
    waited.expect("the recording is taken away");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_for_long_enough_goes_from_the_share_and_from_the_ticket() {
    let (site, bridge, call, ticket) = Site::recorded().await;
    assert_eq!(bridge.stop().await, 0);
    let retain = "settle = \"50ms\"\nretain = \"180d\"\nredact = true";
    site.world.change("settle = \"50ms\"", retain);
    let (code, out, _) = site.world.run("check").await;
    assert!(
        code == 0 && out.contains("deleted after 180 days, on tickets as well"),
        "{out}"
    );
    // It is of today.
    let bridge = site.world.bridge("run").await;
    bridge.says(LOOKED).await;
    assert_eq!(site.status().await["retention"]["last"]["deleted"], 0);
    assert_eq!(site.names("share/Telefonie/RecordedCalls").len(), 2);
    assert_eq!(bridge.stop().await, 0);

    site.age(&call).await;
    std::fs::remove_file(site.path("bridge.db.recordings/last-retention")).expect("what is remembered");
    let bridge = site.world.bridge("run").await;
    redacted(&site, ticket).await;
    bridge.says(LOOKED).await;
    assert_eq!(bridge.stop().await, 0);
    let done = site.status().await;
    let last = &done["retention"]["last"];
    assert_eq!((&last["redacted"], &last["deleted"]), (&1.into(), &1.into()), "{done}");
    assert_eq!(done["effects_waiting"], 0);
    assert_eq!(site.names("share/Telefonie/RecordedCalls"), ["SHA256SUMS.txt"]);
    let (_, out, _) = site.world.run(&format!("call {call}")).await;
    for words in [
        "it was kept for as long as the configuration says",
        "recording taken away",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (_, out, _) = site.world.run("status").await;
    assert!(out.contains("1 deleted, 1 taken from tickets"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_refused_before_its_recording_turns_up_leaves_none_anywhere() {
    let site = Site::new().await;
    std::fs::create_dir(site.path("share")).expect("a folder for copies");
    let bridge = site.world.bridge("run --activate").await;
    let (call, ticket) = site.call().await;
    let (code, out, error) = site.world.run(&format!("recordings refuse {call}")).await;
    assert!(code == 0 && out.contains("is being deleted"), "{out}{error}");
    site.put(&format!("{call}.wav"), &wav(0x55));
    bridge.says(DELETED).await;
    assert!(site.names("inbox").is_empty());
    let (code, out, _) = site.world.run("recordings copy").await;
    assert_eq!((code, out.as_str()), (0, "no recording waits to be copied\n"));
    let nothing = |state: &bridge_sim::zendesk::State| {
        let comments = state.ticket(ticket).expect("the ticket").comments;
        comments.iter().all(|comment| comment.files.is_empty())
    };
    assert!(site.world.desk.see(nothing));
    let (_, out, _) = site.world.run(&format!("call {call}")).await;
    for words in ["the call must not be recorded", "somebody in it does not consent"] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let (code, _, error) = site.world.run("recordings refuse nobody").await;
    assert!(code == 1 && error.contains("no call has the id"), "{error}");
    assert_eq!(bridge.stop().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_attached_and_copied_already_goes_when_the_call_is_refused() {
    let (site, bridge, call, ticket) = Site::recorded().await;
    assert_eq!(bridge.stop().await, 0);
    // No bridge runs: what lies on the share goes at once, what hangs on the ticket with the next start.
    let (code, out, error) = site.world.run(&format!("recordings refuse {call}")).await;
    assert!(code == 0 && out.contains("no bridge runs"), "{out}{error}");
    assert_eq!(site.names("share/Telefonie/RecordedCalls"), ["SHA256SUMS.txt"]);
    let bridge = site.world.bridge("run").await;
    redacted(&site, ticket).await;
    // The same file once more.
    site.put("again.wav", &wav(0x55));
    bridge.says(DELETED).await;
    assert!(site.names("inbox").is_empty());
    assert_eq!(bridge.stop().await, 0);
    let status = site.status().await;
    assert_eq!(
        (
            &status["effects_waiting"],
            &status["copies"]["waiting"],
            &status["refused_left"]
        ),
        (&0.into(), &0.into(), &0.into())
    );
}
