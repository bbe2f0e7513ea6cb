//! Exports all users, deleted ones too, as tab-separated lines. Says on standard error how far it is, and at the end where
//! a later run takes it up again: that one then gets only what has changed.
//!
//! `cargo run -p examples --bin export-users > users.tsv`, later `… --bin export-users -- CURSOR > changes.tsv`

#![expect(clippy::print_stdout, reason = "a program for people")]

use examples::{argument, zendesk};
use jiff::Timestamp;
use zendesk_client::Priority;
use zendesk_client::users::{Role, User};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Ten requests a minute is what Zendesk allows; the client waits where it is told to.
    let zendesk = zendesk()?.with_priority(Priority::Background);
    let everything = zendesk.incremental().users(Timestamp::UNIX_EPOCH);
    let (mut users, expected) = match argument(1, "the cursor of an earlier run") {
        Ok(cursor) => (everything.after(&cursor), None),
        // Zendesk counts active users only, and large accounts once a day: this is about right.
        Err(_) => (everything, Some(zendesk.users().count().await?)),
    };

    let (mut done, mut place) = (0, None);
    while let Some(page) = users.next_page().await? {
        for user in &page.items {
            println!("{}", line(user));
        }
        done += page.items.len();
        match expected {
            Some(expected) => eprintln!("{done} of about {expected} users"),
            None => eprintln!("{done} users that have changed"),
        }
        place = page.cursor.or(place);
    }
    match place {
        Some(cursor) => eprintln!("done; go on later from {cursor}"),
        None => eprintln!("done"),
    }
    Ok(())
}

fn line(user: &User) -> String {
    let role = user.role.as_ref().map_or("", Role::as_str);
    let state = match (user.active, user.suspended) {
        (Some(false), _) => "deleted",
        (_, Some(true)) => "suspended",
        _ => "active",
    };
    let id = user.id.to_string();
    let fields = [
        id.as_str(),
        role,
        state,
        &user.name,
        user.email.as_deref().unwrap_or_default(),
        user.phone.as_deref().unwrap_or_default(),
    ];
    // A tab or a line break in a name would make two fields of it.
    fields.map(|field| field.replace(char::is_control, " ")).join("\t")
}
