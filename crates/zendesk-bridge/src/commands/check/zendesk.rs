//! Looks at the Zendesk side: may the bridge do there what it will have to?

use bridge_core::desk::NumberField;
use bridge_runtime::Clock;
use jiff::SignedDuration;
use zendesk_client::user_fields::UserFieldKind;
use zendesk_client::{Client, Error, ErrorKind};

use super::report::Chapter;
use crate::config::{self, Config, Credentials, field_name};

/// Proves the rights; false if nothing more can be asked of Zendesk.
pub(crate) async fn rights(client: &Client, config: &Config, days_left: Option<i32>, chapter: &mut Chapter) -> bool {
    let way = match &config.zendesk.credentials {
        Credentials::Client { .. } => "OAuth client credentials",
        Credentials::Token(_) => "an OAuth token",
        Credentials::ApiToken { .. } => "an API token",
    };
    let me = match client.whoami().await {
        Ok(me) => me,
        Err(error) => {
            chapter.mend(advice(&error, "signing in", config));
            return false;
        }
    };
    if me.is_working_agent() {
        chapter.good(format!("signs in as {} (user {}) with {way}", me.name, me.id));
    } else {
        chapter.mend(format!(
            "the credentials belong to user {}, who is no active agent: make them as an agent or administrator that is neither suspended nor deleted",
            me.id
        ));
    }
    if let Some(days) = days_left {
        chapter.note(token_warning(days));
    }
    if !matches!(config.zendesk.credentials, Credentials::ApiToken { .. }) {
        scopes(client, chapter).await;
    }
    // A number that nobody has: the right to search is what counts.
    match client.users().search_by_phone("4972100000000").first_page().await {
        Ok(_) => chapter.good("may search users by their numbers"),
        Err(error) => chapter.mend(advice(&error, "searching users", config)),
    }
    directory(client, config, chapter).await;
    if config.zendesk.screen_pop {
        chapter.note(
            "screen pops need Talk Partner Edition; whether the account has it shows with the first call, for it cannot be tried without \
             opening something on an agent's screen. screen_pop = false does without",
        );
    } else {
        chapter.note("screen pops are switched off");
    }
    true
}

/// Whether the list of changed users may be read, of which the directory is made. Without it the bridge does its work all the same.
async fn directory(client: &Client, config: &Config, chapter: &mut Chapter) {
    if !config.callers.directory {
        return chapter.note("no directory of callers is kept: each is searched for when the phone rings");
    }
    // Whoever was changed in the last minutes: one short page.
    let lately = Clock::system().now() - SignedDuration::from_mins(10);
    match client.incremental().users(lately).first_page().await {
        Ok(_) => chapter.good("may read who was changed, so that the directory of callers is kept up to date"),
        Err(error) if matches!(error.kind(), ErrorKind::Forbidden | ErrorKind::NoSuchEndpoint | ErrorKind::NotFound) => chapter.note(
            "may not read who was changed, which only an administrator may: there will be no directory of callers, and each is searched \
             for when the phone rings, one request more for each call. Make the credentials as an administrator, or set callers.directory = false",
        ),
        Err(error) => chapter.mend(advice(&error, "reading who was changed", config)),
    }
}

/// Looks for the default user; does not set it up.
pub(crate) async fn default_user(client: &Client, config: &Config, chapter: &mut Chapter) {
    let email = &config.callers.default_user;
    match client.users().search_by_email(email).first_page().await {
        Ok(users) => match users.iter().find(|user| user.active != Some(false)) {
            Some(user) if user.suspended == Some(true) => {
                chapter.mend(format!("the default user {email} (user {}) is suspended, so tickets for it would vanish: lift the suspension", user.id));
            }
            Some(user) => chapter.good(format!("{email} is user {}", user.id)),
            None => chapter.note(format!("{email} does not exist yet; the first `run` sets it up")),
        },
        Err(error) => chapter.mend(advice(&error, "looking for the default user", config)),
    }
}

