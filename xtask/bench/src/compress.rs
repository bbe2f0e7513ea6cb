//! Recordings made small enough for a ticket: how fast, how small, and in how much memory.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use recording_archive::compress::compress;

use crate::peak;
use crate::report::{Row, timed};

const GROUP: &str = "compress";
const MEGABYTE: f64 = 1_000_000.0;

/// Samples per second.
const RATE: u32 = 8_000;

#[derive(Clone, clap::Args)]
pub(crate) struct Options {
    /// Minutes of sound in the longer file; the other one has a tenth of it
    #[arg(long, default_value_t = Options::default().minutes)]
    minutes: u32,
    /// How often it is compressed; the median counts
    #[arg(long, default_value_t = Options::default().rounds)]
    rounds: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { minutes: 20, rounds: 3 }
    }
}

#[derive(clap::Args)]
pub(crate) struct CompressOnce {
    /// The WAV
    file: PathBuf,
}

/// All figures.
pub(crate) async fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let Options { minutes, rounds } = *options;
    let mut rows: Vec<Row> = Vec::new();
    let mut memory: Vec<Row> = Vec::new();
    for minutes in [f64::from(minutes) / 10.0, f64::from(minutes)] {
        let file = dir.path().join("made.wav");
        let size = made(&file, minutes)?;
        let (mut times, mut sizes, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let small = dir.path().join("made.ogg");
            let (wav, ogg) = (File::open(&file)?, File::create(&small)?);
            let (took, summary) = timed(async { compress(wav, ogg) }).await;
            times.push(minutes * 60.0 / took.as_secs_f64());
            sizes.push(summary?.size as f64 / MEGABYTE);
            let once = [OsStr::new("compress-once"), file.as_os_str()];
            peaks.push(peak::of(&once).await? / MEGABYTE);
        }
        let what = format!("{minutes:.0} min of 8 kHz, 16 bit");
        let before = Row::new(GROUP, format!("WAV: {what}"), "MB", &[size as f64 / MEGABYTE]);
        rows.push(Row::new(GROUP, format!("Opus: {what}"), "MB", &sizes).beside(&before));
        rows.insert(rows.len() - 1, before);
        rows.push(Row::new(GROUP, format!("speed: {what}"), "× real time", &times));
        let row = Row::new(GROUP, format!("peak memory (VmHWM): {what}"), "MB", &peaks);
        memory.push(match memory.last() {
            Some(shorter) => row.beside(shorter),
            None => row,
        });
    }
    rows.extend(memory);
    Ok(rows)
}

/// Compresses one file and tells the peak memory of this process.
pub(crate) fn compress_once(once: &CompressOnce) -> anyhow::Result<()> {
    compress(File::open(&once.file)?, std::io::sink())?;
    peak::tell()
}

/// Something that changes as speech does: a buzz of 120 Hz that comes and goes, with some noise. Tells the size.
fn made(path: &Path, minutes: f64) -> anyhow::Result<u64> {
    let samples = (minutes * 60.0 * f64::from(RATE)) as u32;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"RIFF")?;
    file.write_all(&(samples * 2 + 36).to_le_bytes())?;
    file.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data")?;
    file.write_all(&(samples * 2).to_le_bytes())?;
    let mut noise = 1_u32;
    for n in 0..samples {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let at = f64::from(n) / f64::from(RATE);
        let loud = (at * 2.0).sin().max(0.0) * (at * 17.0).sin().abs();
        let buzz = (at * 120.0).fract() - 0.5;
        let hiss = f64::from(noise >> 8) / f64::from(1 << 24) - 0.5;
        let sample = loud * 18_000.0 * (buzz + 0.2 * hiss) + 40.0 * hiss;
        file.write_all(&(sample as i16).to_le_bytes())?;
    }
    file.flush()?;
    Ok(u64::from(samples) * 2 + 44)
}
