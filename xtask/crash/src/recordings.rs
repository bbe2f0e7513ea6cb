//! Recordings: how the simulated STARFACE makes them, and what must have come of each: once on its call's ticket, once on the
//! share, as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bridge_sim::starface::{RecordingFile, RecordingSwitches};
use bridge_sim::world;
use bridge_sim::zendesk::{CommentSnapshot, State, TicketSnapshot};
use sha2::{Digest as _, Sha256};

use crate::judge::{Wrong, WrongFiles};
use crate::play::Played;
use crate::site::Site;

/// The group whose calls are recorded.
pub(crate) const GROUP: &str = "Support";
/// The configured part of the path to the copies, below the share.
pub(crate) const SUBDIRECTORY: &str = "Mein Ordner/Größe";

/// How calls are recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Recording {
    /// The PBX records without being asked.
    pub(crate) by_itself: bool,
    /// Its files are called by the id of the call; else by time and numbers alone.
    pub(crate) names_call: bool,
}

impl Recording {
    /// How the simulated PBX is to record into this folder.
    pub(crate) fn switches(self, folder: &Path) -> RecordingSwitches {
        let usual = RecordingSwitches::default();
        let named = format!("{{call}}_{}", usual.file_name);
        RecordingSwitches {
            folder: Some(folder.to_owned()),
            file_name: if self.names_call { named } else { usual.file_name },
            by_itself: self.by_itself.then(|| GROUP.to_owned()).into_iter().collect(),
            delay: Duration::from_millis(50),
            // Some take more than one piece to copy.
            slower: 80,
            ..usual
        }
    }

    /// Whether the bridge can tell soon whose a recording is: of callers without a number nothing is certain before all lists
    /// of calls are read, and whether there is a ticket to come is not either.
    fn is_certain(self, of: &Played) -> bool {
        of.call.kind.has_ticket() && (self.names_call || !of.call.from.is_empty())
    }
}

/// A recording that was made.
struct Made {
    name: String,
    content: Vec<u8>,
    sum: String,
    played: Played,
}

fn made(site: &Site, played: &[Played], wrong: &mut Wrong) -> Vec<Made> {
    let written = site.pbx.written();
    let begun = site.pbx.recordings().len();
    if begun != written.len() {
        let told = format!("{begun} recordings were begun, and {} written", written.len());
        wrong.other.push(told);
    }
    let mut all = Vec::new();
    for (path, file) in written {
        let Some(played) = of(played, &file) else {
            wrong
                .other
                .push(format!("call {} was recorded and not played", file.call));
            continue;
        };
        let content = file.content();
        all.push(Made {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sum: sum(&content),
            content,
            played: played.clone(),
        });
    }
    all
}

fn of<'a>(played: &'a [Played], file: &RecordingFile) -> Option<&'a Played> {
    played.iter().find(|played| played.id == file.call)
}

/// How many recordings were made.
pub(crate) fn count(site: &Site) -> usize {
    site.pbx.written().len()
}

/// Whether all recordings are where they belong, as far as the bridge brings them there by itself; at a glance.
pub(crate) fn have_come(site: &Site, played: &[Played], how: Recording) -> bool {
    let written = site.pbx.written();
    if written.len() < site.pbx.recordings().len() {
        return false;
    }
    let is_certain = |file: &RecordingFile| of(played, file).is_some_and(|played| how.is_certain(played));
    let certain = written.iter().filter(|(_, file)| is_certain(file));
    let is_left = written.iter().any(|(path, file)| is_certain(file) && path.exists());
    !is_left && site.desk.see(|state| hung(state).len()) >= certain.count()
}

/// What hangs on the tickets.
fn hung(state: &State) -> Vec<(TicketSnapshot, CommentSnapshot)> {
    let tickets = state.tickets().into_iter();
    let of_ticket = |ticket: TicketSnapshot| {
        let with_files = ticket.comments.iter().filter(|comment| !comment.files.is_empty());
        let notes: Vec<_> = with_files.map(|comment| (ticket.clone(), comment.clone())).collect();
        notes
    };
    tickets.flat_map(of_ticket).collect()
}

