//! How far the telephone system's lists of calls were read, written down.

use std::collections::BTreeMap;

use bridge_core::call_log::{Logs, OwnerLog};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::record::{RecordError, from_text, moment_from, to_text};

#[derive(Serialize, Deserialize)]
struct LogsRecord {
    owners: BTreeMap<String, OwnerRecord>,
    /// In milliseconds.
    offset: Option<i64>,
    switched: Vec<(String, bool)>,
    forgotten: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct OwnerRecord {
    since: String,
    read_until: String,
    due: Option<String>,
    asked: String,
    failing: Option<String>,
    #[serde(default)]
    untold: bool,
    #[serde(default)]
    unsure: Vec<String>,
}

/// As it is stored.
pub(crate) fn logs_to_text(logs: &Logs) -> String {
    let Logs {
        owners,
        offset,
        switched,
        forgotten,
    } = logs;
    let owner = |log: &OwnerLog| {
        let OwnerLog {
            since,
            read_until,
            due,
            asked,
            failing,
            untold,
            unsure,
        } = log;
        OwnerRecord {
            since: since.to_string(),
            read_until: read_until.to_string(),
            due: due.map(|at| at.to_string()),
            asked: asked.to_string(),
            failing: failing.clone(),
            untold: *untold,
            unsure: unsure.iter().map(ToString::to_string).collect(),
        }
    };
    let owners = owners
        .iter()
        .map(|(login, log)| (login.as_str().to_owned(), owner(log)));
    to_text(&LogsRecord {
        owners: owners.collect(),
        offset: offset.map(|offset| i64::try_from(offset.as_millis()).unwrap_or_default()),
        switched: switched.iter().map(|(at, active)| (at.to_string(), *active)).collect(),
        forgotten: forgotten.map(|at| at.to_string()),
    })
}

/// As it was stored.
pub(crate) fn logs_from_text(text: &str) -> Result<Logs, RecordError> {
    let record: LogsRecord = from_text(text, "how far the lists of calls were read")?;
    let moment = |text: Option<String>| text.as_deref().map(moment_from).transpose();
    let mut logs = Logs {
        offset: record.offset.map(SignedDuration::from_millis),
        forgotten: moment(record.forgotten)?,
        ..Logs::default()
    };
    for (at, active) in record.switched {
        logs.switched.push((moment_from(&at)?, active));
    }
    for (login, owner) in record.owners {
        let log = OwnerLog {
            since: moment_from(&owner.since)?,
            read_until: moment_from(&owner.read_until)?,
            due: moment(owner.due)?,
            asked: moment_from(&owner.asked)?,
            failing: owner.failing,
            untold: owner.untold,
            unsure: owner
                .unsure
                .iter()
                .map(|at| moment_from(at))
                .collect::<Result<_, _>>()?,
        };
        logs.owners.insert(pbx::UserId::new(login), log);
    }
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_of_the_lists_comes_back() {
        let at = |text: &str| format!("2026-11-24T{text}Z").parse().unwrap();
        let log = |due, failing| OwnerLog {
            since: at("08:00:00"),
            read_until: at("09:00:00.123456"),
            due,
            asked: at("09:00:01"),
            failing,
            untold: true,
            unsure: [at("08:59:00")].into(),
        };
        let mut logs = Logs {
            offset: Some(SignedDuration::from_millis(-3_600_250)),
            switched: vec![(at("08:00:00"), true), (at("08:30:00"), false)],
            forgotten: Some(at("07:00:00")),
            ..Logs::default()
        };
        assert_eq!(
            logs_from_text(&logs_to_text(&Logs::default())).unwrap(),
            Logs::default()
        );
        logs.owners
            .insert(pbx::UserId::new("0101"), log(Some(at("10:00:00")), None));
        logs.owners
            .insert(pbx::UserId::new("0102"), log(None, Some("away".into())));
        assert_eq!(logs_from_text(&logs_to_text(&logs)).unwrap(), logs);
    }
}
