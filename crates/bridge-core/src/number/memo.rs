//! Readings of the numbers that come again and again: the same few callers and extensions are compared at every event, and
//! reading one takes many times longer than finding it again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Reading;

/// So many are kept; then it begins anew.
const MOST: usize = 4096;
/// Whatever is longer is hardly a number, and is not kept.
const LONGEST: usize = 64;

/// What texts were read as. It changes no reading, so it makes no difference to whoever compares or copies a plan.
#[derive(Clone, Default)]
pub(super) struct Memo(Arc<Mutex<BTreeMap<String, Reading>>>);

impl Memo {
    /// The reading of this text: the one that is kept, or what `read` makes of it.
    pub(super) fn of(&self, text: &str, read: impl FnOnce() -> Reading) -> Reading {
        if text.len() > LONGEST {
            return read();
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = kept.get(text) {
            return reading.clone();
        }
        let reading = read();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(text.to_owned(), reading.clone());
        reading
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memo {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_and_not_too_many_are_kept() {
        let memo = Memo::default();
        let mut reads = 0;
        let mut of = |text: &str| {
            memo.of(text, || {
                reads += 1;
                Reading::Internal
            })
        };
        for _ in 0..3 {
            assert_eq!(of("12"), Reading::Internal);
        }
        (0..MOST * 3).for_each(|number| drop(of(&number.to_string())));
        of(&"1".repeat(LONGEST + 1));
        let kept = memo.0.lock().unwrap();
        assert!(kept.len() <= MOST && kept.keys().all(|text| text.len() <= LONGEST));
        assert!(reads < MOST * 3 + 3, "{reads}: the first one was read once");
    }
}
