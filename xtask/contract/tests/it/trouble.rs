//! Answers that are late, lost, cut off, or none of success.

use std::time::Duration;

use bridge_sim::zendesk::{
    Class, Fault, FaultKind, Idempotency, InFlightTwin, Limits, State, SuspendedRequester, Switches,
};
use zendesk_client::tickets::{Lookup, NewComment, TicketChanges};
use zendesk_client::users::UserData;
use zendesk_client::voice::CallVia;
use zendesk_client::{Client, Credentials, ErrorKind, IdempotencyKey, RetryPolicy, TicketId, UserId};

use super::{client, new_ticket, site, with};

fn key() -> Option<IdempotencyKey> {
    IdempotencyKey::new("hq/c1/ticket")
}

#[tokio::test]
async fn limits_are_told_with_the_time_to_wait_whatever_the_body() {
    let site = with(Switches {
        limits: Limits {
            one_user: Some(1),
            ticket_creates: Some(1),
            ..Limits::none()
        },
        ..Switches::compressed()
    })
    .await;
    let name = UserData::new().name("Caller");
    site.client.users().update(UserId::new(400), &name).await.unwrap();
    let plain = site.client.users().update(UserId::new(400), &name).await.unwrap_err();
    site.client.tickets().create(&new_ticket(), None).await.unwrap();
    let json = site.client.tickets().create(&new_ticket(), None).await.unwrap_err();
    for error in [plain, json] {
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::RateLimited, Some(Duration::from_secs(60)))
        );
    }
    assert_eq!(site.tickets(), 1);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_ticket_takes_thirty_updates_in_ten_minutes() {
    let site = with(Switches::default()).await;
    let made = site.ticket().await;
    let changes = TicketChanges::new().comment(NewComment::internal("still there"));
    for _ in 0..30 {
        site.client.tickets().update(made.id, &changes).await.unwrap();
    }
    let refused = site.client.tickets().update(made.id, &changes).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.retry_after()),
        (ErrorKind::RateLimited, Some(Duration::from_secs(600)))
    );
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_collision_is_repeated_and_a_conflict_is_not() {
    let site = site().await;
    site.fault(Fault::new(FaultKind::Collision).on(Class::CreateTicket).times(2));
    let made = site.ticket().await;
    assert_eq!((site.tickets(), site.asked("POST /api/v2/tickets")), (1, 3));
    let stale = TicketChanges::new()
        .priority("high")
        .unless_changed_since(jiff::Timestamp::UNIX_EPOCH);
    let refused = site.client.tickets().update(made.id, &stale).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.code()),
        (ErrorKind::Conflict, Some("UpdateConflict"))
    );
    assert_eq!(site.asked("PUT /api/v2/tickets/{id}"), 1);
    site.switch(|switches| switches.safe_updates = false);
    site.client.tickets().update(made.id, &stale).await.unwrap();
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_key_makes_one_ticket_of_answers_that_get_lost() {
    let site = site().await;
    site.fault(
        Fault::new(FaultKind::NoAnswer)
            .on(Class::CreateTicket)
            .committed()
            .times(1),
    );
    let made = site.client.tickets().create(&new_ticket(), key()).await.unwrap();
    assert_eq!((made.lookup, site.tickets()), (Lookup::Hit, 1));
    let other = new_ticket().subject("another");
    let refused = site.client.tickets().create(&other, key()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::IdempotencyMismatch);
    site.switch(|switches| switches.idempotency = Idempotency::Silent);
    let again = site.client.tickets().create(&new_ticket(), key()).await.unwrap();
    assert_eq!(
        (again.lookup, again.ticket.unwrap().id),
        (Lookup::Unknown, made.ticket.unwrap().id)
    );
    site.zendesk.stop().await;
}

#[tokio::test]
async fn without_a_key_a_lost_answer_is_left_to_the_caller() {
    let site = site().await;
    site.fault(
        Fault::new(FaultKind::NoAnswer)
            .on(Class::CreateTicket)
            .committed()
            .times(1),
    );
    let lost = site.client.tickets().create(&new_ticket(), None).await.unwrap_err();
    assert_eq!(
        (lost.kind(), lost.retry()),
        (ErrorKind::Interrupted, zendesk_client::Retry::LookFirst)
    );
    assert_eq!(site.found().await.len(), 1);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_twin_in_flight_is_waited_for_or_told() {
    let site = site().await;
    site.switch(|switches| {
        let slow = Duration::from_secs(3600);
        switches.delays.insert(Class::CreateTicket, slow);
        switches.in_flight_twin = InFlightTwin::Conflict;
    });
    let slow = tokio::spawn(site.client.tickets().create(&new_ticket(), key()).into_future());
    let under_way = |state: &State| (state.tickets().len() == 1).then_some(());
    site.zendesk.wait_for(under_way, Duration::from_secs(20)).await.unwrap();
    site.switch(|switches| switches.delays.clear());
    let told = site.client.tickets().create(&new_ticket(), key()).await.unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Collision);
    assert_eq!(site.asked("POST /api/v2/tickets"), 4, "the first one is waited for");
    site.pass(3600);
    let made = site.client.tickets().create(&new_ticket(), key()).await.unwrap();
    assert_eq!((made.lookup, site.tickets()), (Lookup::Hit, 1));
    slow.abort();
    site.zendesk.stop().await;
}

