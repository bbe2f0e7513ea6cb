//! How far a directory has come with a page of the help desk's list.

use bridge_core::port::ProfilePage;
use jiff::Timestamp;

use crate::store::directory::Progress;

/// How far it has come with this page, which was asked for at this moment.
pub(super) fn reached(before: &Progress, page: &ProfilePage, asked: Timestamp) -> Progress {
    let mut next = before.clone();
    next.cursor.clone_from(&page.cursor);
    if !next.standing.complete {
        next.read += page.profiles.len() as u64;
        next.total = page.total.or(next.total);
    }
    // Once a page has told users without them, nobody knows theirs. A page of nobody says nothing.
    next.standing.identities = match before.cursor {
        None => page.identities,
        Some(_) => before.standing.identities && (page.identities || page.profiles.is_empty()),
    };
    if page.is_last {
        next.standing.complete = true;
        // Whoever is changed while the list is being told may be missing in it.
        next.standing.as_of = Some(asked);
    }
    next
}

/// The same without the certainty that further identities are in it.
pub(super) fn uncertain(before: &Progress) -> Progress {
    let mut uncertain = before.clone();
    uncertain.standing.identities = false;
    uncertain
}

/// Whether a list that has told everybody, and some without their further identities, tells those now.
pub(super) fn tells_identities_again(before: &Progress, page: &ProfilePage) -> bool {
    let misses = before.cursor.is_some() && before.standing.complete && !before.standing.identities;
    misses && page.identities && !page.profiles.is_empty()
}

/// The same at the beginning of everybody, of whom nobody is forgotten meanwhile.
pub(super) fn anew(before: &Progress) -> Progress {
    let mut anew = before.clone();
    anew.cursor = None;
    anew.read = 0;
    anew.standing.complete = false;
    anew
}
