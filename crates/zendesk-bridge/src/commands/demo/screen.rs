//! The day on the terminal: a table that lives where there is one, else a line for each piece of news.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bridge_core::call::CallSummary;
use bridge_sim::play::Progress;
use crossterm::cursor::{Hide, MoveToColumn, MoveUp, Show};
use crossterm::terminal::{Clear, ClearType};
use crossterm::{execute, queue, terminal};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::news::Told;
use super::show::{Row, Tally, frame, plain};
use crate::out;
use crate::view::CallLine;

/// How often the table is drawn anew.
const DRAW: Duration = Duration::from_millis(120);

/// What is shown, fed by all bridges.
pub(crate) struct Screen {
    started: Instant,
    /// Calls in the whole day.
    of: usize,
    live: bool,
    rows: Mutex<Rows>,
}

#[derive(Default)]
struct Rows {
    rows: Vec<Row>,
    /// Where a call stands in `rows`, by its bridge and its id.
    places: BTreeMap<(&'static str, String), usize>,
    /// What hinders the bridge just now.
    trouble: Option<&'static str>,
}

/// The drawing that goes on in the background.
pub(crate) struct Drawing {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Screen {
    /// A screen for a day of so many calls.
    pub(crate) fn new(of: usize) -> Self {
        Self {
            started: Instant::now(),
            of,
            live: std::io::stdout().is_terminal(),
            rows: Mutex::default(),
        }
    }

    /// Whole seconds since the beginning.
    pub(crate) fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// The story tells what befalls the bridge and not a single call.
    pub(crate) fn befalls(&self, bridge: &'static str, progress: &Progress) {
        let (well, trouble, [goes, comes]) = if let Progress::Zendesk { up } = progress {
            (*up, "Zendesk is away", ["Zendesk goes away", "Zendesk is back"])
        } else if let Progress::Activation { active } = progress {
            let words = ["the bridge is deactivated", "the bridge is activated"];
            (*active, "the bridge is not active", words)
        } else {
            return;
        };
        self.rows().trouble = (!well).then_some(trouble);
        let words = if well { comes } else { goes };
        if !self.live {
            out::say(&format!("{:<8}  {bridge:<12}  {words}", ""));
        }
    }

    /// A bridge tells what a call has become, and the story what it is called.
    pub(crate) fn news(&self, bridge: &'static str, told: Told, summary: &CallSummary) {
        let row = Row {
            at: told.at,
            name: told.name,
            bridge,
            call: CallLine::new(summary, false),
        };
        let mut rows = self.rows();
        let place = (bridge, row.call.id.clone());
        let old = match rows.places.get(&place).copied() {
            Some(index) => Some(std::mem::replace(&mut rows.rows[index], row.clone())),
            None => {
                let index = rows.rows.len();
                rows.places.insert(place, index);
                rows.rows.push(row.clone());
                None
            }
        };
        if !self.live
            && let Some(line) = plain(old.as_ref(), &row)
        {
            out::say(&line);
        }
    }

    /// Draws until stopped; without a terminal nothing has to be drawn.
    pub(crate) fn start(self: &Arc<Self>) -> Drawing {
        let stop = CancellationToken::new();
        let (screen, stopped) = (Arc::clone(self), stop.clone());
        let task = tokio::spawn(async move {
            if !screen.live {
                return;
            }
            let mut drawn = 0;
            while stopped.run_until_cancelled(tokio::time::sleep(DRAW)).await.is_some() {
                drawn = screen.draw(drawn);
            }
            // What stays above the final table is not half a picture.
            screen.draw(drawn);
            let _ = execute!(std::io::stdout(), Show);
            out::say("");
        });
        Drawing { stop, task }
    }

    /// Draws over the lines that were drawn before; how many there are now.
    fn draw(&self, drawn: u16) -> u16 {
        let (width, height) = terminal::size().unwrap_or((100, 30));
        let lines = {
            let rows = self.rows();
            let tally = Tally {
                seconds: self.seconds(),
                calls: rows.rows.len(),
                of: self.of,
                trouble: rows.trouble,
            };
            frame(&rows.rows, tally, width.min(140), height)
        };
        let mut out = std::io::stdout().lock();
        // A terminal that goes away ends the picture, not the day.
        let _ = queue!(out, Hide);
        if drawn > 0 {
            let _ = queue!(out, MoveUp(drawn.min(height.saturating_sub(1))), MoveToColumn(0));
        }
        for line in &lines {
            let _ = queue!(out, Clear(ClearType::CurrentLine));
            let _ = writeln!(out, "{line}");
        }
        let _ = queue!(out, Clear(ClearType::FromCursorDown));
        let _ = out.flush();
        u16::try_from(lines.len()).unwrap_or(u16::MAX)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drawing {
    /// Draws once more and leaves the picture standing.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        let _ = self.task.await;
    }
}
