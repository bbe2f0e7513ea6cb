//! `forget`, as an administrator uses it when somebody asks to be forgotten.

use std::path::{Path, PathBuf};

use bridge_core::call::CallKey;
use bridge_runtime::store::StoreReader;
use serde_json::Value;

use super::place::Place;
use super::recordings::{DELETED, Site, wav};

/// As the call came in, and as the ticket, the file names and the spool write it.
const NUMBER: &str = "0049721555010";

/// A site with a call whose recording hangs on its ticket and lies on the share, and a second recording that nobody can assign.
async fn recorded() -> (Site, String, u64) {
    let (site, bridge, call, ticket) = Site::recorded().await;
    site.put("Aufnahme_20240229_120000_0721555010_0101.wav", &wav(0x66));
    bridge.says("it is not certain of which call a recording is").await;

    // Beside the bridge it is listed, and nothing is erased.
    let (code, out, error) = site.world.run(&format!("forget {NUMBER}")).await;
    assert_eq!(code, 0, "{out}{error}");
    for words in [
        "kept of …010",
        "1 call in the journal",
        "not yet: ",
        "the same with --yes does",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert!(!out.contains("555010"), "{out}");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!((code, out.as_str()), (3, ""), "{error}");
    assert!(
        error.contains("another bridge") && error.contains("Nothing is erased"),
        "{error}"
    );
    assert_eq!(bridge.stop().await, 0);
    (site, call, ticket)
}

/// The files below a folder in which one of these stands, in their bytes or in their names.
fn that_hold(folder: &Path, texts: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(that_hold(&path, texts));
            continue;
        }
        let mut bytes = std::fs::read(&path).expect("a file");
        bytes.extend(path.to_string_lossy().as_bytes());
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        if texts.iter().any(|text| holds(text)) {
            found.push(path);
        }
    }
    found
}

