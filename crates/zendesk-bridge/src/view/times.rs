//! How moments and lengths of time are said to people.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A moment in the time zone of whoever looks.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same with the zone's name, for what is handed on.
pub(crate) fn zoned(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// The time of day to the millisecond, for what follows one upon another.
pub(crate) fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S%.3f").to_string()
}

/// A moment by the clock that logs and Zendesk go by: what machines tell of each other.
pub(crate) fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A length of time that was chosen, to the hour: nothing is rounded away but minutes.
pub(crate) fn lasting(duration: Duration) -> String {
    match duration.as_secs() / 3600 {
        24 => "1 day".to_owned(),
        hours if hours % 24 == 0 => format!("{} days", hours / 24),
        hours => format!("{hours} hours"),
    }
}

/// How long ago something was, roughly; what is still to come, by clocks that differ, is now.
pub(crate) fn ago(age: SignedDuration) -> String {
    match age.as_secs().max(0) {
        seconds @ 0..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7199 => format!("{} minutes ago", seconds / 60),
        seconds @ 7200..=172_799 => format!("{} hours ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_full() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = "2026-11-24T14:02:00.25Z".parse().unwrap();
        assert_eq!(local(at, &zone), "2026-11-24 15:02:00");
        assert_eq!(zoned(at, &zone), "2026-11-24 15:02:00 CET");
        assert_eq!(clock(at, &zone), "15:02:00.250");
        assert_eq!(utc(at), "2026-11-24 14:02:00Z");
    }

    #[test]
    fn ages_are_told_as_one_would_say_them() {
        for (seconds, told) in [
            (-7, "0 s ago"),
            (7, "7 s ago"),
            (600, "10 minutes ago"),
            (7200, "2 hours ago"),
            (864_000, "10 days ago"),
        ] {
            assert_eq!(ago(SignedDuration::from_secs(seconds)), told);
        }
    }

    #[test]
    fn what_was_chosen_is_told_as_one_would_say_it() {
        for (hours, told) in [(24, "1 day"), (36, "36 hours"), (48, "2 days"), (180 * 24, "180 days")] {
            assert_eq!(lasting(Duration::from_hours(hours)), told);
        }
    }
}
