//! Reads the samples of a WAV, frame by frame, as 16 bit.

use std::io::{ErrorKind, Read};

use super::{DURING, refused};
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::format::is_open_end;

/// What comes before the sound may be so long: pictures and texts of other programs.
const LONGEST_CHUNK: u64 = 16 << 20;

/// A WAV whose header has been read.
pub(super) struct Wave<R> {
    source: R,
    codec: Codec,
    channels: usize,
    rate: u32,
    /// Bytes of the sound that are still to come; `None`: up to the end of the file.
    left: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Codec {
    /// Unsigned.
    Pcm8,
    Pcm16,
    Pcm24,
    Pcm32,
    Float32,
    Alaw,
    Mulaw,
}

impl<R: Read> Wave<R> {
    /// Reads up to where the sound begins.
    pub(super) fn open(mut source: R) -> Result<Self, ArchiveError> {
        let mut head = [0; 12];
        if !whole(&mut source, &mut head)? || head[..4] != *b"RIFF" || head[8..] != *b"WAVE" {
            return Err(refused("it is no WAV"));
        }
        let mut format = None;
        loop {
            let mut chunk = [0; 8];
            if !whole(&mut source, &mut chunk)? {
                return Err(shorter());
            }
            let [a, b, c, d] = [chunk[4], chunk[5], chunk[6], chunk[7]];
            let size = u32::from_le_bytes([a, b, c, d]);
            // Chunks end at even places.
            let padded = u64::from(size) + u64::from(size % 2);
            match &chunk[..4] {
                b"data" => {
                    let (codec, channels, rate) =
                        format.ok_or_else(|| refused("the WAV does not say how it is coded"))?;
                    return Ok(Self {
                        source,
                        codec,
                        channels,
                        rate,
                        left: (!is_open_end(size)).then_some(u64::from(size)),
                    });
                }
                b"fmt " if (16..=64).contains(&size) => {
                    let mut body = [0; 64];
                    let length = usize::from(padded.to_le_bytes()[0]);
                    if !whole(&mut source, &mut body[..length])? {
                        return Err(shorter());
                    }
                    format = Some(format_of(&body)?);
                }
                _ if padded > LONGEST_CHUNK => return Err(refused("what comes before the sound is too long")),
                _ => {
                    let skipped = std::io::copy(&mut source.by_ref().take(padded), &mut std::io::sink());
                    if skipped.map_err(ArchiveError::io(DURING))? < padded {
                        return Err(shorter());
                    }
                }
            }
        }
    }

    /// One or two.
    pub(super) fn channels(&self) -> usize {
        self.channels
    }

    /// Frames per second.
    pub(super) fn rate(&self) -> u32 {
        self.rate
    }

    /// The next sample of each channel; `false` at the end.
    pub(super) fn frame(&mut self, frame: &mut [i16]) -> Result<bool, ArchiveError> {
        let width = self.codec.width();
        let size = width * self.channels;
        // A frame of which only a part would fit is none.
        if self.left.is_some_and(|left| left < size as u64) {
            return Ok(false);
        }
        let mut bytes = [0; 8];
        if !whole(&mut self.source, &mut bytes[..size])? {
            return if self.left.is_some() { Err(shorter()) } else { Ok(false) };
        }
        if let Some(left) = &mut self.left {
            *left -= size as u64;
        }
        for (sample, out) in bytes[..size].chunks(width).zip(frame) {
            *out = self.codec.sample(sample);
        }
        Ok(true)
    }
}

impl Codec {
    /// Bytes of a sample.
    fn width(self) -> usize {
        match self {
            Self::Pcm8 | Self::Alaw | Self::Mulaw => 1,
            Self::Pcm16 => 2,
            Self::Pcm24 => 3,
            Self::Pcm32 | Self::Float32 => 4,
        }
    }

