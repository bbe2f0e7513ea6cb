//! What is known of the telephone system's own lists of calls: how far they were read, and by which clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use pbx::{LoggedCall, UserId};

/// A list goes back so far at most: what lies farther back has no ticket that would still help anybody.
pub(crate) const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A call is listed when it ends, at the place where it began: each time so much is read anew. Longer calls than this are
/// missed only if they began **and** ended unseen.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_hours(4);
/// Two clocks on one network that somebody cares for differ by less; and a zone that is set wrongly is measured.
const UNMEASURED: SignedDuration = SignedDuration::from_secs(120);
/// With the difference of the clocks measured there remain whole seconds and slow callbacks.
const MEASURED: SignedDuration = SignedDuration::from_secs(30);
/// A clock is measured anew when it is off by more: below lie whole seconds and the time a callback takes.
const JITTER: SignedDuration = SignedDuration::from_secs(3);

/// Please read this owner's list: the calls that began between two moments of the telephone system's clock.
///
/// Answered by [`Input::Log`](crate::input::Input::Log) or [`Input::LogUnread`](crate::input::Input::LogUnread); asked again where neither comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogRequest {
    /// Whose.
    pub owner: UserId,
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A list that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogRead {
    /// Whose.
    pub owner: UserId,
    /// All that it holds of the span that was asked for.
    pub calls: Vec<LoggedCall>,
}

/// How far the lists were read; plain data, so that a store can keep it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Logs {
    /// Everybody whose list can be read.
    pub owners: BTreeMap<UserId, OwnerLog>,
    /// The telephone system's clock less ours, as last measured.
    pub offset: Option<SignedDuration>,
    /// When the bridge was activated and deactivated, the latest last, as far back as lists are read.
    pub switched: Vec<(Timestamp, bool)>,
    /// A call that began before this may have had its ticket and be forgotten: no new one is made of the list.
    pub forgotten: Option<Timestamp>,
}

/// How far one owner's list was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnerLog {
    /// Calls that began earlier are none of the bridge's business.
    pub since: Timestamp,
    /// Everything that ended before this was seen in the list.
    pub read_until: Timestamp,
    /// When it is read next; `None` while there is no connection for this owner.
    pub due: Option<Timestamp>,
    /// When it was last asked for.
    pub asked: Timestamp,
    /// Why it could not be read, if it could not.
    pub failing: Option<String>,
    /// What goes on has not been told since this owner was connected.
    pub untold: bool,
    /// When those entries began, by the telephone system's clock, that were there when it was last read and of which it was
    /// not certain yet what they are.
    pub unsure: BTreeSet<Timestamp>,
}

impl OwnerLog {
    /// One that has not been read: what begins from now on counts.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            read_until: now,
            due: None,
            asked: now,
            failing: None,
            untold: false,
            unsure: BTreeSet::new(),
        }
    }

    /// Whether there is a connection to read it by, so that it will be read.
    pub(crate) fn is_connected(&self) -> bool {
        self.due.is_some()
    }
}

impl Logs {
    /// How far two times of the same moment may lie apart, one by our clock and one by the other.
    pub(crate) fn tolerance(&self) -> SignedDuration {
        if self.offset.is_some() { MEASURED } else { UNMEASURED }
    }

    /// A moment of the telephone system's clock by ours.
    pub(crate) fn ours(&self, theirs: Timestamp) -> Timestamp {
        shifted(theirs, -self.offset.unwrap_or_default())
    }

    /// A moment of our clock by the telephone system's.
    pub(crate) fn theirs(&self, ours: Timestamp) -> Timestamp {
        shifted(ours, self.offset.unwrap_or_default())
    }

    /// Takes note of what the telephone system's clock showed just now.
    pub(crate) fn measure(&mut self, shown: Timestamp, now: Timestamp) {
        let measured = shown.duration_since(now);
        let far = |known: SignedDuration| (measured - known).abs() > JITTER;
        if self.offset.is_none_or(far) {
            // Whole milliseconds, so that what is stored is what was known.
            let whole = i64::try_from(measured.as_millis()).unwrap_or_default();
            let measured = SignedDuration::from_millis(whole);
            if let Some(known) = self.offset {
                self.shift_marks(known - measured);
            }
            self.offset = Some(measured);
            for log in self.owners.values_mut() {
                log.read_until = log.read_until.min(now);
            }
        }
    }

    /// What was last read lies ahead: our clock was set back, by so much at least. Where the other clock was never seen, nothing
    /// else will tell.
    pub(crate) fn look_for_a_clock_set_back(&mut self, now: Timestamp) {
        let latest = self.owners.values().map(|log| log.asked).max();
        if let Some(latest) = latest.filter(|latest| *latest > now && self.offset.is_none()) {
            self.shift_marks(now.duration_since(latest));
        }
    }

    /// One of the clocks was set: what marks places in the lists goes on marking them, by the clock that they are written by.
    fn shift_marks(&mut self, by: SignedDuration) {
        let since = self.owners.values_mut().map(|log| &mut log.since);
        let switched = self.switched.iter_mut().map(|(at, _)| at);
        for mark in since.chain(switched).chain(&mut self.forgotten) {
            *mark = shifted(*mark, by);
        }
    }

    /// Takes note that the bridge was switched.
    pub(crate) fn switch(&mut self, active: bool, now: Timestamp) {
        if self.switched.last().map(|(_, last)| *last) != Some(active) {
            self.switched.push((now, active));
        }
        let horizon = shifted(now, -LOOK_BACK);
        while self.switched.get(1).is_some_and(|(at, _)| *at <= horizon) {
            self.switched.remove(0);
        }
    }

