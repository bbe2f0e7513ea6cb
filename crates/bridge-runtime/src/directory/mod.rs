//! The caller directory of a running bridge: everybody's numbers in memory, their profiles in the store, both kept up to date by
//! the help desk's own list of changed users.

mod disk;
pub(crate) mod keep;
mod pages;
mod recent;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::directory::{Index, Insufficient, Source, Standing, judge};
use bridge_core::number::{E164, NumberPlan};
use bridge_core::port::ProfilePage;
use disk::Disk;
use jiff::{SignedDuration, Timestamp};
use recent::Recent;
use tokio::sync::Mutex;
use tracing::Instrument as _;

pub use disk::AtOnce;

use crate::chain::chain;
use crate::clock::Clock;
use crate::store::directory::{Moves, Progress, basis};
use crate::store::{Store, StoreError};

/// So many profiles are written at a time: the journal must not wait long for its turn.
const AT_A_TIME: usize = 50;

/// Who has which number, in the store of a bridge. Clones are cheap and share everything.
///
/// Whoever is not found is searched for; so is everybody where Zendesk's export of users does not tell further phone identities.
#[derive(Clone)]
pub struct Directory(Arc<Shared>);

struct Shared {
    disk: Disk,
    plan: NumberPlan,
    fields: Vec<NumberField>,
    clock: Clock,
    known: RwLock<Known>,
    /// Changes are made one after the other, on disk and in memory.
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Known {
    /// `None` until it is read from the store.
    index: Option<Index>,
    users: u64,
    /// What was changed since the index began to be read.
    meanwhile: Option<Vec<Moves>>,
    /// Whom the bridge itself has written since the last page came.
    written: BTreeSet<UserId>,
    standing: Standing,
    /// When everybody was last read again because identities were told again.
    begun_anew: Option<Timestamp>,
    recent: Recent,
}

/// How often everybody is read again because identities are told again.
const ANEW_AT_MOST_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How much a directory holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Size {
    pub(crate) users: u64,
    pub(crate) numbers: u64,
}

impl Directory {
    /// The directory in this store. One that was built for another country, area code or other fields is built anew.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn open(
        store: Arc<Store>,
        plan: NumberPlan,
        fields: Vec<NumberField>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let progress = store.directory_progress(&basis(&plan, &fields)).await?;
        let reader = store.directory_reader().await?;
        let known = Known {
            standing: progress.standing,
            ..Known::default()
        };
        Ok(Self(Arc::new(Shared {
            disk: Disk::new(store, reader),
            plan,
            fields,
            clock,
            known: RwLock::new(known),
            progress: Mutex::new(progress),
        })))
    }

    /// From now on whatever is asked of the store is carried out so: for a runtime whose time is virtual, in which nothing must happen
    /// while the store works in real time.
    pub fn work_at_once(&self, at_once: AtOnce) {
        self.0.disk.work_at_once(at_once);
    }

    /// Everybody whose profile holds this number, if that is enough to go by.
    pub(crate) async fn find(&self, number: &E164) -> Result<(Vec<Profile>, Source), Insufficient> {
        let now = self.now();
        let (users, standing, recent) = {
            let known = self.known();
            let users = known.index.as_ref().map(|index| index.users(number));
            (users, known.standing, known.recent.with(number, now))
        };
        let read = async {
            let mut users = match users {
                Some(users) => users,
                None => self.0.disk.users(number.key()).await?,
            };
            for given in &recent {
                if !users.contains(&given.user()) {
                    users.push(given.user());
                }
            }
            self.0.disk.profiles(&users).await
        };
        let mut profiles = read.await.map_err(|error| {
            tracing::warn!(error = %chain(&error), "the directory cannot be read");
            Insufficient::Unreadable
        })?;
        for given in recent {
            given.add_to(&mut profiles);
        }
        judge(standing, &profiles, number, &self.0.plan, now).map(|source| (profiles, source))
    }

    /// Everybody who has a head number behind which this number may be, if those count.
    pub(crate) async fn with_head_number(&self, number: &E164) -> Vec<Profile> {
        let read = async {
            let mut users = BTreeSet::new();
            for head in self.0.plan.heads(number) {
                let known = self.known().index.as_ref().map(|index| index.users(&head));
                users.extend(match known {
                    Some(users) => users,
                    None => self.0.disk.users(head.key()).await?,
                });
            }
            self.0.disk.profiles(&users.into_iter().collect::<Vec<_>>()).await
        };
        let mut profiles = read.await.unwrap_or_else(|error| {
            tracing::warn!(error = %chain(&error), "the directory cannot be read");
            Vec::new()
        });
        let is_meant = |(_, typed): &(NumberField, String)| self.0.plan.is_behind(number, typed);
        profiles.retain(|profile| profile.active && profile.numbers.iter().any(is_meant));
        profiles
    }

    /// The bridge itself has written this profile, which does not show further identities: the user has those that he had, but for
    /// the number that was taken from him.
    pub(crate) async fn put(&self, profile: Profile, taken: Option<&E164>) {
        if let Some(number) = taken {
            self.known_mut().recent.take(profile.user, number);
        }
        self.known_mut().recent.told(std::slice::from_ref(&profile));
        let (directory, taken) = (self.clone(), taken.cloned());
        let changed = whole(async move { directory.change_own(profile, taken.as_ref()).await });
        if let Err(error) = changed.await {
            // The list of changed users will tell it as well.
            tracing::warn!(error = %chain(&error), "the directory cannot be written");
        }
    }

