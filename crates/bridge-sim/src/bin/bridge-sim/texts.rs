//! A configuration for a real bridge, as text.

use std::net::SocketAddr;
use std::time::Duration;

use bridge_sim::starface::OAUTH_CLIENT_SECRET;
use bridge_sim::story::Settings;
use bridge_sim::world;

pub(crate) fn zendesk_toml(url: &str, screen_pop: bool) -> String {
    let (id, secret) = (world::CLIENT_ID, world::CLIENT_SECRET);
    format!(
        "[zendesk]\nurl = \"{url}\"\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\nscreen_pop = {screen_pop}\n"
    )
}

pub(crate) fn starface_toml(url: &str, callback: SocketAddr, oauth: bool) -> String {
    let world::PbxUser { login, password, .. } = world::ADMIN;
    let client = match oauth {
        true => format!("client_secret = \"{OAUTH_CLIENT_SECRET}\"\n"),
        false => String::new(),
    };
    let agents = world::PBX_USERS.iter().map(|user| {
        format!(
            "\n[[pbx.agent]]\nlogin = \"{}\"\npassword = \"{}\"\n",
            user.login, user.password
        )
    });
    format!(
        "[pbx]\nkind = \"starface\"\nurl = \"{url}\"\nlogin = \"{login}\"\npassword = \"{password}\"\n{client}\n\
         [pbx.callback]\nlisten = \"{callback}\"\nurl = \"http://{callback}\"\n{}",
        agents.collect::<String>()
    )
}

/// The rest of the configuration; durations are as much shorter as the stories are played faster.
pub(crate) fn bridge_toml(settings: &Settings, speed: f64, web: SocketAddr) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| {
        items.map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
    };
    // Stories name user fields by their bare keys, too.
    let field = |name: &String| match name.as_str() {
        "phone" | "identity" => name.clone(),
        key => format!("user_fields.{}", key.trim_start_matches("user_fields.")),
    };
    let real = |time: Duration| format!("{}ms", time.div_f64(speed).as_millis());
    format!(
        "[callers]\ncountry = \"DE\"\narea_code = \"721\"\nunknown = \"{unknown}\"\ndefault_user = \"{default}\"\n\
         wrap_up = \"{wrap_up}\"\nlookup_patience = \"{patience}\"\nnumber_fields = [{fields}]\n\n\
         [groups]\ninclude = [{include}]\n\n[activation]\non_start = \"{on_start}\"\n\n[web]\nlisten = \"{web}\"\n",
        unknown = if settings.new_user { "new-user" } else { "default-user" },
        default = world::DEFAULT_USER.2,
        wrap_up = real(settings.wrap_up),
        patience = real(settings.patience),
        fields = list(&mut settings.number_fields.iter().map(field)),
        include = list(&mut settings.include.iter().cloned()),
        on_start = if settings.active { "active" } else { "inactive" },
    )
}
