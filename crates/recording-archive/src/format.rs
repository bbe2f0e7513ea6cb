//! Which format a recording has and how long it plays, read from its bytes and not from its name.

use std::time::Duration;

/// The format of a recording.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// RIFF/WAVE with whatever codec.
    Wav,
    /// MPEG audio, layer 3.
    Mp3,
    /// Ogg with Opus or Vorbis.
    Ogg,
}

impl Format {
    /// The MIME type.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Wav => "audio/wav",
            Self::Mp3 => "audio/mpeg",
            Self::Ogg => "audio/ogg",
        }
    }

    /// The extension of file names, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
        }
    }
}

/// How much of either end of a file is looked at.
pub(crate) const WINDOW: usize = 64 * 1024;

/// What the ends of a file say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reading {
    /// A recording.
    Audio { format: Format, duration: Option<Duration> },
    /// The header promises more bytes than are there.
    Short,
    /// None of the formats.
    Foreign,
}

/// Looks at the first and the last bytes of a file of `size` bytes.
pub(crate) fn read(head: &[u8], tail: &[u8], size: u64) -> Reading {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
        return wav(head, size);
    }
    if head.starts_with(b"OggS") {
        return Reading::Audio {
            format: Format::Ogg,
            duration: ogg(head, tail),
        };
    }
    match mp3(head, size) {
        Some(duration) => Reading::Audio {
            format: Format::Mp3,
            duration,
        },
        None => Reading::Foreign,
    }
}

/// Recorders that write the sizes last leave these until then.
pub(crate) fn is_open_end(size: u32) -> bool {
    size == 0 || size >= 0xffff_ff00
}

fn wav(head: &[u8], size: u64) -> Reading {
    let mut byte_rate = 0;
    let mut at = 12;
    while let (Some(id), Some(length)) = (head.get(at..at + 4), u32_at(head, at + 4)) {
        let body = at as u64 + 8;
        match id {
            b"fmt " => byte_rate = u32_at(head, at + 16).unwrap_or(0),
            b"data" => {
                let there = size.saturating_sub(body);
                if !is_open_end(length) && u64::from(length) > there {
                    return Reading::Short;
                }
                let length = if is_open_end(length) { there } else { u64::from(length) };
                return Reading::Audio {
                    format: Format::Wav,
                    duration: fraction(length, u64::from(byte_rate)),
                };
            }
            _ => {}
        }
        // Chunks begin at even places.
        let Ok(length) = usize::try_from(length) else { break };
        at = at.saturating_add(8).saturating_add(length).saturating_add(length % 2);
    }
    let audio = Reading::Audio {
        format: Format::Wav,
        duration: None,
    };
    // The data begin beyond the window, or not at all.
    if size > WINDOW as u64 { audio } else { Reading::Short }
}

fn ogg(head: &[u8], tail: &[u8]) -> Option<Duration> {
    let (rate, skip) = if let Some(at) = find(head, b"OpusHead") {
        // Opus counts in 48 kHz, whatever was recorded.
        (
            48_000,
            u64::from(u16::from_le_bytes(head.get(at + 10..at + 12)?.try_into().ok()?)),
        )
    } else {
        let at = find(head, b"\x01vorbis")?;
        (u64::from(u32_at(head, at + 12)?), 0)
    };
    let last = tail.windows(4).rposition(|window| window == b"OggS")?;
    let position = u64::from_le_bytes(tail.get(last + 6..last + 14)?.try_into().ok()?);
    fraction(position.checked_sub(skip)?, rate)
}

