//! How the day looks: lines or a live table while it goes on, a table with every call at its end. Pure text.

use crate::view::{CallLine, table};

/// One call on the screen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    /// When the call began, by the clock of the story, such as `08:02:05`.
    pub(crate) at: String,
    /// The call's name in the story, by which the table at the end calls it, too.
    pub(crate) name: String,
    /// Which bridge it goes through, in a short word: the strategy.
    pub(crate) bridge: &'static str,
    /// The call as the bridge shows it.
    pub(crate) call: CallLine,
}

/// One call at the end of the day.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Ending {
    /// Clock time in the story.
    pub(crate) at: String,
    /// Its name in the story.
    pub(crate) call: String,
    /// What happened on the PBX.
    pub(crate) tale: String,
    /// The ticket.
    pub(crate) ticket: Option<u64>,
    /// Whose the ticket is in the end; empty where there is none.
    pub(crate) requester: String,
    /// Why it has this ticket, or none.
    pub(crate) why: String,
    /// What did not come out as the script demands; empty if all did.
    pub(crate) wrong: Vec<String>,
}

/// How far the day is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    /// Seconds since the start.
    pub(crate) seconds: u64,
    /// Calls seen so far.
    pub(crate) calls: usize,
    /// Calls in the whole day.
    pub(crate) of: usize,
    /// What hinders the bridge just now.
    pub(crate) trouble: Option<&'static str>,
}

/// The live table: a heading and the newest calls, as many as fit.
pub(crate) fn frame(rows: &[Row], tally: Tally, width: u16, height: u16) -> Vec<String> {
    let tickets = rows.iter().filter(|row| row.call.ticket_id.is_some()).count();
    let talking = rows.iter().filter(|row| row.call.state == "talking").count();
    let heading = format!(
        "A working day, {} of {} calls · {tickets} tickets · {talking} talking · {} s",
        tally.calls, tally.of, tally.seconds
    );
    // Heading, blank line, column heads, rule, and a line for the cursor.
    let room = usize::from(height).saturating_sub(5).max(1);
    let newest = &rows[rows.len().saturating_sub(room)..];
    let mut lines = vec![heading, tally.trouble.unwrap_or_default().to_owned()];
    let columns: [(&str, usize); 7] = [
        ("BEGAN", 8),
        ("CALL", 9),
        ("CALLER", 9),
        ("GROUP", 8),
        ("AGENT", 5),
        ("NOW", 9),
        ("TICKET", 6),
    ];
    let head = columns
        .iter()
        .map(|(name, width)| format!("{name:<width$}  "))
        .collect::<String>();
    lines.push(format!("{head}WHAT BECOMES OF IT"));
    lines.push("─".repeat(usize::from(width)));
    for row in newest {
        let call = &row.call;
        let cells = [
            row.at.clone(),
            row.name.clone(),
            call.caller.clone().unwrap_or_else(|| "no number".into()),
            call.group.clone().unwrap_or_default(),
            call.agent.clone().unwrap_or_default(),
            format!("{} {}", mark(&call.state), call.state),
            call.ticket_id.map(|id| id.to_string()).unwrap_or_default(),
        ];
        let mut line = String::new();
        for (cell, (_, width)) in cells.iter().zip(columns) {
            line.push_str(&format!("{:<width$}  ", cut(cell, width)));
        }
        line.push_str(call.said());
        lines.push(line);
    }
    lines
        .iter()
        .map(|line| cut(line, usize::from(width)).trim_end().to_owned())
        .collect()
}

/// A line for what is new of a call, for where there is no terminal; `None` if nothing worth a line is.
pub(crate) fn plain(old: Option<&Row>, new: &Row) -> Option<String> {
    let call = &new.call;
    let old = old.map(|old| &old.call);
    // That a call is over is no news: it was told when the phones were put down.
    let same = |old: &CallLine| {
        let state = old.state == call.state || call.state == "over";
        state
            && (old.agent.as_ref(), old.ticket_id, &old.outcome) == (call.agent.as_ref(), call.ticket_id, &call.outcome)
    };
    if old.is_some_and(same) {
        return None;
    }
    let caller = call.caller.as_deref().unwrap_or("no number");
    let group = call
        .group
        .as_deref()
        .map_or(String::new(), |group| format!(" to {group}"));
    let agent = call
        .agent
        .as_deref()
        .map_or(String::new(), |agent| format!(" at {agent}"));
    let ticket = call
        .ticket_id
        .map_or(String::new(), |ticket| format!(" [ticket {ticket}]"));
    let outcome = match (call.beyond(), call.beyond().strip_prefix("none: ")) {
        ("", _) => String::new(),
        (_, Some(why)) => format!(": no ticket: {why}"),
        (beyond, None) => format!(": {beyond}"),
    };
    Some(format!(
        "{}  {:<12}  {:<9}  {:<8} {caller}{group}{agent}{ticket}{outcome}",
        new.at, new.bridge, new.name, call.state
    ))
}

