//! The list of calls that a STARFACE keeps for each login (`getCallList`), in the port's words.
//!
//! Its times are those of the clock on the wall of the PBX, without a zone. In the hour that comes twice a year both
//! moments may be meant, and both are told.

use async_trait::async_trait;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use pbx::{CallLog, Dialled, Direction, ErrorKind, GroupId, LoggedCall, PbxError, UserId};
use starface_client::uci::{self, CallListEntry, CallListQuery, CallResult};
use starface_client::xmlrpc::Stamp;

use crate::Starface;
use crate::starface::sorted;

/// More than one phone has in a week, many times over: a PBX that tells more than this repeats itself.
const MOST: usize = 10_000;
/// The PBX may take its limits to be included or not.
const EDGE: SignedDuration = SignedDuration::from_secs(1);
/// Around a change of the clocks so much more is asked for on both sides.
const CHANGE: SignedDuration = SignedDuration::from_mins(121);

#[async_trait]
impl CallLog for Starface {
    fn owners(&self) -> Vec<UserId> {
        let agents = self.options.agents.iter();
        agents.map(|agent| UserId::new(agent.login())).collect()
    }

    async fn calls(&self, owner: &UserId, from: Timestamp, until: Timestamp) -> Result<Vec<LoggedCall>, PbxError> {
        let zone = self.time_zone.as_ref().ok_or_else(no_zone)?;
        let watch = self.watch.lock().await;
        let requests = watch.as_ref().and_then(|watch| watch.requests(owner.as_str()));
        drop(watch);
        let requests = requests
            .ok_or_else(|| PbxError::new(ErrorKind::Unreachable, format!("the login {owner} is not connected")))?;
        let (after, before) = on_the_wall(zone, from, until);
        let mut query = CallListQuery::new(after, before);
        let (mut calls, mut told) = (Vec::new(), 0);
        loop {
            let list = requests.call_list(&query).await.map_err(sorted)?;
            calls.extend(list.entries.into_iter().filter_map(|entry| translate(zone, entry)));
            told += list.told;
            let last = list.told == 0 || list.total.is_some_and(|total| total <= told as u64);
            if last {
                return Ok(calls);
            }
            if told >= MOST {
                return Err(PbxError::new(ErrorKind::Protocol, "the list of calls has no end"));
            }
            query = query.from(u32::try_from(told).unwrap_or(u32::MAX));
        }
    }
}

pub(crate) fn no_zone() -> PbxError {
    PbxError::new(ErrorKind::Protocol, "the zone of the PBX's clock is not known")
}

/// Two moments by the clock on the wall, far enough apart to hold everything in between, whatever the clock did there.
fn on_the_wall(zone: &TimeZone, from: Timestamp, until: Timestamp) -> (DateTime, DateTime) {
    let shifted = |at: Timestamp, by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let offset = |at: Timestamp| zone.to_offset(at);
    let steady = offset(shifted(from, -CHANGE)) == offset(shifted(until, CHANGE));
    let edge = if steady { EDGE } else { CHANGE };
    let wall = |at: Timestamp| zone.to_datetime(at);
    (wall(shifted(from, -edge)), wall(shifted(until, edge)))
}

/// An entry in the port's words; `None` if it does not say when it was.
fn translate(zone: &TimeZone, entry: CallListEntry) -> Option<LoggedCall> {
    let (began, or_began) = moments(Some(zone), entry.started?)?;
    Some(LoggedCall {
        direction: match entry.direction {
            uci::Direction::Inbound => Direction::Inbound,
            uci::Direction::Outbound => Direction::Outbound,
            uci::Direction::Other | _ => Direction::Unknown,
        },
        answered: entry.result == CallResult::Answered,
        caller: Dialled::new(entry.caller_number),
        called: Dialled::new(entry.called_number),
        group: entry.group.map(GroupId::new),
        began,
        or_began,
        lasted: SignedDuration::try_from(entry.duration).unwrap_or_default(),
    })
}

/// The moment that is meant, and the other one where the clock showed that time twice; none of a time without a zone where no zone is
/// known.
pub(crate) fn moments(zone: Option<&TimeZone>, told: Stamp) -> Option<(Timestamp, Option<Timestamp>)> {
    let wall = match told {
        Stamp::Instant(moment) => return Some((moment, None)),
        Stamp::Local(wall) => zone?.to_ambiguous_timestamp(wall),
    };
    match wall.offset() {
        AmbiguousOffset::Fold { .. } => Some((wall.earlier().ok()?, wall.later().ok())),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => Some((wall.compatible().ok()?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_that_comes_twice_is_both() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (wall, one, other) in [
            ("2026-11-24T11:00:00", "2026-11-24T10:00:00Z", None),
            (
                "2026-10-25T02:30:00",
                "2026-10-25T00:30:00Z",
                Some("2026-10-25T01:30:00Z"),
            ),
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z", None),
        ] {
            let told = moments(Some(&berlin), Stamp::Local(wall.parse().unwrap()));
            assert_eq!(told, Some((at(one), other.map(at))), "{wall}");
        }
    }

    #[test]
    fn the_hour_that_comes_twice_is_asked_for_whole() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (from, until, after, before) in [
            (
                "2026-11-24T10:00:00Z",
                "2026-11-24T14:00:00Z",
                "2026-11-24T10:59:59",
                "2026-11-24T15:00:01",
            ),
            // The clock goes back at 01:00 UTC, from 03:00 to 02:00.
            (
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:10:00Z",
                "2026-10-25T00:29:00",
                "2026-10-25T04:11:00",
            ),
            (
                "2026-10-24T22:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-24T21:59:00",
                "2026-10-25T03:31:00",
            ),
        ] {
            let (told_after, told_before) = on_the_wall(&berlin, at(from), at(until));
            assert_eq!(
                (told_after.to_string(), told_before.to_string()),
                (after.to_owned(), before.to_owned())
            );
        }
    }
}
