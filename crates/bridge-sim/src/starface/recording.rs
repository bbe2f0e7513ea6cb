//! Recordings: those that were asked for (`monitor`, "Mitschnitt"), those that a module of the PBX makes of all calls of a
//! group's members, and the files that come of them.
//!
//! What is known is that the files are WAV, what one of the modules calls them, and that they appear seconds to an hour
//! after the call. That a recording by `monitor` appears in the same folder, and not in an e-mail, is assumed; and so it is that
//! no file comes of one in the midst of which the PBX starts anew.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

use super::calls::{Caller, Leg};
use super::state::{State, span};
use super::wave::{Codec, tone};
use crate::friendly;

/// A recording.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    /// The PBX's own id of the call.
    pub call: String,
    /// Whose end of the call is recorded: who asked, or who is a member of the group.
    pub login: String,
    /// Since when.
    pub began: Timestamp,
    /// When it was ended, by asking again, since he is out of the call or since the PBX started anew; `None`: it goes on.
    pub ended: Option<Timestamp>,
}

/// What becomes of recordings.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields, rename_all = "snake_case")]
pub struct RecordingSwitches {
    /// The folder in which finished recordings appear; it is made where it is absent. Default none: they are noted, and no
    /// file is written.
    pub folder: Option<PathBuf>,
    /// How files are called, with `{date}` (YYYYMMDD) and `{time}` (HHMMSS) of the answer on the PBX's clock, `{from}` and
    /// `{to}` as it shows them, `{call}`. Default as the module "Gruppenmitschnitte" calls them.
    pub file_name: String,
    /// Names of groups whose members' calls are recorded from the answer on without being asked for: inbound, outbound and
    /// internal ones. Default none.
    pub by_itself: BTreeSet<String>,
    /// How long after its end a recording appears. Default 2 s.
    #[serde(with = "friendly")]
    pub delay: Duration,
    /// How many times as long as it took a recording plays: for calls that are played so much faster than they are told. Default 1.
    pub slower: u32,
    /// How long a file plays at most: what goes beyond is not written. Default 60 s.
    #[serde(with = "friendly")]
    pub longest: Duration,
    /// How sound is written. Default 16 bit.
    pub codec: Codec,
}

impl Default for RecordingSwitches {
    fn default() -> Self {
        Self {
            folder: None,
            file_name: "Aufnahme_{date}_{time}_{from}_{to}.wav".to_owned(),
            by_itself: BTreeSet::new(),
            delay: Duration::from_secs(2),
            slower: 1,
            longest: Duration::from_secs(60),
            codec: Codec::default(),
        }
    }
}

/// The file of a recording that is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordingFile {
    /// The PBX's own id of the call, whether or not the name tells it.
    pub call: String,
    /// The folder it belongs into.
    pub folder: PathBuf,
    /// Its name there.
    pub name: String,
    /// When it appears.
    pub due: Timestamp,
    /// How long it plays.
    pub length: Duration,
    /// How sound is written in it.
    pub codec: Codec,
    /// Call, login and beginning: no two recordings of 16 ms or more sound the same.
    pub voice: String,
}

impl RecordingFile {
    /// What is in it: a WAV of a tone, 8 kHz, mono, that begins with the voice.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        tone(self.length, self.codec, &self.voice)
    }

    /// Writes it; where its name is taken, under a numbered one. Tells where it is.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub async fn write(&self) -> std::io::Result<PathBuf> {
        tokio::fs::create_dir_all(&self.folder).await?;
        let (stem, extension) = self.name.rsplit_once('.').unwrap_or((&self.name, "wav"));
        let mut path = self.folder.join(&self.name);
        let mut number = 2;
        let mut file = loop {
            let mut options = tokio::fs::OpenOptions::new();
            match options.write(true).create_new(true).open(&path).await {
                Ok(file) => break file,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    path = self.folder.join(format!("{stem}_{number}.{extension}"));
                    number += 1;
                }
                Err(error) => return Err(error),
            }
        };
        file.write_all(&self.content()).await?;
        file.flush().await?;
        Ok(path)
    }
}

