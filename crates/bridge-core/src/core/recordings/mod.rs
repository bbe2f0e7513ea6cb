//! Recordings: asked for at the answer, brought to their calls, attached to their tickets.

mod attach;
mod joint;
mod record;
mod redact;
mod refuse;
mod whose;

pub(in crate::core) use attach::Unassigned;
