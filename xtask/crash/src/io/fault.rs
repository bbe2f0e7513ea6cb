//! The ways in which an operation on the disk fails.

/// How an operation fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    /// What it is called.
    pub(super) name: &'static str,
    /// As the operating system numbers it; 0: the process is killed there.
    pub(super) error: u64,
    /// Whether everything after it fails too, until the disk is mended.
    pub(super) lasts: bool,
    /// Whether the process is killed as soon as it has struck.
    pub(super) deadly: bool,
}

/// Every way.
pub(super) const FAULTS: [Fault; 6] = [
    Fault::new("EIO, once", 5, false),
    Fault::new("EIO, until mended", 5, true),
    Fault::new("ENOSPC, until mended", 28, true),
    Fault::new("EROFS, until mended", 30, true),
    KILLED_AFTER,
    KILLED_IN,
];

const KILLED_AFTER: Fault = Fault {
    deadly: true,
    ..Fault::new("EIO, once, and killed soon after", 5, false)
};
const KILLED_IN: Fault = Fault::new("killed in it", 0, false);

/// Those that make a difference to a power cut, of which there is one more when all calls are over.
pub(super) const POWER_FAULTS: [Fault; 3] = [FAULTS[0], KILLED_AFTER, KILLED_IN];

impl Fault {
    const fn new(name: &'static str, error: u64, lasts: bool) -> Self {
        Self {
            name,
            error,
            lasts,
            deadly: false,
        }
    }
}
