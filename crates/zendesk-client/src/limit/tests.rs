//! The limiter's decisions, by table.

use std::time::Duration;

use super::{Allowance, Budget, Decision, Limiter, Priority, Route, Said, Taken, Waiting};
use crate::rate::{Bucket, Rate};
use crate::request::Request;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn route(method: &str, path: &str) -> Route {
    Route::of(&Request::<()>::unread(method.parse().unwrap(), path).parts)
}

fn account(limit: u32, remaining: u32) -> Said {
    let mut said = Said::default();
    (said.rate.limit, said.rate.remaining, said.rate.reset) = (Some(limit), Some(remaining), Some(secs(60)));
    said
}

fn named(name: &str, total: u32, remaining: u32, resets: u64) -> Said {
    let mut said = account(1000, 1000);
    let bucket = Bucket {
        total,
        remaining,
        resets: secs(resets),
    };
    said.rate.buckets.insert(name.to_owned(), bucket);
    said
}

/// Takes a permit, or says until when there is none.
fn ask(limiter: &mut Limiter, now: u64, priority: Priority, route: &Route) -> Result<Taken, Option<u64>> {
    let id = limiter.join(priority, route.clone());
    match limiter.poll(secs(now), id) {
        Decision::Go(taken) => Ok(taken),
        Decision::Wait(until) => {
            limiter.leave(id);
            Err(until.map(|until| until.as_secs()))
        }
    }
}

/// Sends as often as it may, all answered at once alike, and says how often that was.
fn burst(limiter: &mut Limiter, now: u64, priority: Priority, route: &Route, said: &Said) -> u32 {
    let mut sent = 0;
    while sent < 5000 {
        let Ok(taken) = ask(limiter, now, priority, route) else {
            break;
        };
        limiter.complete(secs(now), taken, said);
        sent += 1;
    }
    sent
}

#[test]
fn each_priority_gets_its_part_of_the_share() {
    let table = [
        // share, limit, background, normal, person
        (1.0, 200, 120, 180, 200),
        (0.5, 200, 60, 90, 100),
        (0.5, 10, 3, 4, 5),
        (0.0, 200, 1, 1, 1),
        (7.0, 10, 6, 9, 10),
        (f64::NAN, 10, 6, 9, 10),
    ];
    for (share, limit, background, normal, person) in table {
        let priorities = [
            (Priority::Background, background),
            (Priority::Normal, normal),
            (Priority::Person, person),
        ];
        for (priority, wanted) in priorities {
            let mut limiter = Limiter::new(share);
            let sent = burst(&mut limiter, 0, priority, &route("GET", "/a"), &account(limit, limit));
            assert_eq!(sent, wanted, "{share} of {limit} for {priority:?}");
        }
    }
}

#[test]
fn what_is_kept_back_from_others_is_there_for_a_person() {
    let (mut limiter, route) = (Limiter::new(1.0), route("GET", "/a"));
    let said = account(100, 100);
    assert_eq!(burst(&mut limiter, 0, Priority::Background, &route, &said), 60);
    assert_eq!(burst(&mut limiter, 0, Priority::Normal, &route, &said), 30);
    assert_eq!(burst(&mut limiter, 0, Priority::Person, &route, &said), 10);
    assert_eq!(ask(&mut limiter, 59, Priority::Person, &route).unwrap_err(), Some(60));
    assert!(ask(&mut limiter, 60, Priority::Person, &route).is_ok());
}

#[test]
fn what_others_use_up_is_waited_for() {
    let (mut limiter, route) = (Limiter::new(1.0), route("GET", "/a"));
    let taken = ask(&mut limiter, 0, Priority::Person, &route).unwrap();
    limiter.complete(secs(0), taken, &account(100, 1));
    let last = ask(&mut limiter, 1, Priority::Person, &route).unwrap();
    assert_eq!(ask(&mut limiter, 1, Priority::Person, &route).unwrap_err(), Some(60));
    limiter.complete(secs(1), last, &account(100, 0));
    assert_eq!(ask(&mut limiter, 2, Priority::Person, &route).unwrap_err(), Some(60));
}

#[test]
fn a_window_that_begins_early_is_noticed() {
    let (mut limiter, route) = (Limiter::new(0.1), route("GET", "/a"));
    assert_eq!(burst(&mut limiter, 0, Priority::Person, &route, &account(50, 7)), 5);
    let mut limiter = Limiter::new(0.1);
    for (remaining, now) in [(9, 0), (8, 1), (7, 2), (6, 3), (49, 4), (48, 5), (47, 6), (46, 7)] {
        let taken = ask(&mut limiter, now, Priority::Person, &route).unwrap();
        limiter.complete(secs(now), taken, &account(50, remaining));
    }
}

