//! The site that a story is played on: a Zendesk account, and a bridge's configuration as an administrator would write it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bridge_sim::starface::{self, RecordingSwitches, SimStarface};
use bridge_sim::story::{Given, Settings, Story};
use bridge_sim::zendesk::SimZendesk;
use bridge_sim::{world, zendesk};

/// A Zendesk whose rate limits are as much higher as the day is played faster.
pub(super) fn account(speed: f64) -> zendesk::Switches {
    let usual = zendesk::Limits::default();
    let faster = |limit: Option<u32>| limit.map(|limit| limit.saturating_mul(speed as u32));
    let limits = zendesk::Limits {
        account: faster(usual.account),
        ticket_creates: faster(usual.ticket_creates),
        ticket_updates: faster(usual.ticket_updates),
        one_ticket: faster(usual.one_ticket),
        ticket_lists: faster(usual.ticket_lists),
        one_user: faster(usual.one_user),
        user_updates: faster(usual.user_updates),
        searches: faster(usual.searches),
        ..usual
    };
    // A minute in which nothing new is found would be most of a day that is played in seconds.
    zendesk::Switches {
        limits,
        ..zendesk::Switches::compressed()
    }
}

/// The folder in which the STARFACE leaves its recordings.
pub(super) const INBOX: &str = "inbox";
/// The folder that stands for a share.
pub(super) const SHARE: &str = "share";
/// The folder below it.
pub(super) const SUBDIRECTORY: &str = "Telefonie";

/// A STARFACE whose recordings appear soon, and play as long as the call is told to have lasted.
pub(super) fn pbx(folder: &Path, speed: f64) -> starface::Switches {
    starface::Switches {
        recording: RecordingSwitches {
            folder: Some(folder.join(INBOX)),
            // The call's id settles whose it is, also where many calls of a number fall into a few seconds.
            file_name: "Aufnahme_{date}_{time}_{from}_{to}_{call}.wav".to_owned(),
            delay: Duration::from_millis(100),
            slower: speed as u32,
            ..RecordingSwitches::default()
        },
        ..starface::Switches::default()
    }
}

/// The configuration of the bridge, with durations as much shorter as the story is played faster.
pub(super) fn configuration(
    pbx: &SimStarface,
    desk: &SimZendesk,
    web: SocketAddr,
    story: &Story,
    speed: f64,
    folder: &Path,
) -> String {
    let settings = Settings::of(story);
    let list = |items: &[String]| {
        items
            .iter()
            .map(|item| format!("{item:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let fields: Vec<String> = settings.number_fields.iter().map(|field| field_name(field)).collect();
    let agents = world::PBX_USERS.iter().map(|user| {
        format!(
            "\n[[pbx.agent]]\nlogin = {:?}\npassword = {:?}\n",
            user.login, user.password
        )
    });
    format!(
        "# The bridge of the demo.\n\
         [zendesk]\nurl = {zendesk:?}\nclient_id = {id:?}\nclient_secret = {secret:?}\nscreen_pop = {pop}\n\n\
         [pbx]\nurl = {pbx:?}\nlogin = {login:?}\npassword = {password:?}\n\n\
         [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n{agents}\n\
         [callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = {unknown:?}\ndefault_user = {default_user:?}\n\
         wrap_up = \"{wrap_up}ms\"\nlookup_patience = \"{patience}ms\"\nnumber_fields = [{fields}]\n\
         directory = {directory}\n\n\
         [groups]\ninclude = [{include}]\n\n\
         [activation]\non_start = {on_start:?}\n\n\
         [web]\nlisten = \"{web}\"\n{recordings}",
        zendesk = desk.url(),
        id = world::CLIENT_ID,
        secret = world::CLIENT_SECRET,
        pop = settings.screen_pop,
        pbx = pbx.url(),
        login = world::ADMIN.login,
        password = world::ADMIN.password,
        agents = agents.collect::<String>(),
        unknown = if settings.new_user { "new-user" } else { "default-user" },
        default_user = world::DEFAULT_USER.2,
        wrap_up = settings.wrap_up.div_f64(speed).as_millis(),
        patience = settings.patience.div_f64(speed).as_millis(),
        fields = list(&fields),
        directory = !is_about_searching(story),
        include = list(&settings.include),
        recordings = recordings(&settings, folder),
        on_start = if settings.active { "active" } else { "inactive" },
    )
}

/// Whether it is told how a search fares, which a directory would make needless.
fn is_about_searching(story: &Story) -> bool {
    let about = |given: &Given| matches!(given, Given::SearchTakes(_) | Given::SearchMisses);
    story.given.iter().any(about)
}

/// Of calls to which groups, and where they go.
fn recordings(settings: &Settings, folder: &Path) -> String {
    if settings.record.is_empty() {
        return String::new();
    }
    let groups: Vec<String> = settings.record.iter().map(|group| format!("{group:?}")).collect();
    format!(
        "\n[recordings]\ngroups = [{groups}]\ninbox = {INBOX:?}\nsettle = \"20ms\"\n\
         file_name = \"{{date}}_{{time}}_{{from}}_{{to}}.wav\"\n\n\
         [recordings.share]\nurl = {share:?}\nsubdirectory = {SUBDIRECTORY:?}\ncron = \"* * * * *\"\n",
        groups = groups.join(", "),
        share = format!("file://{}", folder.join(SHARE).display()),
    )
}

/// Stories name custom fields by their bare keys, too.
fn field_name(field: &str) -> String {
    match field {
        "phone" | "identity" => field.to_owned(),
        other if other.starts_with("user_fields.") => other.to_owned(),
        key => format!("user_fields.{key}"),
    }
}
