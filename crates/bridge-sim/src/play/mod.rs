//! Plays a story against both simulators while a bridge works between them, and looks at what came of it.
//!
//! A story's own time is divided by a speed. Durations that belong together have to shrink together: who sets up the
//! bridge divides its `wrap_up` and `lookup_patience` likewise, see [`Player::real`]. Where a line has to wait (an agent
//! who works on a ticket that is not there yet), everything behind it moves back by as much, so that distances stay.
//!
//! What the bridge itself measures in fixed seconds does not shrink. Two things follow: a story that drops sessions waits
//! for the bridge's next keep-alive, and calls of one caller to one group that lie within some seconds of real time may
//! pass for one call, so stories of a long run should have callers of their own.
//!
//! ```no_run
//! # async fn example(pbx: bridge_sim::starface::SimStarface, zendesk: bridge_sim::zendesk::SimZendesk) -> anyhow::Result<()> {
//! use bridge_sim::play::Player;
//! use bridge_sim::story;
//!
//! let story = story::parse(&std::fs::read_to_string("day.call")?)?;
//! let player = Player::new(pbx, zendesk).speed(30.0).on_progress(|what| eprintln!("{what:?}"));
//! let settings = story::Settings::of(&story);
//! let _wrap_up = player.real(settings.wrap_up);
//! // … start a bridge with these settings, wait until it has logged in …
//! let report = player.play(&story).await?;
//! for verdict in &report.verdicts {
//!     eprintln!("{verdict}");
//! }
//! assert!(report.passed());
//! # Ok(()) }
//! ```

mod check;
mod desk;
mod report;
mod run;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

pub use desk::{Deed, Desk, Person, Ticket};
pub use report::{PlayedCall, Progress, Report, Verdict};

use crate::starface::SimStarface;
use crate::story::{Given, Settings, Story, Verb, What};
use crate::world;

type Hook<A, T> = Arc<dyn Fn(A) -> BoxFuture<'static, T> + Send + Sync>;

/// Plays stories.
#[derive(Clone)]
pub struct Player {
    pbx: SimStarface,
    desk: Arc<dyn Desk>,
    speed: f64,
    deadline: Duration,
    progress: Arc<dyn Fn(&Progress) + Send + Sync>,
    activation: Option<Hook<bool, ()>>,
    reason: Option<Hook<String, Option<String>>>,
    answered: Option<Hook<String, BTreeSet<String>>>,
    quiet: Option<Hook<(), ()>>,
}

/// A story that cannot be played in this world.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PlayError {
    /// Line in the file.
    pub line: usize,
    /// What was found and what there is.
    pub message: String,
}

impl Player {
    /// A player at the story's own speed that waits 20 s for what is expected.
    pub fn new(pbx: SimStarface, desk: impl Desk + 'static) -> Self {
        Self {
            pbx,
            desk: Arc::new(desk),
            speed: 1.0,
            deadline: Duration::from_secs(20),
            progress: Arc::new(|_| {}),
            activation: None,
            reason: None,
            answered: None,
            quiet: None,
        }
    }

