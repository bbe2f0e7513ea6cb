//! One window in which Zendesk counts requests.

use std::time::Duration;

use super::budget::Allowance;

/// How long a window is where Zendesk does not say.
const USUAL: Duration = Duration::from_secs(60);

/// How many requests may be under way before the first answer told how many are allowed.
const BLIND: u32 = 4;

/// What is known of a window, and what this client has used of it.
#[derive(Debug, Default)]
pub(super) struct Window {
    total: Option<u32>,
    remaining: Option<u32>,
    /// The number of the request with which this client took it for begun.
    began: u64,
    /// The number of the last request whose answer was heard.
    heard: u64,
    ends: Option<Duration>,
    /// Whether an answer told the end; else it is a guess.
    end_was_told: bool,
    /// What this client has sent in it.
    used: u32,
    /// What this client has sent and not heard of; it is not in `remaining` yet.
    in_flight: u32,
}

impl Window {
    /// `None` if there is room for one more request of whoever may use this part of it; else until when there is none.
    pub(super) fn wait(&self, now: Duration, part: f64) -> Option<Option<Duration>> {
        let Some(total) = self.total else {
            return (self.in_flight >= BLIND).then_some(None);
        };
        let over = self.is_over(now);
        let used = if over { self.in_flight } else { self.used };
        let allowed = allowed(total, part);
        let spent = !over && self.remaining.is_some_and(|remaining| remaining <= self.in_flight);
        // Where all that is allowed is under way in a window that is over, the next answer tells.
        (used >= allowed || spent).then_some(self.ends.filter(|_| !over))
    }

    /// How it stands, for whoever may use this part of it; `None` until an answer told how large it is.
    pub(super) fn allowance(&self, now: Duration, part: f64) -> Option<Allowance> {
        let total = self.total?;
        let allowed = allowed(total, part);
        let over = self.is_over(now);
        let spent = if over { self.in_flight } else { self.used };
        let remaining = self.remaining.filter(|_| !over).unwrap_or(total);
        Some(Allowance {
            total,
            allowed,
            spent,
            left: allowed
                .saturating_sub(spent)
                .min(remaining.saturating_sub(self.in_flight)),
            resets: self.ends.filter(|_| !over).map(|ends| ends.saturating_sub(now)),
        })
    }

    pub(super) fn take(&mut self, now: Duration, number: u64) {
        if self.is_over(now) {
            self.begin(number);
        }
        self.ends.get_or_insert(now.saturating_add(USUAL));
        self.used = self.used.saturating_add(1);
        self.in_flight = self.in_flight.saturating_add(1);
    }

    pub(super) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Takes over what the answer to the request of this number says. What is left never rises within a window: if it
    /// does, a new one has begun. Answers to earlier requests than the last one heard of tell the size only.
    pub(super) fn observe(
        &mut self,
        now: Duration,
        number: u64,
        total: Option<u32>,
        remaining: Option<u32>,
        resets: Option<Duration>,
    ) {
        self.total = total.or(self.total);
        if number < self.began.max(self.heard) {
            return;
        }
        self.heard = number;
        if let (Some(before), Some(after)) = (self.remaining, remaining)
            && after > before.saturating_add(self.in_flight)
        {
            self.begin(number);
        }
        self.remaining = remaining.or(self.remaining);
        if let Some(resets) = resets {
            // The answer took its time, so this is late rather than early: the earliest of several is the best.
            let ends = now.saturating_add(resets);
            self.ends = Some(
                self.ends
                    .filter(|_| self.end_was_told)
                    .map_or(ends, |told| told.min(ends)),
            );
            self.end_was_told = true;
        }
    }

    /// What is under way may count in the new window.
    fn begin(&mut self, number: u64) {
        self.used = self.in_flight;
        self.began = number;
        self.remaining = None;
        self.ends = None;
        self.end_was_told = false;
    }

    pub(super) fn is_over(&self, now: Duration) -> bool {
        self.ends.is_none_or(|ends| now >= ends)
    }

    /// Whether nothing is left of it, or nobody knows whether there is.
    pub(super) fn is_used_up(&self) -> bool {
        self.remaining.is_none_or(|remaining| remaining == 0)
    }
}

/// What a part of a window comes to: one request at least, or none would ever be sent.
fn allowed(total: u32, part: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a u32 is one"
    )]
    let allowed = (f64::from(total) * part) as u32;
    allowed.max(1)
}
