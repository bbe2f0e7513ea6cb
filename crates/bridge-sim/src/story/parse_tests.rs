//! Tables for each verb, each line and the errors.

use std::time::Duration;

use super::{duration, parse};
use crate::story::parts::time;
use crate::story::{Act, Expected, Given, GivenUser, Number, Story, Verb, What, Who};

fn shown(number: &str) -> Number {
    Number::Shown(number.to_owned())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The one thing that happens in a line.
fn what(line: &str) -> What {
    let mut story = parse(&format!("14:02:00 {line}")).unwrap();
    assert_eq!(story.lines.len(), 1, "{line}");
    story.lines.remove(0).what
}

#[test]
fn every_verb_is_read() {
    let rings = |group: Option<&str>, from, at: &str, dialled: Option<&str>| Verb::Rings {
        group: group.map(str::to_owned),
        from,
        at: words(at),
        dialled: dialled.map(str::to_owned),
    };
    let table = [
        ("rings from 12 at 0101", rings(None, shown("12"), "0101", None)),
        (
            "rings group Support from 0721 123456 at 0101 0102",
            rings(Some("Support"), shown("0721 123456"), "0101 0102", None),
        ),
        (
            "rings group \"Support DE\" from withheld at 0101 dialled 0721 4605 300",
            rings(Some("Support DE"), Number::Withheld, "0101", Some("0721 4605 300")),
        ),
        (
            "rings group Support DE from untold at 0101",
            rings(Some("Support DE"), Number::Untold, "0101", None),
        ),
        (
            "rings from \"at home\" at 0101",
            rings(None, shown("at home"), "0101", None),
        ),
        (
            "announced group Sales from +49 721 1 at 0102",
            Verb::Announced {
                group: Some("Sales".into()),
                from: shown("+49 721 1"),
                at: words("0102"),
            },
        ),
        (
            "answered by 0101",
            Verb::Answered {
                by: "0101".into(),
                from: None,
                group: None,
            },
        ),
        (
            "answered by 0102 from 0721 9 group Support",
            Verb::Answered {
                by: "0102".into(),
                from: Some(shown("0721 9")),
                group: Some("Support".into()),
            },
        ),
        (
            "answered by 0102 group Sales",
            Verb::Answered {
                by: "0102".into(),
                from: None,
                group: Some("Sales".into()),
            },
        ),
        ("parked by 0101", Verb::Parked { by: "0101".into() }),
        ("mailbox at 0101", Verb::Mailbox { at: "0101".into() }),
        ("ended", Verb::Ended { at: vec![] }),
        ("ended at 0101 0102", Verb::Ended { at: words("0101 0102") }),
        ("becomes c2", Verb::Becomes { call: "c2".into() }),
        (
            "dials 0721 55 66 by 0101",
            Verb::Dials {
                number: "0721 55 66".into(),
                by: "0101".into(),
            },
        ),
    ];
    for (line, verb) in table {
        assert_eq!(
            what(&format!("c1 {line}")),
            What::Call {
                call: "c1".into(),
                verb
            },
            "{line}"
        );
    }
}

#[test]
fn lines_without_a_call_are_read() {
    assert_eq!(what(""), What::Wake);
    assert_eq!(what("gap"), What::Gap(None));
    assert_eq!(what("gap 0101"), What::Gap(Some("0101".into())));
    assert_eq!(what("away"), What::Away(None));
    assert_eq!(what("away 0101"), What::Away(Some("0101".into())));
    assert_eq!(what("back 0101"), What::Back(Some("0101".into())));
    assert_eq!(what("activate"), What::Activation(true));
    assert_eq!(what("deactivate"), What::Activation(false));
    assert_eq!(what("zendesk down"), What::Zendesk { up: false });
    assert_eq!(what("zendesk up # at last"), What::Zendesk { up: true });
}

#[test]
fn what_agents_do_is_read() {
    let call = || "c1".to_owned();
    let table = [
        (
            "sets requester of c1 to 900",
            Act::SetRequester {
                call: call(),
                requester: 900,
            },
        ),
        (
            "merges requester of c1 into 901",
            Act::MergeRequester {
                call: call(),
                into: 901,
            },
        ),
        ("closes c1", Act::Close { call: call() }),
        ("deletes c1", Act::Delete { call: call() }),
        ("edits c1", Act::Edit { call: call() }),
    ];
    for (line, act) in table {
        let story = parse(&format!("14:02:00 c1 ended\n14:02:01 agent 501 {line}")).unwrap();
        assert_eq!(story.lines[1].what, What::Agent { agent: 501, act }, "{line}");
    }
}

#[test]
fn orders_and_outcomes_stand_alone_or_after_a_time() {
    let story = parse("14:02:00 > c1/read 77 # why\n   < c1/read  requester  900\n14:02:01.5 < c1/pop ok").unwrap();
    let at = |index: usize| story.lines[index].at - time("14:02:00").unwrap();
    assert_eq!(
        story.lines[0].what,
        What::Wake,
        "an order after a time is asked of a core that woke up"
    );
    assert_eq!(
        story.lines[1].what,
        What::Order {
            effect: "c1/read".into(),
            text: "77".into()
        }
    );
    assert_eq!(
        story.lines[2].what,
        What::Outcome {
            effect: "c1/read".into(),
            text: "requester  900".into()
        }
    );
    assert_eq!(
        story.lines[3].what,
        What::Outcome {
            effect: "c1/pop".into(),
            text: "ok".into()
        }
    );
    assert_eq!(
        (at(1), at(2), at(3)),
        (Duration::ZERO, Duration::ZERO, Duration::from_millis(1500))
    );
    assert_eq!(story.lines.len(), 4);
}

#[test]
fn title_settings_and_the_world_are_read() {
    let story = parse(
        "\n# The title.\n# More words.\nset unknown = new-user # either\nset number_fields = phone, identity\n\
         given user 900 \"Karla, # Kunde\" phone \"07247 99\" shared identity \"+49 1\" identity \"+49 2\" field phone_2 \"3\" suspended\n\
         given search takes 1500ms\ngiven search misses\ngiven requester refused 900\ngiven assignee refused 501\n",
    )
    .unwrap();
    assert_eq!(story.title, "The title.");
    assert_eq!(story.setting("unknown"), Some("new-user"));
    assert_eq!(
        story.settings[1],
        ("number_fields".to_owned(), "phone, identity".to_owned(), 5)
    );
    let user = GivenUser {
        id: 900,
        name: "Karla, # Kunde".into(),
        phone: Some("07247 99".into()),
        shared: true,
        identities: vec!["+49 1".into(), "+49 2".into()],
        fields: vec![("phone_2".into(), "3".into())],
        suspended: true,
    };
    assert_eq!(
        story.given,
        [
            Given::User(user),
            Given::SearchTakes(Duration::from_millis(1500)),
            Given::SearchMisses,
            Given::RequesterRefused(900),
            Given::AssigneeRefused(501),
        ]
    );
}

#[test]
fn expectations_are_read() {
    let call = || "c1".to_owned();
    let number = || "+49721123456".to_owned();
    let place = |place: &str| Some(place.to_owned());
    let table = [
        (
            "c1 none",
            Expected::NoTicket {
                call: call(),
                because: None,
            },
        ),
        (
            "c1 none because nobody answered",
            Expected::NoTicket {
                call: call(),
                because: place("nobody answered"),
            },
        ),
        (
            "c1 ticket requester 900, group 71, agent 501, pop none, note \"one, two\", no note three four",
            Expected::Ticket {
                call: call(),
                requester: Who::Id(900),
                group: Some(71),
                agent: Some(501),
                pop: None,
                notes: vec![(true, "one, two".into()), (false, "three four".into())],
            },
        ),
        (
            "c1 ticket pop 501, agent none, group none, requester new",
            Expected::Ticket {
                call: call(),
                requester: Who::New { call: call() },
                group: None,
                agent: None,
                pop: Some(501),
                notes: vec![],
            },
        ),
        (
            "user 900 has +49 721 123456 in phone",
            Expected::UserNumber {
                user: Who::Id(900),
                number: number(),
                place: place("phone"),
            },
        ),
        (
            "user new-of-c1 has +49721123456 in phone_2",
            Expected::UserNumber {
                user: Who::New { call: call() },
                number: number(),
                place: place("phone_2"),
            },
        ),
        (
            "user default lacks +49721123456",
            Expected::UserNumber {
                user: Who::Default,
                number: number(),
                place: None,
            },
        ),
        ("tickets 3", Expected::Tickets(3)),
        (
            "users with +49 721 123456 1",
            Expected::UsersWith {
                number: number(),
                count: 1,
            },
        ),
    ];
    for (line, expected) in table {
        let story = parse(&format!("14:02:00 c1 ended\n= {line}")).unwrap();
        assert_eq!(story.expected, [(expected, 2)], "{line}");
    }
}

#[test]
fn errors_name_the_line_what_was_found_and_what_is_allowed() {
    let table = [
        (
            "hello",
            "line 1: found `hello`, allowed: a time as `14:02:05`, `set`, `given`, `>`, `<`, `=` or a comment `#`",
        ),
        ("24:00:00 c1 ended", "line 1: found `24:00:00`, allowed: a time as"),
        (
            "14:02:01 c1 ended\n14:02:00 c1 ended",
            "line 2: `14:02:00` is before the time of the line above",
        ),
        (
            "> c1/lookup",
            "line 1: found `>`, allowed: a time, since no line above has one",
        ),
        (
            "14:02:00 > lookup",
            "line 1: found `lookup`, allowed: the name of an effect as `c1/lookup`",
        ),
        (
            "14:02:00 c1 sings",
            "line 1: found `sings`, allowed: rings, announced, answered",
        ),
        (
            "14:02:00 c1",
            "line 1: found the end of the line, allowed: rings, announced, answered",
        ),
        (
            "14:02:00 1c ended",
            "line 1: found `1c`, allowed: a call and a verb, `gap`",
        ),
        ("14:02:00 c1 rings at 0101", "line 1: found `at`, allowed: `from`"),
        (
            "14:02:00 c1 rings from at 0101",
            "line 1: found `at`, allowed: a number, `withheld` or `untold`",
        ),
        (
            "14:02:00 c1 rings from 12",
            "line 1: found the end of the line, allowed: `at`",
        ),
        (
            "14:02:00 c1 rings from 12 at",
            "line 1: found the end of the line, allowed: one or more logins",
        ),
        (
            "14:02:00 c1 answered by 0101 now",
            "line 1: found `now`, allowed: the end of the line",
        ),
        (
            "14:02:00 c1 becomes agent",
            "line 1: found `agent`, allowed: the call's new name",
        ),
        ("14:02:00 zendesk away", "line 1: found `away`, allowed: `up` or `down`"),
        (
            "14:02:00 agent x closes c1",
            "line 1: found `x`, allowed: the agent's Zendesk id",
        ),
        (
            "14:02:00 c1 ended\n14:02:00 agent 501 closes c2",
            "line 2: found `c2`, allowed: a call that a line above names (c1)",
        ),
        (
            "14:02:00 agent 501 sleeps",
            "line 1: found `sleeps`, allowed: `sets requester of CALL to ID`",
        ),
        (
            "set colour = red",
            "line 1: found `colour`, allowed: unknown, wrap_up, patience",
        ),
        (
            "set unknown = nobody",
            "line 1: found `nobody`, allowed: `default-user` or `new-user`",
        ),
        (
            "set wrap_up = long",
            "line 1: found `long`, allowed: a duration as `90s`",
        ),
        ("set wrap_up", "line 1: found no `=`, allowed: `set KEY = VALUE`"),
        (
            "14:02:00\nset unknown = new-user",
            "line 2: `set` comes too late, allowed: before the first line with a time",
        ),
        (
            "given user 900",
            "line 1: found the end of the line, allowed: the user's name in quotes",
        ),
        (
            "given user 900 \"Karla",
            "line 1: the text `\"Karla` has no closing `\"`",
        ),
        (
            "given user 900 \"Karla\" fax \"1\"",
            "line 1: found `fax`, allowed: `phone`, `shared`, `identity`",
        ),
        (
            "given search sleeps",
            "line 1: found `sleeps`, allowed: `takes DURATION` or `misses`",
        ),
        (
            "= c1 none",
            "line 1: found `c1`, allowed: a call that a line above names ()",
        ),
        (
            "14:02:00 c1 ended\n= c1 some",
            "line 2: found `some`, allowed: `none` or `ticket`",
        ),
        (
            "14:02:00 c1 ended\n= c1 ticket group 71",
            "line 2: the ticket has no `requester`, allowed: `requester`, `group`",
        ),
        (
            "14:02:00 c1 ended\n= c1 ticket colour 71",
            "line 2: found `colour`, allowed: `requester`, `group`, `agent`",
        ),
        (
            "= user 900 has 0721 in phone",
            "line 1: found `0721`, allowed: a number in E.164 as `+49721123456`",
        ),
        (
            "= user 900 has +49721 in",
            "line 1: found the end of the line, allowed: `phone`, `identity`",
        ),
        ("= tickets many", "line 1: found `many`, allowed: how many"),
    ];
    for (text, message) in table {
        let error = parse(text).unwrap_err().to_string();
        assert!(
            error.starts_with(message),
            "{text}\n  gives  {error}\n  wanted {message}"
        );
    }
}

#[test]
fn durations_are_read() {
    let table = [
        ("90s", Some(90_000)),
        ("1500ms", Some(1500)),
        ("1h30m", Some(5_400_000)),
        ("", None),
        ("5", None),
        ("5d", None),
        ("s", None),
    ];
    for (text, millis) in table {
        assert_eq!(duration(text), millis.map(Duration::from_millis), "{text}");
    }
}

#[test]
fn the_example_in_the_documentation_is_a_story() {
    let doc = include_str!("mod.rs");
    let example: String = doc
        .lines()
        .skip_while(|line| *line != "//! ```text")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .map(|line| format!("{}\n", line.trim_start_matches("//!").trim_start()))
        .collect();
    let story: Story = parse(&example).unwrap();
    assert_eq!((story.lines.len(), story.expected.len()), (13, 1));
}

#[test]
fn every_story_that_is_shipped_can_be_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/stories");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "call") {
            let story = parse(&std::fs::read_to_string(&path).unwrap());
            let story = story.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!story.title.is_empty() && !story.lines.is_empty(), "{}", path.display());
            read += 1;
        }
    }
    assert!(read >= 2, "the days of the demo at least");
}
