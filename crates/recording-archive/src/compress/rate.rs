//! From rates that Opus does not have to the next higher one that it has.

use std::io::Read;

use super::wave::Wave;
use crate::error::ArchiveError;

/// The rates that Opus has.
const RATES: [u32; 5] = [8_000, 12_000, 16_000, 24_000, 48_000];

/// No recorder is slower, and a header that says less would have a small file become a huge one.
pub(super) const LOWEST: u32 = 4_000;

/// The lowest rate that loses nothing.
pub(super) fn for_opus(rate: u32) -> Option<u32> {
    RATES.into_iter().find(|opus| *opus >= rate && rate >= LOWEST)
}

/// Gives the samples of a WAV at another rate.
///
/// Between samples it follows the cubic through the four around (Catmull and Rom): upwards only, for speech that Opus
/// approximates anyway, that is as good as a filter.
pub(super) struct Resampler {
    from: u32,
    to: u32,
    channels: usize,
    /// The last four frames read, of each channel.
    around: Vec<[f32; 4]>,
    /// How far the next output is behind the second of them, in parts of `to`.
    phase: u32,
    /// Frames of silence that stand for what comes after the end.
    beyond: u32,
    is_begun: bool,
}

impl Resampler {
    pub(super) fn new(from: u32, to: u32, channels: usize) -> Self {
        Self {
            from,
            to,
            channels,
            around: vec![[0.0; 4]; channels],
            phase: 0,
            beyond: 0,
            is_begun: false,
        }
    }

    /// Fills a block with whole frames, and tells how many samples there were: fewer than fit at the end only.
    pub(super) fn fill(&mut self, wave: &mut Wave<impl Read>, block: &mut [i16]) -> Result<usize, ArchiveError> {
        let mut filled = 0;
        if self.from == self.to {
            while filled < block.len() && wave.frame(&mut block[filled..filled + self.channels])? {
                filled += self.channels;
            }
            return Ok(filled);
        }
        if !self.is_begun {
            // The first frame comes to the second place, with two after it.
            self.is_begun = true;
            for _ in 0..3 {
                self.step(wave)?;
            }
        }
        while filled < block.len() {
            // The second of the four is where the output is: once that is beyond the end, so is all.
            if self.beyond > 2 {
                return Ok(filled);
            }
            let t = self.phase as f32 / self.to as f32;
            for (around, out) in self.around.iter().zip(&mut block[filled..]) {
                *out = cubic(around, t).round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
            }
            filled += self.channels;
            self.phase += self.from;
            while self.phase >= self.to {
                self.phase -= self.to;
                self.step(wave)?;
            }
        }
        Ok(filled)
    }

    /// One frame on.
    fn step(&mut self, wave: &mut Wave<impl Read>) -> Result<(), ArchiveError> {
        let mut frame = [0_i16; 2];
        let frame = &mut frame[..self.channels];
        if self.beyond > 0 || !wave.frame(frame)? {
            frame.fill(0);
            self.beyond += 1;
        }
        for (around, sample) in self.around.iter_mut().zip(frame) {
            around.rotate_left(1);
            around[3] = f32::from(*sample);
        }
        Ok(())
    }
}

/// The value at `t` between the second and the third.
fn cubic([a, b, c, d]: &[f32; 4], t: f32) -> f32 {
    let first = c - a;
    let second = 2.0 * a - 5.0 * b + 4.0 * c - d;
    let third = 3.0 * (b - c) + d - a;
    b + 0.5 * t * (first + t * (second + t * third))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rate_goes_to_the_next_that_opus_has() {
        for (rate, opus) in [
            (0, None),
            (1, None),
            (3_999, None),
            (4_000, Some(8_000)),
            (8_000, Some(8_000)),
            (11_025, Some(12_000)),
            (22_050, Some(24_000)),
            (32_000, Some(48_000)),
            (44_100, Some(48_000)),
            (48_001, None),
        ] {
            assert_eq!(for_opus(rate), opus, "{rate}");
        }
    }

    #[test]
    fn the_curve_goes_through_the_samples() {
        let around = [3.0, -2.0, 7.0, 1.0];
        assert!((cubic(&around, 0.0) + 2.0).abs() < 1e-6);
        assert!((cubic(&around, 1.0) - 7.0).abs() < 1e-5);
        // Of a straight line it is that line.
        assert!((cubic(&[1.0, 2.0, 3.0, 4.0], 0.25) - 2.25).abs() < 1e-6);
    }
}
