//! `caller NUMBER`: what a call from there would lead to, and why. What is decided is decided by the core.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bridge_core::call::{CallKey, Caller};
use bridge_core::core::forecast::{Forecast, Imagined, Read, Whose};
use bridge_core::desk::{Profile, UserId};
use bridge_core::directory::{Insufficient, Source, judge};
use bridge_core::effect::{Effect, EffectId, Order, Priority, Track};
use bridge_core::input::Outcome;
use bridge_core::matching::Matching;
use bridge_core::number::E164;
use bridge_core::port::{Attempt, HelpDesk as _};
use bridge_runtime::Clock;
use bridge_runtime::store::{Entries, StoreReader};
use bridge_runtime::zendesk::ZendeskDesk;
use jiff::Timestamp;
use pbx::Dialled;

use crate::cli::Output;
use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::view::{CallerForecast, CallingPerson, InDirectory, render_caller};
use crate::{out, stored, wire};

/// Who has the number, as far as that was found out.
#[derive(Default)]
struct Asked {
    directory: Option<InDirectory>,
    searched: bool,
    profiles: Vec<Profile>,
    outcome: Option<Outcome>,
    trouble: Option<String>,
}

/// Tells it.
pub(crate) async fn caller(file: Option<PathBuf>, number: &str, names: bool, output: Output) -> Result<Exit, Stop> {
    let file = config::locate(file.as_deref())?;
    let config = config::load(&file, Need::Control)?;
    let reader = stored::open(&config.store).await.map_err(anyhow::Error::new)?;
    let matching = match &reader {
        Some(reader) => reader.matching().await.context("the store")?,
        None => None,
    };
    let now = Clock::system().now();
    let settings = wire::settings(&config)?;
    let imagined = Imagined::ringing(settings, matching.clone(), Dialled::new(number), now);
    let mut asked = match (imagined.read(), imagined.look_up()) {
        (Read::Public(number), Some(order)) => ask(&file, &config, reader.as_ref(), &number, order, now).await?,
        (Read::Public(_) | Read::OwnPhone | Read::Service | Read::Internal | Read::Withheld | Read::Unreadable, _) => {
            Asked::default()
        }
    };
    let forecast = imagined.answered(asked.outcome.take());
    let told = told(&forecast, asked, matching.as_ref(), number, names);
    if output.json {
        out::say_json(&told);
    } else {
        out::say(&render_caller(&told));
    }
    Ok(if told.trouble.is_none() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The directory, and where its word is not enough, Zendesk.
async fn ask(
    file: &Path,
    config: &Config,
    reader: Option<&StoreReader>,
    number: &E164,
    order: &Order,
    now: Timestamp,
) -> Result<Asked, Stop> {
    let mut asked = Asked::default();
    let mut why = None;
    if config.callers.directory {
        let entries = match reader {
            Some(reader) => {
                let entries = reader.entries(number, &config.callers.plan, &config.callers.number_fields);
                entries.await.context("the store")?
            }
            None => Entries::default(),
        };
        let judged = judge(entries.standing, &entries.profiles, number, &config.callers.plan, now);
        asked.directory = Some(in_directory(&entries, judged.as_ref().err().copied(), now));
        match judged {
            Ok(source) => {
                asked.profiles = entries.profiles;
                let profiles = asked.profiles.clone();
                asked.outcome = Some(Outcome::Callers { profiles, source });
                return Ok(asked);
            }
            Err(insufficient) => why = Some(insufficient),
        }
    }
    asked.searched = true;
    match search(file, order, now).await? {
        Ok(profiles) => {
            asked.profiles.clone_from(&profiles);
            asked.outcome = Some(match why {
                Some(why) => Outcome::Callers {
                    profiles,
                    source: Source::Search { why },
                },
                None => Outcome::Profiles(profiles),
            });
        }
        Err(trouble) => {
            asked.outcome = Some(Outcome::Dropped { why: trouble.clone() });
            asked.trouble = Some(trouble);
        }
    }
    Ok(asked)
}

/// One live search, once. Only this needs Zendesk's credentials.
async fn search(file: &Path, order: &Order, now: Timestamp) -> Result<Result<Vec<Profile>, String>, Stop> {
    let config = config::load(file, Need::Everything)?;
    let client = wire::zendesk_at_once(&config)?;
    let call = CallKey::new("caller");
    let effect = Effect {
        id: EffectId::new(&call, "lookup"),
        call,
        track: Track::LookUp,
        priority: Priority::Complete,
        planned_at: now,
        expires: None,
        order: order.clone(),
    };
    let first = Attempt {
        number: 1,
        settle_first: false,
    };
    let desk = ZendeskDesk::new(&client).with_head_numbers(config.callers.plan.clone());
    Ok(match desk.carry_out(&effect, first).await.result {
        Ok(Outcome::Profiles(profiles) | Outcome::Callers { profiles, .. }) => Ok(profiles),
        Ok(_) => Err("Zendesk did not say who has the number".to_owned()),
        Err(failure) => Err(failure.message),
    })
}

fn in_directory(entries: &Entries, insufficient: Option<Insufficient>, now: Timestamp) -> InDirectory {
    let as_of = entries.standing.as_of;
    InDirectory {
        users: entries.profiles.len(),
        complete: entries.standing.complete,
        as_of,
        age_seconds: as_of.map(|as_of| now.duration_since(as_of).as_secs()),
        insufficient: insufficient.map(Insufficient::words),
    }
}

fn told(forecast: &Forecast, asked: Asked, matching: Option<&Matching>, shown: &str, names: bool) -> CallerForecast {
    let (read, number) = match &forecast.read {
        Read::Public(number) => ("public", Some(number.masked())),
        Read::OwnPhone => ("own-phone", Some(crate::view::mask(shown))),
        Read::Service => ("service", Some(crate::view::mask(shown))),
        Read::Internal => ("internal", Some(crate::view::mask(shown))),
        Read::Withheld => ("withheld", None),
        Read::Unreadable => ("unreadable", Some(crate::view::mask(shown))),
    };
    let name = |user: UserId| {
        let mut profiles = asked.profiles.iter();
        let profile = profiles.find(|profile| profile.user == user).filter(|_| names)?;
        Some(profile.name.clone())
    };
    let person = |user: UserId| CallingPerson {
        user_id: user.get(),
        name: name(user),
    };
    let (caller, users) = match &forecast.caller {
        None => (None, Vec::new()),
        Some(Caller::Known(user)) => (Some("known"), vec![person(*user)]),
        Some(Caller::Nobody) => (Some("nobody"), Vec::new()),
        Some(Caller::Several(candidates)) => (
            Some(if candidates.len() == 1 { "shared" } else { "several" }),
            candidates.iter().map(|candidate| person(candidate.user)).collect(),
        ),
    };
    let (requester, requester_id) = match forecast.requester {
        None => (None, None),
        Some(Whose::User(user)) => (Some("user"), Some(user.get())),
        Some(Whose::NewUser) => (Some("new-user"), None),
        Some(Whose::DefaultUser) => (
            Some("default-user"),
            matching.map(|matching| matching.default_user.get()),
        ),
    };
    CallerForecast {
        number,
        read,
        caller,
        users,
        requester,
        requester_id,
        learns: forecast.learns,
        decisions: forecast.decisions.clone(),
        directory: asked.directory,
        searched: asked.searched,
        trouble: asked.trouble,
    }
}