/// The table of every call and what became of it.
pub(crate) fn endings(title: &str, endings: &[Ending], width: u16) -> String {
    let mut table = table(
        &["", "began", "call", "what happened", "ticket", "requester", "why"],
        width,
    );
    for ending in endings {
        table.add_row([
            if ending.wrong.is_empty() { "✓" } else { "✗" }.to_owned(),
            ending.at.clone(),
            ending.call.clone(),
            ending.tale.clone(),
            ending
                .ticket
                .map_or_else(|| "none".to_owned(), |ticket| ticket.to_string()),
            ending.requester.clone(),
            ending.why.clone(),
        ]);
    }
    let mut text = format!("{title}\n\n{}\n", table.trim_fmt());
    for ending in endings.iter().filter(|ending| !ending.wrong.is_empty()) {
        text.push_str(&format!("\n✗ {} {}", ending.at, ending.call));
        for wrong in &ending.wrong {
            text.push_str(&format!("\n    {wrong}"));
        }
    }
    text
}

fn mark(state: &str) -> char {
    match state {
        "ringing" => '◌',
        "talking" => '●',
        "wrap-up" => '◔',
        _ => '✓',
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn row(id: &str, state: &str, ticket: Option<u64>) -> Row {
        Row {
            at: "08:02:05".into(),
            name: "learned".into(),
            bridge: "default user",
            call: CallLine {
                id: id.into(),
                started: "2026-11-24T08:02:00Z".parse().unwrap(),
                state: state.into(),
                caller: Some("…456".into()),
                group: Some("Support".into()),
                agent: Some("0101".into()),
                ticket_id: ticket,
                requester_id: None,
                outcome: ticket.map_or("waiting: nobody has answered yet".into(), |ticket| {
                    format!("ticket {ticket}; number learned for user 900")
                }),
            },
        }
    }

    #[test]
    fn the_live_table_fits_the_terminal() {
        let rows: Vec<Row> = (0..30).map(|n| row(&format!("c{n}"), "over", Some(n))).collect();
        for (width, height) in [(80, 24), (120, 40), (40, 6)] {
            let lines = frame(
                &rows,
                Tally {
                    seconds: 3,
                    calls: 30,
                    of: 31,
                    trouble: None,
                },
                width,
                height,
            );
            assert!(lines.len() < usize::from(height), "{}", lines.len());
            assert!(lines.iter().all(|line| line.chars().count() <= usize::from(width)));
        }
        let rows = [row("c1", "over", Some(77)), row("c2", "ringing", None)];
        let lines = frame(
            &rows,
            Tally {
                seconds: 3,
                calls: 2,
                of: 31,
                trouble: Some("Zendesk is away"),
            },
            100,
            24,
        );
        expect![[r#"
            A working day, 2 of 31 calls · 1 tickets · 0 talking · 3 s
            Zendesk is away
            BEGAN     CALL       CALLER     GROUP     AGENT  NOW        TICKET  WHAT BECOMES OF IT
            ────────────────────────────────────────────────────────────────────────────────────────────────────
            08:02:05  learned    …456       Support   0101   ✓ over     77      number learned for user 900
            08:02:05  learned    …456       Support   0101   ◌ ringing          waiting: nobody has answered yet"#]]
        .assert_eq(&lines.join("\n"));
    }

    #[test]
    fn a_plain_line_says_what_is_new() {
        let (ringing, talking) = (row("c1", "ringing", None), row("c1", "talking", Some(77)));
        assert!(plain(Some(&ringing), &ringing).is_none());
        expect!["08:02:05  default user  learned    talking  …456 to Support at 0101 [ticket 77]: number learned for user 900"]
            .assert_eq(&plain(Some(&ringing), &talking).unwrap());
        assert!(plain(None, &ringing).is_some());
        assert!(plain(Some(&talking), &row("c1", "over", Some(77))).is_none());
    }

    #[test]
    fn the_end_of_the_day() {
        let good = Ending {
            at: "08:02:05".into(),
            call: "c1".into(),
            tale: "rings Support, 0101 answers, the agent sets the requester".into(),
            ticket: Some(77),
            requester: "Rita Neu".into(),
            why: "ticket 77 for the default user; the number was learned for user 900".into(),
            wrong: vec![],
        };
        let bad = Ending {
            call: "c2".into(),
            ticket: None,
            requester: String::new(),
            why: "nobody answered".into(),
            wrong: vec!["demanded: a ticket of 900; came: none".into()],
            ..good.clone()
        };
        let calls = [good, bad];
        expect![[r#"
            Unknown callers become the default user

               began     call  what happened                   ticket  requester  why
            ────────────────────────────────────────────────────────────────────────────────────────────────────
            ✓  08:02:05  c1    rings Support, 0101 answers,    77      Rita Neu   ticket 77 for the default
                               the agent sets the requester                       user; the number was learned
                                                                                  for user 900
            ✗  08:02:05  c2    rings Support, 0101 answers,    none               nobody answered
                               the agent sets the requester

            ✗ 08:02:05 c2
                demanded: a ticket of 900; came: none"#]]
        .assert_eq(&endings("Unknown callers become the default user", &calls, 100));
        assert!(endings("", &calls, 80).lines().all(|line| line.chars().count() <= 80));
    }
}
