//! Recordings that were asked for (`monitor`, "Mitschnitt").

use jiff::Timestamp;

use super::state::State;

/// A recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// The PBX's own id of the call.
    pub call: String,
    /// Who asked.
    pub login: String,
    /// Since when.
    pub began: Timestamp,
    /// When it was ended by asking again; `None`: it goes on to the end of the call.
    pub ended: Option<Timestamp>,
}

impl State {
    /// All recordings that were asked for, in that order.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    pub(super) fn monitor(&mut self, id: &str, login: &str, now: Timestamp) -> Result<(), String> {
        if self.switches.monitor_refused.contains(login) {
            return Err("UciIllegalAccessException: the user may not record".to_owned());
        }
        let call = self
            .call_of(id, login)
            .ok_or("UciException: the user has no such call")?;
        let goes_on = |r: &&mut Recording| r.call == call && r.login == login && r.ended.is_none();
        match self.recordings.iter_mut().find(goes_on) {
            Some(recording) if self.switches.monitor_toggles => recording.ended = Some(now),
            Some(_) => {}
            None => self.recordings.push(Recording {
                call,
                login: login.to_owned(),
                began: now,
                ended: None,
            }),
        }
        Ok(())
    }
}
