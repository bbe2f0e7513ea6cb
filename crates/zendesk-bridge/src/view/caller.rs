//! What a call from a number would lead to.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::times::ago;

/// What a call from a number would lead to.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct CallerForecast {
    /// Masked; `null` where it is none.
    pub(crate) number: Option<String>,
    /// `public`, `own-phone`, `internal`, `withheld` or `unreadable`.
    pub(crate) read: &'static str,
    /// What the directory of callers says; `null` where it is not asked.
    pub(crate) directory: Option<InDirectory>,
    /// Whether Zendesk was searched.
    pub(crate) searched: bool,
    /// `known`, `several`, `shared` or `nobody`; `null` where nobody is asked for, or it could not be found out.
    pub(crate) caller: Option<&'static str>,
    /// Who has the number.
    pub(crate) users: Vec<Person>,
    /// Whose ticket it would become: `user`, `default-user` or `new-user`; `null` where there would be none.
    pub(crate) requester: Option<&'static str>,
    /// The user, where it is one that is known.
    pub(crate) requester_id: Option<u64>,
    /// Whether the number would be learned from a requester whom an agent sets.
    pub(crate) learns: bool,
    /// Each decision with its reason, as in a call's story.
    pub(crate) decisions: Vec<(String, String)>,
    /// Why it could not be found out who has the number.
    pub(crate) trouble: Option<String>,
}

/// What the directory of callers says of a number.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct InDirectory {
    /// How many of its users have the number.
    pub(crate) users: usize,
    /// Whether everybody was read.
    pub(crate) complete: bool,
    /// When it was last brought up to date.
    pub(crate) as_of: Option<Timestamp>,
    /// How long ago that is.
    pub(crate) age_seconds: Option<i64>,
    /// Why its word is not enough; `null` if it is.
    pub(crate) insufficient: Option<&'static str>,
}

