//! The limiter for everybody: waiting, waking, and giving back what was taken.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{Budget, Decision, Limiter, Priority, Route, Said, Taken};

/// Gives permits to send. Waiting and sending may be dropped at any time.
pub(crate) struct Permits {
    limiter: Mutex<Limiter>,
    changed: Notify,
    origin: Instant,
}

/// The longest `Retry-After` that is believed for everybody. Zendesk has been seen to ask for 999999 seconds.
const LONGEST: Duration = Duration::from_secs(600);

/// May send one request. Dropped without [`Permit::complete`] it counts as used: Zendesk may have seen the request.
#[must_use]
pub(crate) struct Permit<'a> {
    permits: &'a Permits,
    taken: Option<Taken>,
}

impl Permits {
    pub(crate) fn new(share: f64) -> Self {
        Self {
            limiter: Mutex::new(Limiter::new(share)),
            changed: Notify::new(),
            origin: Instant::now(),
        }
    }

    /// Waits for a permit, if it can come within `patience`. Else there is none, and it says how much longer it would take.
    pub(crate) async fn acquire(
        &self,
        priority: Priority,
        route: Route,
        patience: Duration,
    ) -> Result<Permit<'_>, Duration> {
        let deadline = self.now().saturating_add(patience);
        let place = Place {
            permits: self,
            id: self.limiter().join(priority, route),
        };
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = self.now();
            let decision = self.limiter().poll(now, place.id);
            match decision {
                Decision::Go(taken) => {
                    return Ok(Permit {
                        permits: self,
                        taken: Some(taken),
                    });
                }
                Decision::Wait(Some(until)) if until > deadline => return Err(until.saturating_sub(now)),
                Decision::Wait(None) if now >= deadline => return Err(Duration::ZERO),
                Decision::Wait(until) => {
                    let wake = self.origin + until.unwrap_or(deadline);
                    tokio::select! {
                        () = changed => {}
                        () = tokio::time::sleep_until(wake) => {}
                    }
                }
            }
        }
    }

    /// How things stand now.
    pub(crate) fn budget(&self) -> Budget {
        let now = self.now();
        self.limiter().budget(now)
    }

    fn now(&self) -> Duration {
        self.origin.elapsed()
    }

    fn limiter(&self) -> MutexGuard<'_, Limiter> {
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Gives the permit back with what the answer said.
    pub(crate) fn complete(mut self, status: StatusCode, headers: &HeaderMap, retry_after: Option<Duration>) {
        let mut said = Said {
            unavailable: status == StatusCode::SERVICE_UNAVAILABLE,
            ..Said::default()
        };
        let pause = retry_after.map(|pause| pause.min(LONGEST));
        said.pause = pause.filter(|_| said.unavailable || status == StatusCode::TOO_MANY_REQUESTS);
        said.rate.observe(headers);
        if let Some(taken) = self.taken.take() {
            let now = self.permits.now();
            self.permits.limiter().complete(now, taken, &said);
        }
        self.permits.changed.notify_waiters();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            let now = self.permits.now();
            self.permits.limiter().release(now, &taken);
            self.permits.changed.notify_waiters();
        }
    }
}