#[tokio::test]
async fn gateways_and_maintenance_are_told_apart_from_refusals() {
    let site = site().await;
    let show = || site.client.users().show(UserId::new(400));
    for fault in [FaultKind::Gateway(502), FaultKind::Gateway(504), FaultKind::ServerError] {
        site.fault(Fault::new(fault).times(2));
        show().await.unwrap();
    }
    site.fault(Fault::new(FaultKind::Unavailable(Some(30))).times(1));
    let error = show().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::Unavailable, Some(Duration::from_secs(30)))
    );
    site.zendesk.stop().await;
}

#[tokio::test]
async fn half_an_answer_is_no_answer() {
    let site = site().await;
    let once = client(&site.zendesk, Credentials::bearer("sim-oauth-token".into()), 1);
    for (fault, kind) in [
        (FaultKind::Cut, ErrorKind::Interrupted),
        (FaultKind::Truncated, ErrorKind::Decode),
        (FaultKind::Page, ErrorKind::Decode),
    ] {
        site.fault(Fault::new(fault.clone()).times(1));
        let error = once.users().show(UserId::new(400)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}");
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_body_in_drops_is_read_to_its_end_or_given_up_in_time() {
    let site = site().await;
    let drip = |pause| Fault::new(FaultKind::Drip { bytes: 64, pause }).times(1);
    site.fault(drip(Duration::from_millis(1)));
    assert_eq!(
        site.client.users().show(UserId::new(400)).await.unwrap().id,
        UserId::new(400)
    );
    site.fault(drip(Duration::from_secs(3600)));
    let builder = Client::builder(site.zendesk.url(), Credentials::bearer("sim-oauth-token".into()));
    let builder = builder.retry(RetryPolicy::never()).timeout(Duration::from_millis(200));
    let error = builder
        .build()
        .unwrap()
        .users()
        .show(UserId::new(400))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_pop_is_seen_or_nobody_is_there() {
    let site = site().await;
    let made = site.ticket().await;
    let voice = site.client.voice();
    voice.display_ticket(UserId::new(501), made.id).await.unwrap();
    let seen = site.zendesk.see(|state| {
        state
            .pops()
            .iter()
            .map(|pop| (pop.agent, pop.ticket))
            .collect::<Vec<_>>()
    });
    assert_eq!(seen, [(501, made.id.get())]);
    for (agent, ticket) in [(400, made.id), (501, TicketId::new(99)), (504, made.id)] {
        let nobody = voice.display_ticket(UserId::new(agent), ticket).await.unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::NotFound, "{agent}");
    }
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_voice_ticket_for_nobody_is_refused() {
    let site = site().await;
    let make = || {
        site.client
            .voice()
            .create_ticket(CallVia::Inbound, &new_ticket(), Some(UserId::new(400)))
    };
    let refused = make().await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.fields()[0].field()),
        (ErrorKind::Validation, Some("display_to_agent"))
    );
    assert_eq!(site.tickets(), 0);
    site.switch(|switches| switches.display_checked_first = false);
    assert_eq!(make().await.unwrap_err().kind(), ErrorKind::Validation);
    let there = site.found().await;
    assert_eq!(there.len(), 1, "who looks finds it");
    site.zendesk.stop().await;
}

#[tokio::test]
async fn a_suspended_requester_has_no_ticket_one_or_a_refusal() {
    let site = site().await;
    let suspend = UserData::new().set("suspended", true);
    site.client.users().update(UserId::new(400), &suspend).await.unwrap();
    let create = || site.client.tickets().create(&new_ticket(), None);
    assert_eq!(create().await.unwrap().ticket, None);
    site.switch(|switches| switches.suspended_requester = SuspendedRequester::Accepted);
    assert!(create().await.unwrap().ticket.is_some());
    site.switch(|switches| switches.suspended_requester = SuspendedRequester::Refused);
    assert_eq!(create().await.unwrap_err().kind(), ErrorKind::Validation);
    site.zendesk.stop().await;
}
