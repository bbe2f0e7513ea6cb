//! Makes a recording small enough to be attached: a WAV becomes Opus in Ogg, piece by piece.
//!
//! Speech takes 16 to 24 kbit/s for each channel, a fifth to a thirtieth of what a WAV takes, so 50 MB hold four hours and more.
//! The recording that is kept and copied stays as it was; this is for the ticket only. Why Opus, and why no feature
//! of this crate, stands in `docs/decisions/0011`.
//!
//! ```no_run
//! use std::fs::File;
//!
//! use recording_archive::compress::compress;
//!
//! # fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // It computes, for half a second or so for each minute of sound: on a thread of its own
//! // (`spawn_blocking`) in a program that does other things meanwhile.
//! let small = compress(File::open("call.wav")?, File::create("call.ogg")?)?;
//! println!("{} bytes, {:?}, {}", small.size, small.duration, small.sha256);
//! # Ok(())
//! # }
//! ```

mod rate;
mod wave;

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::Duration;

use opus_pure::{Application, MAX_PACKET_BYTES, OggOpusWriter, OpusEncoder, OpusHead, RateControl};

use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::format::Format;
use crate::sum::{Sha256Sum, Summing};
use rate::Resampler;
use wave::Wave;

/// For error messages.
const DURING: &str = "compressing a recording";

/// Opus counts in 48 kHz, whatever was recorded.
const OPUS_RATE: u32 = 48_000;

/// What was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Bytes.
    pub size: u64,
    /// How long it plays: as long as what was read.
    pub duration: Duration,
    /// Its format, with MIME type and extension.
    pub format: Format,
    /// The checksum of its content. The same recording gives the same one.
    pub sha256: Sha256Sum,
}

/// Reads a WAV and writes the same sound as Opus in Ogg. Neither is held in memory, and both are buffered here.
///
/// Read are PCM of 8 to 32 bit, float of 32 bit, and G.711 (A-law, µ-law), in one or two channels, at 4 to 48 kHz.
///
/// # Errors
///
/// [`ArchiveErrorKind::Damaged`]: the WAV is shorter than it says.
/// [`ArchiveErrorKind::Incompressible`]: it is none, or of a codec that is not read; MP3 and Ogg
/// are small as they are. Otherwise what reading and writing give. What was written until then is of no use.
pub fn compress(read: impl Read, write: impl Write) -> Result<Summary, ArchiveError> {
    let mut wave = Wave::open(BufReader::new(read))?;
    let channels = wave.channels();
    let rate = rate::for_opus(wave.rate())
        .ok_or_else(|| refused("a sample rate of less than 4 kHz or more than 48 kHz is not read"))?;
    let mut resampler = Resampler::new(wave.rate(), rate, channels);

    let mut encoder = OpusEncoder::new(to_i32(rate)?, channels, Application::Voip).map_err(failed)?;
    // Below 16 kHz there is less to be told.
    let bits = if rate < 16_000 { 16_000 } else { 24_000 };
    encoder.bitrate_bps = bits * if channels == 2 { 2 } else { 1 };
    encoder.rate_control = RateControl::Vbr;
    let head = OpusHead::for_encoder(&encoder, wave.rate());
    let pre_skip = u64::from(head.pre_skip);
    let sink = BufWriter::new(Counted::new(write));
    let mut writer = OggOpusWriter::new(sink, head).map_err(failed)?;

    // 20 ms a packet.
    let frame = rate as usize / 50;
    let ticks = u64::from(OPUS_RATE / rate);
    let mut block = vec![0_i16; frame * channels];
    let mut packet = vec![0; MAX_PACKET_BYTES];
    let (mut total, mut fed) = (0_u64, 0_u64);
    let mut is_over = false;
    loop {
        let filled = if is_over {
            0
        } else {
            resampler.fill(&mut wave, &mut block)?
        };
        is_over = is_over || filled < block.len();
        // The encoder is behind by the pre-skip: silence pushes the last of the sound out of it.
        block[filled..].fill(0);
        total += (filled / channels) as u64;
        fed += frame as u64;
        let length = encoder.encode_s16(&block, frame, &mut packet).map_err(failed)?;
        let end = pre_skip + total * ticks;
        if is_over && fed * ticks >= end {
            // It plays to where the sound ends, not to where the packet does (RFC 7845, 4.4).
            let rest = end.saturating_sub(u64::try_from(writer.granule()).unwrap_or_default());
            let rest = u32::try_from(rest).unwrap_or(u32::MAX);
            writer
                .write_packet_with_duration(&packet[..length], rest)
                .map_err(failed)?;
            break;
        }
        writer.write_packet(&packet[..length]).map_err(failed)?;
    }
    let sink = writer.finish().map_err(failed)?;
    let counted = sink.into_inner().map_err(|error| written(error.error()))?;
    let (size, sha256) = counted.finish().map_err(|error| written(&error))?;
    Ok(Summary {
        size,
        duration: duration_of(total * ticks),
        format: Format::Ogg,
        sha256,
    })
}

/// How long so many samples of Opus play.
fn duration_of(samples: u64) -> Duration {
    let rate = u64::from(OPUS_RATE);
    // Apart, since as nanoseconds it would not fit after four days.
    Duration::from_secs(samples / rate) + Duration::from_nanos(samples % rate * 1_000_000_000 / rate)
}

/// Counts and sums what goes through.
struct Counted<W> {
    sink: W,
    size: u64,
    sum: Summing,
}

impl<W: Write> Counted<W> {
    fn new(sink: W) -> Self {
        Self {
            sink,
            size: 0,
            sum: Summing::default(),
        }
    }

    fn finish(mut self) -> io::Result<(u64, Sha256Sum)> {
        self.sink.flush()?;
        Ok((self.size, self.sum.finish()))
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.sink.write(bytes)?;
        self.sum.update(&bytes[..n]);
        self.size += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

fn to_i32(rate: u32) -> Result<i32, ArchiveError> {
    i32::try_from(rate).map_err(|_| refused("a sample rate that no encoder has"))
}

fn refused(why: impl Into<String>) -> ArchiveError {
    ArchiveError::new(ArchiveErrorKind::Incompressible, DURING).with_detail(why)
}

fn written(error: &io::Error) -> ArchiveError {
    ArchiveError::from_io(DURING, error)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "an open enum of a library: its text says what it is"
)]
fn failed(error: opus_pure::Error) -> ArchiveError {
    match error {
        opus_pure::Error::Io(error) => written(&error),
        error => refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