/// Looks at Zendesk and at the disk, after all copies were made.
pub(crate) fn judge(site: &Site, played: &[Played], how: Recording) -> Wrong {
    let mut wrong = Wrong::default();
    let made = made(site, played, &mut wrong);
    if how.by_itself {
        for answered in played.iter().filter(|played| played.call.kind.has_ticket()) {
            if !made.iter().any(|made| made.played.id == answered.id) {
                wrong.other.push(format!("call {} was not recorded", answered.id));
            }
        }
    }
    asked_once(site, &mut wrong);
    tickets(&site.desk.see(hung), &made, how, &mut wrong);
    let disk = Disk {
        inbox: site.inbox(),
        spool: site.spool(),
        copies: site.share().join(SUBDIRECTORY).join("RecordedCalls"),
    };
    disk.judge(&made, how, &mut wrong);
    wrong
}

/// A second wish would end the recording.
fn asked_once(site: &Site, wrong: &mut Wrong) {
    for user in &world::PBX_USERS {
        let mut times = BTreeMap::<String, usize>::new();
        for asked in site.pbx.asked(user.login, "monitor") {
            *times.entry(format!("{:?}", asked.params)).or_default() += 1;
        }
        for (call, times) in times.iter().filter(|(_, times)| **times > 1) {
            let told = format!("{} was asked {times} times to record {call}", user.login);
            wrong.doubled.push(told);
        }
    }
}

fn tickets(hung: &[(TicketSnapshot, CommentSnapshot)], made: &[Made], how: Recording, wrong: &mut Wrong) {
    let WrongFiles { lost, twice, differing } = &mut wrong.files;
    for Made {
        name,
        content,
        sum,
        played,
    } in made
    {
        let on: Vec<_> = hung
            .iter()
            .filter(|(_, note)| note.files.iter().any(|file| file == content))
            .collect();
        let is_its = |ticket: &TicketSnapshot| {
            let external = ticket.external_id.as_deref().unwrap_or_default();
            let tells = ticket.comments.first().map(|comment| comment.body.as_str());
            let numbered = !played.call.from.is_empty() && tells.is_some_and(|body| body.contains(&played.call.from));
            external.ends_with(&format!(":{}", played.id)) || numbered
        };
        if on.is_empty() && how.is_certain(played) {
            lost.push(format!("{name} hangs on no ticket"));
        }
        if on.len() > 1 {
            let ids: Vec<u64> = on.iter().map(|(ticket, _)| ticket.id).collect();
            twice.push(format!("{name} hangs on the tickets {ids:?}"));
        }
        for (ticket, note) in on {
            if !is_its(ticket) {
                let told = format!("{name} hangs on ticket {} of another call", ticket.id);
                wrong.other.push(told);
            }
            if note.files.len() != 1 || !note.body.contains(sum) {
                wrong.other.push(format!("the note of {name} is not its own"));
            }
        }
    }
    let files = hung.iter().flat_map(|(_, note)| &note.files);
    let foreign = files.filter(|file| made.iter().all(|made| made.content != **file));
    differing.extend(foreign.map(|file| format!("{} bytes on a ticket are no recording", file.len())));
}

/// Where files of recordings may lie.
struct Disk {
    inbox: PathBuf,
    spool: PathBuf,
    copies: PathBuf,
}

impl Disk {
    fn judge(&self, made: &[Made], how: Recording, wrong: &mut Wrong) {
        let mut there = files(&self.copies);
        let manifest = there.remove("SHA256SUMS.txt").unwrap_or_default();
        let manifest = String::from_utf8_lossy(&manifest).into_owned();
        let inbox = files(&self.inbox);
        for made in made {
            let is_it = |(_, content): &(&String, &Vec<u8>)| **content == made.content;
            let names: Vec<_> = there.iter().filter(is_it).map(|(name, _)| name.clone()).collect();
            let waits = inbox.iter().any(|file| is_it(&file));
            if waits && how.is_certain(&made.played) {
                wrong.other.push(format!("{} is still in the inbox", made.name));
            }
            if names.is_empty() && !waits {
                wrong.files.lost.push(format!("{} is not on the share", made.name));
            }
            if names.len() > 1 || waits && !names.is_empty() {
                let told = format!("{} is on the share as {names:?}, in the inbox: {waits}", made.name);
                wrong.files.twice.push(told);
            }
            let from = match made.played.call.from.as_str() {
                "" => "anonymous",
                number => number,
            };
            for name in names {
                there.remove(&name);
                if !(name.starts_with("Aufnahme_2") && name.contains(&format!("_{from}_")) && name.ends_with(".wav")) {
                    wrong.other.push(format!("{} is on the share as {name}", made.name));
                }
                let line = format!("{}  {name}", made.sum);
                match manifest.lines().filter(|there| **there == line).count() {
                    0 => wrong.files.lost.push(format!("{name} is not in the manifest")),
                    1 => {}
                    times => wrong
                        .files
                        .twice
                        .push(format!("{name} is {times} times in the manifest")),
                }
            }
        }
        for name in there.into_keys() {
            if name.ends_with(".part") {
                wrong.other.push(format!("{name} is left on the share"));
            } else {
                wrong
                    .files
                    .differing
                    .push(format!("{name} on the share is no recording"));
            }
        }
        for name in files(&self.spool).into_keys() {
            if name.ends_with(".audio") || name.ends_with(".part") {
                wrong.other.push(format!("{name} is left in the spool"));
            }
        }
    }
}