#[test]
fn a_named_window_holds_back_its_own_endpoint_only() {
    let mut limiter = Limiter::new(1.0);
    let (export, users) = (
        route("GET", "/api/v2/incremental/users/cursor.json"),
        route("GET", "/api/v2/users/7"),
    );
    let taken = ask(&mut limiter, 0, Priority::Person, &export).unwrap();
    limiter.complete(secs(0), taken, &named("incremental-exports", 10, 0, 14));
    assert_eq!(ask(&mut limiter, 1, Priority::Person, &export).unwrap_err(), Some(14));
    assert!(ask(&mut limiter, 1, Priority::Background, &users).is_ok());
    assert!(ask(&mut limiter, 14, Priority::Person, &export).is_ok());
}

#[test]
fn the_share_holds_for_a_named_window_from_its_first_request_on() {
    let exports = route("GET", "/api/v2/incremental/users/cursor.json");
    let said = named("incremental-exports", 10, 9, 40);
    let mut limiter = Limiter::new(0.5);
    // Five of ten, of which three for whoever can wait; nobody knows of the window before the first answer.
    assert_eq!(burst(&mut limiter, 0, Priority::Background, &exports, &said), 3);
    assert_eq!(burst(&mut limiter, 1, Priority::Normal, &exports, &said), 1);
    assert_eq!(burst(&mut limiter, 2, Priority::Person, &exports, &said), 1);
    assert_eq!(ask(&mut limiter, 3, Priority::Person, &exports).unwrap_err(), Some(40));
    // What the account allows is not touched by that.
    let tickets = route("POST", "/api/v2/tickets");
    for priority in [Priority::Background, Priority::Normal, Priority::Person] {
        let taken = ask(&mut limiter, 3, priority, &tickets).unwrap();
        limiter.complete(secs(3), taken, &account(1000, 900));
    }
    assert_eq!(burst(&mut limiter, 41, Priority::Background, &exports, &said), 3);
}

#[test]
fn several_requests_that_left_before_their_window_was_known_all_count_in_it() {
    let exports = route("GET", "/api/v2/incremental/users/cursor");
    let mut limiter = Limiter::new(0.5);
    let taken: Vec<_> = (0..3)
        .map(|_| ask(&mut limiter, 0, Priority::Person, &exports).unwrap())
        .collect();
    for (taken, remaining) in taken.into_iter().zip([9, 8, 7]) {
        limiter.complete(secs(1), taken, &named("incremental-exports", 10, remaining, 40));
    }
    let said = named("incremental-exports", 10, 6, 40);
    assert_eq!(burst(&mut limiter, 1, Priority::Person, &exports, &said), 2);
}

#[test]
fn a_window_of_single_records_holds_back_that_record_only() {
    let mut limiter = Limiter::new(1.0);
    let (one, other) = (route("PUT", "/api/v2/tickets/1"), route("PUT", "/api/v2/tickets/2"));
    let taken = ask(&mut limiter, 0, Priority::Person, &one).unwrap();
    limiter.complete(secs(0), taken, &named("per-ticket-updates", 30, 0, 468));
    assert_eq!(ask(&mut limiter, 1, Priority::Person, &one).unwrap_err(), Some(468));
    let taken = ask(&mut limiter, 1, Priority::Person, &other).unwrap();
    limiter.complete(secs(500), taken, &account(1000, 999));
    assert!(
        !format!("{limiter:?}").contains("tickets/1"),
        "what is over is forgotten"
    );
}

#[test]
fn updates_of_users_keep_to_what_is_only_documented() {
    let plenty = || account(1000, 999);
    let create = || route("POST", "/api/v2/users/create_or_update");
    let update = |user: u64| route("PUT", &format!("/api/v2/users/{user}"));
    for (share, second, minute) in [(1.0, 1, 5), (0.5, 2, 2), (0.25, 4, 1)] {
        let mut limiter = Limiter::new(share);
        // One at a time, and the next one a second after the answer: when Zendesk counted it nobody knows.
        let first = ask(&mut limiter, 0, Priority::Person, &update(1)).unwrap();
        assert_eq!(ask(&mut limiter, 1, Priority::Person, &update(2)).unwrap_err(), None);
        assert!(ask(&mut limiter, 1, Priority::Person, &create()).is_ok());
        assert!(ask(&mut limiter, 1, Priority::Person, &route("GET", "/api/v2/users/1")).is_ok());
        limiter.complete(secs(3), first, &plenty());
        assert_eq!(
            ask(&mut limiter, 3, Priority::Person, &update(2)).unwrap_err(),
            Some(3 + second)
        );
        let other = ask(&mut limiter, 3 + second, Priority::Person, &update(3)).unwrap();
        limiter.release(secs(3 + second), &other);
        assert_eq!(
            ask(&mut limiter, 3 + second, Priority::Person, &update(2)).unwrap_err(),
            Some(3 + 2 * second),
            "one without an answer counts as well"
        );
        // Of one user so many a minute.
        let mut limiter = Limiter::new(share);
        for n in 0..minute {
            let taken = ask(&mut limiter, n * 5, Priority::Person, &update(1)).unwrap();
            limiter.complete(secs(n * 5), taken, &plenty());
        }
        assert_eq!(
            ask(&mut limiter, 30, Priority::Person, &update(1)).unwrap_err(),
            Some(60)
        );
        let taken = ask(&mut limiter, 30, Priority::Person, &update(2)).unwrap();
        limiter.complete(secs(200), taken, &plenty());
        assert!(
            !format!("{limiter:?}").contains("users/1\""),
            "what is over is forgotten"
        );
    }
}