/// A place in the queue.
struct Place<'a> {
    permits: &'a Permits,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.permits.limiter().leave(self.id);
        self.permits.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use http::{HeaderMap, StatusCode};
    use tokio::time::Instant;

    use super::super::{Priority, Route};
    use super::Permits;
    use crate::request::Request;

    const PATIENT: Duration = Duration::from_secs(300);

    fn route(path: &str) -> Route {
        Route::of(&Request::<()>::unread(http::Method::GET, path).parts)
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = lines
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    fn left(remaining: &str) -> HeaderMap {
        headers(&[
            ("x-rate-limit", "10"),
            ("x-rate-limit-remaining", remaining),
            ("ratelimit-reset", "60"),
        ])
    }

    async fn send(permits: &Permits, priority: Priority, said: &HeaderMap) {
        let permit = permits.acquire(priority, route("/a"), PATIENT).await.unwrap();
        permit.complete(StatusCode::OK, said, None);
    }

    fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
        matches!(future.poll(&mut Context::from_waker(Waker::noop())), Poll::Pending)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_beyond_the_share_waits_for_the_next_window() {
        let (permits, start) = (Permits::new(0.5), Instant::now());
        for _ in 0..5 {
            send(&permits, Priority::Person, &left("9")).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        send(&permits, Priority::Person, &left("9")).await;
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_obeyed_by_all_and_no_longer() {
        let (permits, start) = (Permits::new(1.0), Instant::now());
        let permit = permits.acquire(Priority::Person, route("/a"), PATIENT).await.unwrap();
        permit.complete(StatusCode::TOO_MANY_REQUESTS, &left("0"), Some(Duration::from_secs(27)));
        let others = [Priority::Person, Priority::Normal, Priority::Background];
        for priority in others {
            let said = headers(&[("x-rate-limit-remaining", "9"), ("ratelimit-reset", "60")]);
            send(&permits, priority, &said).await;
            assert!(start.elapsed().as_secs() >= 27, "{priority:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_cannot_wait_that_long_is_told_how_long_at_once() {
        let (permits, start) = (Permits::new(1.0), Instant::now());
        let permit = permits.acquire(Priority::Normal, route("/a"), PATIENT).await.unwrap();
        permit.complete(
            StatusCode::SERVICE_UNAVAILABLE,
            &left("9"),
            Some(Duration::from_secs(30)),
        );
        let refused = permits
            .acquire(Priority::Normal, route("/b"), Duration::from_secs(29))
            .await;
        assert_eq!(refused.err(), Some(Duration::from_secs(30)));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_goes_before_whoever_waited_longer() {
        let permits = Permits::new(1.0);
        let last = permits.acquire(Priority::Normal, route("/a"), PATIENT).await.unwrap();
        let done = std::sync::Mutex::new(Vec::new());
        let one = |priority| {
            let (permits, done) = (&permits, &done);
            async move {
                let permit = permits.acquire(priority, route("/a"), PATIENT).await.unwrap();
                done.lock().unwrap().push(priority);
                permit.complete(StatusCode::OK, &HeaderMap::new(), None);
            }
        };
        last.complete(StatusCode::TOO_MANY_REQUESTS, &left("0"), Some(Duration::from_secs(5)));
        tokio::join!(one(Priority::Background), one(Priority::Normal), one(Priority::Person));
        assert_eq!(
            *done.lock().unwrap(),
            [Priority::Person, Priority::Normal, Priority::Background]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_dropped_waiting_or_sending_blocks_nobody() {
        let permits = Permits::new(1.0);
        let mut held: Vec<_> = Vec::new();
        for _ in 0..4 {
            held.push(permits.acquire(Priority::Normal, route("/a"), PATIENT).await.unwrap());
        }
        {
            let mut waiting = std::pin::pin!(permits.acquire(Priority::Person, route("/a"), PATIENT));
            assert!(is_pending(waiting.as_mut()), "nothing is known of the limit yet");
        }
        let mut next = std::pin::pin!(permits.acquire(Priority::Background, route("/a"), PATIENT));
        assert!(is_pending(next.as_mut()));
        held.pop();
        assert!(next.await.is_ok());
    }

    /// A Zendesk that counts in windows of a minute, which begin at seconds of its own choice.
    struct Zendesk {
        start: Instant,
        counts: std::sync::Mutex<std::collections::BTreeMap<u64, u32>>,
    }

    impl Zendesk {
        /// Counts a request that arrives now, and says what an answer to it says.
        fn count(&self) -> HeaderMap {
            let now = self.start.elapsed().as_millis();
            let window = u64::try_from((now + 37_000) / 60_000).unwrap();
            let mut counts = self.counts.lock().unwrap();
            let count = counts.entry(window).or_default();
            *count += 1;
            let left = (60_000 - (now + 37_000) % 60_000).div_ceil(1000).to_string();
            headers(&[
                ("x-rate-limit", "40"),
                ("x-rate-limit-remaining", &40_u32.saturating_sub(*count).to_string()),
                ("ratelimit-reset", &left),
            ])
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_keeps_to_the_share_in_every_window_and_uses_it() {
        let permits = Permits::new(0.5);
        let zendesk = Zendesk {
            start: Instant::now(),
            counts: std::sync::Mutex::default(),
        };
        let one = |number: u64| {
            let (permits, zendesk) = (&permits, &zendesk);
            async move {
                tokio::time::sleep(Duration::from_millis(number * 7)).await;
                let permit = permits.acquire(Priority::Person, route("/a"), PATIENT).await.unwrap();
                let said = zendesk.count();
                tokio::time::sleep(Duration::from_millis(50 + number % 13 * 40)).await;
                permit.complete(StatusCode::OK, &said, None);
            }
        };
        futures_util::future::join_all((0..90).map(one)).await;
        let counts = zendesk.counts.into_inner().unwrap();
        let counts: Vec<_> = counts.into_values().collect();
        assert!(counts.iter().all(|count| *count <= 20), "{counts:?}");
        assert!(counts.len() <= 6, "{counts:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_exports_without_a_pause_never_has_a_person_wait() {
        let permits = Permits::new(0.5);
        let zendesk = Zendesk {
            start: Instant::now(),
            counts: std::sync::Mutex::default(),
        };
        let export = async {
            loop {
                let permit = permits
                    .acquire(Priority::Background, route("/b"), PATIENT)
                    .await
                    .unwrap();
                let said = zendesk.count();
                tokio::time::sleep(Duration::from_millis(200)).await;
                permit.complete(StatusCode::OK, &said, None);
            }
        };
        let persons = async {
            for _ in 0..25 {
                tokio::time::sleep(Duration::from_secs(12)).await;
                let begun = Instant::now();
                send(&permits, Priority::Person, &zendesk.count()).await;
                assert_eq!(begun.elapsed(), Duration::ZERO);
            }
        };
        tokio::select! {
            () = persons => {}
            () = export => unreachable!("it goes on for ever"),
        }
        let counts: Vec<_> = zendesk.counts.into_inner().unwrap().into_values().collect();
        let whole = &counts[1..5];
        assert!(
            whole.iter().all(|count| (12..=20).contains(count)),
            "what persons leave is used, and no more: {counts:?}"
        );
    }
}
