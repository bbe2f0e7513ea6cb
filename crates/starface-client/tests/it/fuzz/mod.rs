//! Documents and sessions that nobody would think of, on the stable toolchain.
//!
//! `corpus/` holds what is interesting: documents as boxes and attackers write them, scripts of sessions, and whatever
//! once went wrong. An ordinary test replays it, another one runs on from it for a moment with a fixed seed, and
//! `cargo xtask fuzz` runs on from it for as long as it is told to, with a seed that it prints. What goes wrong there is
//! written into `corpus/`, so that it is replayed from then on.

mod documents;
mod mutate;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Tries an input, and gives a short text that differs where the course of things does.
type Examine = fn(&[u8]) -> String;

/// What is tried, by the end of its file's name.
const KINDS: [(&str, Examine); 2] = [("xml", documents::examine), ("session", sessions::examine)];

/// Inputs that one run adds to the corpus at most, if it is told to.
const MOST_WRITTEN: usize = 40;

/// Inputs of one kind that are kept to start from.
const MOST_KEPT: usize = 2_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// The files of one kind, in the order of their names.
fn corpus(kind: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == kind) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn the_corpus_is_replayed() {
    for (kind, examine) in KINDS {
        let files = corpus(kind);
        assert!(files.len() > 10, "{kind}: {} files", files.len());
        for (name, input) in files {
            eprintln!("{name}: {}", examine(&input));
        }
    }
}

#[test]
fn a_short_run_from_the_corpus_finds_nothing() {
    let mut run = Run::new(1);
    for _ in 0..2_000 {
        run.step();
    }
    assert!(run.new.len() > 20, "the runs differ: {}", run.new.len());
}

#[test]
#[ignore = "runs for as long as it is told to: cargo xtask fuzz"]
fn a_long_run_from_the_corpus_finds_nothing() {
    let told = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = told("STARFACE_FUZZ_SECONDS").unwrap_or(60);
    let seed = told("STARFACE_FUZZ_SEED").unwrap_or_else(rand::random);
    eprintln!("fuzzing for {seconds} s with seed {seed}");
    let mut run = Run::new(seed);
    let start = clock();
    while clock() - start < Duration::from_secs(seconds) {
        for _ in 0..100 {
            run.step();
        }
    }
    eprintln!(
        "{} runs, {} of them of a new kind, nothing found; seed {seed}",
        run.count,
        run.new.len()
    );
    if told("STARFACE_FUZZ_KEEP").is_some() {
        for (kind, input) in run.new.iter().take(MOST_WRITTEN) {
            keep("kept", kind, input);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to go on is all that it decides")]
fn clock() -> Instant {
    Instant::now()
}

/// Runs on from the corpus, keeping what takes a new course to start from.
struct Run {
    random: StdRng,
    pools: Vec<Vec<Vec<u8>>>,
    seen: BTreeSet<String>,
    new: Vec<(&'static str, Vec<u8>)>,
    count: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut seen = BTreeSet::new();
        let pools = KINDS.map(|(kind, examine)| {
            let inputs: Vec<Vec<u8>> = corpus(kind).into_values().collect();
            seen.extend(inputs.iter().map(|input| examine(input)));
            inputs
        });
        Self {
            random: StdRng::seed_from_u64(seed),
            pools: pools.into(),
            seen,
            new: Vec::new(),
            count: 0,
        }
    }

    fn step(&mut self) {
        let which = self.random.random_range(0..KINDS.len());
        let (kind, examine) = KINDS[which];
        let input = match kind {
            "xml" => mutate::document(&self.pools[which], &mut self.random),
            _ => mutate::script(&self.pools[which], &mut self.random),
        };
        self.count += 1;
        let course = catch_unwind(AssertUnwindSafe(|| examine(&input))).unwrap_or_else(|panic| {
            keep("failed", kind, &input);
            resume_unwind(panic)
        });
        if self.seen.insert(course) && self.pools[which].len() < MOST_KEPT {
            self.pools[which].push(input.clone());
            self.new.push((kind, input));
        }
    }
}

fn keep(why: &str, kind: &str, input: &[u8]) {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(input);
    let name: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let path = folder().join(format!("{why}-{name}.{kind}"));
    eprintln!("written: {}", path.display());
    std::fs::write(path, input).unwrap();
}
