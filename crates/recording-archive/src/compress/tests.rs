//! What is written is decoded by `opusdec`, which is libopus and none of ours, and listened to.

use std::cell::Cell;
use std::f64::consts::TAU;
use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::error::ArchiveErrorKind;
use crate::format::{Reading, read};

/// The coding of a made WAV: format tag, bits, and how a sample between -1 and 1 is written.
type Coding = (u16, u16, fn(f64) -> Vec<u8>);

const PCM16: Coding = (1, 16, |x| ((x * 32_767.0) as i16).to_le_bytes().into());

/// A WAV with a tone in each channel.
fn wav((tag, bits, write): Coding, rate: u32, tones: &[f64], frames: u32) -> Vec<u8> {
    let channels = u16::try_from(tones.len()).unwrap();
    let width = channels * bits / 8;
    let mut data = Vec::new();
    for n in 0..frames {
        for tone in tones {
            data.extend(write((f64::from(n) * tone * TAU / f64::from(rate)).sin() * 0.5));
        }
    }
    let mut bytes = Vec::from(*b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0");
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate * u32::from(width)).to_le_bytes());
    bytes.extend(width.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    bytes.extend(data);
    bytes
}

fn compressed(wav: &[u8]) -> (Summary, Vec<u8>) {
    let mut out = Vec::new();
    let summary = compress(wav, &mut out).unwrap();
    (summary, out)
}

/// The frames that `opusdec` makes of it, at 48 kHz.
fn decoded(ogg: &[u8], channels: usize) -> Vec<Vec<f64>> {
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("a.ogg"), dir.path().join("a.raw"));
    std::fs::write(&from, ogg).unwrap();
    let said = Command::new("opusdec")
        .args(["--quiet", "--rate", "48000", "--no-dither"])
        .args([&from, &to])
        .output()
        .expect("`opusdec` comes with the Debian package opus-tools: `cargo xtask test` installs it");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let raw = std::fs::read(&to).unwrap();
    raw.chunks_exact(2 * channels)
        .map(|frame| {
            let samples = frame.chunks_exact(2);
            samples
                .map(|two| f64::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0)
                .collect()
        })
        .collect()
}

/// How much of a channel's power is this tone: 1 is all.
fn share_of(frames: &[Vec<f64>], channel: usize, tone: f64) -> f64 {
    let (mut cos, mut sin, mut power) = (0.0, 0.0, 0.0);
    for (n, frame) in frames.iter().enumerate() {
        let angle = n as f64 * tone * TAU / 48_000.0;
        cos += frame[channel] * angle.cos();
        sin += frame[channel] * angle.sin();
        power += frame[channel] * frame[channel];
    }
    2.0 * (cos * cos + sin * sin) / (power * frames.len() as f64)
}

#[test]
fn whatever_a_recorder_writes_another_decoder_plays_as_long_and_the_same() {
    let pcm8: Coding = (1, 8, |x| vec![(x * 127.0 + 128.0) as u8]);
    let pcm24: Coding = (1, 24, |x| ((x * 8_388_607.0) as i32).to_le_bytes()[..3].into());
    let float: Coding = (3, 32, |x| (x as f32).to_le_bytes().into());
    let cases: [(Coding, u32, &[f64], u32); 9] = [
        (PCM16, 8_000, &[440.0], 8_000),
        (PCM16, 8_000, &[440.0, 1_000.0], 8_000),
        (pcm8, 8_000, &[440.0], 9_999),
        (pcm24, 16_000, &[440.0], 16_001),
        (float, 48_000, &[440.0, 1_000.0], 48_000),
        (PCM16, 11_025, &[440.0], 11_025),
        (PCM16, 22_050, &[440.0], 22_050),
        (PCM16, 44_100, &[440.0, 1_000.0], 44_100),
        // Whole packets: the end falls on the end of one.
        (PCM16, 24_000, &[440.0], 4_800),
    ];
    for (coding, rate, tones, frames) in cases {
        let case = format!("tag {} of {} bit, {rate} Hz, {tones:?}", coding.0, coding.1);
        let wav = wav(coding, rate, tones, frames);
        let (summary, ogg) = compressed(&wav);
        let heard = decoded(&ogg, tones.len());
        let expected = f64::from(frames) * 48_000.0 / f64::from(rate);
        // To the sample; where the rate changes, to that of the rate between.
        let slack = if rate % 1_000 == 0 { 0.5 } else { 6.0 };
        assert!(
            (heard.len() as f64 - expected).abs() <= slack,
            "{case}: {} of {expected}",
            heard.len()
        );
        assert_eq!(summary.duration.as_millis(), heard.len() as u128 / 48, "{case}");
        // The coder's first moments are not the tone.
        let steady = &heard[heard.len() / 4..];
        for (channel, tone) in tones.iter().enumerate() {
            let share = share_of(steady, channel, *tone);
            assert!(share > 0.95, "{case}: channel {channel} has {share} of {tone} Hz");
        }
        assert_eq!((summary.size, summary.sha256), (ogg.len() as u64, Sha256Sum::of(&ogg)));
        // The inbox's own reader says the same.
        let Reading::Audio { format, duration } = read(&ogg, &ogg, summary.size) else {
            panic!("{case}: no recording")
        };
        assert_eq!(format, summary.format);
        assert_eq!(duration.unwrap().as_millis(), summary.duration.as_millis(), "{case}");
    }
}

