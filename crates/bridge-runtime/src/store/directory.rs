//! The caller directory on disk: profiles, who has which number, and how far the help desk's list of users was read.

use std::collections::BTreeSet;
use std::path::PathBuf;

use bridge_core::desk::{NumberField, Profile, UserId};
use bridge_core::directory::{Index, Standing, numbers_of};
use bridge_core::erasure::Sought;
use bridge_core::number::{E164, NumberPlan};
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqlitePool;
use sqlx::{Connection, Row, SqliteConnection};

use super::error::StoreError;
use super::record::{RecordError, from_text, id_from_column, id_to_column, moment_from, to_text};
use super::record_outcome::{profile_from_text, profile_to_text};
use super::restore::ReadError;
use super::{CLEAR, Store, TOKEN, erase, meta, open, set_meta, unset_meta};

/// Where it stands how far the directory has come.
const DIRECTORY: &str = "directory";

/// How far a directory has come, and by which rules its numbers were read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Progress {
    /// Country, area code and fields: where they change, it is built anew.
    pub(crate) basis: String,
    /// Where the help desk's list of changed users goes on.
    pub(crate) cursor: Option<String>,
    /// How complete and how fresh it is.
    pub(crate) standing: Standing,
    /// How many users were read while it was built.
    pub(crate) read: u64,
    /// How many there were about then.
    pub(crate) total: Option<u64>,
}

/// By which rules numbers are read, and where they stand.
pub(crate) fn basis(plan: &NumberPlan, fields: &[NumberField]) -> String {
    format!("{plan:?} {fields:?}")
}

/// What the directory in a store says of one number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Entries {
    /// How complete and how fresh it is.
    pub standing: Standing,
    /// How many users were read while it was built.
    pub read: u64,
    /// How many there were about then.
    pub total: Option<u64>,
    /// Everybody in it who has the number.
    pub profiles: Vec<Profile>,
}

/// What a change of profiles changes in an [`Index`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Moves {
    /// Numbers and who has them no more.
    pub(crate) gone: Vec<(u64, UserId)>,
    /// Numbers and who has them now.
    pub(crate) come: Vec<(u64, UserId)>,
    /// By how many the users with numbers have become more, or fewer.
    pub(crate) users: i64,
}

