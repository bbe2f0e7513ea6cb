//! Recordings: the simulated PBX makes them, an inbox that fails now and then has them, and in the end each must hang on the
//! ticket of its call, once and as it was.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bridge_core::call::CallState;
use bridge_core::recording::{Hints, Recording, Sha256};
use bridge_core::settings::RecordingRules;
use bridge_runtime::inbox::{Content, Inbox, InboxError, InboxErrorKind};
use bridge_sim::starface::RecordingSwitches;
use bridge_sim::zendesk::TicketSnapshot;
use bytes::Bytes;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;
use rand::rngs::StdRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use sha2::Digest as _;
use tokio::io::{AsyncRead, ReadBuf};

use crate::act::Action;
use crate::finding::{Day, Finding, Sort};
use crate::world::{Shared, World};

/// The group whose calls are recorded.
const GROUP: &str = "Support";
/// Which part of what is done with the inbox fails.
const FAILS: f64 = 0.05;

/// The recordings of a day.
pub(crate) struct Recordings {
    dice: StdRng,
    /// The PBX records without being asked.
    pub(crate) by_itself: bool,
    pub(crate) files: Vec<File>,
}

/// The file of a recording.
#[derive(Clone, Debug)]
pub(crate) struct File {
    name: String,
    content: Bytes,
    length: Duration,
    /// The call that is heard in it.
    call: Option<usize>,
    /// It has appeared in the inbox, and is there.
    here: bool,
    /// For which calls it was put away.
    done_for: Vec<String>,
}

impl Recordings {
    pub(crate) fn drawn(seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed ^ 0x7265_636f_7264_6564);
        let by_itself = dice.random_bool(0.5);
        Self {
            dice,
            by_itself,
            files: Vec::new(),
        }
    }

    /// How the simulated PBX is to record.
    pub(crate) fn switches(&self) -> RecordingSwitches {
        RecordingSwitches {
            folder: Some("recordings".into()),
            // What calls a file by its call is the exception, and without it some are nobody's for certain.
            file_name: "{call}_{date}_{time}_{from}_{to}.wav".to_owned(),
            by_itself: self.by_itself.then(|| GROUP.to_owned()).into_iter().collect(),
            ..RecordingSwitches::default()
        }
    }

    /// The rules for the bridge.
    pub(crate) fn rules(&self) -> RecordingRules {
        RecordingRules {
            groups: vec![GROUP.to_owned()],
            start: !self.by_itself,
            attach: true,
            largest: 50 << 20,
            compress: false,
        }
    }
}

/// Recordings that are over will appear, at once or hours later.
pub(crate) fn see(world: &mut World) {
    let now = world.now();
    while let Some(made) = world.pbx.poll_recording() {
        let Some(recordings) = world.recordings.as_mut() else {
            continue;
        };
        let dice = &mut recordings.dice;
        let mut content = made.content();
        content.truncate(dice.random_range(1_000..20_000));
        // No two calls sound the same.
        let mut sound = [0; 64];
        dice.fill_bytes(&mut sound);
        content.extend(sound);
        let late = match dice.random_range(0..10) {
            0..7 => dice.random_range(0..20),
            7..9 => dice.random_range(20..1800),
            _ => dice.random_range(1800..7200),
        };
        let (id, rest) = made.name.split_once('_').unwrap_or_default();
        let id = id.to_owned();
        // What is written is shorter than what was said.
        let mut ended = world.pbx.recordings().iter().rev();
        let whole = ended.find(|recording| recording.call == id && recording.ended == Some(now));
        let length = whole.map(|recording| now.duration_since(recording.began).unsigned_abs());
        let length = length.unwrap_or(made.length);
        let name = match dice.random_range(0..3) {
            0 => format!("Aufnahme_{rest}"),
            _ => made.name.clone(),
        };
        let index = recordings.files.len();
        recordings.files.push(File {
            name: format!("{index}/{name}"),
            content: content.into(),
            length,
            call: None,
            here: false,
            done_for: Vec::new(),
        });
        let call = world.index_of(&id);
        if let Some(file) = world.recordings.as_mut().and_then(|all| all.files.get_mut(index)) {
            file.call = call;
        }
        let due = made.due.duration_since(now).unsigned_abs();
        world.after(due + Duration::from_secs(late), Action::Recorded(index));
    }
}

