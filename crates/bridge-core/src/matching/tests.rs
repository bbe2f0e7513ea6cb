//! Tables of two sides and what is matched.

use expect_test::expect;

use super::{Counts, GroupRules, Matching, Service, findings, match_up};
use crate::desk;

#[test]
fn users_are_matched_by_address() {
    let table = [
        ("anna@acme.example", "anna@acme.example", true),
        ("Anna@Acme.Example", "anna@acme.example", true),
        (" anna@acme.example ", "ANNA@acme.example", true),
        ("ÄNNE@acme.example", "änne@acme.example", true),
        ("anna@acme.example", "anna@acme.test", false),
        ("", "", false),
        (" ", "anna@acme.example", false),
    ];
    for (pbx, desk, matched) in table {
        let roster = roster(&[(5, desk)], &[]);
        let matching = match_up(
            &[user("0101", Some(pbx))],
            &[],
            &roster,
            desk::UserId::new(1),
            &GroupRules::default(),
        );
        let agent = &matching.agents[&pbx::UserId::new("0101")];
        assert_eq!(
            agent.desk,
            matched.then(|| desk::UserId::new(5)),
            "{pbx:?} and {desk:?}"
        );
    }
}

#[test]
fn groups_are_matched_by_name() {
    // PBX name, names in the help desk, include, names, result
    type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
    let table: [Row<'_>; 17] = [
        ("Support", &["Support"], &[], &[], "served by 1 Support"),
        ("Support", &["support"], &[], &[], "served by 1 support"),
        ("Support", &["support", "Support"], &[], &[], "served by 2 Support"),
        ("Support ", &[" Support"], &[], &[], "served by 1  Support"),
        ("Büro", &["BÜRO"], &[], &[], "served by 1 BÜRO"),
        ("SUPPORT", &["support", "Support"], &[], &[], "no group SUPPORT"),
        ("Support", &["Support", "Support"], &[], &[], "no group Support"),
        ("Support", &["Sales"], &[], &[], "no group Support"),
        ("Support", &["Support"], &["Sales"], &[], "not included"),
        ("Support", &["Support"], &["Support"], &[], "served by 1 Support"),
        ("Support", &["Support"], &["support"], &[], "served by 1 Support"),
        ("Support", &["Sales"], &["Support"], &[], "no group Support"),
        (
            "Support DE",
            &["Support", "Support DE"],
            &[],
            &[("Support DE", "Support")],
            "served by 1 Support",
        ),
        (
            "Support DE",
            &["Support"],
            &[],
            &[("support de", "support")],
            "served by 1 Support",
        ),
        (
            "Support DE",
            &["Support DE"],
            &[],
            &[("Support DE", "Support")],
            "no group Support",
        ),
        (
            "Support DE",
            &["Support"],
            &["Support DE"],
            &[("Support DE", "Support")],
            "served by 1 Support",
        ),
        (
            "Support DE",
            &["Support"],
            &["Support"],
            &[("Support DE", "Support")],
            "not included",
        ),
    ];
    for (pbx, desk, include, names, expected) in table {
        let desk: Vec<(u64, &str)> = (1..).zip(desk.iter().copied()).collect();
        let matching = matched(&[pbx], &desk, &rules(include, names));
        assert_eq!(
            shown(&matching, "g0"),
            expected,
            "{pbx:?} {desk:?} {include:?} {names:?}"
        );
    }
}

#[test]
fn an_entry_that_names_one_group_exactly_means_no_other() {
    let desk = [(1, "Support"), (2, "support")];
    let included = matched(&["Support", "support"], &desk, &rules(&["support"], &[]));
    assert_eq!(shown(&included, "g0"), "not included");
    assert_eq!(shown(&included, "g1"), "served by 2 support");

    let renamed = matched(&["Sales", "SALES"], &desk, &rules(&[], &[("SALES", "Support")]));
    assert_eq!(shown(&renamed, "g0"), "no group Sales");
    assert_eq!(shown(&renamed, "g1"), "served by 1 Support");
}

