//! Jobs: what Zendesk does with many records at once, and after it has answered.

use std::fmt;
use std::future::Future;

use http::Method;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::data::joined;
use crate::error::Error;
use crate::listing::Listing;
use crate::pending::Pending;
use crate::request::Request;
use crate::wire::{self, Resource};

/// The endpoints about jobs: [`Client::jobs`].
#[derive(Clone, Debug)]
pub struct Jobs {
    client: Client,
}

impl Jobs {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// How far a job is. Zendesk forgets jobs about an hour after their end.
    pub fn show(&self, job: &JobId) -> Pending<Job> {
        let path = format!("/api/v2/job_statuses/{}", wire::segment(&job.0));
        self.client.pending(Request::one(Method::GET, path))
    }

    /// How far several jobs are.
    pub fn show_many(&self, jobs: &[JobId]) -> Pending<Vec<Job>> {
        let request = Request::new(Method::GET, "/api/v2/job_statuses/show_many", |answer| answer.many());
        self.client.pending(request.query("ids", joined(jobs)))
    }

    /// The jobs of late.
    pub fn list(&self) -> Listing<Job> {
        Listing::by_cursor(self.client.clone(), "/api/v2/job_statuses")
    }

    /// Asks how far a job is until it has come to an end, and awaits what `pause` gives in between. Whoever wants to give up
    /// drops the future. A job that failed is no error here: see [`Job::state`] and [`Job::results`].
    ///
    /// ```no_run
    /// # async fn run(client: zendesk_client::Client, users: Vec<zendesk_client::users::UserData>) -> Result<(), zendesk_client::Error> {
    /// use std::time::Duration;
    /// let job = client.users().create_many(&users).await?;
    /// let done = client.jobs().wait(&job.id, |_| tokio::time::sleep(Duration::from_secs(1))).await?;
    /// println!("{} of {} failed", done.failures().count(), done.results.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the job's state cannot be learnt.
    pub async fn wait<F, P>(&self, job: &JobId, mut pause: F) -> Result<Job, Error>
    where
        F: FnMut(&Job) -> P,
        P: Future<Output = ()>,
    {
        loop {
            let status = self.show(job).await?;
            if status.is_over() {
                return Ok(status);
            }
            pause(&status).await;
        }
    }
}

/// The id of a job.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct JobId(String);

/// How far a job is. `Debug` shows neither message nor results.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Job {
    /// The id.
    pub id: JobId,
    /// How far it is.
    #[serde(rename = "status")]
    pub state: JobState,
    /// How many records it is about.
    #[serde(default)]
    pub total: Option<u64>,
    /// How many of them are done.
    #[serde(default)]
    pub progress: Option<u64>,
    /// Zendesk's words.
    #[serde(default)]
    pub message: Option<String>,
    /// What became of each record; empty before the end.
    #[serde(default, deserialize_with = "results")]
    pub results: Vec<JobResult>,
}

/// How far a job is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum JobState {
    /// Not begun.
    Queued,
    /// At work.
    Working,
    /// Done, though single records may have failed.
    Completed,
    /// Failed as a whole.
    Failed,
    /// Ended by somebody.
    Killed,
    /// Any other, by Zendesk's name.
    Other(String),
}

/// What became of one record. `Debug` shows no details.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct JobResult {
    /// The record's id.
    #[serde(default)]
    pub id: Option<u64>,
    /// The record's place in the request, where records are created.
    #[serde(default)]
    pub index: Option<u64>,
    /// What was done: `create`, `update`, `delete`.
    #[serde(default)]
    pub action: Option<String>,
    /// What became of it: `Created`, `Updated`, `Failed`.
    #[serde(default)]
    pub status: Option<String>,
    /// Whether it was done, where Zendesk says.
    #[serde(default)]
    pub success: Option<bool>,
    /// The code of what went wrong.
    #[serde(default, deserialize_with = "text")]
    pub error: Option<String>,
    /// Zendesk's words about it; may hold what people typed.
    #[serde(default, deserialize_with = "text")]
    pub details: Option<String>,
}

impl JobId {
    /// An id that was kept.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// As Zendesk writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Job {
    /// Whether it has come to an end, good or bad.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::Failed | JobState::Killed)
    }

    /// The records that failed.
    pub fn failures(&self) -> impl Iterator<Item = &JobResult> {
        self.results.iter().filter(|result| result.failed())
    }
}

impl JobResult {
    /// Whether Zendesk says that it failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.error.is_some() || self.success == Some(false)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<String> for JobState {
    fn from(state: String) -> Self {
        match state.as_str() {
            "queued" => Self::Queued,
            "working" => Self::Working,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "killed" => Self::Killed,
            _ => Self::Other(state),
        }
    }
}

impl Resource for Job {
    const ONE: &'static str = "job_status";
    const MANY: &'static str = "job_statuses";
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("total", &self.total)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for JobResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobResult")
            .field("id", &self.id)
            .field("index", &self.index)
            .field("failed", &self.failed())
            .finish_non_exhaustive()
    }
}

/// A list, a single one, or null.
fn results<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<JobResult>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Results {
        Many(Vec<JobResult>),
        One(JobResult),
    }
    Ok(match Option::<Results>::deserialize(deserializer)? {
        None => Vec::new(),
        Some(Results::Many(many)) => many,
        Some(Results::One(one)) => vec![one],
    })
}

/// Text, or whatever else as JSON.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.map(|value| match value {
        Value::String(text) => text,
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Job, JobState};

    fn job(results: Value) -> Job {
        serde_json::from_value(json!({"id": "V3-1", "status": "completed", "results": results})).unwrap()
    }

    #[test]
    fn results_come_in_every_shape() {
        assert!(job(Value::Null).results.is_empty());
        assert!(!job(json!({"success": true})).results[0].failed());
        let mixed = job(json!([
            {"index": 0, "id": 900, "account_id": 1},
            {"id": 901, "action": "update", "success": true, "status": "Updated"},
            {"index": 1, "error": "PermissionDenied", "details": "+4972112345"},
            {"id": 902, "success": false, "details": {"base": ["x"]}}
        ]));
        assert_eq!(mixed.failures().count(), 2);
        assert!(!format!("{mixed:?} {:?}", mixed.results).contains("4972112345"));
    }

    #[test]
    fn what_is_over() {
        for (state, over) in [
            ("queued", false),
            ("working", false),
            ("completed", true),
            ("failed", true),
            ("killed", true),
            ("dozing", false),
        ] {
            let job = Job {
                state: JobState::from(state.to_owned()),
                ..job(Value::Null)
            };
            assert_eq!(job.is_over(), over, "{state}");
        }
    }
}