/// One who has the number.
#[derive(Serialize, Clone, PartialEq, Debug)]
pub(crate) struct Person {
    /// Who.
    pub(crate) user_id: u64,
    /// As Zendesk shows it; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// The same in lines for people.
pub(crate) fn render_caller(told: &CallerForecast) -> String {
    let mut lines = vec![("number", number(told))];
    if let Some(directory) = &told.directory {
        lines.push(("directory", in_directory(directory)));
    }
    if told.searched {
        let what = if told.trouble.is_some() { "failed" } else { "done" };
        lines.push(("search", format!("in Zendesk: {what}")));
    }
    if let Some(trouble) = &told.trouble {
        lines.push(("trouble", trouble.clone()));
    }
    if let Some(caller) = caller(told) {
        lines.push(("caller", caller));
    }
    lines.push(("ticket", requester(told)));
    if told.requester.is_some() {
        lines.push(("learning", learning(told).to_owned()));
    }
    for (what, why) in &told.decisions {
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {why}")
        };
        lines.push(("because", format!("{what}{why}")));
    }
    let lines = lines.iter().map(|(name, text)| format!("{name:<10} {text}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn number(told: &CallerForecast) -> String {
    let number = told.number.as_deref().unwrap_or("none");
    let read = match told.read {
        "public" => "one of the public network",
        "own-phone" => "one of the telephone system's own phones",
        "service" => "a service that is dear to call or shared, and nobody's number",
        "internal" => "an extension, an emergency number or a short service",
        "withheld" => "withheld",
        _ => "no number that can be compared",
    };
    if told.read == "withheld" {
        read.to_owned()
    } else {
        format!("{number}, {read}")
    }
}

fn in_directory(directory: &InDirectory) -> String {
    let users = match directory.users {
        0 => "no user has the number".to_owned(),
        1 => "1 user has the number".to_owned(),
        more => format!("{more} users have the number"),
    };
    let age = directory.age_seconds.map_or_else(
        || "never brought up to date".to_owned(),
        |seconds| format!("brought up to date {}", ago(SignedDuration::from_secs(seconds))),
    );
    match directory.insufficient {
        None => format!("{users}; {age}; its word is enough"),
        Some(why) => format!("{users}; {age}; not enough, since {why}"),
    }
}

fn caller(told: &CallerForecast) -> Option<String> {
    let people = told.users.iter().map(|person| match &person.name {
        Some(name) => format!("user {} ({name})", person.user_id),
        None => format!("user {}", person.user_id),
    });
    let people = people.collect::<Vec<_>>().join(", ");
    Some(match told.caller? {
        "known" => format!("known: {people}"),
        "several" => format!("no certain match, several have the number: {people}"),
        "shared" => format!("no certain match, the number is shared: {people}"),
        _ => "nobody has the number".to_owned(),
    })
}

fn requester(told: &CallerForecast) -> String {
    match (told.requester, told.requester_id) {
        (Some("user"), Some(id)) => format!("requester user {id}"),
        (Some("new-user"), _) => "requester a user made for the number".to_owned(),
        (Some(_), Some(id)) => format!("requester the default user ({id})"),
        (Some(_), None) => "requester the default user".to_owned(),
        (None, _) => "none".to_owned(),
    }
}

fn learning(told: &CallerForecast) -> &'static str {
    if told.learns {
        "if an agent sets another requester during wrap-up, the number goes to his profile"
    } else {
        "nothing is learned"
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn known() -> CallerForecast {
        let person = |user_id, name: Option<&str>| Person {
            user_id,
            name: name.map(str::to_owned),
        };
        CallerForecast {
            number: Some("…456".into()),
            read: "public",
            directory: Some(InDirectory {
                users: 1,
                complete: true,
                as_of: "2026-11-24T14:02:00Z".parse().ok(),
                age_seconds: Some(42),
                insufficient: None,
            }),
            searched: false,
            caller: Some("known"),
            users: vec![person(602, Some("Karla Kunde"))],
            requester: Some("user"),
            requester_id: Some(602),
            learns: false,
            decisions: vec![(
                "the caller is user 602".into(),
                "1 profile found in the directory, compared in E.164".into(),
            )],
            trouble: None,
        }
    }

    #[test]
    fn what_would_become_of_a_call_is_told_with_the_reasons() {
        expect![[r#"
            number     …456, one of the public network
            directory  1 user has the number; brought up to date 42 s ago; its word is enough
            caller     known: user 602 (Karla Kunde)
            ticket     requester user 602
            learning   nothing is learned
            because    the caller is user 602: 1 profile found in the directory, compared in E.164"#]]
        .assert_eq(&render_caller(&known()));
        let mut several = known();
        several.directory = Some(InDirectory {
            users: 0,
            complete: false,
            as_of: None,
            age_seconds: None,
            insufficient: Some("the directory is not complete yet"),
        });
        (several.searched, several.caller) = (true, Some("several"));
        several.users = [602, 603].map(|user_id| Person { user_id, name: None }).into();
        (several.requester, several.requester_id, several.learns) = (Some("default-user"), Some(400), true);
        several.decisions.clear();
        expect![[r#"
            number     …456, one of the public network
            directory  no user has the number; never brought up to date; not enough, since the directory is not complete yet
            search     in Zendesk: done
            caller     no certain match, several have the number: user 602, user 603
            ticket     requester the default user (400)
            learning   if an agent sets another requester during wrap-up, the number goes to his profile"#]].assert_eq(&render_caller(&several));
        let internal = CallerForecast {
            number: None,
            read: "internal",
            directory: None,
            searched: false,
            caller: None,
            users: Vec::new(),
            requester: None,
            requester_id: None,
            learns: false,
            decisions: vec![("no ticket".into(), "an internal call".into())],
            trouble: None,
        };
        expect![[r#"
            number     none, an extension, an emergency number or a short service
            ticket     none
            because    no ticket: an internal call"#]]
        .assert_eq(&render_caller(&internal));
    }
}
