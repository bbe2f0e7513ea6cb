//! What stands in tickets: subject, first note and later notes, in the configured language. The only place
//! where numbers and names are written out, since people of the help desk are to read them.

use jiff::{SignedDuration, Timestamp};
use pbx::Dialled;

use crate::call::{CallState, Caller, Candidate, EndBasis, LookUp, Refused};
use crate::desk::UserId;
use crate::input::Refusal;
use crate::number::{E164, Reading};
use crate::recording::Recording;
use crate::settings::Language;

use super::route::Route;
use super::site::Site;

/// Subject and first note. Personal data, so not for `Debug`.
pub(super) struct TicketText {
    pub(super) subject: String,
    pub(super) note: String,
}

impl Site<'_> {
    /// What stands in this call's ticket.
    pub(super) fn ticket_text(self, call: &CallState, refused: &[Refused]) -> TicketText {
        let language = self.settings.language;
        let words = Words::of(language);
        let route = self.route(call);
        let group = if let Route::Served { pbx, .. } = &route {
            self.group_name(pbx)
        } else {
            String::new()
        };
        let shown = call.caller.clone().unwrap_or_default();
        let reading = self.settings.numbers.read(&shown);
        let (from, caller) = match &reading {
            Reading::Public(number) | Reading::Service(number) => (
                format!("{} {}", words.call_from, number.international()),
                format!("{} ({})", shown.as_str().trim(), number.international()),
            ),
            Reading::Withheld => (words.call_withheld.to_owned(), words.withheld.to_owned()),
            Reading::Internal | Reading::Unreadable => (
                format!("{} {}", words.call_from, shown.as_str().trim()),
                shown.as_str().trim().to_owned(),
            ),
        };
        let subject = if group.is_empty() {
            from
        } else {
            format!("{from} ({group})")
        };
        let logged = call.answer.as_ref().and_then(|answer| answer.logged);
        let title = if logged.is_some() {
            words.logged_call
        } else {
            words.answered_call
        };
        let mut lines = vec![title.to_owned(), format!("{}: {caller}", words.caller)];
        lines.extend(dialled(call).map(|number| format!("{}: {}", words.dialled, number.as_str().trim())));
        lines.push(format!("{}: {group}", words.group));
        if let Some(answer) = &call.answer {
            lines.push(format!("{}: {}", words.agent, self.agent_name(&answer.by)));
            if let Some(entry) = logged {
                lines.push(format!("{}: {}", words.began_at, self.clock(entry.began)));
                lines.push(format!("{}: {}", words.lasted, minutes(entry.lasted)));
            } else {
                lines.push(format!("{}: {}", words.answered_at, self.clock(answer.at)));
            }
        }
        if let LookUp::Found(Caller::Several(several)) = &call.lookup {
            lines.push(String::new());
            lines.push(candidates(language, several));
        }
        if !refused.is_empty() {
            lines.push(String::new());
            lines.extend(refused.iter().map(|refused| refusal(language, refused)));
        }
        TicketText {
            subject,
            note: lines.join("\n"),
        }
    }

    /// How a call went that has ended, as far as the first note did not say so.
    pub(super) fn summary_text(self, call: &CallState) -> Option<String> {
        let answer = call.answer.as_ref().filter(|answer| answer.logged.is_none())?;
        let ended = call.ended.filter(|ended| match ended.basis {
            EndBasis::Told | EndBasis::Log => true,
            EndBasis::Snapshot | EndBasis::Assumed => false,
        })?;
        let words = Words::of(self.settings.language);
        let mut lines = vec![words.ended_call.to_owned()];
        // A clock that was set meanwhile tells nothing.
        let mut lasted = |what: &str, from: Timestamp, until: Timestamp| {
            let lasted = until.duration_since(from);
            if !lasted.is_negative() {
                lines.push(format!("{what}: {}", minutes(lasted)));
            }
        };
        lasted(words.waited, call.started, answer.at);
        lasted(words.talked, answer.at, ended.at);
        lines.push(format!("{}: {}", words.ended_at, self.clock(ended.at)));
        let talked = call.legs.iter().filter(|(_, leg)| leg.talked);
        let agents: Vec<String> = talked.map(|(login, _)| self.agent_name(login)).collect();
        if agents.len() > 1 {
            lines.push(format!("{}: {}", words.agents, agents.join(", ")));
        }
        Some(lines.join("\n"))
    }

    fn agent_name(self, login: &pbx::UserId) -> String {
        let name = self.agent(login).map(|agent| agent.name.as_str());
        name.map_or_else(|| login.to_string(), |name| format!("{name} ({login})"))
    }

    fn clock(self, moment: Timestamp) -> String {
        let format = match self.settings.language {
            Language::En => "%Y-%m-%d %H:%M:%S %Z",
            Language::De => "%d.%m.%Y %H:%M:%S %Z",
        };
        let local = moment.to_zoned(self.settings.time_zone.clone());
        local.strftime(format).to_string()
    }
}