/// `None`: no MP3. The duration is the encoder's own count of frames, or as if the bit rate stayed what it is.
fn mp3(head: &[u8], size: u64) -> Option<Option<Duration>> {
    let start = match head.get(..10) {
        Some(tag) if tag.starts_with(b"ID3") => {
            let length = tag[6..10].iter().fold(0, |n, byte| n << 7 | usize::from(byte & 0x7f));
            10 + length
        }
        Some(_) | None => 0,
    };
    let Some(frame) = head.get(start..start + 4) else {
        // A picture in the tag may be longer than what is looked at.
        return (start > 0 && size > start as u64).then_some(None);
    };
    if frame[0] != 0xff || frame[1] & 0xe6 != 0xe2 {
        return None;
    }
    let first_version = frame[1] & 0x18 == 0x18;
    let rates: [u64; 3] = match frame[1] & 0x18 {
        0x18 => [44_100, 48_000, 32_000],
        0x10 => [22_050, 24_000, 16_000],
        0x00 => [11_025, 12_000, 8_000],
        _ => return None,
    };
    let rate = *rates.get(usize::from(frame[2] >> 2 & 3))?;
    let kilobits: [u64; 14] = if first_version {
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    } else {
        [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
    };
    let bit_rate = *kilobits.get(usize::from(frame[2] >> 4).checked_sub(1)?)? * 1000;
    let mono = frame[3] >> 6 == 3;
    let side = match (first_version, mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let at = start + 4 + side;
    let tag = head.get(at..at + 4);
    if (tag == Some(b"Xing") || tag == Some(b"Info")) && head.get(at + 7).is_some_and(|flags| flags & 1 == 1) {
        let frames = u32::from_be_bytes(head.get(at + 8..at + 12)?.try_into().ok()?);
        let samples = if first_version { 1152 } else { 576 };
        return Some(fraction(u64::from(frames) * samples, rate));
    }
    Some(fraction(size.saturating_sub(start as u64), bit_rate / 8))
}

fn fraction(count: u64, per_second: u64) -> Option<Duration> {
    let millis = u128::from(count) * 1000 / u128::from(std::num::NonZeroU64::new(per_second)?.get());
    Some(Duration::from_millis(u64::try_from(millis).ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// A WAV file of silence as a telephone system writes it: 8 kHz, mono, 16 bit.
#[cfg(test)]
pub(crate) fn silence(seconds: u32) -> Vec<u8> {
    let data = seconds * 16_000;
    let mut bytes = Vec::from(*b"RIFF");
    bytes.extend((data + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_000_u32.to_le_bytes());
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(bytes.len() + data as usize, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(bytes: &[u8]) -> Reading {
        read(bytes, bytes, bytes.len() as u64)
    }

    fn audio(format: Format, millis: u64) -> Reading {
        Reading::Audio {
            format,
            duration: Some(Duration::from_millis(millis)),
        }
    }

    #[test]
    fn a_wav_says_how_long_it_plays() {
        assert_eq!(whole(&silence(3)), audio(Format::Wav, 3000));
    }

    #[test]
    fn a_wav_that_was_cut_off_is_short() {
        let bytes = silence(3);
        assert_eq!(whole(&bytes[..bytes.len() - 1]), Reading::Short);
        assert_eq!(whole(&bytes[..40]), Reading::Short);
    }

    #[test]
    fn a_wav_whose_sizes_were_never_filled_in_plays_to_its_end() {
        let mut bytes = silence(2);
        bytes[40..44].fill(0);
        assert_eq!(whole(&bytes), audio(Format::Wav, 2000));
        bytes[40..44].fill(0xff);
        assert_eq!(whole(&bytes), audio(Format::Wav, 2000));
    }

    #[test]
    fn an_mp3_is_known_by_its_first_frame() {
        // MPEG 1, layer 3, 128 kbit/s, 44.1 kHz, mono.
        let mut bytes = vec![0xff, 0xfb, 0x90, 0xc0];
        bytes.resize(16_000, 0);
        assert_eq!(whole(&bytes), audio(Format::Mp3, 1000));
        let mut tagged = Vec::from(*b"ID3\x04\0\0\0\0\0\x05-----");
        tagged.extend(&bytes);
        assert_eq!(whole(&tagged), audio(Format::Mp3, 1000));
        bytes[21..29].copy_from_slice(b"Xing\0\0\0\x01");
        bytes[29..33].copy_from_slice(&100_u32.to_be_bytes());
        assert_eq!(whole(&bytes), audio(Format::Mp3, 100 * 1152 * 1000 / 44_100));
    }

    #[test]
    fn an_ogg_says_how_long_it_plays_at_its_end() {
        let mut bytes = Vec::from(*b"OggS\0\x02");
        bytes.resize(28, 0);
        bytes.extend(b"OpusHead\x01\x01");
        bytes.extend(312_u16.to_le_bytes());
        bytes.resize(200, 0);
        bytes.extend(b"OggS\0\x04");
        bytes.extend((48_000_u64 * 5 + 312).to_le_bytes());
        assert_eq!(whole(&bytes), audio(Format::Ogg, 5000));
    }

    #[test]
    fn other_files_are_foreign() {
        for bytes in [
            &b""[..],
            b"RIFF",
            b"{\"call\": 1}",
            b"PK\x03\x04",
            b"\xff\xfe\x00\x00",
            b"ID3",
        ] {
            assert_eq!(whole(bytes), Reading::Foreign, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(front in prop::sample::select(vec![&b"RIFF....WAVE"[..], b"OggS", b"ID3", b"\xff\xfb", b"RIFF....WAVEfmt "]), rest: Vec<u8>, size: u64) {
            let bytes = [front, &rest].concat();
            read(&bytes, &bytes, size);
        }
    }
}