#[test]
fn everything_without_a_partner_is_counted_and_told() {
    let users = [
        user("0101", Some("anna@acme.example")),
        user("0102", Some("ANNA@acme.example")),
        user("0103", None),
        user("0104", Some("dora@acme.example")),
    ];
    let groups = [
        group(0, "Support"),
        group(1, "Sales"),
        group(2, "BILLING"),
        group(3, "Fax"),
    ];
    let roster = roster(
        &[(5, "anna@acme.example")],
        &[(1, "Support"), (2, "Billing"), (3, "billing")],
    );
    let rules = rules(
        &["Support", "Sales", "billing", "Lager"],
        &[("Sales", "Vertrieb"), ("Einkauf", "Purchasing")],
    );
    let matching = match_up(&users, &groups, &roster, desk::UserId::new(1), &rules);

    assert_eq!(
        matching.counts(),
        Counts {
            agents_matched: 2,
            agents_unmatched: 2,
            groups_served: 1,
            groups_not_included: 1,
            groups_unmatched: 2
        }
    );
    let told: Vec<String> = findings(&matching, &roster, &rules)
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = expect![[r#"
        the PBX knows no e-mail address of user 0103: tickets of calls he answers have no assignee and open on no screen
        no agent of the help desk has the e-mail address of PBX user 0104: tickets of calls he answers have no assignee and open on no screen
        PBX users 0101, 0102 have the same e-mail address and count as one agent
        the help desk has no group `Vertrieb`, so calls to PBX group `Sales` are not served: set it up, or give the name it has there under [groups.names]
        calls to PBX group `BILLING` are not served, since several groups of the help desk may be meant: `Billing`, `billing`: give the exact name under [groups.names], and let names differ by more than case
        groups.include names `Lager`, which is no group of the PBX
        [groups.names] names `Einkauf`, which is no group of the PBX"#]];
    expected.assert_eq(&told.join("\n"));
}

#[test]
fn nothing_is_told_where_all_is_well() {
    let roster = roster(&[(5, "anna@acme.example")], &[(1, "Support")]);
    let rules = rules(&["support"], &[]);
    let users = [user("0101", Some("anna@acme.example"))];
    let matching = match_up(&users, &[group(0, "Support")], &roster, desk::UserId::new(1), &rules);
    assert_eq!(findings(&matching, &roster, &rules), []);
    assert_eq!(matching.default_user, desk::UserId::new(1));
}

fn matched(groups: &[&str], desk: &[(u64, &str)], rules: &GroupRules) -> Matching {
    let groups: Vec<pbx::Group> = groups.iter().enumerate().map(|(i, name)| group(i, name)).collect();
    match_up(&[], &groups, &roster(&[], desk), desk::UserId::new(1), rules)
}

fn shown(matching: &Matching, group: &str) -> String {
    match &matching.groups[&pbx::GroupId::new(group)].service {
        Service::Served { group, name } => format!("served by {group} {name}"),
        Service::NotIncluded => "not included".into(),
        Service::NoSuchGroup { wanted } => format!("no group {wanted}"),
    }
}

fn user(id: &str, email: Option<&str>) -> pbx::User {
    pbx::User {
        id: pbx::UserId::new(id),
        name: "Somebody".into(),
        email: email.map(Into::into),
        extensions: vec![],
    }
}

fn group(index: usize, name: &str) -> pbx::Group {
    let id = pbx::GroupId::new(format!("g{index}"));
    pbx::Group {
        id,
        name: name.into(),
        members: vec![],
        numbers: vec![],
    }
}

fn roster(agents: &[(u64, &str)], groups: &[(u64, &str)]) -> desk::Roster {
    let agent = |(id, email): &(u64, &str)| desk::Agent {
        id: desk::UserId::new(*id),
        name: "Somebody".into(),
        email: (*email).into(),
    };
    let group = |(id, name): &(u64, &str)| desk::Group {
        id: desk::GroupId::new(*id),
        name: (*name).into(),
    };
    desk::Roster {
        agents: agents.iter().map(agent).collect(),
        groups: groups.iter().map(group).collect(),
    }
}

fn rules(include: &[&str], names: &[(&str, &str)]) -> GroupRules {
    GroupRules {
        include: include.iter().map(|&entry| entry.into()).collect(),
        names: names.iter().map(|&(pbx, desk)| (pbx.into(), desk.into())).collect(),
    }
}
