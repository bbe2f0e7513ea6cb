//! What the REST interface shows of users, groups, numbers and permissions.

use serde_json::{Value, json};

use super::message::Answer;
use super::rest::ok;
use super::state::{Group, State, User};
use super::switches::Rights;

/// Permissions of this PBX, by the names of what they allow; the real names are not known.
const PERMISSIONS: [(u32, &str); 3] = [(1, "users"), (2, "groups"), (3, "phonenumbers")];

impl State {
    /// `/permissions` and what is below it: who may see everything has all permissions, everybody else has none.
    pub(super) fn permissions(&mut self, asking: &User, path: &[&str]) -> Answer {
        let all = self.switches.rights_of(&asking.login) == Rights::All;
        let shown = |(id, name): &(u32, &str)| json!({ "id": id, "permission": name });
        match path {
            [] => ok(&PERMISSIONS.iter().map(shown).collect()),
            ["users", id] => match self.users.values().find(|user| user.account.to_string() == *id) {
                Some(found) if all || found.login == asking.login => {
                    let has_all = self.switches.rights_of(&found.login) == Rights::All;
                    ok(&PERMISSIONS.iter().filter(|_| has_all).map(shown).collect())
                }
                Some(_) => self.forbidden(asking, "permissions"),
                None => self.error(404, "User not found"),
            },
            [id, "users"] if PERMISSIONS.iter().any(|(known, _)| known.to_string() == *id) => {
                if !all {
                    return self.forbidden(asking, "permissions");
                }
                let have = self
                    .users
                    .values()
                    .filter(|user| self.switches.rights_of(&user.login) == Rights::All);
                ok(&have.map(user_json).collect())
            }
            _ => self.error(404, "Permission not found"),
        }
    }

    /// What is set up for a user, below `/users/{id}`. Everybody has one phone and one number.
    pub(super) fn config(&self, user: &User, path: &[&str]) -> Option<Value> {
        let phone = json!({
            "userId": user.account, "phoneId": user.account, "phoneName": format!("phone-{}", user.login),
            "active": true, "isIFMC": false,
        });
        let number = json!({ "accountId": user.account, "phoneNumberId": user.account, "serviceId": 1 });
        let is_own = |id: &str| id == user.account.to_string();
        match path {
            ["phoneconfig"] => Some(json!({
                "callWaiting": true, "displayNumberId": user.account, "doNotDisturb": false, "primaryPhoneId": user.account,
            })),
            ["phoneconfig", "phones"] => Some(json!([phone])),
            ["phoneconfig", "phones", id] => is_own(id).then_some(phone),
            ["phoneconfig", "phones", id, "numbers"] => is_own(id)
                .then(|| json!([{ "active": true, "phoneNumber": user.extension, "phoneNumberId": user.account }])),
            ["phonenumberconfig"] => Some(json!({
                "possibleSignalnumbers": [], "primaryExternalNumberId": 0, "primaryInternalNumberId": user.account,
                "signalingNumberId": 0,
            })),
            ["phonenumberconfig", "phonenumbers"] => Some(json!([number])),
            ["phonenumberconfig", "phonenumbers", id] => is_own(id).then_some(number),
            _ => None,
        }
    }

    pub(super) fn accounts(&self) -> Value {
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
    pub(super) fn numbers(&self) -> Vec<Value> {
        let number = |id: u32, kind: &str, number: &str, area: &str, user: Option<u32>, group: Option<u32>| {
            let mut number = json!({
                "id": id, "type": kind, "number": number, "nationalPrefix": if area.is_empty() { "" } else { "49" },
                "localPrefix": area, "exitCode": "", "assignedUserAccountId": user, "assignedGroupAccountId": group,
                "assignedModuleInstanceId": null, "assignedServiceId": 1, "numberBlockId": 1,
            });
            if let (false, Value::Object(members)) = (self.switches.null_members, &mut number) {
                members.retain(|_, value| !value.is_null());
            }
            number
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

    pub(super) fn group_json(&self, group: &Group) -> Value {
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
}

pub(super) fn user_json(user: &User) -> Value {
    json!({
        "id": user.account, "personId": format!("5b6e0000-0000-4000-8000-{:012}", user.account), "login": user.login,
        "email": user.email, "firstName": user.first_name, "familyName": user.family_name, "language": "de",
        "namespace": "", "password": null, "missedCallReport": false, "faxCallerId": "", "faxHeader": "",
        "faxCoverPage": false, "faxEmailJournal": false,
    })
}

pub(super) fn group_item(group: &Group) -> Value {
    json!({
        "id": group.account, "groupname": group.name, "groupinternalnumber": group.internal,
        "groupexternalnumber": group.shown(),
    })
}
