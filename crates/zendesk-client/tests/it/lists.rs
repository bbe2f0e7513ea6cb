//! Lists: both kinds of paging, empty pages, and links that lead astray.

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer};
use zendesk_client::ErrorKind;

use crate::{client, ok};

fn page(ids: &[u64], has_more: bool, next: Option<String>) -> Value {
    let groups: Vec<_> = ids
        .iter()
        .map(|id| json!({"id": id, "name": format!("Group {id}")}))
        .collect();
    json!({"groups": groups, "meta": {"has_more": has_more, "after_cursor": "c", "before_cursor": "b"}, "links": {"next": next, "prev": null}})
}

#[tokio::test]
async fn a_list_goes_on_over_an_empty_page_and_ends_where_there_is_no_more() {
    let server = MockServer::start().await;
    let link = |cursor: &str| {
        Some(format!(
            "{}/api/v2/groups.json?page%5Bafter%5D={cursor}&page%5Bsize%5D=100",
            server.uri()
        ))
    };
    let groups = |p: &'static str| Mock::given(method("GET")).and(path(p));
    groups("/api/v2/groups")
        .and(query_param_is_missing("page[after]"))
        .respond_with(ok(page(&[1, 2], true, link("a%2B%3D"))))
        .expect(1)
        .mount(&server)
        .await;
    groups("/api/v2/groups.json")
        .and(query_param("page[after]", "a+="))
        .respond_with(ok(page(&[], true, link("b"))))
        .expect(1)
        .mount(&server)
        .await;
    // The last page links on as well, as real ones do.
    groups("/api/v2/groups.json")
        .and(query_param("page[after]", "b"))
        .respond_with(ok(page(&[3], false, link("c"))))
        .expect(1)
        .mount(&server)
        .await;
    let groups = client(&server).groups().list().all().await.unwrap();
    assert_eq!(groups.iter().map(|group| group.id.get()).collect::<Vec<_>>(), [1, 2, 3]);
}

#[tokio::test]
async fn a_cursor_without_a_link_is_encoded_and_used() {
    let server = MockServer::start().await;
    let mut first = page(&[1], true, None);
    first["meta"]["after_cursor"] = json!("eyJ+/==");
    let groups = || Mock::given(path("/api/v2/groups")).and(query_param("exclude_deleted", "true"));
    groups()
        .and(query_param_is_missing("page[after]"))
        .respond_with(ok(first))
        .expect(1)
        .mount(&server)
        .await;
    groups()
        .and(query_param("page[after]", "eyJ+/=="))
        .respond_with(ok(page(&[2], false, None)))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(client(&server).groups().list().all().await.unwrap().len(), 2);
}

#[tokio::test]
async fn offset_paging_is_told_by_the_answer() {
    let server = MockServer::start().await;
    let next = format!(
        "{}/api/v2/users/search.json?page=2&query=phone%3A%2A72112345",
        server.uri()
    );
    let users = |id: u64, next: Option<&str>| json!({"users": [{"id": id}], "count": 2, "next_page": next, "previous_page": null});
    let page1 = Mock::given(path("/api/v2/users/search")).and(query_param("query", "phone:*72112345"));
    page1
        .respond_with(ok(users(1, Some(&next))))
        .expect(1)
        .mount(&server)
        .await;
    let page2 = Mock::given(path("/api/v2/users/search.json"))
        .and(query_param("page", "2"))
        .and(query_param("query", "phone:*72112345"));
    page2.respond_with(ok(users(2, None))).expect(1).mount(&server).await;
    let mut found = client(&server).users().search_by_phone("72112345");
    let first = found.next_page().await.unwrap().unwrap();
    assert_eq!(
        (first.items[0].id.get(), first.total, first.has_more()),
        (1, Some(2), true)
    );
    let second = found.next_page().await.unwrap().unwrap();
    assert_eq!((second.items[0].id.get(), second.has_more()), (2, false));
    assert!(found.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn a_link_to_a_foreign_host_is_not_followed_and_gets_no_credentials() {
    let (server, stranger) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .respond_with(ok(page(&[9], false, None)))
        .expect(0)
        .mount(&stranger)
        .await;
    for link in [
        format!("{}/api/v2/groups", stranger.uri()),
        "//evil.example/api".into(),
        "nonsense".into(),
    ] {
        server.reset().await;
        Mock::given(method("GET"))
            .respond_with(ok(page(&[1], true, Some(link))))
            .expect(1)
            .mount(&server)
            .await;
        let error = client(&server).groups().list().all().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignLink);
        server.verify().await;
    }
}

#[tokio::test]
async fn a_redirect_to_a_foreign_host_is_not_followed() {
    let (server, stranger) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .respond_with(ok(page(&[9], false, None)))
        .expect(0)
        .mount(&stranger)
        .await;
    let away =
        wiremock::ResponseTemplate::new(302).insert_header("location", format!("{}/api/v2/groups", stranger.uri()));
    Mock::given(method("GET"))
        .respond_with(away)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).groups().list().all().await.unwrap_err().kind(),
        ErrorKind::Rejected
    );
}

