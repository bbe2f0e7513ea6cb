//! Holds what came of the recorded calls of a day against what must: each recording on its ticket once, and its copy in the folder.

use std::collections::BTreeMap;
use std::path::Path;

use bridge_sim::play::Report;
use bridge_sim::starface::Recording;
use bridge_sim::story::{Settings, Story, Verb, What};
use bridge_sim::zendesk::{CommentSnapshot, State};
use recording_archive::Sha256Sum;
use recording_archive::copy::FOLDER;
use tokio::fs;

use super::site::{INBOX, SHARE, SUBDIRECTORY};
use crate::view::table;

/// What is asked of each call that is to be recorded: that this hangs on its ticket, and that its copy is there.
const DEMANDS: usize = 2;
/// And of all of them: as many recordings of the PBX, as many copies, and an empty inbox.
const BEYOND: usize = 3;

/// What came of the recorded calls.
pub(crate) struct Recorded {
    rows: Vec<Row>,
    /// What is wrong beyond single calls.
    wrong: Vec<String>,
}

/// A recorded call.
struct Row {
    call: String,
    ticket: Option<u64>,
    /// As the note tells it.
    lasted: String,
    sum: String,
    /// The copy's name.
    copy: String,
    wrong: Vec<String>,
}

/// Where it is looked.
pub(super) struct Site<'a> {
    pub(super) story: &'a Story,
    pub(super) report: &'a Report,
    /// What the PBX recorded.
    pub(super) made: &'a [Recording],
    pub(super) files: &'a Files,
}

/// What lies in the folders when all is done.
pub(super) struct Files {
    copies: Copies,
    in_inbox: usize,
}

/// Files of the folder for copies.
type Copies = BTreeMap<String, Vec<u8>>;

impl Files {
    /// Reads them below the folder of the day.
    pub(super) async fn of(folder: &Path) -> Self {
        Self {
            copies: files(&folder.join(SHARE).join(SUBDIRECTORY).join(FOLDER)).await,
            in_inbox: files(&folder.join(INBOX)).await.len(),
        }
    }
}

impl Site<'_> {
    /// Looks at Zendesk and at the folder for copies.
    pub(super) fn account(&self, state: &State) -> Recorded {
        let copies = &self.files.copies;
        let manifest = copies.get("SHA256SUMS.txt");
        let manifest = manifest.map(|text| String::from_utf8_lossy(text).into_owned());
        let expected = self.expected();
        let rows: Vec<Row> = expected
            .iter()
            .map(|call| self.row(call, state, copies, manifest.as_deref().unwrap_or_default()))
            .collect();
        let mut wrong = Vec::new();
        if self.made.len() != rows.len() {
            let (wanted, came) = (rows.len(), self.made.len());
            wrong.push(format!("{wanted} calls recorded by the PBX; came: {came}"));
        }
        let (of, most) = (copies.len().saturating_sub(usize::from(manifest.is_some())), rows.len());
        if of != most {
            wrong.push(format!("{most} copies in the folder; came: {of}"));
        }
        let left = self.files.in_inbox;
        if left > 0 {
            wrong.push(format!("an empty inbox; came: {left} files"));
        }
        Recorded { rows, wrong }
    }

    /// The calls into groups that are recorded, as far as somebody answers.
    fn expected(&self) -> Vec<String> {
        let groups = Settings::of(self.story).record;
        let mut rang: Vec<(&str, bool)> = Vec::new();
        for line in &self.story.lines {
            let What::Call { call, verb } = &line.what else {
                continue;
            };
            let known = rang.iter_mut().find(|(known, _)| known == call);
            match (verb, known) {
                (Verb::Rings { group: Some(group), .. }, None) if groups.contains(group) => {
                    rang.push((call, false));
                }
                (Verb::Answered { .. }, Some((_, answered))) => *answered = true,
                _ => {}
            }
        }
        let answered = rang.into_iter().filter(|(_, answered)| *answered);
        answered.map(|(call, _)| call.to_owned()).collect()
    }

    fn row(&self, call: &str, state: &State, copies: &Copies, manifest: &str) -> Row {
        let played = self.report.calls.iter().find(|played| played.call == call);
        let ticket = played.and_then(|played| played.tickets.first().copied());
        let mut row = Row {
            call: call.to_owned(),
            ticket,
            lasted: String::new(),
            sum: String::new(),
            copy: String::new(),
            wrong: Vec::new(),
        };
        let ticket = ticket.and_then(|ticket| state.ticket(ticket));
        let comments = ticket.map(|ticket| ticket.comments).unwrap_or_default();
        let hung: Vec<&CommentSnapshot> = comments.iter().filter(|comment| !comment.files.is_empty()).collect();
        let [comment] = hung[..] else {
            row.wrong
                .push(format!("demanded: one note with the recording; came: {}", hung.len()));
            row.wrong
                .push("demanded: the same as a copy; came: nothing to compare".to_owned());
            return row;
        };
        let content = comment.files.concat();
        row.sum = Sha256Sum::of(&content).to_string();
        row.lasted = lasted(&comment.body, &row.sum).unwrap_or_default();
        let is_told = row.lasted.ends_with(" min");
        let is_sound = content.starts_with(b"RIFF") && comment.files.len() == 1;
        if comment.public || !is_told || !is_sound {
            let demanded = "an internal note with one WAV, its duration and its SHA-256";
            row.wrong.push(format!("demanded: {demanded}; came: {}", comment.body));
        }
        let same: Vec<&String> = copies
            .iter()
            .filter_map(|(name, copy)| (*copy == content).then_some(name))
            .collect();
        match same[..] {
            [name] if manifest.contains(&format!("{}  {name}", row.sum)) => row.copy.clone_from(name),
            [name] => row
                .wrong
                .push(format!("demanded: {name} in the list of sums; came: {manifest}")),
            _ => row
                .wrong
                .push(format!("demanded: one copy, byte for byte; came: {}", same.len())),
        }
        row
    }
}

