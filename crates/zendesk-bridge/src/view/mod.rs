//! What people and programs are shown: the JSON of the HTTP surface and of `--json`, and the same as text.
//!
//! Domain types know nothing of JSON; these do, and they are the contract.

mod budget;
mod caller;
mod calls;
mod directory;
mod numbers;
mod person;
mod recordings;
mod status;
mod table;
mod times;

pub(crate) use budget::{Allowance, Budget};
pub(crate) use caller::{CallerForecast, InDirectory, Person as CallingPerson, render_caller};
pub(crate) use calls::{CallLine, CallStory, mask, render_calls, render_story};
pub(crate) use directory::Directory;
pub(crate) use numbers::{LearnedLine, render_learned};
pub(crate) use person::{
    InZendesk, Mention, Outcome, Person, PersonCall, PersonFile, PersonRecording, render_outcome, render_person, stays,
    stays_until,
};
pub(crate) use recordings::{Copies, CopyRun, Recordings, Retention, RetentionPass, Unassigned};
pub(crate) use status::{Connection, Group, Problem, Session, Status, Unmatched, Wedged, render_status};
pub(crate) use table::table;
pub(crate) use times::{lasting, utc};
