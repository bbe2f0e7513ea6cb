//! The configuration file: read whole, and either good or refused with everything that is wrong with it.
//!
//! One file for each section. To add a key: read it in its section's file, write it into `template.toml`, and, if its
//! value is no secret, into the list of [`redact`].

mod activation;
mod callers;
mod groups;
mod pbx;
mod problem;
mod reader;
mod recordings;
mod redact;
mod secret;
mod share;
mod store;
#[cfg(test)]
mod tests;
mod ticket;
mod values;
mod web;
mod zendesk;

use std::path::{Path, PathBuf};

use bridge_core::matching::GroupRules;
use toml::de::DeTable;

pub(crate) use activation::OnStart;
pub(crate) use callers::{Callers, Unknown, field_name};
pub(crate) use pbx::{Agent, Pbx, Proof};
pub(crate) use problem::Rejected;
use problem::{Problem, Wrong};
use reader::{Reader, Section};
pub(crate) use recordings::{Recording, Recordings, Retention};
pub(crate) use secret::Surroundings;
pub(crate) use share::{Share, Spot};
pub(crate) use ticket::Ticket;
pub(crate) use values::{is_loopback, plain};
pub(crate) use web::Web;
pub(crate) use zendesk::{Credentials, Zendesk};

/// What `init` writes: every key, with its default or an example.
pub(crate) const TEMPLATE: &str = include_str!("template.toml");

/// Everything the administrator decided.
#[derive(Debug)]
pub(crate) struct Config {
    /// `[zendesk]`
    pub(crate) zendesk: Zendesk,
    /// `[pbx]`
    pub(crate) pbx: Pbx,
    /// `[callers]`
    pub(crate) callers: Callers,
    /// `[groups]`
    pub(crate) groups: GroupRules,
    /// `[ticket]`
    pub(crate) ticket: Ticket,
    /// `[recordings]`
    pub(crate) recordings: Recordings,
    /// `[activation]`
    pub(crate) on_start: OnStart,
    /// `[store]`: the embedded store's file.
    pub(crate) store: PathBuf,
    /// `[web]`, unless it is off.
    pub(crate) web: Option<Web>,
}

/// How much of a configuration a command needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// Everything, with all secrets.
    Everything,
    /// The running bridge's address and token, and the store: other secrets are not looked up and stay empty, so that
    /// `status` works in a shell that does not hold them.
    Control,
    /// The same with the secrets of the share, for whoever copies recordings or deletes them there. The inbox is not among them.
    Share,
    /// The same with the secret of the inbox, for whoever looks through every place in which recordings are.
    Recordings,
}

/// Where a configuration is looked for if none is named.
pub(crate) const USUAL_PLACES: [&str; 2] = ["bridge.toml", "/etc/zendesk-bridge/bridge.toml"];

/// The file to read: the one that was named, or the first of the usual places that exists.
pub(crate) fn locate(named: Option<&Path>) -> Result<PathBuf, Rejected> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let places = USUAL_PLACES.map(PathBuf::from);
    places
        .iter()
        .find(|place| place.is_file())
        .cloned()
        .ok_or_else(|| Rejected::NotFound(places.to_vec()))
}

/// Reads a configuration file with the process's environment.
pub(crate) fn load(file: &Path, need: Need) -> Result<Config, Rejected> {
    let text = std::fs::read_to_string(file).map_err(|error| Rejected::Unreadable {
        file: file.to_owned(),
        why: error.to_string(),
    })?;
    let base = file.parent().unwrap_or(Path::new(""));
    let env = |name: &str| {
        std::env::var(name).map_err(|error| match error {
            std::env::VarError::NotPresent => "is not set".to_owned(),
            std::env::VarError::NotUnicode(_) => "is no UTF-8 text".to_owned(),
        })
    };
    parse(&text, file, &Surroundings { base, env: &env }, need)
}

/// Reads a configuration from its text; `file` is only for messages.
pub(crate) fn parse(text: &str, file: &Path, surroundings: &Surroundings<'_>, need: Need) -> Result<Config, Rejected> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problems = errors.iter().map(|error| no_toml(text, error));
        return Err(Rejected::Wrong(Wrong::new(
            file,
            redact::Shown::of_broken(text),
            problems.collect(),
        )));
    }
    let reader = Reader::new(surroundings, need);
    let config = sections(Section::root(&reader, table.get_ref()));
    match (config, reader.into_problems()) {
        (Some(config), problems) if problems.is_empty() => Ok(config),
        (_, problems) => Err(Rejected::Wrong(Wrong::new(
            file,
            redact::Shown::of_table(text, table.get_ref()),
            problems,
        ))),
    }
}

/// What is wrong with a line that is no TOML.
fn no_toml(text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span();
    let twice = error.message() == "duplicate key";
    // Where a key stands twice, its place holds the key and nothing else.
    let key = span.clone().filter(|_| twice).and_then(|span| text.get(span));
    let (found, allowed) = match key.map(str::trim) {
        Some("agent") => (
            "stands here once more, and not always in double brackets".to_owned(),
            "allowed: a section [[pbx.agent]], in double brackets, for each agent",
        ),
        Some(_) => (
            "stands here once more".to_owned(),
            "allowed: each key and each section once",
        ),
        None => (
            format!("this is not TOML: {}", error.message()),
            "allowed: lines such as  key = \"value\"  below a heading such as  [section]",
        ),
    };
    Problem {
        key: key.unwrap_or_default().trim().to_owned(),
        found,
        allowed: allowed.to_owned(),
        span,
    }
}

/// Reads all sections, so that the problems of all are told; `None` comes with at least one problem.
fn sections(mut root: Section<'_>) -> Option<Config> {
    let zendesk = zendesk::read(root.section("zendesk"));
    let pbx = pbx::read(root.section("pbx"));
    let callers = callers::read(root.section("callers"));
    let groups = groups::read(root.section("groups"));
    let ticket = ticket::read(root.section("ticket"));
    let on_start = activation::read(root.section("activation"));
    let store = store::read(root.section("store"));
    let recordings = recordings::read(root.section("recordings"), ticket.time_zone.as_ref(), &store);
    let web = web::read(root.section("web"));
    root.finish();
    Some(Config {
        zendesk: zendesk?,
        pbx: pbx?,
        callers: callers?,
        groups,
        ticket,
        recordings,
        on_start,
        store,
        web,
    })
}
