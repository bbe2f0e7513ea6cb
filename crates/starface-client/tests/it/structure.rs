//! The REST client against the structure that a 6.7 system describes of itself, where that description is at hand: a
//! server that answers what is described, at the described paths and nowhere else, has to be understood.

use std::path::Path;

use serde_json::{Value, json};
use starface_client::rest::{AccountId, AccountType, NumberType, Rest};
use starface_client::{Password, Server};
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Numbers of a made-up answer.
const NUMBER: i64 = 7;

/// A value of this schema: texts say the name of their member, so that whoever reads another member is found out.
fn made_up(schema: &Value, description: &Value, name: &str, optional: bool) -> Value {
    if let Some(target) = schema["$ref"].as_str() {
        let target = target.rsplit('/').next().unwrap();
        return made_up(&description["definitions"][target], description, target, optional);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required = schema["required"].as_array();
        let is_wanted = |key: &str| {
            let is_required = required.is_some_and(|keys| keys.iter().any(|required| required == key));
            // Nothing can be named without its id, whatever the description says.
            optional || is_required || key == "id" || required.is_none()
        };
        let members = properties.iter().filter(|(key, _)| is_wanted(key));
        return members
            .map(|(key, schema)| (key.clone(), made_up(schema, description, key, optional)))
            .collect();
    }
    match schema["type"].as_str() {
        Some("array") => json!([made_up(&schema["items"], description, name, optional)]),
        Some("integer") => json!(NUMBER),
        Some("boolean") => json!(true),
        Some("string") => schema["enum"].get(0).cloned().unwrap_or_else(|| json!(name)),
        other => panic!("{name} is of an unknown type: {other:?}"),
    }
}

/// A server of everything that the description has for reading, and how many paths that are.
async fn described(description: &Value, optional: bool) -> (MockServer, usize) {
    let server = MockServer::start().await;
    let mut count = 0;
    for (path, methods) in description["paths"].as_object().unwrap() {
        let schema = &methods["get"]["responses"]["200"]["schema"];
        if schema.is_null() || schema["format"] == "binary" {
            continue;
        }
        count += 1;
        let body = made_up(schema, description, path, optional);
        let pattern = path
            .split('/')
            .map(|part| if part.starts_with('{') { "\\d+" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        Mock::given(method("GET"))
            .and(path_regex(format!("^/rest{pattern}$")))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
    }
    let token = &description["paths"]["/login"]["post"]["responses"]["200"]["schema"];
    Mock::given(method("POST"))
        .and(path_regex("^/rest/login$"))
        .respond_with(ResponseTemplate::new(200).set_body_json(made_up(token, description, "", optional)))
        .mount(&server)
        .await;
    (server, count)
}

#[tokio::test]
async fn the_client_understands_what_a_system_describes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/starface-rest.yaml");
    let Ok(text) = std::fs::read_to_string(file) else {
        eprintln!("skipped: ../shared/facts/starface-rest.yaml is not here");
        return;
    };
    let description: Value = serde_saphyr::from_str(&text).unwrap();
    for optional in [true, false] {
        let (server, count) = described(&description, optional).await;
        assert!(count > 15, "the description is read: {count}");
        let rest = Rest::new(
            &Server::new(&server.uri()).unwrap(),
            "0001",
            Password::Plain("foobar".into()),
        );
        check(&rest.unwrap(), optional).await;
    }
}

async fn check(rest: &Rest, optional: bool) {
    let id = AccountId::new(NUMBER);
    let some = |text: &'static str| if optional { text } else { "" };

    let mut users = rest.users().await.unwrap();
    users.extend(rest.find_users("Anna").await.unwrap());
    users.extend(rest.users_with_permission(3).await.unwrap());
    users.push(rest.user(id).await.unwrap());
    users.push(rest.me().await.unwrap());
    assert_eq!(users.len(), 5);
    for user in users {
        assert_eq!(user.id, id);
        assert_eq!(
            [
                &user.login,
                &user.email,
                &user.first_name,
                &user.family_name,
                &user.language,
                &user.person
            ],
            [
                "login",
                "email",
                "firstName",
                "familyName",
                "language",
                some("personId")
            ]
        );
    }

    let groups = rest.groups().await.unwrap();
    assert_eq!(groups[0].id, id);
    assert_eq!(
        [&groups[0].name, &groups[0].internal_number, &groups[0].external_number],
        ["groupname", "groupinternalnumber", "groupexternalnumber"]
    );
    let group = rest.group(id).await.unwrap();
    assert_eq!((group.id, group.name.as_str()), (id, "name"));
    assert_eq!(group.members().collect::<Vec<_>>(), [id]);
    let number = group.numbers().next().unwrap();
    assert!(number.intern);
    assert_eq!(
        [
            &number.country_code,
            &number.local_area_code,
            &number.exit_code,
            &number.extension
        ],
        ["countryCode", "localAreaCode", "exitCode", "extension"]
    );

    let account = &rest.accounts().await.unwrap()[0];
    assert_eq!(
        (account.id, account.kind, account.local),
        (id, AccountType::User, Some(true))
    );
    assert_eq!(
        [
            &account.primary_internal_number,
            &account.first_name,
            &account.last_name,
            &account.shown_as,
            &account.federation
        ],
        [
            "primaryInternalPhoneNumber",
            "firstname",
            "lastname",
            "displayInformation",
            "federationname"
        ]
    );

    for number in [
        rest.phone_numbers(None, None).await.unwrap().remove(0),
        rest.phone_numbers(Some(NumberType::External), Some(false))
            .await
            .unwrap()
            .remove(0),
        rest.phone_number(NUMBER).await.unwrap(),
    ] {
        assert_eq!(
            (number.id, number.kind, number.number.as_str()),
            (NUMBER, NumberType::Invalid, "number")
        );
        assert_eq!(
            (number.user, number.group),
            (optional.then_some(id), optional.then_some(id))
        );
        assert_eq!(
            [
                &number.national_prefix,
                &number.local_prefix,
                &number.exit_code,
                &number.module
            ],
            ["nationalPrefix", "localPrefix", "exitCode", "assignedModuleInstanceId"].map(some)
        );
    }
    let assigned = &rest.numbers_of(id).await.unwrap()[0];
    assert_eq!(
        (assigned.account, assigned.number, assigned.service),
        (Some(id), NUMBER, Some(NUMBER))
    );

    for permission in [
        rest.permissions().await.unwrap(),
        rest.permissions_of(id).await.unwrap(),
    ]
    .concat()
    {
        assert_eq!((permission.id, permission.name.as_str()), (NUMBER, "permission"));
    }
    let config: Value = rest.read(&format!("users/{id}/phoneconfig"), &[]).await.unwrap();
    assert_eq!(config["donotdisturb"], true);
}
