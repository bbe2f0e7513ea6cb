//! WAV files of a tone, as a telephone system might have recorded them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::state::sha512;

/// Samples per second.
const RATE: u32 = 8_000;

/// After so many samples the tone of 440 Hz begins anew.
const PERIOD: u32 = 200;

/// How sound is written in a file. What a STARFACE writes is not documented.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// 16 bit PCM.
    #[default]
    Pcm16,
    /// 8 bit PCM.
    Pcm8,
    /// G.711 µ-law, 8 bit.
    Mulaw,
}

/// A WAV file with a tone of this length, mono. Its first 16 ms have a crackle that is another one for each `voice`.
pub(super) fn tone(length: Duration, codec: Codec, voice: &str) -> Vec<u8> {
    let (format, width): (u16, u16) = match codec {
        Codec::Pcm16 => (1, 2),
        Codec::Pcm8 => (1, 1),
        Codec::Mulaw => (7, 1),
    };
    let period: Vec<u8> = (0..PERIOD).flat_map(|at| written(sample(at), codec)).collect();
    let samples = usize::try_from(length.as_millis() * u128::from(RATE) / 1000).unwrap_or(usize::MAX);
    let size = samples.saturating_mul(width.into());
    let mut data: Vec<u8> = period.iter().copied().cycle().take(size).collect();
    for (sample, noise) in data.chunks_mut(width.into()).zip(sha512(voice).chars()) {
        // Four bits: no more than a crackle.
        sample[0] ^= noise.to_digit(16).unwrap_or_default().to_le_bytes()[0];
    }

    let mut head = Vec::from(*b"WAVEfmt ");
    // Whatever is not PCM tells the size of what it adds, and how many samples there are.
    let is_pcm = format == 1;
    head.extend(if is_pcm { 16_u32 } else { 18 }.to_le_bytes());
    head.extend(format.to_le_bytes());
    head.extend(1_u16.to_le_bytes());
    head.extend(RATE.to_le_bytes());
    head.extend((RATE * u32::from(width)).to_le_bytes());
    head.extend(width.to_le_bytes());
    head.extend((width * 8).to_le_bytes());
    if !is_pcm {
        head.extend(0_u16.to_le_bytes());
        head.extend(b"fact\x04\0\0\0");
        head.extend(in_32_bits(samples));
    }
    head.extend(b"data");
    head.extend(in_32_bits(size));
    // Chunks end at even places.
    let padding = size % 2;
    let whole = in_32_bits(head.len() + size + padding);
    [&b"RIFF"[..], &whole, &head, &data, &[0][..padding]].concat()
}

fn in_32_bits(size: usize) -> [u8; 4] {
    u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes()
}

fn sample(at: u32) -> i16 {
    let turns = f64::from(at) * 440.0 / f64::from(RATE);
    ((turns * std::f64::consts::TAU).sin() * 16_000.0) as i16
}

fn written(sample: i16, codec: Codec) -> Vec<u8> {
    match codec {
        Codec::Pcm16 => sample.to_le_bytes().into(),
        // Unsigned, with silence in the middle.
        Codec::Pcm8 => vec![(sample >> 8).to_le_bytes()[0] ^ 0x80],
        Codec::Mulaw => vec![mulaw(sample)],
    }
}

/// G.711: the sign, the exponent and four bits of the mantissa of the loudness (in 14 bits) plus 33, all inverted.
fn mulaw(sample: i16) -> u8 {
    let magnitude = (sample.unsigned_abs() >> 2).min(8158) + 33;
    let exponent = (magnitude >> 5).max(1).ilog2();
    let mantissa = (magnitude >> (exponent + 1)) & 0xF;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let bits = (u16::try_from(exponent).unwrap_or(7) << 4) | mantissa;
    !(bits.to_le_bytes()[0] | sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn u32_at(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
            .try_into()
            .unwrap()
    }

    #[test]
    fn the_sizes_are_those_of_what_is_there() {
        for (codec, data_at, width) in [(Codec::Pcm16, 36, 2), (Codec::Pcm8, 36, 1), (Codec::Mulaw, 50, 1)] {
            for millis in [0, 1, 1500, 12_345] {
                let wave = tone(Duration::from_millis(millis), codec, "voice");
                assert_eq!((&wave[..4], &wave[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
                assert_eq!(u32_at(&wave, 4), wave.len() - 8);
                assert_eq!(wave.len() % 2, 0);
                assert_eq!(&wave[data_at..data_at + 4], b"data");
                let size = u32_at(&wave, data_at + 4);
                assert_eq!(size, usize::try_from(millis).unwrap() * 8 * width);
                assert_eq!(data_at + 8 + size + size % 2, wave.len());
            }
        }
    }

    #[test]
    fn each_voice_sounds_another_way_and_the_same_each_time() {
        let sound = |voice| tone(Duration::from_millis(16), Codec::Pcm16, voice);
        // Letters whose bits below are those of digits.
        assert!(sound("call 1") != sound("call a") && sound("call 1") != sound("call A"));
        assert_eq!(sound("call 1"), sound("call 1"));
    }

    #[test]
    fn loudness_is_written_as_the_tables_of_g_711_have_it() {
        // Decision values of 14 bits, here as 16 bits: silence, where steps of the second and the third segment begin, the
        // loudest.
        let table = [
            (0, 0xFF),
            (-1, 0x7F),
            (31 << 2, 0xEF),
            (95 << 2, 0xDF),
            (i16::MAX, 0x80),
            (i16::MIN, 0x00),
        ];
        for (sample, code) in table {
            assert_eq!(mulaw(sample), code, "{sample}");
        }
    }
}
