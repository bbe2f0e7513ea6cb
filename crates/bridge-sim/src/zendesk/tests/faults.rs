//! What goes wrong on purpose.

use std::time::Duration;

use serde_json::json;

use super::{Account, account};
use crate::zendesk::{Class, Delivery, Down, Fault, FaultKind, SimResponse};

fn create(account: &mut Account) -> SimResponse {
    account.post("/api/v2/tickets", json!({"ticket": {"comment": {"body": "b"}}}))
}

#[test]
fn an_answer_may_get_lost_before_or_after_the_deed() {
    let mut account = account();
    let lost = Fault::new(FaultKind::NoAnswer).on(Class::CreateTicket);
    account.state.switches.faults = vec![lost.clone().times(1), lost.committed().after(1).times(1)];
    assert_eq!(create(&mut account).delivery, Delivery::Lost);
    assert_eq!(account.state.tickets().len(), 0);
    assert_eq!(create(&mut account).status, 201, "the second fault lets one pass");
    assert_eq!(create(&mut account).delivery, Delivery::Lost);
    assert_eq!(account.state.tickets().len(), 2);
    assert_eq!(create(&mut account).status, 201);
    assert_eq!(account.get("/api/v2/groups").status, 200, "other endpoints are well");
    assert_eq!(
        account.state.requests().counts()[&("POST /api/v2/tickets".to_owned(), None)],
        2
    );
}

#[test]
fn each_kind_of_failure_looks_as_it_should() {
    let mut account = account();
    let mut fail = |kind: FaultKind| {
        account.state.switches.faults = vec![Fault::new(kind)];
        account.get("/api/v2/groups")
    };
    let shape = |answer: &SimResponse| {
        let kind = answer
            .header("content-type")
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned();
        (answer.status, kind, answer.header("retry-after").map(str::to_owned))
    };
    let wanted = |status: u16, kind: &str, after: Option<&str>| (status, kind.to_owned(), after.map(str::to_owned));
    assert_eq!(shape(&fail(FaultKind::Gateway(502))), wanted(502, "text/html", None));
    assert_eq!(
        shape(&fail(FaultKind::ServerError)),
        wanted(500, "application/json", None)
    );
    assert_eq!(
        shape(&fail(FaultKind::Unavailable(Some(30)))),
        wanted(503, "text/html", Some("30"))
    );
    let odd = FaultKind::TooMany {
        retry_after: Some("999999".to_owned()),
        plain: false,
    };
    assert_eq!(shape(&fail(odd)), wanted(429, "application/json", Some("999999")));
    let bare = FaultKind::TooMany {
        retry_after: None,
        plain: true,
    };
    assert_eq!(shape(&fail(bare)), wanted(429, "text/plain", None));
    assert_eq!(
        fail(FaultKind::Collision).body,
        "Requester creation collision - please try again"
    );
    assert_eq!(
        shape(&fail(FaultKind::InvalidToken)),
        wanted(401, "application/json", None)
    );
    assert_eq!(shape(&fail(FaultKind::Page)), wanted(200, "text/html", None));
    let cut = fail(FaultKind::Cut);
    assert_eq!(
        (cut.delivery, cut.value()["groups"][0]["id"].as_u64()),
        (Delivery::Cut, Some(71))
    );
    assert_eq!(
        fail(FaultKind::Slow(Duration::from_secs(9))).delay,
        Duration::from_secs(9)
    );
    let hang = fail(FaultKind::Hang(Duration::from_secs(60)));
    assert_eq!((hang.delivery, hang.delay), (Delivery::Lost, Duration::from_secs(60)));
}

#[test]
fn an_account_may_be_away() {
    let mut account = account();
    account.state.switches.down = Some(Down::Closed);
    assert_eq!(create(&mut account).delivery, Delivery::Lost);
    account.state.switches.down = Some(Down::Unavailable { retry_after: Some(5) });
    assert_eq!((create(&mut account).status, account.state.tickets().len()), (503, 0));
    account.state.switches.down = None;
    assert_eq!(create(&mut account).status, 201);
}

#[test]
fn look_ups_may_be_slow() {
    let mut account = account();
    account.state.switches.search_takes(Duration::from_secs(3));
    assert_eq!(
        account.get("/api/v2/users/search?query=phone:*123456").delay,
        Duration::from_secs(3)
    );
    assert_eq!(
        account.get("/api/v2/search?query=phone:*123456").delay,
        Duration::from_secs(3)
    );
    assert_eq!(account.get("/api/v2/users/400").delay, Duration::ZERO);
}
