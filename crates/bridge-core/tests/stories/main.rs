//! Plays every story of `bridge-sim/stories` against the core alone, by its `>` and `<` lines. A new case is a new file.
//!
//! Before a line that is an input, every order must have been named by a `>` line, in the order given. Time passes by
//! itself up to the moment of the line; an order that comes in between needs a line with that time. Beside the core stands a
//! small help desk of users and tickets, which follows the outcomes: one that a real help desk could not give is an
//! error in the story.
//!
//! Each story is played in four ways: by its lines, or with the small help desk answering by itself as the simulated
//! Zendesk would; in one go, or through cores that are restored after every single input from what the journal would hold. A
//! story without `>` lines, such as a whole day, has the second pair only; one in `core-only/` the first.
//!
//! # Orders
//!
//! | order | `> CALL/STEP …` |
//! | --- | --- |
//! | look-up | `lookup +49721123456`; the same for `owner` |
//! | a user for a number | `user +49721123456` |
//! | ticket | `ticket for USER, group GROUP, agent AGENT`, each an id or `none` |
//! | screen pop | `pop TICKET to AGENT` |
//! | reading a ticket, or a user | `read TICKET`, `profile USER` |
//! | setting the requester | `requester USER on TICKET` |
//! | writing a number | `learn +49721123456 for USER in phone\|identity\|KEY` |
//! | releasing a number | `release +49721123456 from USER` |
//! | a note | `note on TICKET holding TEXT` |
//! | recording the call | `record in the name of LOGIN` |
//! | attaching a recording | `attach on TICKET holding TEXT` |
//! | an order taken back | `STEP withdrawn` |
//!
//! # Outcomes
//!
//! | order | `< CALL/STEP …` |
//! | --- | --- |
//! | look-up, owner, profile | `none`, or ids of users, who have the numbers that they were given or that were learned |
//! | user | the new user's id |
//! | ticket | its id |
//! | pop | `ok` or `no WHY` |
//! | read | `requester USER` and, if so, `closed` or `solved` |
//! | the others | `ok`; `conflict` for `requester`; `taken` for `learn` |
//! | any | `refused requester\|assignee\|group\|number\|recording WHY`, `gone WHY`, `dropped WHY`, `wedged WHY`, `postponed WHY` |

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod desk;
mod play;
mod words;

use std::path::Path;

use bridge_sim::story::{Story, What};
use play::{Mode, Play};

/// A story that the simulators play, too.
fn story(path: &Path, text: String) -> datatest_stable::Result<()> {
    let story = bridge_sim::story::parse(&text)?;
    let has_orders = story.lines.iter().any(|line| matches!(line.what, What::Order { .. }));
    play(path, &story, &[true, false][usize::from(!has_orders)..], true)
}

/// One that only the core can play: it needs outcomes at moments that no simulator can be made to give. Its PBX keeps no list of calls.
fn core_only(path: &Path, text: String) -> datatest_stable::Result<()> {
    play(path, &bridge_sim::story::parse(&text)?, &[true], false)
}

fn play(path: &Path, story: &Story, ways: &[bool], lists: bool) -> datatest_stable::Result<()> {
    for by_the_lines in ways.iter().copied() {
        for restoring in [false, true] {
            let mode = Mode {
                by_the_lines,
                lists,
                restoring,
            };
            let played = Play::new(story, mode).run();
            played.map_err(|error| format!("{}, {mode:?}: {error}", path.display()))?;
        }
    }
    Ok(())
}

datatest_stable::harness! {
    { test = story, root = "../bridge-sim/stories", pattern = r"\.call$" },
    { test = core_only, root = "tests/stories/core-only", pattern = r"\.call$" },
}