impl Recorded {
    /// How many demands there are, and how many of them are met.
    pub(crate) fn demands(&self) -> (usize, usize) {
        let all = self.rows.len() * DEMANDS + BEYOND;
        let missed: usize = self.rows.iter().map(|row| row.wrong.len()).sum();
        (all, all.saturating_sub(missed + self.wrong.len()))
    }

    /// As a table.
    pub(crate) fn told(&self, width: u16) -> String {
        let mut table = table(&["", "call", "ticket", "lasted", "SHA-256", "copy"], width);
        for row in &self.rows {
            table.add_row([
                if row.wrong.is_empty() { "✓" } else { "✗" },
                &row.call,
                &row.ticket
                    .map_or_else(|| "none".to_owned(), |ticket| ticket.to_string()),
                &row.lasted,
                row.sum.get(..12).unwrap_or_default(),
                &row.copy,
            ]);
        }
        let mut text = format!(
            "Recordings, each on its ticket in one internal note, and its copy in {SHARE}/{SUBDIRECTORY}/{FOLDER}, read back\n\n{}\n",
            table.trim_fmt()
        );
        let of_calls = self
            .rows
            .iter()
            .flat_map(|row| row.wrong.iter().map(move |wrong| format!("{}: {wrong}", row.call)));
        let beyond = self.wrong.iter().map(|wrong| format!("demanded: {wrong}"));
        for wrong in of_calls.chain(beyond) {
            text.push_str(&format!("\n✗ {wrong}"));
        }
        text
    }
}

/// The files of a folder by name; none where it is absent.
async fn files(folder: &Path) -> Copies {
    let mut files = Copies::new();
    let Ok(mut entries) = fs::read_dir(folder).await else {
        return files;
    };
    while let Ok(Some(entry)) = entries.next_entry().await {
        if let Ok(content) = fs::read(entry.path()).await {
            files.insert(entry.file_name().to_string_lossy().into_owned(), content);
        }
    }
    files
}

/// How long a recording lasts by the note that holds its sum: the line before that tells it, after whatever else the note says.
fn lasted(note: &str, sum: &str) -> Option<String> {
    let lines: Vec<&str> = note.lines().collect();
    let told = lines.iter().position(|line| line.contains(sum))?;
    let (_, lasted) = lines.get(told.checked_sub(1)?)?.rsplit_once(", ")?;
    Some(lasted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_a_recording_lasts_stands_beside_its_sum() {
        let alone = "Recording of this call, 0:24 min\nSHA-256: 5275";
        let joint = format!("End of this call\nWaited: 0:10 min\nEnded: 14:02, UTC\n\n{alone}");
        for note in [alone, &joint] {
            assert_eq!(lasted(note, "5275").as_deref(), Some("0:24 min"));
        }
        assert_eq!(lasted("SHA-256: 5275", "5275"), None);
        assert_eq!(lasted(alone, "61d7"), None);
    }
}
