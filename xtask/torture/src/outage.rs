//! Zendesk is away for days at busy-hour load, and then comes back: what has become of the calls, how the backlog was worked
//! off, and how large the journal was.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bridge_sim::zendesk;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::day::{self, DATE, Options};
use crate::finding::{Day, Finding};
use crate::journal::Host;
use crate::life::{self, Config, Ending};
use crate::model;
use crate::plan;
use crate::report::Report;
use crate::world::{Shared, World};

/// The part of the account's limit that the bridge keeps to.
const SHARE: f64 = 0.5;
/// Bytes of journal for a call of the outage, at most: its state, its story, and the orders that wait.
const JOURNAL_A_CALL: u64 = 24 * 1024;
/// Bytes of the journal's log, at most, however many calls there are: it is brought into the journal after 16 MiB.
const LOG: u64 = 20 * 1024 * 1024;
/// So many requests may be found too many: some limits Zendesk tells only by a 429, such as one update of users a second.
const TOO_MANY: u64 = 10;

/// So many lives end by the defect that is brought in; one is enough to be found.
const SABOTAGED: u32 = 3;
/// A bridge that died is away so long.
const AWAY: Duration = Duration::from_secs(10);

/// So long after the answer nobody wants to see the ticket any more.
const STALE: SignedDuration = SignedDuration::from_secs(60);

/// How the backlog was worked off.
#[derive(Debug)]
pub struct Outage {
    report: Report,
    hours: u32,
    journal: u64,
    log: u64,
    calls: u64,
    too_many: u64,
    /// By what was asked for.
    too_many_by: BTreeMap<String, u64>,
    /// By what was asked for: until all missing tickets stood, and altogether.
    asked: BTreeMap<String, (u64, u64)>,
    busiest_minute: u64,
    limit: u64,
    tickets_done: SignedDuration,
    done: SignedDuration,
    broken: Vec<String>,
}

impl Outage {
    /// What happened, line by line, if that was wanted.
    #[must_use]
    pub fn trace(&self) -> &[String] {
        self.report.trace()
    }

    /// Whether everything is as it must be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.report.is_good() && self.broken.is_empty()
    }
}

/// Runs an outage of so many hours, with so many calls an hour, and perhaps a defect that it must find.
///
/// # Errors
/// When it cannot be run at all.
pub fn outage(seed: u64, hours: u32, calls_an_hour: u32, options: &Options) -> anyhow::Result<Outage> {
    let host = Host::new()?;
    let config = Config {
        new_users: false,
        share: Some(SHARE),
        keep_alive: Duration::from_secs(25),
        directory: false,
        identities: true,
        // What a defect has lost is waited for in vain.
        patience: Duration::from_secs(if options.sabotage.is_some() { 3600 } else { 48 * 3600 }),
    };
    let base: Timestamp = DATE.parse().context("a date")?;
    let mut world = World::new(seed, base, zendesk::Switches::default(), options.trace);
    world.sabotage = options.sabotage;
    plan::draw_outage(&mut world, seed, hours, calls_an_hour);
    let folder = day::folder()?;
    let path = folder.path().join("bridge.db");
    world.journal = Some(path.clone());
    let users = world.desk.users();
    let world = Shared::new(world);
    for life in 1.. {
        match life::run(&world, &host, &path, config)? {
            Ending::DayOver => break,
            // Only a defect that is brought in makes it die.
            Ending::Crashed if options.sabotage.is_some() => {
                let mut world = world.lock();
                world.sabotage = world.sabotage.filter(|_| life < SABOTAGED);
                world.pass(AWAY);
            }
            Ending::Crashed | Ending::Stopped => bail!("the bridge ended before the day did"),
            Ending::Failed(why) => bail!(why),
        }
    }
    let stories = day::read(&host, &path)?;
    let mut world = world.lock();
    day::note_stories(&mut world, &stories, options);
    let world = &*world;
    let findings = model::judge(&Day {
        world,
        before: &users,
        stories: &stories,
        new_users: config.new_users,
        excuse_gaps: false,
    });
    look_at(seed, world, hours, findings)
}

