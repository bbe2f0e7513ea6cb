//! Looks at the PBX side: logins and rights.

use pbx::Pbx;
use starface_client::rest::Rest;
use starface_client::uci::{Agent, Probe, ProbeDepth, probe};
use starface_client::{Error, ErrorKind, Server};

use super::report::Chapter;
use crate::config::{self, Config};

/// What is set up on the PBX.
pub(crate) type Lists = (Vec<pbx::User>, Vec<pbx::Group>);

/// Proves that the login may read users and groups. `Err` if the PBX cannot be asked anything; what it read is needed later.
pub(crate) async fn rights(
    adapter: &dyn Pbx,
    rest: &Rest,
    config: &Config,
    chapter: &mut Chapter,
) -> Result<Option<Lists>, ()> {
    if let Err(error) = rest.log_in().await {
        chapter.mend(advice(&error, config));
        return if error.kind() == ErrorKind::Login {
            Ok(None)
        } else {
            Err(())
        };
    }
    let version = rest.server_version().await.ok().flatten();
    let _ = rest.log_out().await;
    let version = version.map_or(String::new(), |version| format!(" (STARFACE {version})"));
    chapter.good(format!("login {} is accepted{version}", config.pbx.login));
    let users = adapter.users().await;
    let groups = adapter.groups().await;
    adapter.close().await;
    if let Some(error) = users.as_ref().err().or(groups.as_ref().err()) {
        chapter.mend(if error.kind() == pbx::ErrorKind::Forbidden {
            let login = &config.pbx.login;
            format!("login {login} may not list users and groups: give it the administration rights for both on the PBX ({})", chain(error))
        } else {
            format!("reading users and groups: {}", chain(error))
        });
    }
    let (Ok(users), Ok(groups)) = (users, groups) else {
        return Ok(None);
    };
    chapter.good(format!(
        "may read users and groups: {} users, {} groups",
        users.len(),
        groups.len()
    ));
    Ok(Some((users, groups)))
}

/// What an administrator can do about a login that failed.
fn advice(error: &Error, config: &Config) -> String {
    let url = config::plain(&config.pbx.url);
    let login = &config.pbx.login;
    let causes = chain(error);
    let kind = error.kind();
    if kind == ErrorKind::Unreachable {
        format!(
            "{url} cannot be reached. Are the address, the name service and the way through firewalls right? ({causes})"
        )
    } else if kind == ErrorKind::Certificate {
        format!(
            "{url} shows a certificate that nothing here vouches for. Put the certificate of its authority into a PEM file and name it in pbx.ca_file ({causes})"
        )
    } else if kind == ErrorKind::Login {
        format!(
            "the PBX refuses login {login}. Are pbx.login (the number to log in with, zeros count) and pbx.password right?"
        )
    } else {
        format!("signing in as {login}: {causes}")
    }
}

/// Proves the agents' logins. A thorough probe would end the session of a bridge that runs.
pub(crate) async fn agents(server: &Server, agents: &[Agent], running: bool, chapter: &mut Chapter) {
    let depth = if running {
        ProbeDepth::Gentle
    } else {
        ProbeDepth::Thorough
    };
    for agent in agents {
        let login = agent.login();
        match probe(server, agent, depth).await {
            Ok(Probe::Good) => chapter.good(format!("agent {login} can log in")),
            Ok(Probe::Refused { why }) => {
                chapter.mend(format!(
                    "agent {login}: {why}. Mend its [[pbx.agent]], or the user on the PBX"
                ));
            }
            Ok(Probe::Unreachable { why }) => chapter.mend(format!("agent {login}: {why}")),
            Ok(Probe::Unproven { why }) => {
                chapter.note(format!("agent {login}: cannot be told while the bridge runs ({why})"))
            }
            Ok(_) => chapter.note(format!("agent {login}: cannot be told")),
            Err(error) => chapter.mend(format!("agent {login}: {}", chain(&error))),
        }
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
