//! Many statements in one message. SQLite works on a thread of its own: to hand it a statement and to be told what came of it
//! costs more than most statements do, and an event leads to half a dozen.

use futures_util::TryStreamExt as _;
use sqlx::encode::Encode;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _, Type};

/// So many statements at most are kept ready for the next time: longer batches are seldom alike.
const KEPT: usize = 12;

/// Statements with their arguments, in order.
#[derive(Default)]
pub(super) struct Script {
    text: String,
    arguments: SqliteArguments,
    statements: usize,
    wrong: Option<sqlx::Error>,
}

impl Script {
    /// Adds a statement; its arguments, each a plain `?`, follow by [`Script::with`]. Tells which one it is.
    pub(super) fn add(&mut self, statement: &'static str) -> usize {
        self.text.push_str(statement);
        self.text.push_str(";\n");
        self.statements += 1;
        self.statements - 1
    }

    /// The next argument.
    pub(super) fn with<'q>(&mut self, value: impl Encode<'q, Sqlite> + Type<Sqlite>) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.wrong.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }

    /// Runs them one after the other, up to the first that fails; how many rows each has changed.
    pub(super) async fn run(self, db: &mut SqliteConnection) -> Result<Vec<u64>, sqlx::Error> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        if self.statements == 0 {
            return Ok(Vec::new());
        }
        // Put together from the program's own statements: whatever is told from outside is an argument.
        let query = sqlx::query_with(AssertSqlSafe(self.text), self.arguments).persistent(self.statements <= KEPT);
        let done = db.fetch_many(query).try_filter_map(async |each| {
            Ok(match each {
                Either::Left(done) => Some(done.rows_affected()),
                Either::Right(_) => None,
            })
        });
        done.try_collect().await
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{ConnectOptions as _, Row as _};

    use super::*;

    async fn table() -> SqliteConnection {
        let mut db = sqlx::sqlite::SqliteConnectOptions::new().connect().await.unwrap();
        sqlx::raw_sql("CREATE TABLE things (name TEXT UNIQUE, size INTEGER)")
            .execute(&mut db)
            .await
            .unwrap();
        db
    }

    fn thing(script: &mut Script, name: &'static str, size: i64) {
        script.add("INSERT INTO things (name, size) VALUES (?, ?) ON CONFLICT (name) DO NOTHING");
        script.with(name).with(size);
    }

    #[tokio::test]
    async fn each_statement_takes_its_arguments_and_tells_what_it_changed() {
        let mut db = table().await;
        for kept in [1, 2 * KEPT] {
            let mut script = Script::default();
            thing(&mut script, "a", 1);
            thing(&mut script, "a", 2);
            let all = script.add("UPDATE things SET size = size + ?");
            script.with(10);
            let mut rows = vec![u64::from(kept == 1), 0, 1];
            while script.statements < kept {
                script.add("UPDATE things SET size = size WHERE name = ?");
                script.with("b");
            }
            rows.resize(script.statements, 0);
            assert_eq!(all, 2);
            assert_eq!(script.run(&mut db).await.unwrap(), rows);
        }
        let row = sqlx::query("SELECT name, size FROM things")
            .fetch_one(&mut db)
            .await
            .unwrap();
        assert_eq!((row.get::<&str, _>(0), row.get::<i64, _>(1)), ("a", 21));
    }

    #[tokio::test]
    async fn nothing_after_a_failure_is_done() {
        let mut db = table().await;
        let mut script = Script::default();
        thing(&mut script, "a", 1);
        script.add("INSERT INTO nowhere VALUES (1)");
        thing(&mut script, "b", 2);
        script.run(&mut db).await.unwrap_err();
        let row = sqlx::query("SELECT COUNT(*) FROM things")
            .fetch_one(&mut db)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 1);
    }

    #[tokio::test]
    async fn nothing_at_all_is_nothing() {
        let mut db = table().await;
        assert_eq!(Script::default().run(&mut db).await.unwrap(), Vec::<u64>::new());
    }
}
