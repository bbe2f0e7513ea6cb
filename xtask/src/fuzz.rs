//! `cargo xtask fuzz`: numbers for `bridge-core`, documents and sessions for `starface-client` that nobody would think of, on the stable
//! toolchain.
//!
//! First the property tests of both with many more cases than usual, then mutations of what lies in
//! `crates/starface-client/corpus`. What goes wrong is written there, and an ordinary test replays it from then on.

use crate::command::{cargo, run};

/// For how long, and where to begin.
#[derive(clap::Args)]
pub(crate) struct Fuzz {
    /// How long to go on mutating
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Begin as an earlier run did; drawn and printed unless given
    #[arg(long)]
    seed: Option<u64>,
    /// How many cases each property test draws; of numbers a hundred times as many
    #[arg(long, default_value_t = 2_000)]
    cases: u32,
    /// Keep some of the inputs that took a new course in the corpus
    #[arg(long)]
    keep: bool,
}

const PROPERTIES: [&str; 4] = [
    "what_is_written_is_read",
    "arbitrary_bytes_never_panic",
    "shuffled_tags_never_panic",
    "a_session_never_sticks",
];

/// So many times more cases are drawn of numbers, which are soon read.
const NUMBERS: u32 = 100;

/// Runs all of it, and ends at the first failure.
pub(crate) fn fuzz(options: &Fuzz) -> anyhow::Result<()> {
    let mut numbers = cargo(&["test", "-p", "bridge-core", "--locked", "--lib", "number::properties"]);
    run(numbers.env("PROPTEST_CASES", options.cases.saturating_mul(NUMBERS).to_string()))?;

    let test = ["test", "-p", "starface-client", "--locked"];
    let mut properties = cargo(&[&test[..], &["--lib", "--"], &PROPERTIES].concat());
    run(properties.env("PROPTEST_CASES", options.cases.to_string()))?;

    let long = ["--test", "it", "--", "--ignored", "--nocapture", "fuzz::a_long_run"];
    let mut long = cargo(&[&test[..], &long].concat());
    long.env("STARFACE_FUZZ_SECONDS", options.seconds.to_string());
    if let Some(seed) = options.seed {
        long.env("STARFACE_FUZZ_SEED", seed.to_string());
    }
    if options.keep {
        long.env("STARFACE_FUZZ_KEEP", "1");
    }
    run(&mut long)
}
