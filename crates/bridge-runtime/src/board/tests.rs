//! What is posted on the board, and how many changes of it are told.

use super::*;

#[test]
fn sessions_are_told_one_by_one_and_lost_together() {
    let (board, anna, ben) = (board(), pbx::UserId::new("0101"), pbx::UserId::new("0102"));
    board.session(None, Some("away"), at(0));
    assert_eq!(
        board.read().pbx,
        PbxStatus {
            error: Some("away".into()),
            ..PbxStatus::default()
        }
    );

    board.session(Some(&anna), None, at(1));
    board.session(Some(&ben), Some("wrong password"), at(1));
    let pbx = board.read().pbx;
    assert!(pbx.connected, "one is enough");
    assert_eq!(pbx.error, None);
    assert_eq!(words(&pbx), ["0101 since 1", "0102 since 1: wrong password"]);

    board.session(Some(&ben), Some("still wrong"), at(2));
    board.session(None, Some("cut"), at(3));
    let pbx = board.read().pbx;
    assert_eq!((pbx.connected, pbx.error.as_deref()), (false, Some("cut")));
    assert_eq!(
        words(&pbx),
        ["0101 since 3: cut", "0102 since 1: still wrong"],
        "each keeps its own reason"
    );
}

#[test]
fn readiness_names_every_reason() {
    let board = board();
    let reasons = [
        "the bridge is not active",
        "the telephone system is not connected: not connected yet",
        "the help desk was not reached yet",
        "users and groups are not matched yet",
    ];
    assert_eq!(board.read().not_ready(), reasons);

    board.session(None, None, at(0));
    board.desk(Some("401"), at(0));
    board.matched(&crate::testing::matching(), None);
    board.post(|status| status.active = true);
    assert_eq!(board.read().not_ready(), ["the help desk does not answer: 401"]);
    board.desk(None, at(1));
    assert!(board.read().not_ready().is_empty());
    board.post(|status| status.journal_error = Some("full".into()));
    assert_eq!(board.read().not_ready(), ["the journal cannot be written: full"]);
}

#[test]
fn a_matching_is_told_with_whom_it_leaves_out() {
    let board = board();
    board.matched(&crate::testing::matching(), Some(at(5)));
    let told = board.read().matching.unwrap();
    assert_eq!(
        (told.at, told.users_matched, told.users_unmatched),
        (Some(at(5)), 1, vec!["0103".to_owned()])
    );
    assert_eq!(told.groups_served, ["Support"]);
    let why: Vec<_> = told
        .groups_unserved
        .iter()
        .map(|group| format!("{}: {}", group.name, group.why))
        .collect();
    assert_eq!(
        why,
        [
            "Sales: the configuration leaves it out",
            "Lager: the help desk has no group `Lager`"
        ]
    );
}

#[test]
fn troubles_of_calls_are_news_for_a_day() {
    let board = board();
    // All of these calls were last heard of long ago: what is told of them now is news.
    let trouble = |call: &str, told: i64, what: &[&str]| {
        let mut state = CallState::new(&pbx::CallId::new(call), at(-180 * 24 * 3600));
        state.troubles = what.iter().map(|&what| what.to_owned()).collect();
        board.troubles([(&state, at(told))], at(told));
    };
    trouble("c1", 0, &["not learned"]);
    trouble("c2", 10, &["taken", "no field is free"]);
    trouble("c3", 11, &["for a moment"]);
    trouble("c3", 12, &[]);
    let told = || {
        board
            .read()
            .problems
            .into_iter()
            .map(|problem| problem.what)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(), ["not learned", "taken", "no field is free"]);
    trouble("c4", 24 * 3600, &[]);
    assert_eq!(told(), ["taken", "no field is free"]);
    // Whatever else becomes of the call makes no news of it.
    trouble("c2", 24 * 3600 + 9, &["taken", "no field is free"]);
    trouble("c4", 24 * 3600 + 10, &[]);
    assert!(told().is_empty());
}

#[test]
fn whatever_is_posted_is_news() {
    let (board, anna) = (board(), pbx::UserId::new("0101"));
    let mut news = board.news();
    let state = CallState::new(&pbx::CallId::new("c1"), at(0));
    let posts: [(&str, &dyn Fn()); 5] = [
        ("a field", &|| board.post(|status| status.active = true)),
        ("a session", &|| board.session(Some(&anna), None, at(0))),
        ("a list", &|| board.list(&anna, Some("away"))),
        ("the help desk", &|| board.desk(None, at(0))),
        ("troubles", &|| board.troubles([(&state, at(0))], at(0))),
    ];
    for (what, post) in posts {
        assert!(!news.has_changed().unwrap(), "before {what}");
        post();
        assert!(news.has_changed().unwrap(), "{what}");
        news.mark_unchanged();
    }
}

fn board() -> Board {
    Board::new(at(0))
}

fn words(pbx: &PbxStatus) -> Vec<String> {
    let word = |session: &SessionStatus| {
        let error = session
            .error
            .as_ref()
            .map_or(String::new(), |error| format!(": {error}"));
        format!(
            "{} since {}{error}",
            session.agent.as_deref().unwrap_or("-"),
            session.since.as_second()
        )
    };
    pbx.sessions.iter().map(word).collect()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
