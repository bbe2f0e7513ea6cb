//! The configuration of a bridge between the simulators.

use std::time::Duration;

use bridge_sim::world;

/// What a bridge is told of its surroundings, and of what may differ.
#[derive(Clone, Debug)]
pub struct Configuration<'a> {
    /// Where the simulated Zendesk is.
    pub zendesk: &'a str,
    /// Where the simulated STARFACE is.
    pub pbx: &'a str,
    /// Where the bridge's own pages are.
    pub web: &'a str,
    /// How much of the account's limits it may use; as by default if `None`.
    pub request_share: Option<f64>,
    /// Whether unknown callers get a user each.
    pub new_user: bool,
    /// Whether a directory of callers is kept.
    pub directory: bool,
    /// After-call work.
    pub wrap_up: Duration,
    /// How long a ticket waits for its caller; as by default if `None`.
    pub lookup_patience: Option<Duration>,
}

impl Configuration<'_> {
    /// As a file of TOML, to which further tables may be added.
    #[must_use]
    pub fn toml(&self) -> String {
        let agents: String = world::PBX_USERS
            .iter()
            .map(|user| {
                format!(
                    "[[pbx.agent]]\nlogin = {:?}\npassword = {:?}\n",
                    user.login, user.password
                )
            })
            .collect();
        let share = self.request_share.map(|share| format!("request_share = {share}\n"));
        let patience = self
            .lookup_patience
            .map(|patience| format!("lookup_patience = \"{}ms\"\n", patience.as_millis()));
        format!(
            "[zendesk]\nurl = {zendesk:?}\nclient_id = {id:?}\nclient_secret = {secret:?}\n{share}\
             [pbx]\nurl = {pbx:?}\nlogin = {login:?}\npassword = {password:?}\n\
             [pbx.callback]\nlisten = \"127.0.0.1:0\"\nurl = \"http://127.0.0.1:0\"\n{agents}\
             [callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = {unknown:?}\ndefault_user = {default_user:?}\n\
             wrap_up = \"{wrap_up}ms\"\n{patience}number_fields = [\"phone\"]\ndirectory = {directory}\n\
             [ticket]\ntime_zone = \"Europe/Berlin\"\n\
             [web]\nlisten = {web:?}\n",
            zendesk = self.zendesk,
            id = world::CLIENT_ID,
            secret = world::CLIENT_SECRET,
            share = share.unwrap_or_default(),
            pbx = self.pbx,
            login = world::ADMIN.login,
            password = world::ADMIN.password,
            unknown = if self.new_user { "new-user" } else { "default-user" },
            default_user = world::DEFAULT_USER.2,
            wrap_up = self.wrap_up.as_millis(),
            patience = patience.unwrap_or_default(),
            directory = self.directory,
            web = self.web,
        )
    }
}
