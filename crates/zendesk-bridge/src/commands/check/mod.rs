//! `check`: reaches both sides and proves the rights that will be needed. Nothing that it writes stays but the
//! folder for copies, without which nobody can tell whether they can be written.

mod machine;
mod recordings;
mod report;
mod sides;
mod starface;
mod zendesk;

use std::path::PathBuf;

use bridge_core::desk::UserId;
use bridge_core::matching::match_up;
use bridge_core::port::HelpDesk;
use bridge_runtime::store::StoreReader;
use bridge_runtime::zendesk::ZendeskDesk;
use pbx::Pbx;
use zendesk_client::RetryPolicy;

use crate::cli::Output;
use crate::config::{self, Config, Need};
use crate::exit::{Exit, Stop};
use crate::{out, wire};
use report::Report;
pub(crate) use zendesk::token_warning;

/// Reads the configuration and looks at both sides.
pub(crate) async fn run(file: Option<PathBuf>, output: Output) -> Result<Exit, Stop> {
    let file = config::locate(file.as_deref())?;
    let config = config::load(&file, Need::Everything)?;
    let report = look(&config).await?;
    if output.json {
        out::say_json(&report);
    } else {
        out::say(&report.render());
    }
    Ok(if report.ready { Exit::Done } else { Exit::Failed })
}

async fn look(config: &Config) -> anyhow::Result<Report> {
    let running = StoreReader::is_held(&config.store);
    let mut report = Report::default();
    if running {
        report
            .chapter("Bridge")
            .note("a bridge runs on this configuration's store; it is not disturbed");
    }

    let client = wire::zendesk_at_once(config)?;
    let desk = ZendeskDesk::with_policy(&client, RetryPolicy::never());
    let chapter = report.chapter(format!("Zendesk {}", config::plain(&config.zendesk.url)));
    let zendesk_stands = zendesk::rights(&client, config, wire::token_days_left(config), chapter).await;
    let mut roster = None;
    if zendesk_stands {
        match desk.roster().await {
            Ok(found) => {
                chapter.good(format!(
                    "may list agents and groups: {} agents, {} groups",
                    found.agents.len(),
                    found.groups.len()
                ));
                roster = Some(found);
            }
            Err(failure) => chapter.mend(format!("listing agents and groups: {failure}")),
        }
    }

    let server = wire::server(config)?;
    let rest = wire::rest(config, &server)?;
    let adapter = wire::adapter(config)?;
    let chapter = report.chapter(format!("STARFACE {}", config::plain(&config.pbx.url)));
    let lists = starface::rights(&adapter as &dyn Pbx, &rest, config, chapter).await;
    if lists.is_ok() {
        starface::agents(&server, &wire::agents(config), running, chapter).await;
    }

    let chapter = report.chapter("This machine");
    machine::addresses(config, running, chapter).await;
    machine::store(&config.store, chapter).await;

    if zendesk_stands {
        zendesk::default_user(&client, config, report.chapter("Default user")).await;
        zendesk::number_fields(&client, config, report.chapter("Learned numbers")).await;
    }
    let groups = lists
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(|(_, groups)| groups.clone());
    if let (Some(roster), Some((users, groups))) = (roster, lists.ok().flatten()) {
        // The default user plays no part in what is shown here.
        let matching = match_up(&users, &groups, &roster, UserId::new(0), &config.groups);
        sides::show(&matching, &roster, &config.groups, &config.pbx.agents, &mut report);
    }
    recordings::look(config, groups.as_deref(), report.chapter("Recordings")).await;
    report.finish();
    Ok(report)
}