    /// A sample of so many bytes; fewer are silence.
    fn sample(self, bytes: &[u8]) -> i16 {
        match (self, bytes) {
            (Self::Pcm8, [byte]) => i16::from_le_bytes([0, byte ^ 0x80]),
            (Self::Pcm16, [low, high]) | (Self::Pcm24, [_, low, high]) | (Self::Pcm32, [_, _, low, high]) => {
                i16::from_le_bytes([*low, *high])
            }
            (Self::Float32, [a, b, c, d]) => {
                let loud = f32::from_le_bytes([*a, *b, *c, *d]) * 32_768.0;
                // What is no number is silence.
                loud.clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16
            }
            (Self::Alaw, [byte]) => alaw(*byte),
            (Self::Mulaw, [byte]) => mulaw(*byte),
            _ => 0,
        }
    }
}

/// Codec, channels and rate.
fn format_of(body: &[u8; 64]) -> Result<(Codec, usize, u32), ArchiveError> {
    let u16_at = |at: usize| u16::from_le_bytes([body[at], body[at + 1]]);
    let (tag, bits) = (u16_at(0), u16_at(14));
    // The extensible form has the tag at the beginning of a GUID.
    let tag = if tag == 0xFFFE { u16_at(24) } else { tag };
    let codec = match (tag, bits) {
        (1, 8) => Codec::Pcm8,
        (1, 16) => Codec::Pcm16,
        (1, 24) => Codec::Pcm24,
        (1, 32) => Codec::Pcm32,
        (3, 32) => Codec::Float32,
        (6, 8) => Codec::Alaw,
        (7, 8) => Codec::Mulaw,
        _ => {
            return Err(refused(format!(
                "the WAV is coded as {tag} with {bits} bit, which is not read"
            )));
        }
    };
    let channels = usize::from(u16_at(2));
    if !(1..=2).contains(&channels) {
        return Err(refused("the WAV has more than two channels, or none"));
    }
    Ok((
        codec,
        channels,
        u32::from_le_bytes([body[4], body[5], body[6], body[7]]),
    ))
}

/// G.711: sign, three bits of exponent, four of mantissa, all inverted, 33 too loud.
fn mulaw(byte: u8) -> i16 {
    let bits = !byte;
    let loud = ((i16::from(bits & 0xF) << 3) + 0x84) << (bits >> 4 & 7);
    if bits & 0x80 == 0 { loud - 0x84 } else { 0x84 - loud }
}

/// G.711: the same, every second bit inverted; the first two exponents are one line.
fn alaw(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let mantissa = i16::from(bits & 0xF) << 4;
    let loud = match bits >> 4 & 7 {
        0 => mantissa + 8,
        exponent => (mantissa + 0x108) << (exponent - 1),
    };
    if bits & 0x80 == 0 { -loud } else { loud }
}

/// Fills the bytes; `false` if the end comes before.
fn whole(source: &mut impl Read, bytes: &mut [u8]) -> Result<bool, ArchiveError> {
    match source.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(ArchiveError::from_io(DURING, &error)),
    }
}

fn shorter() -> ArchiveError {
    ArchiveError::new(ArchiveErrorKind::Damaged, DURING).with_detail("the WAV is shorter than it says")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g_711_is_read_as_its_tables_have_it() {
        // Of ITU-T G.711, tables 1 and 2, as 16 bit.
        for (byte, sample) in [
            (0xFF, 0),
            (0x7F, 0),
            (0xFE, 8),
            (0x80, 32_124),
            (0x00, -32_124),
            (0xEF, 132),
            (0x6F, -132),
        ] {
            assert_eq!(mulaw(byte), sample, "µ-law {byte:02x}");
        }
        for (byte, sample) in [
            (0xD5, 8),
            (0x55, -8),
            (0xD4, 24),
            (0xAA, 32_256),
            (0x2A, -32_256),
            (0xC5, 264),
            (0xF5, 528),
        ] {
            assert_eq!(alaw(byte), sample, "A-law {byte:02x}");
        }
    }

    #[test]
    fn the_extensible_form_says_its_coding_further_behind() {
        let mut body = [0; 64];
        body[..8].copy_from_slice(&[0xFE, 0xFF, 2, 0, 0x40, 0x1F, 0, 0]);
        body[14] = 16;
        body[24] = 1;
        assert_eq!(format_of(&body).unwrap(), (Codec::Pcm16, 2, 8_000));
    }

    #[test]
    fn samples_of_each_width_become_16_bit() {
        for (codec, bytes, sample) in [
            (Codec::Pcm8, &[0x80][..], 0),
            (Codec::Pcm8, &[0xFF], 0x7F00),
            (Codec::Pcm8, &[0], i16::MIN),
            (Codec::Pcm16, &[1, 0x80], -32_767),
            (Codec::Pcm24, &[9, 1, 0x80], -32_767),
            (Codec::Pcm32, &[9, 9, 1, 0x80], -32_767),
            (Codec::Float32, &0.5_f32.to_le_bytes(), 16_384),
            (Codec::Float32, &(-7.0_f32).to_le_bytes(), i16::MIN),
            (Codec::Float32, &f32::NAN.to_le_bytes(), 0),
        ] {
            assert_eq!(codec.sample(bytes), sample, "{codec:?} {bytes:?}");
            assert_eq!(codec.width(), bytes.len());
        }
    }
}