fn look_at(seed: u64, world: &World, hours: u32, findings: Vec<Finding>) -> anyhow::Result<Outage> {
    let back = world.back_at.context("Zendesk never came back")?;
    let mut minutes: BTreeMap<i64, u64> = BTreeMap::new();
    for (at, _) in &world.asked {
        *minutes.entry(at.duration_since(back).as_secs() / 60).or_default() += 1;
    }
    let away = back.checked_sub(SignedDuration::from_hours(hours.into()))?;
    let since = |at: Option<&Timestamp>| at.map_or(SignedDuration::ZERO, |at| at.duration_since(back));
    let missed: Vec<_> = world
        .calls
        .iter()
        // What was answered before the outage has its ticket.
        .filter(|call| call.is_served() && call.talks.iter().all(|talk| away <= talk.since && talk.since < back))
        .collect();
    let wanted = u64::try_from(missed.len())?;
    let (journal, log) = world.journal_size.unwrap_or_default();
    let mut outage = Outage {
        report: Report::of(seed, world, findings),
        hours,
        journal,
        log,
        calls: u64::try_from(world.calls.len())?,
        too_many: world.too_many,
        too_many_by: world
            .desk
            .requests()
            .counts()
            .iter()
            .filter(|((_, status), _)| *status == Some(429))
            .map(|((what, _), count)| (what.clone(), *count))
            .collect(),
        asked: BTreeMap::new(),
        busiest_minute: minutes.values().copied().max().unwrap_or_default(),
        limit: 700 / 2,
        tickets_done: SignedDuration::ZERO,
        done: since(world.asked.last().map(|(at, _)| at)),
        broken: Vec::new(),
    };
    // In order of importance: tickets that were missing come before anything that only completes.
    let creations: Vec<&Timestamp> = world
        .asked
        .iter()
        .filter(|(_, what)| what == "POST /api/v2/tickets")
        .map(|(at, _)| at)
        .collect();
    let last_missing = creations.get(missed.len().saturating_sub(1)).copied();
    outage.tickets_done = since(last_missing);
    let kind = |what: &str| {
        let parts = what
            .split('/')
            .map(|part| if part.parse::<u64>().is_ok() { "{id}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    for (at, what) in &world.asked {
        let counts = outage.asked.entry(kind(what)).or_default();
        counts.0 += u64::from(last_missing.is_some_and(|last| at <= last));
        counts.1 += 1;
    }
    let early = world
        .asked
        .iter()
        .filter(|(at, what)| last_missing.is_some_and(|last| at < last) && is_later_work(what));
    let early = u64::try_from(early.count())?;
    if early * 20 > wanted {
        outage.broken.push(format!(
            "{early} requests that only complete or learn went before missing tickets"
        ));
    }
    if outage.too_many > TOO_MANY {
        outage
            .broken
            .push(format!("{} requests were too many", outage.too_many));
    }
    if outage.busiest_minute > outage.limit * 21 / 20 {
        outage.broken.push("more than the share was used".to_owned());
    }
    if outage.journal > outage.calls * JOURNAL_A_CALL {
        outage.broken.push("the journal has outgrown its bound".to_owned());
    }
    if outage.log > LOG {
        outage
            .broken
            .push("the journal's log has outgrown its bound".to_owned());
    }
    outage.broken.extend(late_pops_and_wrong_times(world));
    Ok(outage)
}

/// Reading a ticket again, or a profile: what follows when all tickets stand.
fn is_later_work(what: &str) -> bool {
    what.starts_with("GET /api/v2/tickets/") || what.starts_with("PUT ") || what.ends_with("/identities")
}

fn late_pops_and_wrong_times(world: &World) -> Vec<String> {
    let berlin = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let mut broken = Vec::new();
    for ticket in world.desk.tickets() {
        let key = ticket.external_id.as_deref().and_then(|id| id.rsplit(':').next());
        let Some(call) = key
            .and_then(|key| world.index_of(key))
            .and_then(|index| world.calls.get(index))
        else {
            continue;
        };
        // The event takes some milliseconds.
        let shown = |at: Timestamp| at.to_zoned(berlin.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let soon = |at: Timestamp| at.checked_add(SignedDuration::from_secs(1)).unwrap_or(at);
        let note = ticket.comments.first().map(|note| note.body.as_str());
        let tells =
            |at: Timestamp| note.is_some_and(|note| note.contains(&shown(at)) || note.contains(&shown(soon(at))));
        if !call.talks.iter().any(|talk| tells(talk.since)) {
            broken.push(format!("ticket {} does not tell when the call was", ticket.id));
        }
        let stale = |at: Timestamp| call.talks.iter().all(|talk| at.duration_since(talk.since) > STALE);
        if world
            .desk
            .pops()
            .iter()
            .any(|pop| pop.ticket == ticket.id && stale(pop.at))
        {
            broken.push(format!(
                "ticket {} was opened on a screen long after its call",
                ticket.id
            ));
        }
    }
    broken.truncate(20);
    broken
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.report)?;
        writeln!(
            f,
            "Zendesk away for {} h, then worked off within {} % of its limit:",
            self.hours,
            SHARE * 100.0
        )?;
        let a_call = self.journal / self.calls.max(1);
        writeln!(
            f,
            "  journal {} KiB, {a_call} bytes a call (bound {JOURNAL_A_CALL}); its log {} KiB (bound {})",
            self.journal / 1024,
            self.log / 1024,
            LOG / 1024
        )?;
        writeln!(
            f,
            "  429: {} (bound: {TOO_MANY}); busiest minute: {} requests of {}",
            self.too_many, self.busiest_minute, self.limit
        )?;
        for (what, count) in &self.too_many_by {
            writeln!(f, "    {what}: {count}")?;
        }
        writeln!(
            f,
            "  all missing tickets stood after {} min, everything was done after {} min",
            self.tickets_done.as_mins(),
            self.done.as_mins()
        )?;
        for (what, (until, all)) in &self.asked {
            writeln!(f, "    {what:<48} {until:>7} {all:>7}")?;
        }
        for broken in &self.broken {
            writeln!(f, "  BROKEN: {broken}")?;
        }
        Ok(())
    }
}