impl Moves {
    /// Makes the same change there.
    pub(crate) fn make_in(&self, index: &mut Index) {
        for &(number, user) in &self.gone {
            index.remove_key(number, user);
        }
        for &(number, user) in &self.come {
            index.insert_key(number, user);
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ProgressRecord {
    basis: String,
    cursor: Option<String>,
    complete: bool,
    identities: bool,
    as_of: Option<String>,
    read: u64,
    total: Option<u64>,
}

/// The directory's own connections, which read beside the journal.
#[derive(Debug)]
pub(crate) struct DirectoryReader {
    path: PathBuf,
    pool: SqlitePool,
}

impl Store {
    /// Connections that read the directory without holding the journal up.
    pub(crate) async fn directory_reader(&self) -> Result<DirectoryReader, StoreError> {
        let pool = open::readers(&self.path).await?;
        let path = self.path.clone();
        Ok(DirectoryReader { path, pool })
    }

    /// How far the directory of this basis has come. One of another basis is gone for good.
    pub(crate) async fn directory_progress(&self, basis: &str) -> Result<Progress, StoreError> {
        let mut connection = self.lend().await?;
        let text = meta(&mut *connection, DIRECTORY)
            .await
            .map_err(|error| self.wrong(error))?;
        // One that cannot be read is no loss: the help desk has all that is in it.
        let kept = text.and_then(|text| progress_from_text(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.basis == basis) {
            return Ok(kept);
        }
        self.clear_tables(&mut connection, false).await?;
        Ok(Progress {
            basis: basis.to_owned(),
            ..Progress::default()
        })
    }

    /// Forgets the directory, for a bridge that is to keep none: names and numbers leave the store's files, too. Where there is
    /// none, it only looks.
    ///
    /// # Errors
    /// When the store cannot be written, or its files cannot be cleared because another program reads them; then it is to be
    /// tried again.
    pub async fn forget_directory(&self) -> Result<(), StoreError> {
        let wrong = |error| self.wrong(error);
        let mut connection = self.lend().await?;
        let statement = "SELECT EXISTS (SELECT 1 FROM meta WHERE key IN (?1, ?2))
                             OR EXISTS (SELECT 1 FROM directory_users) OR EXISTS (SELECT 1 FROM directory_numbers)";
        let looked = sqlx::query(statement).bind(DIRECTORY).bind(CLEAR);
        let row = looked.fetch_one(&mut *connection).await.map_err(wrong)?;
        if !row.try_get::<bool, _>(0).map_err(wrong)? {
            return Ok(());
        }
        self.clear_tables(&mut connection, true).await?;
        erase::clear(&mut connection, self).await?;
        tracing::info!("the directory of callers is forgotten");
        Ok(())
    }

    /// Empties the tables. What stood there still stands in pages that nobody uses, which are due to be cleared where it is not to
    /// come back.
    async fn clear_tables(&self, connection: &mut SqliteConnection, for_good: bool) -> Result<(), StoreError> {
        let cleared = self.cleared(connection, for_good).await;
        if cleared.is_err() {
            self.writer.give_up(connection);
        }
        cleared
    }

    async fn cleared(&self, connection: &mut SqliteConnection, for_good: bool) -> Result<(), StoreError> {
        let wrong = |error| self.wrong(error);
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(wrong)?;
        let token = meta(&mut *tx, TOKEN).await.map_err(wrong)?;
        self.check_lease(token)?;
        for statement in ["DELETE FROM directory_users", "DELETE FROM directory_numbers"] {
            sqlx::query(statement).execute(&mut *tx).await.map_err(wrong)?;
        }
        unset_meta(&mut *tx, DIRECTORY).await.map_err(wrong)?;
        if for_good {
            set_meta(&mut *tx, CLEAR, "due").await.map_err(wrong)?;
        }
        tx.commit().await.map_err(wrong)
    }

    /// Writes profiles as they are now, and with them how far the directory has come, in one transaction.
    pub(crate) async fn directory_change(
        &self,
        profiles: &[Profile],
        plan: &NumberPlan,
        progress: Option<&Progress>,
    ) -> Result<Moves, StoreError> {
        let mut connection = self.lend().await?;
        let changed = self.change(&mut connection, profiles, plan, progress).await;
        if changed.is_err() {
            self.writer.give_up(&connection);
        }
        changed
    }

    async fn change(
        &self,
        connection: &mut SqliteConnection,
        profiles: &[Profile],
        plan: &NumberPlan,
        progress: Option<&Progress>,
    ) -> Result<Moves, StoreError> {
        let wrong = |error| self.wrong(error);
        let mut tx = connection.begin_with("BEGIN IMMEDIATE").await.map_err(wrong)?;
        let token = meta(&mut *tx, TOKEN).await.map_err(wrong)?;
        self.check_lease(token)?;
        let mut moves = Moves::default();
        for profile in profiles {
            put(&mut tx, profile, plan, &mut moves).await.map_err(wrong)?;
        }
        if let Some(progress) = progress {
            set_meta(&mut *tx, DIRECTORY, &progress_to_text(progress))
                .await
                .map_err(wrong)?;
        }
        tx.commit().await.map_err(wrong)?;
        Ok(moves)
    }
}

impl DirectoryReader {
    /// Everybody's numbers.
    pub(crate) async fn index(&self) -> Result<Index, StoreError> {
        index(&self.pool).await.map_err(|error| error.told(&self.path))
    }

    /// How many users have any.
    pub(crate) async fn count_users(&self) -> Result<u64, StoreError> {
        let counted = count(&self.pool, "SELECT COUNT(*) FROM directory_users").await;
        counted.map_err(|error| error.told(&self.path))
    }

    /// Who has a number, for as long as there is no index.
    pub(crate) async fn users(&self, number: u64) -> Result<Vec<UserId>, StoreError> {
        let found = async { users(&mut *self.pool.acquire().await?, number).await };
        found.await.map_err(|error: ReadError| error.told(&self.path))
    }

    /// What stands there of these users.
    pub(crate) async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        let read = async { profiles(&mut *self.pool.acquire().await?, users).await };
        read.await.map_err(|error: ReadError| error.told(&self.path))
    }
}

/// Whose entries hold the number of the one who is sought. Each is read: it may stand there in any spelling, in a name too.
pub(super) async fn entries_of(db: &mut SqliteConnection, sought: &Sought) -> Result<BTreeSet<UserId>, ReadError> {
    let mut found: BTreeSet<UserId> = users(&mut *db, sought.number().key()).await?.into_iter().collect();
    let mut rows = sqlx::query("SELECT user, profile FROM directory_users").fetch(db);
    while let Some(row) = rows.try_next().await? {
        let text: &str = row.try_get(1)?;
        // One that cannot be read is no damage to the journal, and may be his all the same.
        if profile_from_text(text).map_or_else(|_| sought.stands_in(text), |profile| sought.is_in_profile(&profile)) {
            found.insert(UserId::new(id_from_column(row.try_get(0)?)?));
        }
    }
    Ok(found)
}

/// Takes these users out, and with them whoever shares a number with one of them: a directory that knew one only of two who
/// have a number would be certain who calls. Of all these the help desk is asked until it tells them again.
pub(super) async fn take_out(
    db: &mut SqliteConnection,
    these: BTreeSet<UserId>,
    plan: &NumberPlan,
) -> Result<(), ReadError> {
    let mut next: Vec<UserId> = these.iter().copied().collect();
    let mut gone = these;
    while let Some(user) = next.pop() {
        let Some(column) = id_to_column(user.get()) else {
            continue;
        };
        let read = match profiles(&mut *db, &[user]).await {
            Ok(read) => read.first().map(|profile| keys(profile, plan)),
            Err(_) => None,
        };
        let numbers = match read {
            Some(numbers) => numbers,
            None => rows_of(&mut *db, column).await?,
        };
        for number in numbers {
            let sharing = users(&mut *db, number).await?;
            next.extend(sharing.into_iter().filter(|other| gone.insert(*other)));
            sqlx::query("DELETE FROM directory_numbers WHERE number = ?1 AND user = ?2")
                .bind(id_to_column(number))
                .bind(column)
                .execute(&mut *db)
                .await?;
        }
        sqlx::query("DELETE FROM directory_users WHERE user = ?1")
            .bind(column)
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// What a directory of this basis says of a number; nothing, where there is none.
pub(super) async fn entries(db: &mut SqliteConnection, number: &E164, basis: &str) -> Result<Entries, ReadError> {
    let text = meta(&mut *db, DIRECTORY).await?;
    let kept = text.and_then(|text| progress_from_text(&text).ok());
    let Some(kept) = kept.filter(|kept| kept.basis == basis) else {
        return Ok(Entries::default());
    };
    let users = users(&mut *db, number.key()).await?;
    Ok(Entries {
        standing: kept.standing,
        read: kept.read,
        total: kept.total,
        profiles: profiles(&mut *db, &users).await?,
    })
}

async fn count(pool: &SqlitePool, statement: &'static str) -> Result<u64, ReadError> {
    let row = sqlx::query(statement).fetch_one(pool).await?;
    Ok(row.try_get::<i64, _>(0)?.unsigned_abs())
}

async fn index(pool: &SqlitePool) -> Result<Index, ReadError> {
    let numbers = count(pool, "SELECT COUNT(*) FROM directory_numbers").await?;
    let mut index = Index::with_capacity(usize::try_from(numbers).unwrap_or_default());
    let mut rows = sqlx::query("SELECT number, user FROM directory_numbers").fetch(pool);
    while let Some(row) = rows.try_next().await? {
        let number = id_from_column(row.try_get(0)?)?;
        index.insert_key(number, UserId::new(id_from_column(row.try_get(1)?)?));
    }
    Ok(index)
}

async fn users(db: &mut SqliteConnection, number: u64) -> Result<Vec<UserId>, ReadError> {
    let rows = sqlx::query("SELECT user FROM directory_numbers WHERE number = ?1 ORDER BY user")
        .bind(id_to_column(number))
        .fetch_all(db)
        .await?;
    let users = rows.iter().map(|row| Ok(UserId::new(id_from_column(row.try_get(0)?)?)));
    users.collect()
}

async fn profiles(db: &mut SqliteConnection, users: &[UserId]) -> Result<Vec<Profile>, ReadError> {
    let mut profiles = Vec::new();
    for user in users {
        let row = sqlx::query("SELECT profile FROM directory_users WHERE user = ?1")
            .bind(id_to_column(user.get()))
            .fetch_optional(&mut *db)
            .await?;
        if let Some(row) = row {
            profiles.push(profile_from_text(&row.try_get::<String, _>(0)?)?);
        }
    }
    Ok(profiles)
}

/// One profile. Of users without numbers nothing is kept.
async fn put(
    db: &mut SqliteConnection,
    profile: &Profile,
    plan: &NumberPlan,
    moves: &mut Moves,
) -> Result<(), sqlx::Error> {
    let Some(user) = id_to_column(profile.user.get()) else {
        return Ok(());
    };
    let row = sqlx::query("SELECT profile FROM directory_users WHERE user = ?1")
        .bind(user)
        .fetch_optional(&mut *db)
        .await?;
    let kept = row.map(|row| row.try_get::<String, _>(0)).transpose()?;
    let text = profile_to_text(profile);
    if kept.as_ref() == Some(&text) {
        return Ok(());
    }
    let before: BTreeSet<u64> = match &kept {
        Some(text) => match profile_from_text(text) {
            Ok(profile) => keys(&profile, plan),
            // Whatever stood there is not to be trusted: then by its rows.
            Err(_) => rows_of(db, user).await?,
        },
        None => BTreeSet::new(),
    };
    let after = keys(profile, plan);
    if after.is_empty() {
        if kept.is_some() {
            sqlx::query("DELETE FROM directory_users WHERE user = ?1")
                .bind(user)
                .execute(&mut *db)
                .await?;
            moves.users -= 1;
        }
    } else {
        let statement = "INSERT INTO directory_users (user, profile) VALUES (?1, ?2)
                         ON CONFLICT (user) DO UPDATE SET profile = excluded.profile";
        sqlx::query(statement).bind(user).bind(text).execute(&mut *db).await?;
        moves.users += i64::from(kept.is_none());
    }
    for &number in before.difference(&after) {
        sqlx::query("DELETE FROM directory_numbers WHERE number = ?1 AND user = ?2")
            .bind(id_to_column(number))
            .bind(user)
            .execute(&mut *db)
            .await?;
        moves.gone.push((number, profile.user));
    }
    for &number in after.difference(&before) {
        sqlx::query("INSERT OR IGNORE INTO directory_numbers (number, user) VALUES (?1, ?2)")
            .bind(id_to_column(number))
            .bind(user)
            .execute(&mut *db)
            .await?;
        moves.come.push((number, profile.user));
    }
    Ok(())
}

fn keys(profile: &Profile, plan: &NumberPlan) -> BTreeSet<u64> {
    numbers_of(profile, plan).iter().map(|number| number.key()).collect()
}

async fn rows_of(db: &mut SqliteConnection, user: i64) -> Result<BTreeSet<u64>, sqlx::Error> {
    let rows = sqlx::query("SELECT number FROM directory_numbers WHERE user = ?1")
        .bind(user)
        .fetch_all(db)
        .await?;
    let numbers = rows.iter().map(|row| row.try_get::<i64, _>(0).map(i64::unsigned_abs));
    numbers.collect()
}

fn progress_to_text(progress: &Progress) -> String {
    to_text(&ProgressRecord {
        basis: progress.basis.clone(),
        cursor: progress.cursor.clone(),
        complete: progress.standing.complete,
        identities: progress.standing.identities,
        as_of: progress.standing.as_of.map(|at| at.to_string()),
        read: progress.read,
        total: progress.total,
    })
}

fn progress_from_text(text: &str) -> Result<Progress, RecordError> {
    let record: ProgressRecord = from_text(text, "how far the directory has come")?;
    let as_of = record.as_of.as_deref().map(moment_from).transpose()?;
    Ok(Progress {
        basis: record.basis,
        cursor: record.cursor,
        standing: Standing {
            complete: record.complete,
            identities: record.identities,
            as_of,
        },
        read: record.read,
        total: record.total,
    })
}

#[cfg(test)]
mod tests;
