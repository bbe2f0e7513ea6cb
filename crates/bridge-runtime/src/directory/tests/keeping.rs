//! A directory that is kept, with a help desk that gives the answers it is told to.

use std::time::Duration;

use bridge_core::port::{Failure, FailureKind, MockHelpDesk};
use tokio_util::sync::CancellationToken;

use super::super::keep::{Keep, pause};
use super::*;
use crate::board::Board;
use crate::pauses::Pauses;
use crate::status::DirectoryStatus;

#[test]
fn how_long_it_waits_is_for_the_failure_to_say() {
    use FailureKind::{Busy, Credentials, Forbidden, Impossible, NoAnswer, Unavailable};
    let every = Duration::from_secs(60);
    let mut pauses = Pauses::new();
    let seconds = [
        (Unavailable, None, 1),
        (Busy, None, 60),
        (Forbidden, None, 3600),
        (Impossible, None, 3600),
        (Forbidden, Some(7), 7),
        (Busy, Some(8), 8),
        // None of those between makes the next pause longer.
        (Credentials, None, 2),
        (NoAnswer, None, 4),
        (Unavailable, Some(9), 9),
        (Unavailable, None, 8),
    ];
    for (kind, retry_after, wanted) in seconds {
        let failure = Failure {
            retry_after: retry_after.map(Duration::from_secs),
            ..failure(kind)
        };
        assert_eq!(pause(&failure, every, &mut pauses).as_secs(), wanted, "{kind:?}");
    }
}

/// Waits until the status is as wanted.
async fn until(board: &Board, wanted: impl Fn(&DirectoryStatus) -> bool) -> DirectoryStatus {
    let mut news = board.news();
    loop {
        if let Some(directory) = board.read().directory.filter(&wanted) {
            return directory;
        }
        news.changed().await.unwrap();
    }
}

#[tokio::test]
async fn it_is_built_page_by_page_and_then_goes_on_from_its_cursor() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let mut desk = MockHelpDesk::new();
    let mut pages = vec![
        (None, Ok(page(vec![user(ANNA, "+49721123456")], "c1", false))),
        (Some("c1"), Err(FailureKind::Unavailable)),
        (Some("c1"), Ok(page(vec![user(KARLA, "+4972199999")], "c2", true))),
        // The cursor is too old: everybody is read again, and nobody is forgotten meanwhile.
        (Some("c2"), Ok(ProfilePage::default())),
        (
            None,
            Ok(page(
                vec![user(ANNA, "+49721777777"), user(KARLA, "+4972199999")],
                "c3",
                true,
            )),
        ),
    ]
    .into_iter();
    desk.expect_profiles().returning(move |after, _| {
        let Some((wanted, answer)) = pages.next() else {
            return Err(failure(FailureKind::Forbidden));
        };
        assert_eq!(after.as_deref(), wanted);
        answer.map_err(failure)
    });
    let (board, stop) = (Arc::new(Board::new(rig.clock.now())), CancellationToken::new());
    let keep = Keep {
        directory: directory.clone(),
        desk: Arc::new(desk),
        every: Duration::from_millis(1),
        board: Arc::clone(&board),
        stop: stop.clone(),
    };
    let kept = tokio::spawn(keep.run());
    let refused = until(&board, |directory| directory.complete && directory.error.is_some()).await;
    assert_eq!((refused.users, refused.numbers, refused.read), (2, 2, 2));
    assert_eq!(refused.error.as_deref(), Some("told so"));
    assert_eq!(found(&directory, "+49721777777").await, Ok(vec![ANNA]));
    assert_eq!(found(&directory, "+4972199999").await, Ok(vec![KARLA]));
    stop.cancel();
    kept.await.unwrap();
}

/// Keeps a directory with a help desk that gives these answers, and then says that it is busy.
fn keep(
    rig: &Rig,
    directory: &Directory,
    answers: Vec<Result<ProfilePage, FailureKind>>,
) -> (Arc<Board>, CancellationToken, tokio::task::JoinHandle<()>) {
    let (board, stop) = (Arc::new(Board::new(rig.clock.now())), CancellationToken::new());
    let mut desk = MockHelpDesk::new();
    let (mut answers, seconds) = (answers.into_iter(), Arc::clone(&rig.seconds));
    desk.expect_profiles().returning(move |_, _| {
        // It takes its time.
        seconds.fetch_add(60, Ordering::Relaxed);
        answers.next().unwrap_or(Err(FailureKind::Busy)).map_err(failure)
    });
    let keep = Keep {
        directory: directory.clone(),
        desk: Arc::new(desk),
        every: Duration::from_millis(1),
        board: Arc::clone(&board),
        stop: stop.clone(),
    };
    (board, stop, tokio::spawn(keep.run()))
}

#[tokio::test]
async fn it_is_as_fresh_as_the_question_and_tells_why_it_begins_anew() {
    let rig = Rig::new().await;
    let directory = rig.directory().await;
    let asked = rig.clock.now();
    let told = page(vec![user(ANNA, "+49721123456")], "c1", true);
    let (board, stop, kept) = keep(&rig, &directory, vec![Ok(told), Ok(ProfilePage::default())]);
    let status = until(&board, |directory| !directory.complete && directory.as_of.is_some()).await;
    let answered = asked.saturating_add(SignedDuration::from_secs(30)).unwrap();
    assert!(status.as_of.unwrap() < answered);
    assert!(status.error.unwrap().contains("everybody is read again"));
    stop.cancel();
    kept.await.unwrap();
}

#[tokio::test]
async fn a_list_that_does_not_say_where_it_goes_on_is_a_failure() {
    let users = ProfilePage {
        cursor: None,
        ..page(vec![user(ANNA, "+49721123456")], "", false)
    };
    for endless in [users, ProfilePage::default()] {
        let rig = Rig::new().await;
        let directory = rig.directory().await;
        let answers = vec![Ok(endless.clone()), Ok(endless), Err(FailureKind::Forbidden)];
        let (board, stop, kept) = keep(&rig, &directory, answers);
        let status = until(&board, |directory| directory.error.is_some()).await;
        assert!(status.error.unwrap().contains("where its list of users goes on"));
        stop.cancel();
        kept.await.unwrap();
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        message: "told so".into(),
        retry_after: Some(Duration::from_millis(1)),
        request_id: None,
    }
}