#[tokio::test]
async fn a_list_that_leads_in_a_circle_or_nowhere_is_an_error() {
    let server = MockServer::start().await;
    let circle = format!("{}/api/v2/groups?page%5Bsize%5D=100&exclude_deleted=true", server.uri());
    Mock::given(method("GET"))
        .respond_with(ok(page(&[1], true, Some(circle))))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).groups().list().all().await.unwrap_err().kind(),
        ErrorKind::Decode
    );
    server.reset().await;
    let nowhere = json!({"groups": [], "meta": {"has_more": true}});
    Mock::given(method("GET"))
        .respond_with(ok(nowhere))
        .mount(&server)
        .await;
    assert_eq!(
        client(&server).groups().list().all().await.unwrap_err().kind(),
        ErrorKind::Decode
    );
}

#[tokio::test]
async fn a_stream_asks_for_a_page_when_the_one_before_is_used_up_and_ends_after_an_error() {
    let server = MockServer::start().await;
    let next = format!("{}/api/v2/groups?page%5Bafter%5D=b", server.uri());
    Mock::given(query_param_is_missing("page[after]"))
        .respond_with(ok(page(&[1, 2], true, Some(next))))
        .expect(1)
        .mount(&server)
        .await;
    let too_deep = wiremock::ResponseTemplate::new(400)
        .set_body_json(json!({"errors": [{"code": "InvalidPaginationDepth", "title": "x"}]}));
    Mock::given(query_param("page[after]", "b"))
        .respond_with(too_deep)
        .expect(1)
        .mount(&server)
        .await;
    let mut groups = client(&server).groups().list().stream();
    assert_eq!(groups.try_next().await.unwrap().unwrap().id.get(), 1);
    assert_eq!(groups.try_next().await.unwrap().unwrap().id.get(), 2);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    let error = groups.try_next().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::TooDeep, Some("InvalidPaginationDepth"))
    );
    assert!(groups.next().await.is_none());
}

#[tokio::test]
async fn a_list_is_taken_up_at_a_kept_cursor_in_pages_of_the_wanted_size() {
    let server = MockServer::start().await;
    Mock::given(query_param("page[after]", "eyJ+/=="))
        .and(query_param("page[size]", "7"))
        .respond_with(ok(page(&[3], false, None)))
        .expect(1)
        .mount(&server)
        .await;
    let list = client(&server).groups().list().page_size(7).after("eyJ+/==");
    let pages: Vec<_> = list.pages().try_collect().await.unwrap();
    assert_eq!(
        (pages.len(), pages[0].items.len(), pages[0].cursor.as_deref()),
        (1, 1, Some("c"))
    );
    let by_offset = client(&server).users().search("x").page_size(7);
    assert!(
        by_offset
            .request()
            .query_pairs()
            .contains(&("per_page".into(), "7".into()))
    );
}
