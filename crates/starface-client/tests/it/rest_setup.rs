//! What is set up on the PBX beside users and groups: numbers, permissions, and whatever else can be read.

use serde_json::json;
use starface_client::ErrorKind;
use starface_client::rest::{AccountId, NumberType};
use wiremock::matchers::{header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::rest::{client, get, json_answer, login};

#[tokio::test]
async fn reads_phone_numbers_and_who_has_them() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    let numbers = json!([
        {"id": 12, "number": "300", "type": "INTERNAL", "nationalPrefix": null, "localPrefix": "", "exitCode": "",
         "assignedUserAccountId": 0, "assignedGroupAccountId": 1003, "assignedModuleInstanceId": null,
         "assignedServiceId": null, "numberBlockId": -1, "newMember": {"deep": [1]}},
        {"id": 13, "number": 4605300, "type": "external", "nationalPrefix": 49, "localPrefix": "721", "exitCode": "0",
         "assignedUserAccountId": "1001", "assignedGroupAccountId": -1},
        {"id": 14, "number": "1", "type": "TELEPATHY"},
        {"id": 15, "number": "2", "type": null},
    ]);
    Mock::given(method("GET"))
        .and(path("/rest/phonenumbers"))
        .and(query_param_is_missing("type"))
        .and(query_param_is_missing("assigned"))
        .respond_with(json_answer(numbers))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/rest/phonenumbers"))
        .and(query_param("type", "EXTERNAL"))
        .and(query_param("assigned", "false"))
        .and(header("authToken", "t1"))
        .respond_with(json_answer(json!([])))
        .expect(1)
        .mount(&server)
        .await;
    get(
        &server,
        "/rest/users/1001/phonenumberconfig/phonenumbers/",
        json_answer(json!([{"accountId": 1001, "phoneNumberId": 13, "serviceId": null}])),
    )
    .await;

    let rest = client(&server);
    let numbers = rest.phone_numbers(None, None).await.unwrap();
    let shown: Vec<String> = numbers
        .iter()
        .map(|n| {
            let parts = [&n.national_prefix, &n.local_prefix, &n.number].map(String::as_str);
            format!("{} {:?} {:?} {:?} {}", n.id, n.kind, n.user, n.group, parts.join("/"))
        })
        .collect();
    expect_test::expect![[r#"
        12 Internal None Some(AccountId(1003)) //300
        13 External Some(AccountId(1001)) None 49/721/4605300
        14 Other None None //1
        15 Other None None //2"#]]
    .assert_eq(&shown.join("\n"));
    assert!(!format!("{numbers:?}").contains("4605300"));
    let free = rest
        .phone_numbers(Some(NumberType::External), Some(false))
        .await
        .unwrap();
    assert!(free.is_empty());
    let assigned = rest.numbers_of(AccountId::new(1001)).await.unwrap();
    assert_eq!(
        (assigned[0].number, assigned[0].account),
        (13, Some(AccountId::new(1001)))
    );
}

#[tokio::test]
async fn reads_permissions_from_both_sides() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    let permissions = json!([{"id": 3, "permission": "API Zugriff mit OAuth Password Grant"}, {"id": 4}]);
    get(&server, "/rest/permissions", json_answer(permissions.clone())).await;
    get(&server, "/rest/permissions/users/1001", json_answer(permissions)).await;
    get(
        &server,
        "/rest/permissions/3/users",
        json_answer(json!([{"id": 1001, "login": "0101"}])),
    )
    .await;
    get(&server, "/rest/permissions/users/9", ResponseTemplate::new(404)).await;
    get(
        &server,
        "/rest/users/1001",
        json_answer(json!({"id": 1001, "login": "0101", "language": "de"})),
    )
    .await;
    let error = json!({"code": "46dca6f5-ed1a-44c9-920d-b0e57ea17ef5", "message": "no permission for 004972112345"});
    get(
        &server,
        "/rest/users/9",
        ResponseTemplate::new(403).set_body_json(error),
    )
    .await;

    let rest = client(&server);
    let user = AccountId::new(1001);
    let all = rest.permissions().await.unwrap();
    assert_eq!(
        (all[0].name.as_str(), all[1].id),
        ("API Zugriff mit OAuth Password Grant", 4)
    );
    assert_eq!(rest.permissions_of(user).await.unwrap(), all);
    assert_eq!(rest.users_with_permission(3).await.unwrap()[0].login, "0101");
    assert_eq!(rest.user(user).await.unwrap().language, "de");

    let error = rest.permissions_of(AccountId::new(9)).await.expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = rest.user(AccountId::new(9)).await.expect_err("forbidden");
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert_eq!(error.vendor_code(), Some("46dca6f5-ed1a-44c9-920d-b0e57ea17ef5"));
    assert!(!error.to_string().contains("2112345"), "{error}");
}

#[tokio::test]
async fn anything_else_is_read_by_its_path_and_nothing_beside_the_interface() {
    let server = MockServer::start().await;
    login(&server, "t1", 1).await;
    Mock::given(path("/rest/contacts"))
        .and(query_param("page", "0"))
        .and(query_param("searchTerms", "a&b"))
        .respond_with(json_answer(json!({"metaData": {"totalPages": 1}})))
        .mount(&server)
        .await;
    let rest = client(&server);
    let page: serde_json::Value = rest
        .read("contacts", &[("page", "0"), ("searchTerms", "a&b")])
        .await
        .unwrap();
    assert_eq!(page["metadata"]["totalpages"], 1);
    for stray in [
        "../xml-rpc",
        "/rest/users",
        "a/../../b",
        "a/./b",
        "users?x=1",
        "users#x",
        "a\\..\\b",
        "%2e%2e/xml-rpc",
    ] {
        let error = rest.read::<serde_json::Value>(stray, &[]).await.expect_err(stray);
        assert_eq!(error.kind(), ErrorKind::Config, "{stray}");
    }
}