#[test]
fn retry_after_holds_back_everybody_unless_only_one_endpoint_is_meant() {
    let paused = |mut said: Said, unavailable| {
        (said.pause, said.unavailable) = (Some(secs(27)), unavailable);
        said
    };
    let table = [
        // what came, whether another address is held back too
        (paused(account(700, 668), false), false),
        (paused(account(700, 0), false), true),
        (
            paused(
                Said {
                    rate: Rate::default(),
                    ..Said::default()
                },
                false,
            ),
            true,
        ),
        (paused(account(700, 668), true), true),
    ];
    for (said, everybody) in table {
        let mut limiter = Limiter::new(1.0);
        let (user, other) = (route("PUT", "/api/v2/users/1"), route("GET", "/api/v2/users/1"));
        let taken = ask(&mut limiter, 0, Priority::Person, &user).unwrap();
        limiter.complete(secs(0), taken, &said);
        assert_eq!(
            ask(&mut limiter, 26, Priority::Person, &user).unwrap_err(),
            Some(27),
            "{said:?}"
        );
        assert_eq!(
            ask(&mut limiter, 26, Priority::Person, &other).is_err(),
            everybody,
            "{said:?}"
        );
        assert!(ask(&mut limiter, 60, Priority::Person, &user).is_ok(), "{said:?}");
    }
}

#[test]
fn before_the_first_answer_a_few_may_go_and_what_is_released_comes_back() {
    let (mut limiter, route) = (Limiter::new(1.0), route("GET", "/a"));
    let mut taken: Vec<_> = (0..4)
        .map(|_| ask(&mut limiter, 0, Priority::Normal, &route).unwrap())
        .collect();
    assert_eq!(ask(&mut limiter, 0, Priority::Person, &route).unwrap_err(), None);
    limiter.release(secs(0), &taken.pop().unwrap());
    assert!(ask(&mut limiter, 0, Priority::Normal, &route).is_ok());
}

#[test]
fn the_budget_tells_what_the_decisions_are_made_by() {
    let mut limiter = Limiter::new(0.5);
    assert_eq!(limiter.budget(secs(0)), Budget::default());
    let (export, ticket) = (
        route("GET", "/api/v2/incremental/users/cursor"),
        route("PUT", "/api/v2/tickets/77"),
    );
    let taken = ask(&mut limiter, 0, Priority::Background, &export).unwrap();
    assert_eq!(limiter.budget(secs(0)).account, None, "nothing is told of it yet");
    let mut said = named("incremental-exports", 10, 9, 40);
    (said.rate.limit, said.rate.remaining) = (Some(700), Some(600));
    limiter.complete(secs(0), taken, &said);
    let taken = ask(&mut limiter, 1, Priority::Person, &ticket).unwrap();
    let mut said = named("per-ticket-updates", 30, 29, 468);
    (said.rate.limit, said.rate.remaining) = (Some(700), Some(20));
    limiter.complete(secs(1), taken, &said);
    let flying = ask(&mut limiter, 2, Priority::Normal, &ticket).unwrap();
    limiter.join(Priority::Person, ticket.clone());
    limiter.join(Priority::Background, export.clone());
    limiter.join(Priority::Background, export.clone());

    let budget = limiter.budget(secs(10));
    let account = budget.account.unwrap();
    assert_eq!((account.total, account.allowed, account.spent), (700, 350, 3));
    assert_eq!(account.left, 19, "others have left no more, and one is under way");
    assert_eq!(account.resets, Some(secs(50)));
    let export = Allowance {
        total: 10,
        allowed: 5,
        spent: 1,
        left: 4,
        resets: Some(secs(30)),
    };
    assert_eq!(budget.buckets, [("incremental-exports".to_owned(), export)].into());
    let waiting = Waiting {
        background: 2,
        normal: 0,
        person: 1,
    };
    assert_eq!((budget.waiting, budget.waiting.all()), (waiting, 3));

    // In the next window only what is still under way may count.
    let account = limiter.budget(secs(61)).account.unwrap();
    assert_eq!((account.spent, account.left, account.resets), (1, 349, None));
    drop(flying);
}

#[test]
fn routes_are_told_apart_by_method_and_sort() {
    let sort = |method, path| route(method, path).sort;
    assert_eq!(sort("PUT", "/api/v2/tickets/77"), "PUT /api/v2/tickets/#");
    assert_eq!(
        sort("GET", "/api/v2/job_statuses/V3-2ef2.json"),
        "GET /api/v2/job_statuses/#"
    );
    assert_eq!(
        sort("GET", "/api/v2/users/7/identities"),
        "GET /api/v2/users/#/identities"
    );
}
