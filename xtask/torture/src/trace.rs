//! What happened in a day, line by line: as a number by which two runs are compared, and as text for whoever looks for a defect.

use std::fmt;

use jiff::Timestamp;

/// The lines so far.
#[derive(Debug)]
pub(crate) struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
    buffer: String,
}

impl Trace {
    /// An empty one, which keeps its lines if that is wanted.
    pub(crate) fn new(keep: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: keep.then(Vec::new),
            buffer: String::new(),
        }
    }

    /// One more line.
    pub(crate) fn line(&mut self, at: Timestamp, what: fmt::Arguments<'_>) {
        use fmt::Write as _;
        self.buffer.clear();
        // Writing to a string does not fail.
        let _ = write!(self.buffer, "{} {what}", at.as_millisecond());
        for byte in self.buffer.bytes() {
            // FNV-1a: the same on every machine, and quick.
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{at} {what}"));
        }
    }

    /// Equal for equal traces.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines, if they were kept.
    pub(crate) fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