fn dialled(call: &CallState) -> Option<&Dialled> {
    let leg = call.answer.as_ref().and_then(|answer| call.legs.get(&answer.by));
    call.called.as_ref().or_else(|| leg?.called.as_ref())
}

/// Names those who may have called.
pub(super) fn candidates(language: Language, candidates: &[Candidate]) -> String {
    let names: Vec<String> = candidates.iter().map(|c| format!("{} ({})", c.name, c.user)).collect();
    let names = names.join(", ");
    match language {
        Language::En => format!("No certain match: this number stands in the profile of {names}."),
        Language::De => format!("Keine eindeutige Zuordnung: Diese Nummer steht im Profil von {names}."),
    }
}

fn refusal(language: Language, refused: &Refused) -> String {
    let Refused { what, id, why } = refused;
    match (language, what) {
        (Language::En, Refusal::Requester) => format!("User {id} was refused as requester: {why}"),
        (Language::En, Refusal::Assignee) => format!("Agent {id} was refused as assignee: {why}"),
        (Language::En, Refusal::Group) => format!("Group {id} was refused: {why}"),
        (Language::En, Refusal::Number) => format!("The number was refused: {why}"),
        (Language::En, Refusal::Recording | Refusal::Size) => format!("The recording was refused: {why}"),
        (Language::De, Refusal::Requester) => format!("Benutzer {id} wurde als Anfragender abgelehnt: {why}"),
        (Language::De, Refusal::Assignee) => format!("Agent {id} wurde als Mitarbeiter abgelehnt: {why}"),
        (Language::De, Refusal::Group) => format!("Gruppe {id} wurde abgelehnt: {why}"),
        (Language::De, Refusal::Number) => format!("Die Nummer wurde abgelehnt: {why}"),
        (Language::De, Refusal::Recording | Refusal::Size) => {
            format!("Die Aufzeichnung wurde abgelehnt: {why}")
        }
    }
}

/// Why a number could not be learned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Unlearned {
    /// Every configured place holds another number.
    NoFreeField,
    /// It belongs to somebody else, if known to whom.
    Owned(Option<UserId>),
    /// The help desk would not write it, for this reason.
    Failed(String),
}

impl Unlearned {
    /// For the story and for `status`.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::NoFreeField => "no free field for it".into(),
            Self::Owned(Some(other)) => format!("it belongs to user {other}"),
            Self::Owned(None) => "it belongs to another user".into(),
            Self::Failed(why) => why.clone(),
        }
    }
}

/// The note about a number that could not be learned.
pub(super) fn unlearned(language: Language, number: &E164, user: UserId, why: &Unlearned) -> String {
    let number = number.international();
    match language {
        Language::En => {
            let reason = match why {
                Unlearned::NoFreeField => "there is no free field for it in the profile".to_owned(),
                Unlearned::Owned(_) | Unlearned::Failed(_) => why.reason(),
            };
            format!("The number {number} was not added to the profile of user {user}: {reason}.")
        }
        Language::De => {
            let reason = match why {
                Unlearned::NoFreeField => "Im Profil ist kein Feld dafür frei".to_owned(),
                Unlearned::Owned(Some(other)) => format!("Sie gehört Benutzer {other}"),
                Unlearned::Owned(None) => "Sie gehört einem anderen Benutzer".to_owned(),
                Unlearned::Failed(why) => why.clone(),
            };
            format!("Die Nummer {number} wurde nicht in das Profil von Benutzer {user} übernommen: {reason}.")
        }
    }
}

/// Why a recording does not hang on the ticket.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Unattached {
    /// None has turned up.
    Missing,
    /// The help desk takes no files so large.
    TooLarge { size: u64, largest: u64 },
    /// The help desk will not take it, for this reason.
    Refused(String),
}

impl Unattached {
    /// For the story and for `status`.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Missing => "none has turned up".into(),
            Self::TooLarge { size, largest } => format!(
                "it has {} MB, and the help desk takes {} MB at most",
                size.div_ceil(MB),
                largest / MB
            ),
            Self::Refused(why) => why.clone(),
        }
    }
}

