//! A recording that is too large, over the real bridge: the ticket gets a smaller one, the folder what was recorded.

use bridge_sim::story;

use super::stage::{End, Pace, Stage};

const STORY: &str = "# A call that is recorded.\n\
    set record = Support\n\
    set wrap_up = 5s\n\
    given user 900 \"Karla Kunde\" phone \"+49721555010\"\n\
    14:02:00  c1 rings group Support from 0721 555010 at 0101\n\
    14:02:05  c1 answered by 0101\n\
    14:02:30  c1 ended\n\
    = c1 ticket requester 900, group 71, agent 501, pop 501\n";

/// What hangs on the ticket, its note, and the files in the folder for copies.
async fn played(compress: bool, largest: u64) -> (Vec<u8>, String, Vec<Vec<u8>>) {
    let folder = tempfile::tempdir().unwrap();
    let pace = Pace {
        speed: 5.0,
        end: End::WrapUp,
    };
    let story = story::parse(STORY).unwrap();
    let stage = Stage::set_up_otherwise(
        story,
        pace,
        folder.path(),
        |_| {},
        |config| {
            config.recordings.rules.compress = compress;
            config.recordings.rules.largest = largest;
        },
    )
    .await
    .unwrap();
    let report = stage.play().await.unwrap();
    assert!(report.passed(), "{report:?}");
    stage.recorded(&report).await.unwrap().unwrap();
    let ticket = stage.ticket(report.calls[0].tickets[0]).unwrap();
    let note = ticket
        .comments
        .iter()
        .find(|one| one.body.contains("SHA-256"))
        .unwrap()
        .clone();
    let copies = std::fs::read_dir(folder.path().join("share/Telefonie/RecordedCalls")).unwrap();
    let copies = copies.map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let copies = copies.filter(|copy| copy.starts_with(b"RIFF")).collect();
    stage.strike().await;
    (note.files.concat(), note.body, copies)
}

fn sum(bytes: &[u8]) -> String {
    recording_archive::Sha256Sum::of(bytes).to_string()
}

#[tokio::test]
async fn a_recording_that_is_too_large_is_attached_smaller_and_kept_and_copied_as_it_was() {
    let (hung, note, copies) = played(true, 150_000).await;
    assert!(hung.starts_with(b"OggS") && hung.len() < 150_000);
    assert!(copies.len() == 1 && copies[0].len() > 300_000);
    assert!(
        note.contains(&sum(&hung)) && note.contains(&sum(&copies[0])) && note.contains(" min\n"),
        "{note}"
    );
}

#[tokio::test]
async fn one_that_stays_too_large_is_told_and_copied_all_the_same() {
    for compress in [true, false] {
        let (hung, note, copies) = played(compress, 1_000).await;
        assert!(
            hung.is_empty() && note.contains("is not attached: it has 1 MB"),
            "{note}"
        );
        assert!(copies.len() == 1 && note.contains(&sum(&copies[0])), "{note}");
    }
}