    async fn change_own(&self, mut profile: Profile, taken: Option<&E164>) -> Result<(), StoreError> {
        let progress = self.0.progress.lock().await;
        let had = self.0.disk.profiles(&[profile.user]).await?;
        let had = had.into_iter().flat_map(|profile| profile.numbers);
        let kept = had.filter(|(field, typed)| {
            let number = self.0.plan.read_typed(typed);
            *field == NumberField::Identity && !(number.is_some() && number.as_ref() == taken)
        });
        profile.numbers.extend(kept);
        let user = profile.user;
        let moves = self.0.disk.change(&[profile], &self.0.plan, None).await?;
        self.take(moves, progress.standing);
        self.known_mut().written.insert(user);
        Ok(())
    }

    /// The bridge itself has given a user this number as a further phone identity.
    pub(crate) fn wrote_identity(&self, profile: Profile, number: &E164) {
        let now = self.now();
        self.known_mut().recent.give(profile, number, now);
    }

    /// Reads all numbers into memory; until then each is looked for in the store.
    pub(crate) async fn load(&self) -> Result<(), StoreError> {
        // Nobody waits for it: what is changed meanwhile is changed in it afterwards. That some of it is in it already does no harm.
        self.known_mut().meanwhile = Some(Vec::new());
        let read = self.0.disk.index().await;
        let progress = self.0.progress.lock().await;
        let users = self.0.disk.count_users().await;
        let mut known = self.known_mut();
        let meanwhile = known.meanwhile.take().unwrap_or_default();
        let (mut index, users) = (read?, users?);
        for moves in &meanwhile {
            moves.make_in(&mut index);
        }
        known.index = Some(index);
        known.users = users;
        known.standing = progress.standing;
        Ok(())
    }

    /// Takes a page of the list of changed users, which was asked for at this moment.
    pub(crate) async fn take_page(&self, mut page: ProfilePage, asked: Timestamp) -> Result<(), StoreError> {
        // Nobody else changes how far it has come. Whoever the bridge itself writes from now on is newer than in the page.
        self.known_mut().written.clear();
        let before = self.progress().await;
        let mut next = pages::reached(&before, &page, asked);
        if before.standing.identities && !next.standing.identities {
            // Before anything is written without them: what breaks off half-way must not pass for certain.
            self.change(Vec::new(), Some(pages::uncertain(&before))).await?;
            tracing::warn!("further phone identities are not told any more: callers are searched for");
        }
        let is_anew = pages::tells_identities_again(&before, &page) && self.may_begin_anew();
        if is_anew {
            next = pages::anew(&next);
        }
        self.known_mut().recent.told(&page.profiles);
        // The last of them come with how far it has come.
        while page.profiles.len() > AT_A_TIME {
            let rest = page.profiles.split_off(AT_A_TIME);
            self.change(std::mem::replace(&mut page.profiles, rest), None).await?;
        }
        self.change(page.profiles, Some(next)).await?;
        if is_anew {
            tracing::warn!("further phone identities are told again: everybody is read again");
            self.known_mut().begun_anew = Some(asked);
        }
        Ok(())
    }

    /// Whether everybody may be read again because of identities: a list that tells them now and then must not make it read for
    /// ever.
    fn may_begin_anew(&self) -> bool {
        let now = self.now();
        let is_long_ago = |at: Timestamp| now.duration_since(at).abs() >= ANEW_AT_MOST_EVERY;
        self.known().begun_anew.is_none_or(is_long_ago)
    }

    /// Begins anew with reading everybody, without forgetting anybody.
    pub(crate) async fn begin_anew(&self) -> Result<(), StoreError> {
        let anew = pages::anew(&self.progress().await);
        self.change(Vec::new(), Some(anew)).await
    }

    /// Changes profiles, and perhaps how far it has come; then it is another one's turn.
    async fn change(&self, mut profiles: Vec<Profile>, reached: Option<Progress>) -> Result<(), StoreError> {
        let directory = self.clone();
        let change = async move {
            let Shared {
                disk, plan, progress, ..
            } = &*directory.0;
            let mut progress = progress.lock().await;
            profiles.retain(|profile| !directory.known().written.contains(&profile.user));
            let moves = disk.change(&profiles, plan, reached.as_ref()).await?;
            if let Some(reached) = reached {
                *progress = reached;
            }
            directory.take(moves, progress.standing);
            Ok(())
        };
        whole(change).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) async fn progress(&self) -> Progress {
        self.0.progress.lock().await.clone()
    }

    pub(crate) fn fields(&self) -> &[NumberField] {
        &self.0.fields
    }

    pub(crate) fn size(&self) -> Size {
        let known = self.known();
        Size {
            users: known.users,
            numbers: known.index.as_ref().map_or(0, |index| index.len() as u64),
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_mut(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, moves: Moves, standing: Standing) {
        let mut known = self.known_mut();
        known.standing = standing;
        if let Some(index) = &mut known.index {
            moves.make_in(index);
            known.users = known.users.saturating_add_signed(moves.users);
        }
        if let Some(meanwhile) = &mut known.meanwhile {
            meanwhile.push(moves);
        }
    }
}

/// Makes a change by a task of its own: whoever waits for it may be cut off, but disk and memory are not told apart by that.
async fn whole(change: impl Future<Output = Result<(), StoreError>> + Send + 'static) -> Result<(), StoreError> {
    match tokio::spawn(change.in_current_span()).await {
        Ok(changed) => changed,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime ends, and whoever waits with it.
            Err(_) => std::future::pending().await,
        },
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
