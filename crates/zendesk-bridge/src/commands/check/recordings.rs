//! Looks whether recordings can be taken from the inbox, kept, and copied to the share.

use recording_archive::copy::target;

use super::report::Chapter;
use crate::config::{Config, Retention, Share, Spot};
use crate::recordings::sink;
use crate::view::lasting;

/// Writes a file for a moment wherever recordings are written or deleted later.
pub(crate) async fn look(config: &Config, groups: Option<&[pbx::Group]>, chapter: &mut Chapter) {
    let recordings = &config.recordings;
    match recordings.retention {
        Some(Retention { retain, redact }) => chapter.note(format!(
            "recordings are deleted after {}{}",
            lasting(retain),
            if redact {
                ", on tickets as well"
            } else {
                "; on tickets they stay"
            }
        )),
        None if recordings.recording.is_some() => {
            chapter.note("recordings.retain is not set: recordings are kept for ever");
        }
        None => {}
    }
    let Some(recording) = &recordings.recording else {
        chapter.note("no calls are recorded: recordings.groups is empty");
        if let Some(share) = &recordings.share {
            copies(share, chapter).await;
        }
        return;
    };
    for name in &recordings.rules.groups {
        match groups {
            Some(groups) if groups.iter().any(|group| group.name == *name) => {
                chapter.good(format!("answered calls into {name} are recorded"));
            }
            Some(_) => chapter.mend(format!(
                "recordings.groups names `{name}`, which is no group of the PBX. Names are compared exactly"
            )),
            None => {}
        }
    }
    let shown = &recording.inbox_shown;
    if let Spot::Folder(folder) = &recording.inbox
        && !folder.is_dir()
    {
        chapter.mend(format!(
            "recordings.inbox: the folder {shown} does not exist. Make it, or mount it, and have recordings put there"
        ));
    } else {
        match sink(&recording.inbox).probe(&[]).await {
            Ok(()) => chapter.good(format!(
                "the inbox {shown} can be read, and recordings be deleted there"
            )),
            Err(error) => chapter.mend(format!("recordings.inbox {shown}: {error}")),
        }
    }
    if recording.keep {
        spool(config, chapter).await;
    } else {
        chapter.note("recordings.keep is off: a recording is deleted once it is attached");
    }
    if let Some(share) = &recordings.share {
        copies(share, chapter).await;
    }
}

async fn spool(config: &Config, chapter: &mut Chapter) {
    let spool = &config.recordings.spool;
    let shown = spool.display();
    if !spool.exists() {
        chapter.note(format!(
            "the folder for kept recordings, {shown}, does not exist yet; the first `run` makes it"
        ));
        return;
    }
    match sink(&Spot::Folder(spool.clone())).probe(&[]).await {
        Ok(()) => chapter.good(format!("recordings can be kept in {shown}")),
        Err(error) => chapter.mend(format!("recordings.spool {shown}: {error}")),
    }
}

async fn copies(share: &Share, chapter: &mut Chapter) {
    let folders = target(&share.subdirectory);
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    let where_to = format!("{} in {}", share.url, folders.join("/"));
    match sink(&share.spot).probe(&folders).await {
        Ok(()) => chapter.good(format!("copies can be written to {where_to}")),
        Err(error) => chapter.mend(format!("recordings.share: {where_to}: {error}")),
    }
}