impl State {
    /// All recordings, those that were asked for and others, in the order in which they began.
    #[must_use]
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// The file of the next recording that is over, to be written when it is [due](RecordingFile::due).
    pub fn poll_recording(&mut self) -> Option<RecordingFile> {
        self.files.pop_front()
    }

    pub(super) fn monitor(&mut self, id: &str, login: &str, now: Timestamp) -> Result<(), String> {
        if self.switches.monitor_refused.contains(login) {
            return Err("UciIllegalAccessException: the user may not record".to_owned());
        }
        let call = self
            .call_of(id, login)
            .ok_or("UciException: the user has no such call")?;
        if !self.is_recorded(&call, login) {
            self.recording_begins(&call, login, now);
        } else if self.switches.monitor_toggles {
            let leg = self.calls.get(&call).and_then(|found| found.legs.get(login));
            if let Some(leg) = leg.cloned() {
                self.recording_ends(&call, login, &leg, now);
            }
        }
        Ok(())
    }

    /// Somebody answered for the first time.
    pub(super) fn record_by_itself(&mut self, call: &str, login: &str, now: Timestamp) {
        let by_itself = &self.switches.recording.by_itself;
        let mut groups = self.groups.iter().filter(|group| by_itself.contains(&group.name));
        let is_member = groups.any(|group| group.members.iter().any(|member| member == login));
        if is_member && !self.is_recorded(call, login) {
            self.recording_begins(call, login, now);
        }
    }

    fn is_recorded(&self, call: &str, login: &str) -> bool {
        self.recordings.iter().any(|recording| recording.goes_on(call, login))
    }

    fn recording_begins(&mut self, call: &str, login: &str, now: Timestamp) {
        self.recordings.push(Recording {
            call: call.to_owned(),
            login: login.to_owned(),
            began: now,
            ended: None,
        });
    }

    /// The PBX starts anew: what was being recorded is cut off, and no file comes of it.
    pub(super) fn recordings_cut_off(&mut self, now: Timestamp) {
        for recording in &mut self.recordings {
            recording.ended.get_or_insert(now);
        }
    }

    /// The recording of this leg, if there is one, is over: its file will appear, if the call was answered.
    pub(super) fn recording_ends(&mut self, call: &str, login: &str, leg: &Leg, now: Timestamp) {
        let mut recordings = self.recordings.iter_mut();
        let Some(recording) = recordings.find(|recording| recording.goes_on(call, login)) else {
            return;
        };
        recording.ended = Some(now);
        let voice = format!("{call} {login} {}", recording.began);
        let switches = &self.switches.recording;
        let (Some(folder), Some(answered)) = (&switches.folder, leg.connected) else {
            return;
        };
        let length = now
            .duration_since(recording.began.max(answered))
            .max(SignedDuration::ZERO);
        let clock = answered.to_zoned(self.switches.time_zone.clone());
        let from = match &leg.caller {
            Caller::Shown(number) => number.as_str(),
            Caller::Withheld | Caller::Untold => "",
        };
        let name = switches
            .file_name
            .replace("{date}", &clock.strftime("%Y%m%d").to_string())
            .replace("{time}", &clock.strftime("%H%M%S").to_string())
            .replace("{from}", from)
            .replace("{to}", &leg.called)
            .replace("{call}", call);
        self.files.push_back(RecordingFile {
            call: call.to_owned(),
            folder: folder.clone(),
            name: name.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_"),
            due: now.saturating_add(span(switches.delay)).unwrap_or(now),
            length: length
                .unsigned_abs()
                .saturating_mul(switches.slower)
                .min(switches.longest),
            codec: switches.codec,
            voice,
        });
    }
}

impl Recording {
    fn goes_on(&self, call: &str, login: &str) -> bool {
        self.call == call && self.login == login && self.ended.is_none()
    }
}
