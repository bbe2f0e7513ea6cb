//! UCI: the events of calls, for one login each.
//!
//! A STARFACE tells a login's own calls and nobody else's, so whoever wants to see the calls of ten agents logs in ten
//! times. It tells them by calling back: it sends XML-RPC to an address that each login announces. [`Watch`] does all
//! of that: one listener for all, one session for each.
//!
//! ```text
//!   Watch ──┬── driver ── Session "0101" ──▶ login, subscribeEvents, keepAlive, …  ──▶ PBX
//!           ├── driver ── Session "0102" ──▶                                       ──▶
//!           └── listener  POST /<secret>?de.vertico.starface.user=0101&…auth=…      ◀── PBX
//! ```
//!
//! [`session::Session`] holds all decisions and does no IO: what came in and what time it is go in, what to send and
//! what to tell come out. The drivers do what it says.

mod call_list;
mod callback;
mod driver;
mod event;
mod names;
mod probe;
mod queue;
mod requests;
mod rpc;
pub mod session;
mod watch;

use secrecy::SecretString;

pub use call_list::{CallList, CallListEntry, CallListQuery, CallResult, Direction, GroupFilter};
pub use callback::Callbacks;
pub use event::{CallEvent, CallState, Callback, IdChange};
pub use names::Dialect;
pub use probe::{Probe, ProbeDepth, probe};
pub use queue::{QueueEvent, QueueEventKind};
pub use requests::Requests;
pub use watch::{Notices, Watch, WatchOptions};

use crate::auth::{Password, uci_token, uci_token_active_directory, uci_token_md5};
use crate::{Error, ErrorKind};

/// A login whose calls are to be watched.
#[derive(Clone, Debug)]
pub struct Agent {
    login: String,
    password: Password,
    form: TokenForm,
}

/// How the token of the classic login is made, which depends on the version of the PBX and on where it keeps its users.
/// OAuth is not among them: see [`Server::oauth`](crate::Server::oauth).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub enum TokenForm {
    /// Since version 6.4.2.19.
    #[default]
    Sha512,
    /// Up to version 6.4.2.12. Needs the password itself.
    Md5,
    /// For users whom the PBX keeps in an Active Directory. Needs the password itself, and sends it in a form that can be
    /// read: only one program in the field is known to do so.
    ActiveDirectory,
}

impl Agent {
    /// The login with this id, such as `0101`, and its password.
    #[must_use]
    pub fn new(login: impl Into<String>, password: Password) -> Self {
        Self {
            login: login.into(),
            password,
            form: TokenForm::default(),
        }
    }

    /// Another form of the token than the usual one.
    #[must_use]
    pub fn token_form(mut self, form: TokenForm) -> Self {
        self.form = form;
        self
    }

    /// The login's id.
    #[must_use]
    pub fn login(&self) -> &str {
        &self.login
    }

    pub(crate) fn password(&self) -> &Password {
        &self.password
    }

    /// What goes with every request and must come back with every callback.
    fn token(&self) -> Result<SecretString, Error> {
        let token = match self.form {
            TokenForm::Sha512 => Some(uci_token(&self.login, &self.password)),
            TokenForm::Md5 => uci_token_md5(&self.login, &self.password),
            TokenForm::ActiveDirectory => uci_token_active_directory(&self.login, &self.password),
        };
        token.ok_or_else(|| {
            let message = format!("the login {} needs the password itself, not its SHA-512", self.login);
            Error::new(ErrorKind::Config, message)
        })
    }
}

/// Something a [`Watch`] has to tell.
#[derive(Clone, PartialEq, Debug)]
pub struct Notice {
    /// Which login it is about.
    pub login: String,
    /// What.
    pub what: What,
}

/// What there is to tell of one login.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum What {
    /// The session stands, for the first time or again: from here on events come. A [`What::Snapshot`] or a
    /// [`What::Gap`] follows.
    Connected,
    /// There is no session, for a reason that may go away: events are being missed. Told once, until something else is;
    /// the session tries to get back by itself.
    Lost {
        /// Why, in words for an administrator.
        why: String,
    },
    /// The PBX does not let this login in. Tried again now and then, but somebody has to do something.
    Refused {
        /// Why, in words for an administrator.
        why: String,
    },
    /// The PBX told of a call.
    Call(CallEvent),
    /// The PBX goes on with a call under another id.
    IdChanged(IdChange),
    /// The PBX told of a queue. Only if [asked for](WatchOptions::queue_events).
    Queue(QueueEvent),
    /// All calls in progress at this login, and no others.
    Snapshot(Vec<CallEvent>),
    /// Events may have been missed, and the calls in progress could not be asked for.
    Gap,
    /// A callback that is not understood. Harmless, but worth a line in a log: the payload of some events is
    /// documented nowhere.
    Unknown {
        /// Its method.
        method: String,
        /// Types and keys of what it carried, without values.
        shape: String,
    },
}