/// A recording appears.
pub(crate) fn appear(world: &mut World, index: usize) {
    let file = world.recordings.as_mut().and_then(|all| all.files.get_mut(index));
    let call = file.and_then(|file| {
        file.here = true;
        file.call
    });
    world.note(format_args!("recording {index} of call {call:?} appears"));
}

/// The folder in which they appear.
pub(crate) struct SimInbox(pub(crate) Shared);

impl SimInbox {
    /// Whether it fails this time.
    fn fails(&self) -> Result<(), InboxError> {
        let mut world = self.0.lock();
        let fails = world
            .recordings
            .as_mut()
            .is_some_and(|recordings| recordings.dice.random_bool(FAILS));
        if !fails {
            return Ok(());
        }
        world.fault("the inbox of recordings failed");
        Err(InboxError {
            kind: InboxErrorKind::Unavailable,
            message: "it is away".to_owned(),
            source: None,
        })
    }
}

#[async_trait]
impl Inbox for SimInbox {
    async fn scan(&self, _: Timestamp) -> Result<Vec<Recording>, InboxError> {
        self.fails()?;
        let world = self.0.lock();
        let files = world.recordings.iter().flat_map(|recordings| &recordings.files);
        Ok(files.filter(|file| file.here).map(File::found).collect())
    }

    async fn open(&self, name: &str) -> Result<Content, InboxError> {
        self.fails()?;
        let breaks = self.fails().is_err();
        let world = self.0.lock();
        let mut files = world.recordings.iter().flat_map(|recordings| &recordings.files);
        let file = files.find(|file| file.here && file.name == name).ok_or(InboxError {
            kind: InboxErrorKind::Gone,
            message: "it is not there".to_owned(),
            source: None,
        })?;
        let whole = io::Cursor::new(file.content.clone());
        Ok(if breaks {
            let half = file.content.slice(..file.content.len() / 2);
            Box::new(Breaking(io::Cursor::new(half)))
        } else {
            Box::new(whole)
        })
    }

    async fn discard(&self, recording: &Recording) -> Result<(), InboxError> {
        self.fails()?;
        let mut world = self.0.lock();
        let files = world.recordings.iter_mut().flat_map(|recordings| &mut recordings.files);
        for file in files.filter(|file| file.name == recording.name) {
            file.here = false;
        }
        Ok(())
    }

    async fn done(&self, recording: &Recording, call: &CallState) -> Result<(), InboxError> {
        self.fails()?;
        {
            let mut world = self.0.lock();
            let files = world.recordings.iter_mut().flat_map(|recordings| &mut recordings.files);
            for file in files.filter(|file| file.here && file.name == recording.name) {
                file.here = false;
                file.done_for.push(call.key.as_str().to_owned());
            }
        }
        // It is done, and nobody hears so.
        self.fails()
    }
}

impl File {
    fn found(&self) -> Recording {
        let stem = self.name.split('/').nth(1).unwrap_or_default();
        let parts: Vec<&str> = stem.trim_end_matches(".wav").split('_').collect();
        let part = |index: usize| parts.get(index).copied().unwrap_or_default();
        let number = |index| Some(Dialled::new(part(index))).filter(|number| !number.is_empty());
        let clock = DateTime::strptime("%Y%m%d %H%M%S", format!("{} {}", part(1), part(2))).ok();
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let told = clock.map(|clock| zone.to_ambiguous_timestamp(clock));
        Recording {
            name: self.name.clone(),
            size: self.content.len() as u64,
            sha256: self.sum(),
            mime: "audio/wav".to_owned(),
            extension: "wav".to_owned(),
            duration: SignedDuration::try_from(self.length).ok(),
            hints: Hints {
                call: self.names_its_call().then(|| pbx::CallId::new(part(0))),
                caller: number(3),
                called: number(4),
                began: told.and_then(|told| told.earlier().ok()),
                or_began: told
                    .filter(|told| told.is_ambiguous())
                    .and_then(|told| told.later().ok()),
            },
        }
    }