#[test]
fn telephone_sound_of_g_711_plays_the_same() {
    // A square wave of 500 Hz between the loudest values of the middle: its first harmonic has 8/π² of the power.
    for (tag, low, high) in [(7, 0x40, 0xC0), (6, 0x6A, 0xEA)] {
        let data: Vec<u8> = (0..16_000).map(|n| if n / 8 % 2 == 0 { high } else { low }).collect();
        let mut wav = wav((tag, 8, |_| vec![]), 8_000, &[0.0], 0);
        let at = wav.len() - 4;
        wav[at..].copy_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
        wav.extend(data);
        let heard = decoded(&compressed(&wav).1, 1);
        assert_eq!(heard.len(), 96_000);
        let share = share_of(&heard[24_000..], 0, 500.0);
        assert!(share > 0.75, "{tag}: {share}");
    }
}

#[test]
fn sound_takes_a_fifth_or_less_and_the_same_bytes_each_time() {
    let wav = wav(PCM16, 8_000, &[440.0], 80_000);
    let (summary, first) = compressed(&wav);
    assert!(summary.size * 5 < wav.len() as u64, "{} of {}", summary.size, wav.len());
    assert_eq!(first, compressed(&wav).1);
}

#[test]
fn a_wav_whose_size_was_never_filled_in_is_read_to_its_end() {
    let mut bytes = wav(PCM16, 8_000, &[440.0], 8_000);
    let at = bytes.len() - 16_000 - 4;
    bytes[at..at + 4].fill(0xFF);
    assert_eq!(compressed(&bytes).0.duration, Duration::from_secs(1));
}

#[test]
fn what_cannot_be_compressed_says_why() {
    let good = wav(PCM16, 8_000, &[440.0], 800);
    let (gsm, many, fast) = ((49, 16, PCM16.2), [440.0; 3], 96_000);
    for (bytes, kind, word) in [
        (good[..good.len() - 1].to_vec(), ArchiveErrorKind::Damaged, "shorter"),
        (good[..30].to_vec(), ArchiveErrorKind::Damaged, "shorter"),
        (b"ID3 and so on".to_vec(), ArchiveErrorKind::Incompressible, "no WAV"),
        (wav(gsm, 8_000, &[440.0], 8), ArchiveErrorKind::Incompressible, "49"),
        (
            wav(PCM16, 8_000, &many, 8),
            ArchiveErrorKind::Incompressible,
            "channels",
        ),
        (
            wav(PCM16, fast, &[440.0], 8),
            ArchiveErrorKind::Incompressible,
            "48 kHz",
        ),
        (wav(PCM16, 0, &[440.0], 8), ArchiveErrorKind::Incompressible, "kHz"),
        (wav(PCM16, 1, &[440.0], 8), ArchiveErrorKind::Incompressible, "4 kHz"),
    ] {
        let error = compress(&bytes[..], io::sink()).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn what_plays_for_weeks_says_so() {
    for (samples, duration) in [
        (0, Duration::ZERO),
        (72_001, Duration::new(1, 500_020_833)),
        (48_000 * 86_400 * 365 + 24_000, Duration::new(86_400 * 365, 500_000_000)),
        (u64::MAX, Duration::new(384_307_168_202_282, 325_312_500)),
    ] {
        assert_eq!(duration_of(samples), duration, "{samples}");
    }
}

#[test]
fn a_full_disk_is_told_as_such() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = compress(&wav(PCM16, 8_000, &[440.0], 80_000)[..], Full).unwrap_err();
    assert_eq!(error.kind(), ArchiveErrorKind::Full);
}

#[test]
fn neither_what_is_read_nor_what_is_written_is_held() {
    struct Told<'a, T>(T, &'a Cell<usize>);
    impl<T: Read> Read for Told<'_, T> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let n = self.0.read(bytes)?;
            self.1.set(self.1.get() + n);
            Ok(n)
        }
    }
    struct Behind<'a> {
        read: &'a Cell<usize>,
        at_the_last: usize,
        longest: usize,
    }
    impl Write for &mut Behind<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.longest = self.longest.max(self.read.get() - self.at_the_last);
            self.at_the_last = self.read.get();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let bytes = wav(PCM16, 8_000, &[440.0], 400_000);
    let count = Cell::new(0);
    let mut behind = Behind {
        read: &count,
        at_the_last: 0,
        longest: 0,
    };
    compress(Told(&bytes[..], &count), &mut behind).unwrap();
    assert_eq!(count.get(), bytes.len());
    assert!(
        behind.longest < 200_000,
        "{} bytes were read without writing",
        behind.longest
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_bring_it_down(
        tag in prop::sample::select(vec![1_u16, 3, 6, 7, 17, 0xFFFE]), channels in 0..4_u16, rate in prop::sample::select(vec![0_u32, 1, 7_999, 8_000, 44_100, u32::MAX]),
        bits in prop::sample::select(vec![0_u16, 8, 16, 24, 32]), sizes: [u32; 2], rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut bytes = Vec::from(*b"RIFF\0\0\0\0WAVEfmt ");
        bytes.extend(sizes[0].checked_rem(80).unwrap().to_le_bytes());
        for field in [tag, channels] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(rate.to_le_bytes());
        bytes.extend([0; 6]);
        bytes.extend(bits.to_le_bytes());
        bytes.extend(b"data");
        bytes.extend(sizes[1].to_le_bytes());
        bytes.extend(&rest);
        if let Ok(summary) = compress(&bytes[..], io::sink()) {
            prop_assert!(summary.size > 0);
        }
    }
}
