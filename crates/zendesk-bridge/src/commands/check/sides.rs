//! Looks at who matches whom.

use std::collections::BTreeSet;

use bridge_core::desk::Roster;
use bridge_core::matching::{Finding, GroupRules, Matching, Service, findings};

use super::report::Report;
use crate::config::Agent;

/// Shows users and groups, matched and unmatched.
pub(crate) fn show(matching: &Matching, roster: &Roster, rules: &GroupRules, watched: &[Agent], report: &mut Report) {
    users(matching, roster, watched, report);
    groups(matching, report);
    for finding in findings(matching, roster, rules) {
        let text = finding.to_string();
        let names_none = matches!(
            finding,
            Finding::IncludeNamesNoGroup { .. } | Finding::RenameNamesNoGroup { .. }
        );
        // Already shown beside the user or group it is about.
        let shown = matches!(
            finding,
            Finding::AgentWithoutEmail { .. } | Finding::NoSuchAgent { .. } | Finding::NoSuchDeskGroup { .. }
        );
        if names_none {
            report.chapter("Groups of the configuration").mend(text);
        } else if !shown {
            report.chapter("Doubtful").note(text);
        }
    }
}

fn users(matching: &Matching, roster: &Roster, watched: &[Agent], report: &mut Report) {
    let logins: BTreeSet<&str> = watched.iter().map(|agent| agent.login.as_str()).collect();
    let chapter = report.chapter("Users");
    for (login, agent) in &matching.agents {
        let email = agent.email.as_deref().unwrap_or("no e-mail address");
        let who = format!("{login} {} <{email}>", agent.name);
        let seen = if logins.contains(login.as_str()) {
            ""
        } else {
            "; not watched, having no [[pbx.agent]]"
        };
        let partner = agent
            .desk
            .and_then(|id| roster.agents.iter().find(|agent| agent.id == id));
        match (agent.desk, partner) {
            (Some(id), Some(partner)) => chapter.good(format!("{who} is {} (agent {id}){seen}", partner.name)),
            (Some(id), None) => chapter.good(format!("{who} is agent {id}{seen}")),
            (None, _) => chapter.note(format!(
                "{who} has no agent in Zendesk: tickets without assignee, no screen pop{seen}"
            )),
        }
    }
    for login in logins {
        if !matching.agents.keys().any(|id| id.as_str() == login) {
            chapter.mend(format!(
                "[[pbx.agent]] names the login {login}, which is no user of the PBX"
            ));
        }
    }
    if matching.agents.is_empty() {
        chapter.mend("the PBX shows no users to this login: give `pbx.login` the right to administer users");
    }
}

fn groups(matching: &Matching, report: &mut Report) {
    let chapter = report.chapter("Groups");
    for group in matching.groups.values() {
        match &group.service {
            Service::Served { group: id, name } => chapter.good(format!("{} goes to {name} (group {id})", group.name)),
            Service::NotIncluded => chapter.note(format!("{} is not served: not in groups.include", group.name)),
            Service::NoSuchGroup { wanted } => chapter.note(format!(
                "{} is not served: Zendesk has no group `{wanted}`. Set it up there, or give its name in [groups.names]",
                group.name
            )),
        }
    }
    let served = matching
        .groups
        .values()
        .any(|group| matches!(group.service, Service::Served { .. }));
    if !served {
        chapter.mend("no group would be served, so no call would become a ticket: give groups the same names on both sides, or write [groups.names]");
    }
}

#[cfg(test)]
mod tests {
    use bridge_core::desk::{self, UserId};
    use bridge_core::matching::match_up;
    use expect_test::expect;
    use secrecy::SecretString;

    use super::*;
    use crate::config::Proof;

    fn user(login: &str, name: &str, email: Option<&str>) -> pbx::User {
        let (name, email) = (name.to_owned(), email.map(str::to_owned));
        pbx::User {
            id: pbx::UserId::new(login),
            name,
            email,
            extensions: vec![],
        }
    }

    fn group(id: &str, name: &str) -> pbx::Group {
        pbx::Group {
            id: pbx::GroupId::new(id),
            name: name.to_owned(),
            members: vec![],
            numbers: vec![],
        }
    }

    fn watched(login: &str) -> Agent {
        Agent {
            login: login.to_owned(),
            proof: Proof::Password(SecretString::from("x")),
        }
    }

    fn text(groups: &[pbx::Group], rules: &GroupRules) -> (bool, String) {
        let users = [
            user("0101", "Anna Muster", Some("anna@acme.example")),
            user("0102", "Ben Beispiel", Some("ben@acme.example")),
            user("0103", "Carl Ohne", None),
        ];
        let roster = Roster {
            agents: vec![desk::Agent {
                id: UserId::new(501),
                name: "Anna M.".into(),
                email: "Anna@acme.example".into(),
            }],
            groups: vec![desk::Group {
                id: desk::GroupId::new(71),
                name: "Support".into(),
            }],
        };
        let matching = match_up(&users, groups, &roster, UserId::new(0), rules);
        let mut report = Report::default();
        show(
            &matching,
            &roster,
            rules,
            &[watched("0101"), watched("0109")],
            &mut report,
        );
        report.finish();
        (report.ready, report.render())
    }

    #[test]
    fn matched_and_unmatched_with_reasons() {
        let rules = GroupRules {
            include: vec!["Supprt".into()],
            ..GroupRules::default()
        };
        let (ready, text) = text(&[group("1003", "Support"), group("1009", "Lager")], &rules);
        assert!(!ready);
        expect![[r#"
            Users
              ✓ 0101 Anna Muster <anna@acme.example> is Anna M. (agent 501)
              · 0102 Ben Beispiel <ben@acme.example> has no agent in Zendesk: tickets without assignee, no screen pop; not watched, having no [[pbx.agent]]
              · 0103 Carl Ohne <no e-mail address> has no agent in Zendesk: tickets without assignee, no screen pop; not watched, having no [[pbx.agent]]
              ✗ [[pbx.agent]] names the login 0109, which is no user of the PBX

            Groups
              · Support is not served: not in groups.include
              · Lager is not served: not in groups.include
              ✗ no group would be served, so no call would become a ticket: give groups the same names on both sides, or write [groups.names]

            Groups of the configuration
              ✗ groups.include names `Supprt`, which is no group of the PBX

            To mend (3):
              1. [[pbx.agent]] names the login 0109, which is no user of the PBX
              2. no group would be served, so no call would become a ticket: give groups the same names on both sides, or write [groups.names]
              3. groups.include names `Supprt`, which is no group of the PBX"#]].assert_eq(&text);
    }

    #[test]
    fn a_group_that_zendesk_lacks_is_no_hindrance_as_long_as_one_is_served() {
        let (_, text) = text(
            &[group("1003", "Support"), group("1009", "Lager")],
            &GroupRules::default(),
        );
        assert!(text.contains("✓ Support goes to Support (group 71)"), "{text}");
        assert!(
            text.contains("· Lager is not served: Zendesk has no group `Lager`"),
            "{text}"
        );
        assert!(!text.contains("no group would be served"), "{text}");
    }
}