    fn sum(&self) -> Sha256 {
        let sum = sha2::Sha256::digest(&self.content);
        let hex: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        Sha256::parse(&hex).unwrap_or_else(|| unreachable!("a sum has 64 digits"))
    }

    fn names_its_call(&self) -> bool {
        !self.name.contains("Aufnahme")
    }
}

/// A file that can be read to its middle.
struct Breaking(io::Cursor<Bytes>);

impl AsyncRead for Breaking {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.0).poll_read(cx, buf) {
            Poll::Ready(Ok(())) if buf.filled().len() == before => {
                Poll::Ready(Err(io::Error::other("the share is away")))
            }
            read @ (Poll::Ready(_) | Poll::Pending) => read,
        }
    }
}

/// Compares what hangs on tickets with what was recorded.
pub(crate) fn judge(day: &Day<'_>) -> Vec<Finding> {
    let Some(recordings) = &day.world.recordings else {
        return Vec::new();
    };
    let tickets = day.world.desk.tickets();
    let mut found = Vec::new();
    let mut hung: BTreeMap<&Bytes, Vec<&TicketSnapshot>> = BTreeMap::new();
    for ticket in &tickets {
        let files = ticket.comments.iter().flat_map(|comment| &comment.files);
        files.for_each(|content| hung.entry(content).or_default().push(ticket));
    }
    for file in &recordings.files {
        let on = hung.remove(&file.content).unwrap_or_default();
        found.extend(file.judge(day, &tickets, &on).map(|(sort, what)| Finding {
            sort,
            call: file.call,
            what: format!("{}: {what}", file.name),
        }));
    }
    if !hung.is_empty() {
        let what = format!("{} attachments are no recordings, or damaged", hung.len());
        found.push(Finding::wrong(None, what));
    }
    found
}

impl File {
    /// What is wrong with it, if anything is.
    fn judge(&self, day: &Day<'_>, all: &[TicketSnapshot], on: &[&TicketSnapshot]) -> Option<(Sort, String)> {
        let of_call = |key: &str| day.world.index_of_key(key) == self.call;
        let key = |ticket: &TicketSnapshot| {
            let external = ticket.external_id.as_deref().unwrap_or_default();
            external.rsplit(':').next().unwrap_or_default().to_owned()
        };
        let is_its = |ticket: &TicketSnapshot| of_call(&key(ticket));
        if on.len() > 1 {
            return Some((Sort::Doubled, format!("attached {} times", on.len())));
        }
        if let Some(other) = on.iter().find(|ticket| !is_its(ticket)) {
            return Some((Sort::Wrong, format!("attached to ticket {} of another call", other.id)));
        }
        if let Some(other) = self.done_for.iter().find(|key| !of_call(key)) {
            return Some((Sort::Wrong, format!("put away as one of {other}")));
        }
        if !on.is_empty() {
            let stays = self
                .here
                .then(|| (Sort::Wrong, "attached, and never put away".to_owned()));
            return stays;
        }
        let call = self.call.and_then(|index| day.world.calls.get(index))?;
        // What can be attached is; and what cannot, since nobody knows whose it is or there is no ticket, stays where it is found.
        let could_be = all.iter().any(|ticket| is_its(ticket) && !ticket.deleted) && !call.is_shut();
        let is_known = self.names_its_call() && day.is_told(call);
        if could_be && (is_known || !self.here) {
            return Some((Sort::Lost, "not attached".to_owned()));
        }
        None
    }
}
