//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Turns every answered call on a STARFACE into the right Zendesk ticket, on the right agent's screen.
///
/// Exit codes: 0 done; 1 it ran and failed, or found something to mend; 2 usage or configuration error; 3 another
/// bridge holds this configuration.
#[derive(Parser, Debug)]
#[command(
    name = "zendesk-bridge",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    /// The configuration [default: bridge.toml, then /etc/zendesk-bridge/bridge.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Plays a working day between a simulated STARFACE and a simulated Zendesk; needs nothing
    ///
    /// Starts both simulators on loopback, runs the real bridge between them with an embedded store, shows every call as it
    /// happens, and ends with a table of what became of each. Exits 0 only if every call came out as the script demands.
    Demo(Demo),
    /// Writes a commented configuration to start from; overwrites nothing
    Init {
        /// Where to [default: what --config names, or bridge.toml]
        file: Option<PathBuf>,
    },
    /// Reads the configuration, reaches both sides and proves the rights; nothing that it writes stays
    ///
    /// Where recordings are kept or deleted later, it writes a file and deletes it at once; the folder for copies on the share is
    /// made if it is absent.
    Check(Output),
    /// Runs the bridge in the foreground until SIGTERM or SIGINT
    Run {
        /// Activate the bridge, whatever it was before
        #[arg(long)]
        activate: bool,
    },
    /// Activates the running bridge, or the next one to run
    Activate(Output),
    /// Deactivates the running bridge, or the next one to run
    Deactivate(Output),
    /// Shows connections, users and groups, calls in progress, and what waits
    Status(Output),
    /// Lists the last calls: the ticket, or the reason why there is none
    Calls {
        /// How many
        #[arg(long, default_value_t = 20, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
        last: u32,
        /// Show the callers' numbers in full
        #[arg(long)]
        numbers: bool,
        /// How to show them.
        #[command(flatten)]
        output: Output,
    },
    /// Tells one call's whole story: events, decisions, requests and answers, with their reasons
    Call {
        /// As `calls` shows it; the beginning is enough where it is the only one
        id: String,
        /// Show the caller's number in full
        #[arg(long)]
        numbers: bool,
        /// How to show it.
        #[command(flatten)]
        output: Output,
    },
    /// Lists recordings of which it is not certain whose they are; brings one to its call, has a call not recorded, or copies what waits
    Recordings {
        /// Show the files' names, which may hold numbers
        #[arg(long)]
        names: bool,
        /// How to answer.
        #[command(flatten)]
        output: Output,
        /// What to do with one.
        #[command(subcommand)]
        act: Option<RecordingsAct>,
    },
    /// Tells what a call from a number would lead to, and why; nothing is written
    ///
    /// The number is read as the bridge would read it, looked for in its directory of callers and, where that is not enough, searched
    /// for in Zendesk. No bridge needs to run.
    Caller {
        /// The number as the telephone system would show it, in quotes if it has spaces; "" for none
        number: String,
        /// Show users' names
        #[arg(long)]
        names: bool,
        /// How to answer.
        #[command(flatten)]
        output: Output,
    },
    /// Numbers that the bridge has learned: what it wrote to Zendesk profiles, and taking it back
    Numbers {
        /// What to do.
        #[command(subcommand)]
        act: NumbersAct,
    },
    /// Lists what is kept of one caller: calls, orders, recordings; with --yes, erases it for good
    ///
    /// Calls stay as facts without the person: when, group, agent, outcome, ticket. What is in Zendesk is listed and not touched.
    /// Listing works beside a running bridge; erasing wants none to run. What cannot be erased yet is said, with how to come back.
    Forget {
        /// The number, as it is dialled or shown, in quotes if it has spaces
        number: String,
        /// Erase
        #[arg(long)]
        yes: bool,
        /// How to answer.
        #[command(flatten)]
        output: Output,
    },
    /// Takes up again what is wedged, once its reason is mended
    Retry {
        /// A wedged effect as `status` shows it, or a call: then all that is wedged of it
        id: String,
        /// How to answer.
        #[command(flatten)]
        output: Output,
    },
}

/// What to do with a recording.
#[derive(Subcommand, Debug)]
pub(crate) enum RecordingsAct {
    /// Brings a recording to a call
    Assign {
        /// The file's name, or the beginning of its SHA-256 as `recordings` shows it
        #[arg(value_name = "FILE")]
        recording: String,
        /// As `calls` shows it; the beginning is enough where it is the only one
        call: String,
    },
    /// Has a call not recorded, also while it goes on: what there is of it is deleted, on its ticket as well
    Refuse {
        /// As `calls` shows it; the beginning is enough where it is the only one
        call: String,
    },
    /// Copies what waits to the share now, whether a bridge runs or not
    Copy,
}

/// What to do with learned numbers.
#[derive(Subcommand, Debug)]
pub(crate) enum NumbersAct {
    /// Lists what the bridge wrote to users' profiles: when, to whom, which number, where, from which call
    Learned {
        /// Show the numbers in full
        #[arg(long)]
        numbers: bool,
        /// How to show them.
        #[command(flatten)]
        output: Output,
    },
    /// Takes a learned number back from a user's profile, if it still stands there as the bridge wrote it
    Forget {
        /// The user's id, as `numbers learned` shows it
        user: u64,
        /// The number, as it is dialled or shown, in quotes if it has spaces
        number: String,
        /// How to answer.
        #[command(flatten)]
        output: Output,
    },
}

/// How to answer.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Output {
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// How to play the day.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Demo {
    /// Leave simulators and bridge up afterwards, with their addresses
    #[arg(long)]
    pub(crate) keep_running: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_makes_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_configuration_may_be_named_anywhere() {
        for line in [
            "zendesk-bridge --config a.toml check",
            "zendesk-bridge check --config a.toml",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(cli.config, Some(PathBuf::from("a.toml")), "{line}");
        }
    }

    #[test]
    fn usage_errors_exit_with_2() {
        for line in [
            "zendesk-bridge chek",
            "zendesk-bridge run --fast",
            "zendesk-bridge call",
        ] {
            assert_eq!(
                Cli::try_parse_from(line.split(' ')).unwrap_err().exit_code(),
                2,
                "{line}"
            );
        }
    }
}
