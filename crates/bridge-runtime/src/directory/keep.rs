//! Keeps the directory up to date: everybody once, page by page, then each minute whoever was changed.

use std::sync::Arc;
use std::time::Duration;

use bridge_core::port::{Failure, FailureKind, HelpDesk, ProfilePage};
use tokio_util::sync::CancellationToken;

use super::Directory;
use crate::board::Board;
use crate::chain::chain;
use crate::pauses::{Pauses, sleep_unless};
use crate::status::DirectoryStatus;
use crate::store::StoreError;
use crate::store::directory::Progress;

/// How often whoever was changed is asked for.
pub(crate) const EVERY: Duration = Duration::from_secs(60);
/// How often it is tried whether an administrator has given the right meanwhile.
const WITHOUT_RIGHT: Duration = Duration::from_secs(3600);
/// After so many pages of the first reading it is told how far it has come.
const TOLD_EVERY: u32 = 10;

/// What keeping a directory takes.
pub(crate) struct Keep {
    pub(crate) directory: Directory,
    pub(crate) desk: Arc<dyn HelpDesk>,
    pub(crate) every: Duration,
    pub(crate) board: Arc<Board>,
    pub(crate) stop: CancellationToken,
}

impl Keep {
    /// Keeps it until stopped.
    pub(crate) async fn run(self) {
        if let Some(Err(error)) = self.stop.run_until_cancelled(self.directory.load()).await {
            // Then numbers are looked for in the store, one by one.
            tracing::warn!(error = %chain(&error), "the directory cannot be read into memory");
        }
        self.post(None).await;
        let mut pauses = Pauses::new();
        let mut pages = 0;
        loop {
            let Some(pause) = self.stop.run_until_cancelled(self.page(&mut pauses, &mut pages)).await else {
                return;
            };
            if !sleep_unless(&self.stop, pause).await {
                return;
            }
        }
    }

    /// Asks for one page; how long to wait for the next.
    async fn page(&self, pauses: &mut Pauses, pages: &mut u32) -> Duration {
        let before = self.directory.progress().await;
        let fields = self.directory.fields().to_vec();
        let asked = self.directory.now();
        let page = match self.desk.profiles(before.cursor.clone(), fields).await {
            Ok(page) => page,
            Err(failure) => {
                let pause = pause(&failure, self.every, pauses);
                if failure.kind != FailureKind::Busy {
                    tracing::warn!(error = failure.message, again_in = ?pause, "the directory cannot be brought up to date");
                    self.post(Some(failure.message)).await;
                }
                return pause;
            }
        };
        let (is_last, profiles) = (page.is_last, page.profiles.len());
        if page.cursor.is_none() {
            return self.without_cursor(&before, &page, pauses).await;
        }
        if let Err(error) = self.directory.take_page(page, asked).await {
            return self.unwritten(&error, pauses).await;
        }
        pauses.reset();
        *pages += 1;
        self.tell(before.standing.complete, is_last, profiles, *pages).await;
        self.post(None).await;
        if is_last { self.every } else { Duration::ZERO }
    }

    /// A list that refuses to go on from its cursor is read from its beginning. One that tells users, or is at its beginning, and
    /// does not say where it goes on, would be read for ever.
    async fn without_cursor(&self, before: &Progress, page: &ProfilePage, pauses: &mut Pauses) -> Duration {
        let refuses = before.cursor.is_some() && page.profiles.is_empty();
        let (said, pause) = if refuses {
            if let Err(error) = self.directory.begin_anew().await {
                return self.unwritten(&error, pauses).await;
            }
            let said = "the help desk does not go on where its list of users was left: everybody is read again";
            (said, self.every)
        } else {
            (
                "the help desk does not say where its list of users goes on",
                pauses.next(),
            )
        };
        tracing::warn!(again_in = ?pause, "{said}");
        self.post(Some(said.to_owned())).await;
        pause
    }

    async fn unwritten(&self, error: &StoreError, pauses: &mut Pauses) -> Duration {
        let pause = pauses.next();
        tracing::warn!(error = %chain(error), again_in = ?pause, "the directory cannot be written");
        self.post(Some(error.to_string())).await;
        pause
    }

    async fn tell(&self, was_complete: bool, is_last: bool, profiles: usize, pages: u32) {
        let size = self.directory.size();
        let (users, numbers) = (size.users, size.numbers);
        if was_complete {
            tracing::debug!(profiles, users, numbers, "the directory is up to date");
        } else if is_last {
            tracing::info!(users, numbers, "the directory is complete");
        } else if pages % TOLD_EVERY == 1 {
            let progress = self.directory.progress().await;
            let percent = percent(progress.read, progress.total);
            tracing::info!(read = progress.read, percent, users, "the directory is being built");
        }
    }

    async fn post(&self, error: Option<String>) {
        let (progress, size) = (self.directory.progress().await, self.directory.size());
        self.board.post(|status| {
            status.directory = Some(DirectoryStatus {
                users: size.users,
                numbers: size.numbers,
                complete: progress.standing.complete,
                as_of: progress.standing.as_of,
                read: progress.read,
                total: progress.total,
                error,
            });
        });
    }
}

/// How long to wait after this failure.
pub(super) fn pause(failure: &Failure, every: Duration, pauses: &mut Pauses) -> Duration {
    match failure.retry_after {
        Some(asked_for) => asked_for,
        None if failure.kind == FailureKind::Busy => every,
        None if matches!(failure.kind, FailureKind::Forbidden | FailureKind::Impossible) => WITHOUT_RIGHT,
        None => pauses.next(),
    }
}

/// How much of it is read, as far as that is known.
fn percent(read: u64, total: Option<u64>) -> Option<u64> {
    total
        .filter(|total| *total > 0)
        .map(|total| (read * 100 / total).min(100))
}
