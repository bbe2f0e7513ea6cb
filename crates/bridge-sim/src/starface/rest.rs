//! The REST side: login by challenge, users, groups, accounts, numbers, version.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::{Answer, Group, Request, State, User, sha512, span};
use super::switches::Rights;

/// As a 7.1 system was seen to answer without a token.
const NOT_LOGGED_IN: (&str, &str) = ("d937bb0c-ab0f-464a-a02a-41840746a45a", "Not logged in");
const NO_AUTHENTICATION: (&str, &str) = (
    "46dca6f5-ed1a-44c9-920d-b0e57ea17ef5",
    "Invalid Rest-Request: Missing Authentication",
);

impl State {
    pub(super) fn rest(&mut self, request: &Request<'_>, path: &str, now: Timestamp) -> Answer {
        let path = path.trim_end_matches('/');
        if path == "/login" {
            return match request.method {
                "GET" => self.challenge(now),
                "POST" => self.log_in(request.body, now),
                "DELETE" => self.log_out(request, now),
                _ => self.error(405, "Method not allowed"),
            };
        }
        let Some(user) = self.bearer(request, now) else {
            return error(401, NOT_LOGGED_IN.0, NOT_LOGGED_IN.1);
        };
        if request.method != "GET" {
            return self.error(501, "The simulation does not change users, groups and numbers");
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        let rights = self.switches.rights_of(&user.login);
        let term = query(request.query, "searchTerm").unwrap_or_default().to_lowercase();
        let fits = |text: &str| term.is_empty() || text.to_lowercase().contains(&term);
        match parts.as_slice() {
            ["users", "me"] => ok(&user_json(&user)),
            ["accounts"] => ok(&self.accounts()),
            ["server", "version"] if self.switches.bare_version => ok(&json!(self.switches.server_version)),
            ["server", "version"] => ok(&json!({ "version": self.switches.server_version })),
            ["users"] => match rights {
                Rights::Forbidden => self.forbidden(&user, "users"),
                Rights::OnlySelf => ok(&json!([user_json(&user)])),
                Rights::All => {
                    let fits = |u: &&User| fits(&format!("{} {} {} {}", u.first_name, u.family_name, u.email, u.login));
                    ok(&self.users.values().filter(fits).map(user_json).collect())
                }
            },
            ["users", id] => match self.users.values().find(|user| user.account.to_string() == *id) {
                Some(found) if rights == Rights::All || found.login == user.login => ok(&user_json(found)),
                Some(_) => self.forbidden(&user, "users"),
                None => self.error(404, "User not found"),
            },
            ["users", id, "phonenumberconfig", "phonenumbers"] => {
                match self.users.values().find(|user| user.account.to_string() == *id) {
                    Some(found) if rights == Rights::All || found.login == user.login => {
                        let assignment =
                            json!([{ "accountId": found.account, "phoneNumberId": found.account, "serviceId": 1 }]);
                        ok(&assignment)
                    }
                    Some(_) => self.forbidden(&user, "users"),
                    None => self.error(404, "User not found"),
                }
            }
            ["groups"] => match rights {
                Rights::Forbidden => self.forbidden(&user, "groups"),
                Rights::OnlySelf | Rights::All => {
                    let seen = |g: &&Group| rights == Rights::All || g.members.contains(&user.login);
                    ok(&self
                        .groups
                        .iter()
                        .filter(seen)
                        .filter(|g| fits(&g.name))
                        .map(group_item)
                        .collect())
                }
            },
            ["groups", id] => match self.groups.iter().find(|group| group.account.to_string() == *id) {
                _ if rights == Rights::Forbidden => self.forbidden(&user, "groups"),
                Some(group) => ok(&self.group_json(group)),
                None => self.error(404, "Group not found"),
            },
            ["phonenumbers"] if rights != Rights::All => self.forbidden(&user, "phonenumbers"),
            ["phonenumbers"] => {
                let kind = query(request.query, "type");
                let assigned = query(request.query, "assigned");
                let mut numbers = self.numbers();
                // Every number of this world is assigned.
                numbers.retain(|n| {
                    kind.as_deref().is_none_or(|kind| n["type"] == kind) && assigned.as_deref() != Some("false")
                });
                ok(&Value::Array(numbers))
            }
            ["phonenumbers", id] if rights == Rights::All => {
                match self
                    .numbers()
                    .into_iter()
                    .find(|number| number["id"].as_u64().is_some_and(|found| Ok(found) == id.parse()))
                {
                    Some(number) => ok(&number),
                    None => self.error(404, "Phone number not found"),
                }
            }
            ["phonenumbers", _] => self.forbidden(&user, "phonenumbers"),
            _ => self.error(404, "Not found"),
        }
    }

    fn challenge(&mut self, now: Timestamp) -> Answer {
        let nonce = self.nonce();
        self.nonces.insert(nonce.clone(), now);
        ok(&json!({ "loginType": "Internal", "nonce": nonce, "secret": null }))
    }

    fn log_in(&mut self, body: &[u8], now: Timestamp) -> Answer {
        let given: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let (Some(nonce), Some(secret)) = (given["nonce"].as_str(), given["secret"].as_str()) else {
            return error(400, NO_AUTHENTICATION.0, NO_AUTHENTICATION.1);
        };
        // A nonce is good once, whether the secret is right or not.
        let fresh = self
            .nonces
            .remove(nonce)
            .is_some_and(|made| now.duration_since(made) <= span(self.switches.nonce_lifetime));
        let user = secret
            .split_once(':')
            .and_then(|(login, _)| self.users.get(login))
            .filter(|user| {
                let expected = sha512(&format!("{}{nonce}{}", user.login, sha512(&user.password)));
                secret == format!("{}:{expected}", user.login) && given["loginType"] == "Internal"
            });
        let Some(login) = user.filter(|_| fresh).map(|user| user.login.clone()) else {
            return self.error(400, "invalid login");
        };
        let token = self.uuid();
        let expires = now
            .saturating_add(span(self.switches.token_lifetime))
            .unwrap_or(Timestamp::MAX);
        self.tokens.insert(token.clone(), (login, expires));
        ok(&json!({ "token": token }))
    }

    fn log_out(&mut self, request: &Request<'_>, now: Timestamp) -> Answer {
        if self.bearer(request, now).is_none() {
            return error(401, NOT_LOGGED_IN.0, NOT_LOGGED_IN.1);
        }
        if let Some(token) = request.auth_token {
            self.tokens.remove(token);
        }
        Answer {
            status: 204,
            content_type: "application/json",
            body: Vec::new(),
        }
    }

    fn bearer(&self, request: &Request<'_>, now: Timestamp) -> Option<User> {
        let (login, expires) = self.tokens.get(request.auth_token?)?;
        if now <= *expires {
            self.users.get(login).cloned()
        } else {
            None
        }
    }

    fn accounts(&self) -> Value {
        let account = |id: u32, kind: &str, first: &str, last: &str, shown: String, number: &str| {
            json!({
                "accountId": id, "type": kind, "firstname": first, "lastname": last, "displayInformation": shown,
                "federationname": "", "local": true, "primaryInternalPhoneNumber": number,
            })
        };
        let users = self.users.values().map(|user| {
            let shown = format!("{} {}", user.first_name, user.family_name);
            account(
                user.account,
                "USER",
                &user.first_name,
                &user.family_name,
                shown,
                &user.extension,
            )
        });
        let groups = self.groups.iter().map(|group| {
            account(
                group.account,
                "GROUP",
                "",
                &group.name,
                group.name.clone(),
                &group.internal,
            )
        });
        users.chain(groups).collect()
    }

    /// One number for each user, two for each group; their ids are made of the account's.
    fn numbers(&self) -> Vec<Value> {
        let number = |id: u32, kind: &str, number: &str, area: &str, user: Option<u32>, group: Option<u32>| {
            json!({
                "id": id, "type": kind, "number": number, "nationalPrefix": if area.is_empty() { "" } else { "49" },
                "localPrefix": area, "exitCode": "", "assignedUserAccountId": user, "assignedGroupAccountId": group,
                "assignedModuleInstanceId": null, "assignedServiceId": 1, "numberBlockId": 1,
            })
        };
        let users = self
            .users
            .values()
            .map(|u| number(u.account, "INTERNAL", &u.extension, "", Some(u.account), None));
        let groups = self.groups.iter().flat_map(|g| {
            let internal = number(g.account, "INTERNAL", &g.internal, "", None, Some(g.account));
            let (_, area, extension) = &g.external;
            [
                internal,
                number(g.account + 10_000, "EXTERNAL", extension, area, None, Some(g.account)),
            ]
        });
        users.chain(groups).collect()
    }

    fn group_json(&self, group: &Group) -> Value {
        let (country, area, extension) = &group.external;
        let users: Vec<Value> = self
            .users
            .values()
            .map(|user| {
                json!({
                    "id": user.account, "firstname": user.first_name, "lastname": user.family_name,
                    "assigned": group.members.contains(&user.login),
                })
            })
            .collect();
        let other = self.groups.iter().find(|other| other.account != group.account);
        let free = other.map(|other| {
            // The list holds the numbers of other groups too, as not assigned to this one.
            json!({
                "id": other.account, "assigned": false, "intern": true, "countryCode": "", "localAreaCode": "",
                "exitCode": "", "extension": other.internal,
            })
        });
        let own = [
            json!({
                "id": group.account, "assigned": true, "intern": true, "countryCode": "", "localAreaCode": "",
                "exitCode": "", "extension": group.internal,
            }),
            json!({
                "id": group.account + 10_000, "assigned": true, "intern": false, "countryCode": country,
                "localAreaCode": area, "exitCode": "0", "extension": extension,
            }),
        ];
        json!({
            "id": group.account, "name": group.name, "groupId": (group.account % 100).to_string(), "chatGroup": true,
            "voicemail": true, "assignableNumbers": own.into_iter().chain(free).collect::<Vec<_>>(),
            "assignableUsers": users,
        })
    }

    fn forbidden(&mut self, user: &User, what: &str) -> Answer {
        self.error(
            403,
            &format!("User with id {} has no permission for {what}", user.account),
        )
    }

    fn error(&mut self, status: u16, message: &str) -> Answer {
        let code = self.uuid();
        error(status, &code, message)
    }
}

fn user_json(user: &User) -> Value {
    json!({
        "id": user.account, "personId": format!("5b6e0000-0000-4000-8000-{:012}", user.account), "login": user.login,
        "email": user.email, "firstName": user.first_name, "familyName": user.family_name, "language": "de",
        "namespace": "", "password": null, "missedCallReport": false, "faxCallerId": "", "faxHeader": "",
        "faxCoverPage": false, "faxEmailJournal": false,
    })
}

fn group_item(group: &Group) -> Value {
    json!({
        "id": group.account, "groupname": group.name, "groupinternalnumber": group.internal,
        "groupexternalnumber": group.shown(),
    })
}

fn query(query: &str, key: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.into_owned())
}

fn ok(body: &Value) -> Answer {
    Answer {
        status: 200,
        content_type: "application/json",
        body: body.to_string().into_bytes(),
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    let body = json!({ "code": code, "message": message });
    Answer {
        status,
        content_type: "application/json",
        body: body.to_string().into_bytes(),
    }
}
