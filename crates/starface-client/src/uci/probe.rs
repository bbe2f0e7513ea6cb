//! Whether a login would work, without watching.

use super::Agent;
use super::names::{Dialect, Request, SERVER_VERSION};
use super::rpc::Rpc;
use super::session::words::{REFUSED, explained, no_uci, out_of_order};
use super::session::{Proof, Reply};
use crate::transport::{Http, Server};
use crate::{Error, xmlrpc::Value};

/// How far [`probe`] goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ProbeDepth {
    /// Asks the PBX for its version under the login, which is known to need good credentials and no session. Disturbs
    /// nobody.
    Gentle,
    /// Logs in and out. Proves the login; but if somebody else watches it at the time, that session ends, since the
    /// PBX keeps one for each login. A [`Watch`](super::Watch) notices at its next keep-alive and gets back in.
    Thorough,
}

/// What came of [`probe`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Probe {
    /// The login works.
    Good,
    /// The PBX refuses it.
    Refused {
        /// Why, in words for an administrator.
        why: String,
    },
    /// The PBX could not be asked.
    Unreachable {
        /// Why, in words for an administrator.
        why: String,
    },
    /// The PBX answers, but what it says does not tell; [`ProbeDepth::Thorough`] would.
    Unproven {
        /// What it said.
        why: String,
    },
}

/// Tries a login.
///
/// # Errors
/// Only when the settings make no sense: what the PBX says is in the answer.
pub async fn probe(server: &Server, agent: &Agent, depth: ProbeDepth) -> Result<Probe, Error> {
    let rpc = Rpc::new(server, Http::new(server)?, agent, None)?;
    match depth {
        ProbeDepth::Gentle => {
            let (first, second) = rpc.proofs();
            let probed = gentle(&rpc, first).await;
            match (probed, second) {
                (Probe::Refused { .. }, Some(second)) => Ok(gentle(&rpc, second).await),
                (probed, _) => Ok(probed),
            }
        }
        ProbeDepth::Thorough => {
            let probed = log_in(&rpc).await;
            if probed == Probe::Good {
                // Nothing depends on the answer: a session that nobody keeps alive ends by itself.
                let (dialect, proof) = rpc.speaking();
                let _: Reply = rpc.call(proof, &dialect.method(&Request::Logout), &[]).await;
            }
            Ok(probed)
        }
    }
}

async fn gentle(rpc: &Rpc, proof: Proof) -> Probe {
    match rpc.call(proof, SERVER_VERSION, &[]).await {
        Reply::Value(value) if value.as_str().is_some_and(|version| !version.trim().is_empty()) => Probe::Good,
        Reply::Value(_) => Probe::Unproven {
            why: "the PBX does not tell its version".to_owned(),
        },
        Reply::Fault(fault) => Probe::Unproven { why: fault.to_string() },
        other @ (Reply::NotXmlRpc { .. } | Reply::Nothing { .. } | Reply::Unproved { .. }) => failed(other),
    }
}

/// Logs in, by the second proof if the first is refused. What worked is what [`Rpc::speaking`] tells from then on.
pub(super) async fn log_in(rpc: &Rpc) -> Probe {
    let (first, second) = rpc.proofs();
    let probed = log_in_by(rpc, first).await;
    match (probed, second) {
        (Probe::Refused { .. }, Some(second)) => log_in_by(rpc, second).await,
        (probed, _) => probed,
    }
}

async fn log_in_by(rpc: &Rpc, proof: Proof) -> Probe {
    let mut refusal = String::new();
    for dialect in Dialect::ALL {
        match rpc.call(proof, &dialect.method(&Request::Login), &[]).await {
            Reply::Value(value) if value.as_bool() == Some(true) => {
                rpc.speaks(dialect, proof);
                return Probe::Good;
            }
            Reply::Value(Value::Bool(false)) => {
                return Probe::Refused {
                    why: REFUSED.to_owned(),
                };
            }
            Reply::Value(_) => refusal = "the PBX answers the login with something that makes no sense".to_owned(),
            Reply::Fault(fault) => {
                refusal = format!("the PBX refuses the login: {}", explained(&fault));
                if fault.is_illegal_access() {
                    break;
                }
            }
            other @ (Reply::NotXmlRpc { .. } | Reply::Nothing { .. } | Reply::Unproved { .. }) => return failed(other),
        }
    }
    Probe::Refused { why: refusal }
}

fn failed(reply: Reply) -> Probe {
    match reply {
        Reply::NotXmlRpc { status } if status < 500 => Probe::Refused { why: no_uci(status) },
        Reply::NotXmlRpc { status } => Probe::Unreachable {
            why: out_of_order(status),
        },
        Reply::Nothing { why } => Probe::Unreachable { why },
        Reply::Unproved { why } => Probe::Refused { why },
        Reply::Fault(fault) => Probe::Unproven { why: fault.to_string() },
        Reply::Value(_) => Probe::Unproven {
            why: "an answer that makes no sense".to_owned(),
        },
    }
}
