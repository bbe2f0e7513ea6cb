//! The requests of the STARFACE client, as the simulated STARFACE sees them, under the description.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bridge_sim::starface::{SimStarface, Switches};
use starface_client::rest::{NumberType, Rest};
use starface_client::{Password, Server};

use super::description::Description;
use crate::report::Report;

/// Has the client ask for everything it can ask for.
pub(super) async fn check(description: &Description, report: &mut Report) -> anyhow::Result<()> {
    report.part("requests of the STARFACE client");
    let pbx = SimStarface::start("127.0.0.1:0", Switches::default()).await?;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&seen);
    pbx.record(Arc::new(move |exchange| {
        into.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((exchange.method.clone(), exchange.target.clone()));
    }));
    let rest = Rest::new(&Server::new(&pbx.url())?, "0001", Password::Plain("pw-0001".into()))?;
    let read = ask(&rest).await?;
    pbx.stop().await;

    let (mut asked, mut valid) = (0, 0);
    let mut unknown = BTreeMap::<String, usize>::new();
    for (method, target) in seen.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        asked += 1;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.strip_prefix("/rest").unwrap_or(path);
        let Some(operation) = description.find(method, path) else {
            *unknown.entry(format!("{method} {path}")).or_default() += 1;
            continue;
        };
        let wrong = operation.strange_parameters(query);
        valid += usize::from(wrong.is_empty());
        for offence in wrong {
            report.fail(format!("STARFACE client {method} {path}"), offence);
        }
    }
    report.say(format_args!("asked: {asked}"));
    report.say(format_args!("valid: {valid}"));
    report.say(format_args!("answers that the client reads: {read}"));
    // The version is asked for where newer systems are known to have it.
    if let Some((strange, _)) = unknown.iter().find(|(request, _)| *request != "GET /server/version") {
        report.fail(format!("STARFACE client {strange}"), "the description does not have it");
    }
    report.tally("not described", &unknown);
    Ok(())
}

/// How many answers were read; an answer that is not read is an error.
async fn ask(rest: &Rest) -> Result<usize, starface_client::Error> {
    let users = rest.users().await?;
    let Some(user) = users.first().map(|user| user.id) else {
        return Ok(0);
    };
    rest.find_users("Anna").await?;
    rest.user(user).await?;
    rest.me().await?;
    let groups = rest.groups().await?;
    let mut read = 5;
    for group in &groups {
        rest.group(group.id).await?;
        read += 1;
    }
    rest.accounts().await?;
    let numbers = rest.phone_numbers(None, None).await?;
    rest.phone_numbers(Some(NumberType::External), Some(true)).await?;
    for number in &numbers {
        rest.phone_number(number.id).await?;
        read += 1;
    }
    rest.numbers_of(user).await?;
    let permissions = rest.permissions().await?;
    rest.permissions_of(user).await?;
    for permission in &permissions {
        rest.users_with_permission(permission.id).await?;
        read += 1;
    }
    rest.server_version().await?;
    let _: serde_json::Value = rest.read(&format!("users/{user}/phoneconfig"), &[]).await?;
    rest.log_out().await?;
    Ok(read + 8)
}