    /// Whether the bridge was active at a moment; `None` if nobody knows.
    pub(crate) fn was_active(&self, at: Timestamp) -> Option<bool> {
        let before = self.switched.iter().rev().find(|(switched, _)| *switched <= at);
        before.map(|(_, active)| *active)
    }

    /// Calls that began before this are in no list that will still be read; `None` if no list can be read at all.
    #[must_use]
    pub fn floor(&self, now: Timestamp) -> Option<Timestamp> {
        let read = self.owners.values().map(|log| log.read_until).min()?;
        let far = shifted(now, -LOOK_BACK).max(read);
        Some(shifted(far, -(OVERLAP + UNMEASURED)))
    }
}

fn shifted(moment: Timestamp, by: SignedDuration) -> Timestamp {
    let end = if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    moment.checked_add(by).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T{text}Z").parse().unwrap()
    }

    #[test]
    fn the_other_clock_is_measured_and_small_differences_are_not() {
        let mut logs = Logs::default();
        assert_eq!(logs.ours(at("10:00:00")), at("10:00:00"));
        logs.measure(at("11:00:00"), at("10:00:01"));
        assert_eq!(logs.ours(at("11:30:00")), at("10:30:01"));
        assert_eq!(logs.theirs(at("10:30:01")), at("11:30:00"));
        logs.measure(at("11:00:10"), at("10:00:12"));
        assert_eq!(logs.ours(at("11:30:00")), at("10:30:01"));
        logs.measure(at("10:00:20"), at("10:00:20"));
        assert_eq!(logs.ours(at("11:30:00")), at("11:30:00"));
    }

    #[test]
    fn what_marks_a_place_in_a_list_marks_it_whatever_clock_is_set() {
        let owner = UserId::new("0101");
        let log = OwnerLog {
            since: at("08:00:00"),
            read_until: at("09:00:00"),
            due: Some(at("11:15:00")),
            asked: at("11:00:00"),
            failing: None,
            ..OwnerLog::new(at("00:00:00"))
        };
        let mut logs = Logs {
            owners: BTreeMap::from([(owner.clone(), log)]),
            forgotten: Some(at("07:00:00")),
            ..Logs::default()
        };
        logs.switch(true, at("08:00:00"));
        logs.measure(at("10:00:00"), at("10:00:00"));
        // Ours is set back by two hours.
        logs.measure(at("10:10:00"), at("08:10:00"));
        let log = &logs.owners[&owner];
        assert_eq!((log.since, log.asked), (at("06:00:00"), at("11:00:00")));
        assert_eq!(
            (logs.forgotten, logs.was_active(at("06:30:00"))),
            (Some(at("05:00:00")), Some(true))
        );
        assert_eq!(logs.theirs(log.since), at("08:00:00"));
    }

    #[test]
    fn a_clock_that_was_set_back_before_the_other_one_was_seen_is_noticed() {
        let owner = UserId::new("0101");
        let log = OwnerLog {
            since: at("08:00:00"),
            read_until: at("09:00:00"),
            due: None,
            asked: at("09:00:00"),
            failing: None,
            ..OwnerLog::new(at("00:00:00"))
        };
        for (offset, since) in [(None, "06:00:00"), (Some(SignedDuration::ZERO), "08:00:00")] {
            let owners = BTreeMap::from([(owner.clone(), log.clone())]);
            let mut logs = Logs {
                owners,
                offset,
                ..Logs::default()
            };
            logs.look_for_a_clock_set_back(at("09:00:01"));
            assert_eq!(logs.owners[&owner].since, at("08:00:00"));
            logs.look_for_a_clock_set_back(at("07:00:00"));
            assert_eq!(logs.owners[&owner].since, at(since), "{offset:?}");
        }
    }

    #[test]
    fn it_is_known_when_the_bridge_was_active() {
        let mut logs = Logs::default();
        assert_eq!(logs.was_active(at("10:00:00")), None);
        for (time, active) in [
            ("10:00:00", true),
            ("11:00:00", true),
            ("12:00:00", false),
            ("13:00:00", true),
        ] {
            logs.switch(active, at(time));
        }
        let told =
            ["09:59:59", "10:00:00", "11:59:59", "12:00:00", "12:59:59", "13:00:00"].map(|t| logs.was_active(at(t)));
        assert_eq!(
            told,
            [None, Some(true), Some(true), Some(false), Some(false), Some(true)]
        );
        logs.switch(false, at("13:00:00") + LOOK_BACK);
        assert_eq!(
            logs.switched,
            [(at("13:00:00"), true), (at("13:00:00") + LOOK_BACK, false)]
        );
    }

    #[test]
    fn calls_are_kept_while_a_list_that_may_hold_them_is_unread() {
        let mut logs = Logs::default();
        assert_eq!(logs.floor(at("10:00:00")), None);
        let log = |read_until| OwnerLog {
            since: at("00:00:00"),
            read_until,
            due: None,
            asked: read_until,
            failing: None,
            ..OwnerLog::new(at("00:00:00"))
        };
        logs.owners.insert(UserId::new("0101"), log(at("09:00:00")));
        logs.owners.insert(UserId::new("0102"), log(at("08:00:00")));
        assert_eq!(logs.floor(at("10:00:00")), Some(at("03:58:00")));
        let later = at("10:00:00") + LOOK_BACK;
        assert_eq!(logs.floor(later), Some(at("05:58:00")), "not for ever");
    }
}
