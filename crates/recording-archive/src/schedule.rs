//! When copies are made: at clock times or by a cron expression, in one time zone.

use std::fmt;

use croner::Cron;
use croner::parser::CronParser;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{RoundMode, Timestamp, Unit, Zoned, ZonedRound};

/// Clock times that come again, right across both clock changes.
///
/// A time that the clock skips in spring runs when the clock has jumped; a time that comes twice in autumn runs once.
#[derive(Clone)]
pub struct Schedule {
    lines: Vec<Cron>,
    zone: TimeZone,
}

/// This is no schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleError(String);

impl Schedule {
    /// Every day at each of these times; seconds do not count.
    ///
    /// # Errors
    ///
    /// Where there is no time at all.
    pub fn at(times: &[Time], zone: TimeZone) -> Result<Self, ScheduleError> {
        if times.is_empty() {
            return Err(ScheduleError("at least one time of the day is needed".into()));
        }
        let lines = times
            .iter()
            .map(|time| parse(&format!("{} {} * * *", time.minute(), time.hour())));
        Ok(Self {
            lines: lines.collect::<Result<_, _>>()?,
            zone,
        })
    }

    /// By a cron expression of five fields (minute, hour, day, month, weekday), or `@daily` and its like.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or describes a day that never comes.
    pub fn cron(expression: &str, zone: TimeZone) -> Result<Self, ScheduleError> {
        let line = parse(expression)?;
        // A year from any day shows each day there is, but for 29 February: the search itself goes on for long enough.
        let start = Zoned::new(Timestamp::UNIX_EPOCH, zone.clone());
        line.find_next_occurrence(&start, true)
            .map_err(|_| ScheduleError("no such moment ever comes".into()))?;
        Ok(Self {
            lines: vec![line],
            zone,
        })
    }

    /// The first moment after `after`; `None` where none comes any more.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = Zoned::new(after, self.zone.clone());
        // Whole seconds: what is left of one would be carried into the result.
        let whole = ZonedRound::new().smallest(Unit::Second).mode(RoundMode::Trunc);
        let start = after.round(whole).unwrap_or(after);
        self.lines
            .iter()
            .filter_map(|line| line.find_next_occurrence(&start, false).ok())
            .map(|next| next.timestamp())
            .min()
    }

    /// The first moment since the last run that has passed unused, if there is one: then a run is to be made up for.
    pub fn missed(&self, last_run: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.next(last_run).filter(|due| *due <= now)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.lines.iter().map(Cron::as_str).collect();
        write!(f, "Schedule({lines:?} in {:?})", self.zone.iana_name())
    }
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ScheduleError {}

fn parse(expression: &str) -> Result<Cron, ScheduleError> {
    CronParser::builder()
        .seconds(croner::parser::Seconds::Disallowed)
        .year(croner::parser::Year::Disallowed)
        .build()
        .parse(expression)
        .map_err(|error| ScheduleError(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn at(times: &[&str]) -> Schedule {
        let times: Vec<Time> = times.iter().map(|time| time.parse().unwrap()).collect();
        Schedule::at(&times, berlin()).unwrap()
    }

    /// The moments of a schedule between two clock times, in the clock's own words.
    fn between(schedule: &Schedule, start: &str, end: &str) -> Vec<String> {
        let end: Timestamp = end.parse::<Zoned>().unwrap().timestamp();
        let mut moments = Vec::new();
        let mut now = start.parse::<Zoned>().unwrap().timestamp();
        while let Some(next) = schedule.next(now).filter(|next| *next < end) {
            assert!(next > now, "{next} is not after {now}");
            moments.push(next.to_zoned(berlin()).strftime("%d %H:%M %Z").to_string());
            now = next;
        }
        moments
    }

    #[test]
    fn a_time_that_spring_skips_runs_when_the_clock_has_jumped() {
        let days = ("2026-03-28T12:00[Europe/Berlin]", "2026-03-30T12:00[Europe/Berlin]");
        assert_eq!(
            between(&at(&["02:30"]), days.0, days.1),
            ["29 03:00 CEST", "30 02:30 CEST"]
        );
        assert_eq!(
            between(&at(&["12:30", "02:00"]), days.0, days.1),
            ["28 12:30 CET", "29 03:00 CEST", "29 12:30 CEST", "30 02:00 CEST"]
        );
        let cron = Schedule::cron("30 2 * * *", berlin()).unwrap();
        assert_eq!(between(&cron, days.0, days.1), ["29 03:00 CEST", "30 02:30 CEST"]);
    }

    #[test]
    fn a_time_that_comes_twice_in_autumn_runs_once() {
        let days = ("2026-10-24T12:00[Europe/Berlin]", "2026-10-26T12:00[Europe/Berlin]");
        assert_eq!(
            between(&at(&["02:30"]), days.0, days.1),
            ["25 02:30 CEST", "26 02:30 CET"]
        );
        assert_eq!(
            between(&at(&["03:00", "02:00"]), days.0, days.1),
            ["25 02:00 CEST", "25 03:00 CET", "26 02:00 CET", "26 03:00 CET"]
        );
    }

    #[test]
    fn a_run_in_the_hour_that_comes_twice_is_not_made_up_for_in_its_second_half() {
        let schedule = at(&["02:30"]);
        let ran: Timestamp = "2026-10-25T00:30:00Z".parse().unwrap();
        let second: Timestamp = "2026-10-25T01:30:05Z".parse().unwrap();
        assert_eq!(schedule.missed(ran, second), None);
    }

    #[test]
    fn a_missed_run_is_known_until_it_was_made_up_for() {
        let schedule = at(&["12:30"]);
        let last: Timestamp = "2026-11-23T11:30:02Z".parse().unwrap();
        let before: Timestamp = "2026-11-24T11:29:59Z".parse().unwrap();
        let due: Timestamp = "2026-11-24T11:30:00Z".parse().unwrap();
        let days_later: Timestamp = "2026-11-26T08:00:00Z".parse().unwrap();
        assert_eq!(schedule.missed(last, before), None);
        assert_eq!(schedule.missed(last, due), Some(due));
        assert_eq!(schedule.missed(last, days_later), Some(due));
        assert_eq!(schedule.missed(days_later, days_later), None);
    }

    #[test]
    fn a_fraction_of_a_second_does_not_run_a_moment_twice() {
        let due: Timestamp = "2026-11-24T11:30:00Z".parse().unwrap();
        let just_after: Timestamp = "2026-11-24T11:30:00.7Z".parse().unwrap();
        let just_before: Timestamp = "2026-11-24T11:29:59.7Z".parse().unwrap();
        let schedule = at(&["12:30"]);
        assert_eq!(schedule.next(just_before), Some(due));
        assert_eq!(schedule.next(just_after), Some("2026-11-25T11:30:00Z".parse().unwrap()));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        assert!(Schedule::at(&[], berlin()).is_err());
        for wrong in ["", "2 o'clock", "61 2 * * *", "0 0 31 2 *", "0 0 2 * * *"] {
            assert!(Schedule::cron(wrong, berlin()).is_err(), "{wrong}");
        }
        for right in ["0 2 * * *", "*/15 8-18 * * MON-FRI", "0 0 29 2 *", "@daily"] {
            assert!(Schedule::cron(right, berlin()).is_ok(), "{right}");
        }
    }
}