/// The note with which a recording is attached. By the sum an earlier one is known.
pub(super) fn recording(language: Language, recording: &Recording) -> String {
    let what = match language {
        Language::En => "Recording of this call",
        Language::De => "Aufzeichnung dieses Anrufs",
    };
    format!("{what}{}", particulars(recording))
}

/// The same for a recording that is made smaller first. Whoever does that puts the sum of what is attached at its end.
pub(super) fn smaller_recording(language: Language, recording: &Recording) -> String {
    let size = recording.size.div_ceil(MB);
    let told = match language {
        Language::En => format!(
            "It has {size} MB, too many to be attached; attached is the same sound as Opus in Ogg.\nSHA-256 of the attached file: "
        ),
        Language::De => format!(
            "Sie hat {size} MB, zu viele zum Anhängen; angehängt ist derselbe Ton als Opus in Ogg.\nSHA-256 der angehängten Datei: "
        ),
    };
    format!("{}\n{told}", self::recording(language, recording))
}

/// The note about a recording that is not attached.
pub(super) fn unattached(language: Language, why: &Unattached, recording: Option<&Recording>) -> String {
    let text = match (language, why) {
        (Language::En, Unattached::Missing) => {
            "This call should have been recorded, but no recording has turned up within a day.".to_owned()
        }
        (Language::De, Unattached::Missing) => {
            "Dieser Anruf sollte aufgezeichnet werden, aber binnen eines Tages ist keine Aufzeichnung erschienen."
                .to_owned()
        }
        (Language::En, Unattached::TooLarge { .. } | Unattached::Refused(_)) => {
            format!("The recording of this call is not attached: {}.", why.reason())
        }
        (Language::De, Unattached::TooLarge { size, largest }) => format!(
            "Die Aufzeichnung dieses Anrufs ist nicht angehängt: Sie hat {} MB, möglich sind höchstens {} MB.",
            size.div_ceil(MB),
            largest / MB
        ),
        (Language::De, Unattached::Refused(why)) => {
            format!("Die Aufzeichnung dieses Anrufs ist nicht angehängt: {why}.")
        }
    };
    recording.map_or(text.clone(), |recording| {
        format!("{text}\n{}", particulars(recording).trim_start_matches([',', ' ']))
    })
}

/// `, 3:25 min` and the sum.
fn particulars(recording: &Recording) -> String {
    let lasts = recording.duration.map(|lasts| format!(", {}", minutes(lasts)));
    format!("{}\nSHA-256: {}", lasts.unwrap_or_default(), recording.sha256)
}

/// `3:25 min`
pub(super) fn minutes(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

/// As people count them.
const MB: u64 = 1_000_000;

struct Words {
    call_from: &'static str,
    call_withheld: &'static str,
    withheld: &'static str,
    answered_call: &'static str,
    logged_call: &'static str,
    caller: &'static str,
    dialled: &'static str,
    group: &'static str,
    agent: &'static str,
    answered_at: &'static str,
    began_at: &'static str,
    lasted: &'static str,
    ended_call: &'static str,
    waited: &'static str,
    talked: &'static str,
    ended_at: &'static str,
    agents: &'static str,
}

impl Words {
    fn of(language: Language) -> Self {
        match language {
            Language::En => Self {
                call_from: "Call from",
                call_withheld: "Call with withheld number",
                withheld: "number withheld",
                answered_call: "Answered call",
                logged_call: "Answered call, taken afterwards from the telephone system's own list of calls",
                caller: "Caller",
                dialled: "Dialled",
                group: "Group",
                agent: "Agent",
                answered_at: "Answered",
                began_at: "Began",
                lasted: "Lasted",
                ended_call: "End of this call",
                waited: "Waited",
                talked: "Talked",
                ended_at: "Ended",
                agents: "Agents",
            },
            Language::De => Self {
                call_from: "Anruf von",
                call_withheld: "Anruf mit unterdrückter Nummer",
                withheld: "Nummer unterdrückt",
                answered_call: "Angenommener Anruf",
                logged_call: "Angenommener Anruf, nachträglich aus der Anrufliste der Telefonanlage",
                caller: "Anrufer",
                dialled: "Gewählt",
                group: "Gruppe",
                agent: "Agent",
                answered_at: "Angenommen",
                began_at: "Beginn",
                lasted: "Dauer",
                ended_call: "Ende dieses Anrufs",
                waited: "Wartezeit",
                talked: "Gesprächszeit",
                ended_at: "Beendet",
                agents: "Agenten",
            },
        }
    }
}