const FORMS: [&str; 4] = ["555010", "555 010", "5550 10", "…010"];

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_forgotten_is_in_no_file_any_more_and_no_second_ticket_comes_of_it() {
    let (site, call, ticket) = recorded().await;
    site.age(&call).await;
    let held = that_hold(site.world.place.path(), &FORMS);
    for place in ["bridge.db", "inbox/", "RecordedCalls/", "bridge.db.recordings/"] {
        let there = held.iter().any(|path| path.to_string_lossy().contains(place));
        assert!(there, "{place}: {held:?}");
    }
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --json")).await;
    assert_eq!(code, 0, "{out}{error}");
    let listed: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (&listed["number"], &listed["erased"]),
        (&"…010".into(), &Value::Null),
        "{out}"
    );
    assert_eq!(
        (&listed["calls"][0]["id"], &listed["calls"][0]["stays"]),
        (&call.as_str().into(), &Value::Null)
    );
    let mut places: Vec<&str> = listed["files"]
        .as_array()
        .expect("files")
        .iter()
        .filter_map(|file| file["place"].as_str())
        .collect();
    places.sort_unstable();
    assert_eq!(places, ["inbox", "share"], "{out}");

    let (code, out, error) = site.world.run("forget +49721555010 --yes").await;
    assert_eq!((code, error.as_str()), (0, ""), "{out}");
    for words in [
        &format!("/agent/tickets/{ticket}"),
        "remains in Zendesk, to be deleted there",
        "the caller of 1 call: when, group, agent, outcome and ticket stay",
        "1 recording in the inbox",
        "1 recording in the folder for kept recordings and on the share",
        "nothing is left here",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    assert_eq!(that_hold(site.world.place.path(), &FORMS), Vec::<PathBuf>::new());
    assert_eq!(site.names("share/Telefonie/RecordedCalls"), ["SHA256SUMS.txt"]);
    assert_eq!(site.names("inbox"), Vec::<String>::new());

    // The fact stays.
    let (_, out, _) = site.world.run("calls --json").await;
    let calls: Value = serde_json::from_str(&out).expect("JSON");
    let fact = &calls["calls"][0];
    assert_eq!(
        (&fact["ticket_id"], &fact["group"]),
        (&ticket.into(), &"Support".into()),
        "{out}"
    );
    assert_eq!(
        (&fact["caller"], &fact["requester_id"]),
        (&Value::Null, &Value::Null),
        "{out}"
    );
    let (code, out, _) = site.world.run(&format!("call {call}")).await;
    assert!(code == 0 && out.contains("the caller was erased"), "{out}");

    // The bridge reads the telephone system's lists, and is shown the same recording once more.
    let bridge = site.world.bridge("run").await;
    site.put("again.wav", &wav(0x55));
    bridge.says(DELETED).await;
    assert_eq!(site.names("inbox"), Vec::<String>::new());
    let (new, second) = site.call().await;
    assert!(second > ticket);
    assert_eq!(
        site.world.desk.see(|state| state.tickets().len()),
        2,
        "one for each call"
    );
    assert_eq!(bridge.stop().await, 0);
    assert_eq!(
        site.names("bridge.db.recordings")
            .iter()
            .filter(|name| name.ends_with(".audio"))
            .count(),
        0
    );

    // The new call stays for now, and so does what may be the recording that it waits for.
    site.put(&format!("{new}.wav"), &wav(0x77));
    let (code, out, _) = site.world.run(&format!("forget {NUMBER} --yes --json")).await;
    let left: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(
        (code, &left["erased"]["calls"], &left["erased"]["left"]),
        (1, &0.into(), &2.into()),
        "{out}"
    );
    assert_eq!(site.names("inbox"), [format!("{new}.wav")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_share_is_away_it_is_told_and_the_same_command_does_the_rest() {
    let (site, call, _) = recorded().await;
    site.age(&call).await;
    std::fs::rename(site.path("share"), site.path("elsewhere")).expect("a folder");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!(code, 1, "{out}{error}");
    assert!(error.contains("kept recordings cannot be erased: "), "{error}");
    assert!(out.contains("the caller of 1 call") && out.contains("1 left"), "{out}");
    assert!(!out.contains("nothing is left"), "{out}");

    std::fs::rename(site.path("elsewhere"), site.path("share")).expect("a folder");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER}")).await;
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("1 recording on the share"), "{out}");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!(code, 0, "{out}{error}");
    assert!(
        out.contains("1 recording in the folder for kept recordings and on the share"),
        "{out}"
    );
    assert_eq!(that_hold(site.world.place.path(), &FORMS), Vec::<PathBuf>::new());
    let (code, out, _) = site.world.run(&format!("forget {NUMBER}")).await;
    assert!(code == 0 && out.contains("nothing\n"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_holds_the_call_still_when_the_files_are_gone_is_finished_by_the_same_command() {
    let (site, call, ticket) = recorded().await;
    site.age(&call).await;
    // As a kill between the files and the store leaves it.
    for (folder, end) in [
        ("inbox", ".wav"),
        ("share/Telefonie/RecordedCalls", ".wav"),
        ("bridge.db.recordings", ".json"),
    ] {
        for name in site.names(folder).iter().filter(|name| name.ends_with(end)) {
            std::fs::remove_file(site.path(folder).join(name)).expect("a file");
        }
    }
    std::fs::write(site.path("share/Telefonie/RecordedCalls/SHA256SUMS.txt"), "").expect("a manifest");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!(code, 0, "{out}{error}");
    assert!(out.contains(&format!("/agent/tickets/{ticket}")), "{out}");
    assert_eq!(that_hold(site.world.place.path(), &FORMS), Vec::<PathBuf>::new());
    let known = StoreReader::open(site.path("bridge.db")).await.expect("a reader");
    let story = known.call(&call).await.expect("a story").expect("the call");
    assert_eq!(story.summary.key, CallKey::new(call.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_into_keeps_the_calls_that_lead_there() {
    let (site, call, _) = recorded().await;
    site.age(&call).await;
    std::fs::rename(site.path("inbox"), site.path("elsewhere")).expect("a folder");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER}")).await;
    assert_eq!(code, 1, "the list is not whole: {out}");
    assert!(
        out.contains("trouble: the inbox cannot be looked into: "),
        "{out}{error}"
    );
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!(code, 1, "{out}{error}");
    assert!(
        error.contains("the inbox cannot be looked into") && out.contains("3 left"),
        "{out}{error}"
    );

    std::fs::rename(site.path("elsewhere"), site.path("inbox")).expect("a folder");
    let (code, out, error) = site.world.run(&format!("forget {NUMBER} --yes")).await;
    assert_eq!(code, 0, "{out}{error}");
    assert_eq!(that_hold(site.world.place.path(), &FORMS), Vec::<PathBuf>::new());
}

#[test]
fn a_number_by_which_nobody_is_found_is_refused_with_what_is_allowed() {
    let place = Place::unreachable();
    for (number, words) in [
        ("Anna", "this is no telephone number. Allowed: one number"),
        ("anonymous", "calls without a number are nobody's"),
        ("101", "an extension or a service number"),
    ] {
        for yes in ["", " --yes"] {
            let (code, out, error) = place.run(&format!("forget {number}{yes}"));
            assert_eq!((code, out.as_str()), (2, ""), "{error}");
            assert!(error.contains(words), "{error}");
        }
    }
    assert_eq!(place.run("forget").0, 2);
    for yes in ["", " --yes"] {
        let (code, out, error) = place.run(&format!("forget 0721555010{yes}"));
        assert_eq!((code, error.as_str()), (0, ""), "{out}");
        assert!(out.contains("kept of …010:\n  nothing\n"), "{out}");
    }
    assert!(!place.path().join("bridge.db").exists(), "no store is made");
}