/// Looks whether the custom fields for learned numbers exist and take text.
pub(crate) async fn number_fields(client: &Client, config: &Config, chapter: &mut Chapter) {
    let names: Vec<String> = config.callers.number_fields.iter().map(field_name).collect();
    chapter.good(format!(
        "a learned number goes into the first that is free of: {}",
        names.join(", ")
    ));
    let wanted = config.callers.number_fields.iter().filter_map(|field| match field {
        NumberField::Custom(key) => Some(key),
        NumberField::Phone | NumberField::Identity => None,
    });
    let wanted: Vec<&String> = wanted.collect();
    if wanted.is_empty() {
        return;
    }
    let found = match client.user_fields().list().all().await {
        Ok(found) => found,
        Err(error) => return chapter.mend(advice(&error, "reading the user fields", config)),
    };
    for key in wanted {
        let Some(field) = found.iter().find(|field| field.key == *key) else {
            chapter.mend(format!(
                "callers.number_fields names user_fields.{key}, and Zendesk has no user field with the key `{key}`: add it in Admin Center > \
                 People > User fields (type text), or take it out of the list"
            ));
            continue;
        };
        let kind = field.kind.as_ref().map_or("text", UserFieldKind::as_str);
        if field.active == Some(false) {
            chapter.mend(format!(
                "the user field `{key}` is switched off in Zendesk: activate it, or take it out of callers.number_fields"
            ));
        } else if !matches!(kind, "text" | "textarea" | "regexp") {
            chapter.mend(format!(
                "the user field `{key}` is of type {kind}, which takes no telephone number: use a text field"
            ));
        } else {
            chapter.good(format!("user field `{key}` exists"));
        }
    }
}

/// The dated warning about API tokens.
pub(crate) fn token_warning(days: i32) -> String {
    let change = "make an OAuth client in Admin Center and put client_id and client_secret in its place";
    match days {
        ..0 => format!("Zendesk stopped accepting API tokens on 2027-04-30: {change}"),
        0 => format!("today is the last day on which Zendesk accepts API tokens: {change}"),
        1 => format!("Zendesk stops accepting API tokens on 2027-04-30, in 1 day: {change}"),
        days => format!("Zendesk stops accepting API tokens on 2027-04-30, in {days} days: {change}"),
    }
}

async fn scopes(client: &Client, chapter: &mut Chapter) {
    match client.oauth().current_token().await {
        Ok(token) => {
            let missing: Vec<&str> = ["read", "write"]
                .into_iter()
                .filter(|wanted| !token.scopes.iter().any(|scope| scope == wanted))
                .collect();
            if token.scopes.is_empty() {
                chapter.note("Zendesk does not tell the token's scopes; `read write` is needed");
            } else if missing.is_empty() {
                chapter.good("the token's scope is `read write`");
            } else {
                chapter.mend(format!(
                    "the token has the scope `{}` and lacks `{}`: give the OAuth client both, since finer scopes are refused for user identities",
                    token.scopes.join(" "),
                    missing.join(" ")
                ));
            }
        }
        Err(_) => chapter.note("Zendesk does not tell the token's scopes; `read write` is needed"),
    }
}

/// What an administrator can do about a failure.
pub(crate) fn advice(error: &Error, doing: &str, config: &Config) -> String {
    let url = config::plain(&config.zendesk.url);
    match error.kind() {
        ErrorKind::NotAuthenticated => format!(
            "{doing}: Zendesk refuses the credentials. {}",
            match config.zendesk.credentials {
                Credentials::Client { .. } =>
                    "Are client_id (the unique identifier, not the name) and client_secret those of an active, confidential OAuth client of this account?",
                Credentials::Token(_) =>
                    "Has the OAuth token run out, or was it revoked? Client credentials renew themselves",
                Credentials::ApiToken { .. } =>
                    "Do email and api_token belong together, and is the token still active? OAuth client credentials last longer",
            }
        ),
        ErrorKind::Forbidden if !error.missing_scopes().is_empty() => {
            format!(
                "{doing}: the token lacks the scope `{}`",
                error.missing_scopes().join(" ")
            )
        }
        ErrorKind::Forbidden => format!(
            "{doing}: the agent of the credentials lacks the right. Give it a role that may manage end users and see all tickets"
        ),
        ErrorKind::NoSuchEndpoint | ErrorKind::NotFound => {
            format!("{doing}: there is no Zendesk account at {url}, or its plan lacks this. Is zendesk.url right?")
        }
        ErrorKind::Connect => format!(
            "{doing}: {url} cannot be reached. Are the address, the name service and the way out (proxy, firewall) right?"
        ),
        ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Unavailable => {
            format!("{doing}: {url} does not answer properly at the moment ({error}). Try again later")
        }
        ErrorKind::RateLimited => {
            format!("{doing}: Zendesk answers that there were too many requests. Try again in a minute")
        }
        ErrorKind::Conflict
        | ErrorKind::Collision
        | ErrorKind::IdempotencyMismatch
        | ErrorKind::Validation
        | ErrorKind::TooLarge
        | ErrorKind::Rejected
        | ErrorKind::Decode
        | ErrorKind::ForeignLink
        | _ => format!("{doing}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::token_warning;

    #[test]
    fn the_end_of_api_tokens_is_told_with_the_days_left() {
        for (days, words) in [
            (157, "in 157 days"),
            (1, "in 1 day:"),
            (0, "today is the last day"),
            (-1, "stopped accepting"),
        ] {
            assert!(token_warning(days).contains(words), "{days}: {}", token_warning(days));
        }
    }
}