/// What lies in a folder, if it is there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        Some((name, fs::read(entry.path()).ok()?))
    };
    entries.filter_map(file).collect()
}

fn sum(content: &[u8]) -> String {
    let sum = Sha256::digest(content);
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story;

    const HOW: Recording = Recording {
        by_itself: true,
        names_call: false,
    };
    const NAME: &str = "Aufnahme_20261124_150205_00497215550000_300.wav";

    fn made(call: usize) -> Made {
        let call = story::fixed().remove(call);
        Made {
            name: "found.wav".to_owned(),
            content: b"sound".to_vec(),
            sum: sum(b"sound"),
            played: Played {
                call,
                id: "c1".to_owned(),
            },
        }
    }

    /// What is found wrong where these files lie: how many lost, twice, differing, otherwise wrong.
    fn found(files: &[(&str, &str)], made: &Made) -> [usize; 4] {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk {
            inbox: folder.path().join("inbox"),
            spool: folder.path().join("spool"),
            copies: folder.path().join("copies"),
        };
        for place in [&disk.inbox, &disk.spool, &disk.copies] {
            fs::create_dir(place).unwrap();
        }
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let mut wrong = Wrong::default();
        disk.judge(std::slice::from_ref(made), HOW, &mut wrong);
        let WrongFiles { lost, twice, differing } = wrong.files;
        [lost.len(), twice.len(), differing.len(), wrong.other.len()]
    }

    #[test]
    fn each_file_must_be_on_the_share_once_as_it_was_with_its_line_and_nowhere_else() {
        let copy = format!("copies/{NAME}");
        let other = "copies/Aufnahme_20261124_150205_00497215550000_300 (2).wav";
        let line = format!("{}  {NAME}\n", sum(b"sound"));
        let right = [(copy.as_str(), "sound"), ("copies/SHA256SUMS.txt", line.as_str())];
        let with = |more: (&'static str, &'static str)| [&right[..], &[more]].concat();
        let doubled = line.repeat(2);
        for (files, expected) in [
            (right.to_vec(), [0, 0, 0, 0]),
            (with(("spool/1.json", "known")), [0, 0, 0, 0]),
            (vec![], [1, 0, 0, 0]),
            (vec![right[0]], [1, 0, 0, 0]),
            (vec![right[0], ("copies/SHA256SUMS.txt", &doubled)], [0, 1, 0, 0]),
            (vec![(copy.as_str(), "noise"), right[1]], [1, 0, 1, 0]),
            // In the place that it has, and with a line that it lacks.
            (with((other, "sound")), [1, 1, 0, 0]),
            (with(("inbox/found.wav", "sound")), [0, 1, 0, 1]),
            (with(("spool/1.audio", "sound")), [0, 0, 0, 1]),
            (with(("spool/1.record.part", "kno")), [0, 0, 0, 1]),
            (with(("copies/~0123456789abcdef.part", "sou")), [0, 0, 0, 1]),
            (vec![("copies/found.wav", "sound"), right[1]], [1, 0, 0, 1]),
        ] {
            assert_eq!(found(&files, &made(0)), expected, "{files:?}");
        }
        // Of a caller without a number nothing is certain.
        assert_eq!(found(&[("inbox/found.wav", "sound")], &made(5)), [0, 0, 0, 0]);
        assert_eq!(found(&[], &made(5)), [1, 0, 0, 0]);
    }
}
