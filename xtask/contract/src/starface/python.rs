//! The simulated STARFACE, used by the XML-RPC of Python's standard library: as a client, and as the server that takes
//! the events.

use std::process::{Command, Output};

use bridge_sim::starface::{Caller, OAUTH_CLIENT, OAUTH_CLIENT_SECRET, SimStarface, Switches};

use crate::report::Report;

const PROGRAM: &str = include_str!("client.py");

/// Runs the program on a version 8 and on a version 10.
pub(super) async fn check(report: &mut Report) -> anyhow::Result<()> {
    if Command::new("python3").arg("--version").output().is_err() {
        report.part("the simulated STARFACE, used by Python: skipped: there is no python3");
        return Ok(());
    }
    report.part("the simulated STARFACE, used by Python");
    let mut version_10 = Switches::version_10();
    version_10.queue.groups = ["Support".to_owned()].into();
    version_10.oauth.external_idp = true;
    for (era, switches) in [("8", Switches::default()), ("10", version_10)] {
        let pbx = SimStarface::start("127.0.0.1:0", switches).await?;
        pbx.with(|state, _| state.set_contact("0049721123456", "Jörg Müller"));
        let url = pbx.url();
        let program = tokio::task::spawn_blocking(move || {
            Command::new("python3")
                .args(["-c", PROGRAM, &url, era, OAUTH_CLIENT, OAUTH_CLIENT_SECRET])
                .env("no_proxy", "*")
                .env("PYTHONIOENCODING", "utf-8")
                .output()
        });
        let player = pbx.clone();
        let play = tokio::spawn(async move {
            player.wait_subscribed(&["0102"]).await;
            let (call, caller) = ("8af3a07a-ef8a-41b1-9dd6-aa4cf247588f", "0049721123456".to_owned());
            player.ring(call, Some("Support"), Caller::Shown(caller), &["0101", "0102"], None);
            // The program hangs up.
            player.answer(call, "0102", None, None);
        });
        let output = program.await??;
        play.abort();
        judge(era, &output, report);
        pbx.stop().await;
    }
    Ok(())
}

fn judge(era: &str, output: &Output, report: &mut Report) {
    let told = String::from_utf8_lossy(&output.stdout);
    let checks = told.lines().filter(|line| line.starts_with("ok ")).count();
    report.say(format_args!("version {era}: {checks} checks hold"));
    if !output.status.success() || told.lines().last() != Some("done") {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last = errors.lines().last().unwrap_or("it did not come to its end");
        report.fail(format!("Python on version {era}"), last);
    }
}
