//! Looks at what the bridge needs of its own machine: two addresses, the way in for events, and a place for the store.

use std::net::SocketAddr;
use std::path::Path;

use bridge_runtime::store::{StoreErrorKind, StoreReader};

use super::report::Chapter;
use super::starface::chain;
use crate::config::{self, Config, is_loopback};
use crate::listen;

/// Looks whether the bridge can listen where it has to, and whether events can come in.
pub(crate) async fn addresses(config: &Config, running: bool, chapter: &mut Chapter) {
    let callback = &config.pbx.callback;
    free("pbx.callback.listen", callback.listen, "events", running, chapter).await;
    match &config.web {
        Some(web) => free("web.listen", web.listen, "status and control", running, chapter).await,
        None => {
            chapter.note("web.listen is off: no status page, no /readyz; `activate` and `deactivate` go by the store")
        }
    }
    let url = config::plain(&callback.url);
    if is_loopback(&callback.url) && !is_loopback(&config.pbx.url) {
        chapter.mend(format!(
            "pbx.callback.url is {url}, which to the PBX means the PBX itself: give the address by which it reaches this machine"
        ));
        return;
    }
    chapter.note(format!(
        "whether the PBX reaches {url} shows with the first event; a firewall may stand in between"
    ));
    let (told, heard) = (callback.url.port_or_known_default(), callback.listen.port());
    if let Some(told) = told.filter(|told| *told != heard && heard != 0) {
        chapter.note(format!(
            "the PBX is told port {told}, and the bridge listens on port {heard}: right only if something in between passes the one on to the other"
        ));
    }
}

async fn free(key: &str, address: SocketAddr, what: &str, running: bool, chapter: &mut Chapter) {
    match listen::bind(key, address).await {
        Ok(_) => chapter.good(format!("{address} is free to listen on for {what}")),
        Err(taken) if taken.in_use && running => {
            chapter.good(format!(
                "{address} ({what}) is in use, presumably by the bridge that runs"
            ));
        }
        Err(taken) => chapter.mend(taken.to_string()),
    }
}

/// Looks whether a store is there, or can be made.
pub(crate) async fn store(path: &Path, chapter: &mut Chapter) {
    let shown = path.display();
    match StoreReader::open(path).await {
        Ok(_) => chapter.good(format!("the store {shown} can be read")),
        Err(error) if error.kind() == StoreErrorKind::Missing => {
            chapter.note(format!(
                "the store {shown} does not exist yet; the first `run` makes it"
            ));
        }
        Err(error) => chapter.mend(chain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Report;
    use super::*;

    async fn said(path: &Path) -> (bool, String) {
        let mut report = Report::default();
        store(path, report.chapter("This machine")).await;
        report.finish();
        (report.ready, report.render())
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_is_told_before_the_first_run() {
        let folder = tempfile::tempdir().unwrap();
        let (ready, text) = said(&folder.path().join("bridge.db")).await;
        assert!(ready && text.contains("the first `run` makes it"), "{text}");
        assert!(
            std::fs::read_dir(folder.path()).unwrap().next().is_none(),
            "something was made"
        );

        let (ready, text) = said(&folder.path().join("no/bridge.db")).await;
        assert!(!ready && text.contains("does not exist: create it"), "{text}");

        let other = folder.path().join("other.db");
        std::fs::write(&other, "something else").unwrap();
        let (ready, text) = said(&other).await;
        assert!(!ready && text.contains("is not a journal of this bridge"), "{text}");
    }
}
