//! What Prometheus is told: how the bridge stands at the moment it is asked.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::view::Status;

/// The text format of Prometheus and OpenMetrics.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A status as metrics. Nobody's name or number is in it.
pub(crate) fn text(status: &Status) -> String {
    let mut registry = Registry::with_prefix("zendesk_bridge");
    let connected = |connection: &Option<crate::view::Connection>| {
        i64::from(connection.as_ref().is_some_and(|connection| connection.connected))
    };
    let waiting_since = status.waiting_since.map_or(0, |since| since.as_second());
    let sessions = status.sessions.iter().filter(|session| session.connected).count();
    let last_run = status.copies.as_ref().and_then(|copies| copies.last.as_ref());
    let directory = status.directory.as_ref();
    let last_pass = status.retention.as_ref().and_then(|kept| kept.last.as_ref());
    let store_broken = status
        .hindrances
        .iter()
        .any(|hindrance| hindrance.starts_with("the store"));
    for (name, help, value) in [
        ("active", "Whether calls become tickets", i64::from(status.active)),
        (
            "pbx_connected",
            "Whether events of the PBX come in",
            connected(&status.pbx),
        ),
        (
            "zendesk_connected",
            "Whether Zendesk answered last",
            connected(&status.zendesk),
        ),
        (
            "sessions",
            "Agents whose calls are watched",
            count(status.sessions.len()),
        ),
        ("sessions_connected", "Agents whose session stands", count(sessions)),
        (
            "calls_in_progress",
            "Calls that are not over",
            count(status.calls_in_progress),
        ),
        (
            "effects_waiting",
            "Orders that wait for Zendesk",
            count(status.effects_waiting),
        ),
        (
            "effects_waiting_since_seconds",
            "Unix time since which the oldest of them has been waiting; 0: none waits",
            waiting_since,
        ),
        (
            "effects_wedged",
            "Orders that cannot succeed until somebody looks",
            count(status.wedged.len()),
        ),
        (
            "problems",
            "Calls of the last day that somebody should look at",
            count(status.problems.len()),
        ),
        (
            "directory_users",
            "Users with a number in the caller directory",
            figure(directory.map_or(0, |directory| directory.users)),
        ),
        (
            "directory_numbers",
            "Numbers in the caller directory",
            figure(directory.map_or(0, |directory| directory.numbers)),
        ),
        (
            "directory_complete",
            "Whether the caller directory holds everybody",
            i64::from(directory.is_some_and(|directory| directory.complete)),
        ),
        (
            "directory_as_of_seconds",
            "Unix time at which the caller directory was last brought up to date; 0: not yet",
            directory
                .and_then(|directory| directory.as_of)
                .map_or(0, |at| at.as_second()),
        ),
        (
            "recordings_waiting",
            "Recordings that wait to be attached, assigned or copied",
            count(status.recordings_waiting),
        ),
        (
            "recordings_unassigned",
            "Recordings of which it is not certain whose they are",
            count(status.recordings.as_ref().map_or(0, |found| found.unassigned.len())),
        ),
        (
            "recordings_copies_failing",
            "Whether the last run left recordings that it should have copied",
            i64::from(last_run.is_some_and(|run| run.error.is_some())),
        ),
        (
            "recordings_copied_seconds",
            "Unix time at which the last run began; 0: none yet",
            last_run.map_or(0, |run| run.at.as_second()),
        ),
        (
            "recordings_refused_waiting",
            "Recordings of calls that must not be recorded, still to be deleted from spool or share",
            count(status.refused_left),
        ),
        (
            "recordings_refused_deleted",
            "Those that were deleted there since the bridge runs",
            count(status.refused_deleted),
        ),
        (
            "recordings_expired_waiting",
            "Recordings that were kept for long enough and that the last pass could not delete",
            count(last_pass.map_or(0, |pass| pass.left)),
        ),
        (
            "recordings_expired_deleted",
            "Recordings that the last pass deleted from spool and share",
            count(last_pass.map_or(0, |pass| pass.deleted)),
        ),
        (
            "recordings_expired_redacted",
            "Recordings that it had taken away from tickets",
            count(last_pass.map_or(0, |pass| pass.redacted)),
        ),
        (
            "recordings_expired_seconds",
            "Unix time at which it began; 0: none yet",
            last_pass.map_or(0, |pass| pass.at.as_second()),
        ),
        ("store_bytes", "Size of the store", figure(status.store_bytes)),
        (
            "store_writable",
            "Whether the store can be written",
            i64::from(!store_broken),
        ),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = encode(&mut text, &registry);
    text
}

fn figure(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Retention, RetentionPass};

    #[test]
    fn figures_are_told_as_they_stand() {
        let status = Status {
            active: true,
            effects_waiting: 3,
            waiting_since: Some("2026-11-24T14:02:00Z".parse().unwrap()),
            store_bytes: 4096,
            refused_left: 1,
            refused_deleted: 2,
            retention: Some(Retention {
                hours: 24,
                redact: true,
                last: Some(RetentionPass {
                    at: "2026-11-24T14:02:00Z".parse().unwrap(),
                    deleted: 5,
                    redacted: 4,
                    left: 6,
                    error: None,
                }),
            }),
            hindrances: vec!["the store cannot be written".into()],
            ..Status::default()
        };
        let text = text(&status);
        for line in [
            "zendesk_bridge_active 1",
            "zendesk_bridge_zendesk_connected 0",
            "zendesk_bridge_effects_waiting 3",
            "zendesk_bridge_effects_waiting_since_seconds 1795528920",
            "zendesk_bridge_recordings_refused_waiting 1",
            "zendesk_bridge_recordings_refused_deleted 2",
            "zendesk_bridge_recordings_expired_waiting 6",
            "zendesk_bridge_recordings_expired_deleted 5",
            "zendesk_bridge_recordings_expired_redacted 4",
            "zendesk_bridge_recordings_expired_seconds 1795528920",
            "zendesk_bridge_store_bytes 4096",
            "zendesk_bridge_store_writable 0",
            "# EOF",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} in {text}");
        }
    }
}
