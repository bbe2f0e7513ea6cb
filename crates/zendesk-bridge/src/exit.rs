//! How the process ends.

use std::process::ExitCode;

use crate::config::Rejected;
use crate::listen::NotToBeHad;
use crate::out;

/// The exit codes that scripts rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// 0: done.
    Done,
    /// 1: it ran and failed, or found something to mend.
    Failed,
    /// 2: usage or configuration error.
    Usage,
    /// 3: another bridge holds this configuration.
    Held,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => ExitCode::from(0),
            Exit::Failed => ExitCode::from(1),
            Exit::Usage => ExitCode::from(2),
            Exit::Held => ExitCode::from(3),
        }
    }
}

/// Why a command stops early: an exit code and what to tell.
#[derive(Debug)]
pub(crate) struct Stop {
    exit: Exit,
    message: String,
}

impl Stop {
    /// Ends with 1.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
        }
    }

    /// Ends with 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
        }
    }

    /// Ends with 3.
    pub(crate) fn held(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Held,
            message: message.into(),
        }
    }

    /// Tells the reason on standard error.
    pub(crate) fn report(self) -> ExitCode {
        out::tell(&self.message);
        self.exit.into()
    }
}

impl From<Rejected> for Stop {
    fn from(rejected: Rejected) -> Self {
        let message = match &rejected {
            Rejected::Wrong(wrong) => wrong.render(out::is_colourful(), out::error_width()),
            Rejected::NotFound(_) | Rejected::Unreadable { .. } => rejected.to_string(),
        };
        Self {
            exit: Exit::Usage,
            message,
        }
    }
}

impl From<NotToBeHad> for Stop {
    fn from(error: NotToBeHad) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::failed(format!("{error:#}"))
    }
}
