//! The page on which a person lets a client act for him, as far as a client sees it.

use super::errors;
use super::grant::wanted_scopes;
use super::message::SimResponse;
use super::state::{Ctx, Reply, State};
use super::switch_kinds::AuthorizationPage;

impl State {
    /// Who is asked is the person who made the client.
    pub(super) fn authorization_page(&mut self, ctx: &mut Ctx<'_>) -> Reply {
        let asked = |key: &str| ctx.params.get(key);
        let client = asked("client_id").and_then(|id| self.keys.clients.get(id)).cloned();
        let redirect = asked("redirect_uri").unwrap_or_default().to_owned();
        // Nobody is led to an address that the client did not name before.
        let Some(client) = client.filter(|client| client.redirects.contains(&redirect)) else {
            return Err(errors::html(400, "Invalid Authorization Request"));
        };
        let state = asked("state").map(str::to_owned);
        let back = |more: &[(&str, &str)]| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query
                .extend_pairs(more)
                .extend_pairs(state.iter().map(|state| ("state", state)));
            let mark = if redirect.contains('?') { '&' } else { '?' };
            let target = format!("{redirect}{mark}{}", query.finish());
            SimResponse::empty(302).with("location", target)
        };
        let refuse = |error: &str| Err(back(&[("error", error)]));
        if asked("response_type") != Some("code") {
            return refuse("unsupported_response_type");
        }
        let challenge = asked("code_challenge").filter(|challenge| !challenge.is_empty());
        let plain = challenge.is_some() && asked("code_challenge_method") != Some("S256");
        if plain || challenge.is_none() && client.secret.is_none() {
            return refuse("invalid_request");
        }
        let Ok(scopes) = wanted_scopes(&client, asked("scope")) else {
            return refuse("invalid_scope");
        };
        match self.switches.authorization_page {
            AuthorizationPage::Denies => return refuse("access_denied"),
            // The page's button sends the same request once more.
            AuthorizationPage::Asks if asked("agreed").is_none() => {
                let again = ctx.params.without(&[]).map(|(key, value)| {
                    let (key, value) = (escaped(key), escaped(value));
                    format!("<input type=\"hidden\" name=\"{key}\" value=\"{value}\">")
                });
                let page = format!(
                    "<!doctype html>\n<title>Allow access</title>\n<form action=\"/oauth/authorizations/new\">{}\
                     <button name=\"agreed\" value=\"yes\">Allow</button></form>\n",
                    again.collect::<String>()
                );
                return Ok(SimResponse::text(200, "text/html; charset=utf-8", page));
            }
            AuthorizationPage::Agrees | AuthorizationPage::Asks => {}
        }
        let challenge = challenge.map(str::to_owned);
        let code = self.give_code(&client, &redirect, scopes, challenge.as_deref(), ctx.now);
        Ok(back(&[("code", &code)]))
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
