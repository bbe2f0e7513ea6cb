//! Limits that Zendesk documents and tells of in no answer, until it refuses. Nothing can be read of them, so they are counted
//! here.

use std::collections::VecDeque;
use std::time::Duration;

use super::Route;

/// So many requests in such a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Documented {
    name: &'static str,
    total: u32,
    per: Duration,
    /// Counted for each record.
    of_one: bool,
}

/// Updates of users, of the whole account.
const USERS: Documented = Documented {
    name: "user updates",
    total: 1,
    per: Duration::from_secs(1),
    of_one: false,
};

/// Updates of one user.
const ONE_USER: Documented = Documented {
    name: "updates of one user",
    total: 5,
    per: Duration::from_secs(60),
    of_one: true,
};

/// What counts updates of a user by his id. `create_or_update` is not held back: somebody waits for the ticket of whoever calls, and
/// a refusal is tried again.
const ALL: [Documented; 2] = [USERS, ONE_USER];

/// Which of them.
pub(super) type Key = (Documented, Option<String>);

/// All that count requests on this route.
pub(super) fn keys(route: &Route) -> impl Iterator<Item = Key> {
    let counted = ALL.into_iter().filter(|_| route.sort == "PUT /api/v2/users/#");
    counted.map(|limit| (limit, limit.of_one.then(|| route.exact.clone())))
}

/// The smallest part that a share makes of one request in a while: else it would never come.
const LEAST: f64 = 0.1;

impl Documented {
    /// What a share makes of it: so many requests, in such a time. Of a limit of one, the share is one less often.
    fn shared(&self, share: f64) -> (usize, Duration) {
        let whole = f64::from(self.total) * share;
        if whole < 1.0 {
            return (1, self.per.div_f64(whole.max(LEAST)));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a u32 is one"
        )]
        let allowed = whole as usize;
        (allowed, self.per)
    }
}

/// What this client has sent lately. When Zendesk counted a request is not known, only that it was before the answer came; so it counts
/// from when it is sent until a whole window after its answer, and there is no window of Zendesk's that could hold more.
#[derive(Debug, Default)]
pub(super) struct Recent {
    in_flight: usize,
    /// When answers came, oldest first.
    answered: VecDeque<Duration>,
}

impl Recent {
    /// `None` if one more may go; else until when it may not, if that is known.
    pub(super) fn wait(&self, now: Duration, limit: Documented, share: f64) -> Option<Option<Duration>> {
        let (allowed, per) = limit.shared(share);
        let counted = self.answered.iter().filter(|at| at.saturating_add(per) > now);
        let over = (self.in_flight + counted.count() + 1).saturating_sub(allowed);
        // So many answers have to become old first.
        let last = over.checked_sub(1)?;
        let mut counted = self.answered.iter().filter(|at| at.saturating_add(per) > now);
        Some(counted.nth(last).map(|at| at.saturating_add(per)))
    }

    pub(super) fn take(&mut self) {
        self.in_flight += 1;
    }

    /// An answer came, or nobody waits for it any more.
    pub(super) fn give_back(&mut self, now: Duration) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.answered.push_back(now);
    }

    /// Whether nothing of it matters any more; what does not is forgotten.
    pub(super) fn is_over(&mut self, now: Duration, limit: Documented, share: f64) -> bool {
        let (_, per) = limit.shared(share);
        self.answered.retain(|at| at.saturating_add(per) > now);
        self.in_flight == 0 && self.answered.is_empty()
    }
}