    /// Plays so many times faster than the story says.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        self
    }

    /// Waits so long, in real time, for a ticket that an agent works on, and for what is expected at the end.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Tells what happens as it happens.
    #[must_use]
    pub fn on_progress(mut self, tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.progress = Arc::new(tell);
        self
    }

    /// What `activate` and `deactivate` do. Without it a story that has such a line is refused.
    #[must_use]
    pub fn on_activation(mut self, switch: impl Fn(bool) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        self.activation = Some(Arc::new(switch));
        self
    }

    /// Asks the bridge why a call has no ticket, by the PBX's first id of the call. Without it `because` is not checked.
    #[must_use]
    pub fn ask_reason(
        mut self,
        ask: impl Fn(String) -> BoxFuture<'static, Option<String>> + Send + Sync + 'static,
    ) -> Self {
        self.reason = Some(Arc::new(ask));
        self
    }

    /// Asks the bridge which of its orders for a call have been answered (`lookup`, `ticket`, `read.2`, …), by the PBX's
    /// first id of the call. With it, no line is played before the bridge has heard what the story's `<` lines above it
    /// tell, so that the order of things does not hang on how fast the machine is. Without it only the clock rules.
    #[must_use]
    pub fn ask_answered(
        mut self,
        ask: impl Fn(String) -> BoxFuture<'static, BTreeSet<String>> + Send + Sync + 'static,
    ) -> Self {
        self.answered = Some(Arc::new(ask));
        self
    }

    /// Waits until the bridge has nothing left to do, with no call in its wrap-up any more; asked at the end, before what
    /// must **not** have come is looked for. Without it the player gives the wrap-up time and half a second.
    #[must_use]
    pub fn wait_quiet(mut self, wait: impl Fn(()) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        self.quiet = Some(Arc::new(wait));
        self
    }

    /// How long a time of the story really takes.
    #[must_use]
    pub fn real(&self, told: Duration) -> Duration {
        told.div_f64(self.speed)
    }

    /// Makes the world of a story in Zendesk. [`Player::play`] does that too; who starts the bridge before may want it
    /// earlier.
    pub fn prepare(&self, story: &Story) {
        let given: Vec<Given> = story.given.iter().cloned().map(|given| self.scaled(given)).collect();
        self.desk.prepare(&given);
    }

    /// Plays a story to its end and waits for what it expects.
    ///
    /// # Errors
    /// Before anything is played, if it names logins or groups that the PBX does not have, or switches a bridge that
    /// cannot be switched.
    pub async fn play(&self, story: &Story) -> Result<Report, PlayError> {
        self.admit(story)?;
        self.prepare(story);
        let report = run::Run::new(self, story).play().await;
        (self.progress)(&Progress::Judged(report.clone()));
        Ok(report)
    }

    /// Plays stories one after the other, each in a world that knows nothing of the people of the one before, and with
    /// the bridge switched as the story wants it. What the bridge itself remembers of them is its own.
    ///
    /// # Errors
    /// At the first that cannot be played; see [`Player::play`].
    pub async fn play_all(&self, stories: &[Story]) -> Result<Vec<Report>, PlayError> {
        for story in stories {
            self.admit(story)?;
        }
        let mut reports = Vec::new();
        for (index, story) in stories.iter().enumerate() {
            if index > 0 {
                self.desk.forget();
                // The story before may have switched it.
                if let Some(switch) = &self.activation {
                    switch(Settings::of(story).active).await;
                }
            }
            reports.push(self.play(story).await?);
        }
        Ok(reports)
    }

    fn scaled(&self, given: Given) -> Given {
        match given {
            Given::SearchTakes(time) => Given::SearchTakes(self.real(time)),
            Given::User(_) | Given::SearchMisses | Given::RequesterRefused(_) | Given::AssigneeRefused(_) => given,
        }
    }

    fn admit(&self, story: &Story) -> Result<(), PlayError> {
        for line in &story.lines {
            let refuse = |message: String| {
                Err(PlayError {
                    line: line.number,
                    message,
                })
            };
            let (mut logins, mut in_group): (Vec<&String>, _) = (Vec::new(), None);
            match &line.what {
                What::Call { verb, .. } => match verb {
                    Verb::Rings { group, at, .. } | Verb::Announced { group, at, .. } => {
                        logins.extend(at);
                        in_group = group.as_deref();
                    }
                    Verb::Answered { by, group, .. } => {
                        logins.push(by);
                        in_group = group.as_deref();
                    }
                    Verb::Parked { by } | Verb::Dials { by, .. } => logins.push(by),
                    Verb::Mailbox { at } => logins.push(at),
                    Verb::Ended { at } => logins.extend(at),
                    Verb::Becomes { .. } => {}
                },
                What::Gap(login) | What::Away(login) | What::Back(login) => logins.extend(login),
                What::Activation(_) if self.activation.is_none() => {
                    return refuse("there is nobody who could switch the bridge".to_owned());
                }
                What::Activation(_)
                | What::Agent { .. }
                | What::Zendesk { .. }
                | What::Order { .. }
                | What::Outcome { .. }
                | What::Wake => {}
            }
            if let Some(login) = logins.into_iter().find(|login| world::pbx_user(login).is_none()) {
                let known: Vec<&str> = world::PBX_USERS.iter().map(|user| user.login).collect();
                return refuse(format!("the PBX has no user `{login}`, there are {}", known.join(", ")));
            }
            if let Some(group) = in_group.filter(|group| world::pbx_group(group).is_none()) {
                let known: Vec<&str> = world::PBX_GROUPS.iter().map(|group| group.name).collect();
                return refuse(format!(
                    "the PBX has no group `{group}`, there are {}",
                    known.join(", ")
                ));
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Player {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player")
            .field("speed", &self.speed)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
