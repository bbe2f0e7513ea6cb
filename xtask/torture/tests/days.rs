//! Days that every test run plays: those that once failed, some more, and some with a defect brought in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use torture::{Bounds, Family, Options, Report, Sabotage, outage, simulate};

fn days(seed: u64, days: u64, options: Options) -> Report {
    let bounds = Bounds {
        seed,
        days,
        longest: None,
    };
    simulate(bounds, &options).unwrap()
}

#[test]
fn days_that_failed_once_do_not_fail_again() {
    for (recordings, seeds) in [
        (false, include_str!("../seeds.txt")),
        (true, include_str!("../seeds-recordings.txt")),
    ] {
        let lines = seeds
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        let mut count = 0;
        for line in lines {
            let (seed, why) = line.split_once(' ').unwrap();
            let options = Options {
                recordings,
                // They failed before there were any.
                without: vec![Family::Directory, Family::Places],
                ..Options::default()
            };
            let report = days(seed.parse().unwrap(), 1, options);
            assert!(report.is_good(), "{why}\n{report}");
            count += 1;
        }
        assert!(count > 0, "there were failures");
    }
}

#[test]
fn days_are_good() {
    for recordings in [false, true] {
        let options = Options {
            recordings,
            ..Options::default()
        };
        let report = days(1_000_000, 15, options);
        assert!(report.is_good(), "{report}");
        assert_eq!(report.days(), 15);
    }
}

#[test]
fn one_seed_is_one_day() {
    let [one, other] = [7, 7].map(|seed| days(seed, 3, Options::default()).hash());
    assert_eq!(one, other);
    assert_ne!(one, days(8, 3, Options::default()).hash());
}

#[test]
fn a_defect_that_is_brought_in_is_found() {
    for (sabotage, seed, found) in [
        (Sabotage::DropEffect, 1, "(Lost)"),
        (Sabotage::SecondPost, 1, "(Doubled)"),
        (Sabotage::LateList, 5028, "(Wrong)"),
    ] {
        let options = Options {
            sabotage: Some(sabotage),
            ..Options::default()
        };
        let report = days(seed, 2, options);
        assert!(
            !report.is_good() && report.to_string().contains(found),
            "{sabotage:?}\n{report}"
        );
    }
}

#[test]
fn a_short_outage_is_worked_off() {
    let outage = outage(1, 3, 60, &Options::default()).unwrap();
    assert!(outage.is_good(), "{outage}");
}

#[test]
fn a_defect_that_is_brought_in_is_found_in_an_outage_too() {
    for (sabotage, found) in [(Sabotage::DropEffect, "(Lost)"), (Sabotage::SecondPost, "(Doubled)")] {
        let options = Options {
            sabotage: Some(sabotage),
            ..Options::default()
        };
        let outage = outage(1, 1, 20, &options).unwrap();
        assert!(
            !outage.is_good() && outage.to_string().contains(found),
            "{sabotage:?}\n{outage}"
        );
    }
}
