//! What the client covers: each endpoint with the calls that the client makes there. Whoever adds a method or a setter
//! to the client adds a line here; tests say what is missing.

pub(crate) mod others;
mod people;
mod tickets;

use jiff::Timestamp;
use zendesk_client::{
    AuditId, CallId, Client, CommentId, GroupId, IdentityId, MembershipId, TicketId, UserFieldId, UserId,
};

use crate::call::{Endpoint, Table};

/// Whom and what the calls name.
pub(crate) struct Ids {
    pub(crate) user: UserId,
    pub(crate) identity: IdentityId,
    pub(crate) agent: UserId,
    pub(crate) group: GroupId,
    pub(crate) membership: MembershipId,
    pub(crate) field: UserFieldId,
    pub(crate) ticket: TicketId,
    pub(crate) comment: CommentId,
    pub(crate) audit: AuditId,
    pub(crate) call: CallId,
    /// When the ticket was changed last.
    pub(crate) stamp: Timestamp,
    /// Where a list of users goes on.
    pub(crate) cursor: String,
    /// Where an export of users goes on.
    pub(crate) export_cursor: String,
}

/// All endpoints with their calls. Of each call there is one with the fewest and one with all parts that may be left out.
pub(crate) fn all(client: &Client, ids: &Ids) -> anyhow::Result<Vec<Endpoint>> {
    let mut table = Table::new(client);
    people::users(&mut table, client, ids)?;
    people::identities(&mut table, client, ids);
    people::fields(&mut table, client, ids)?;
    people::groups(&mut table, client, ids);
    people::memberships(&mut table, client, ids);
    tickets::tickets(&mut table, client, ids)?;
    tickets::many(&mut table, client, ids);
    tickets::attachments(&mut table, client, ids);
    others::voice(&mut table, client, ids);
    others::calls(&mut table, client, ids);
    others::searches(&mut table, client);
    others::incremental(&mut table, client, ids);
    others::jobs(&mut table, client);
    others::oauth(&mut table, client)?;
    Ok(table.into_endpoints())
}

impl Ids {
    /// Ids of nothing in particular.
    pub(crate) fn any() -> Self {
        Self {
            user: UserId::new(900),
            identity: IdentityId::new(901),
            agent: UserId::new(501),
            group: GroupId::new(71),
            membership: MembershipId::new(711),
            field: UserFieldId::new(31),
            ticket: TicketId::new(77),
            comment: CommentId::new(771),
            audit: AuditId::new(772),
            call: CallId::new(33_144_692_244_378),
            stamp: Timestamp::UNIX_EPOCH,
            cursor: "eyJv+/=".to_owned(),
            export_cursor: "aaa+/=".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Ids, all};

    /// The client's sources, and for each the module that people see.
    fn sources() -> Vec<(String, String)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/zendesk-client/src");
        files(&root)
            .into_iter()
            .map(|path| {
                let module = path.strip_prefix(&root).unwrap().components().next().unwrap();
                let module = module.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
                (module, fs::read_to_string(path).unwrap())
            })
            .collect()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries
            .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
            .collect()
    }

    /// Public functions of a source: name and signature.
    fn functions(source: &str) -> impl Iterator<Item = (&str, &str)> {
        source.split("pub fn ").skip(1).filter_map(|rest| {
            let (name, signature) = rest[..rest.find(['{', ';'])?].split_once(['(', '<'])?;
            Some((name, signature))
        })
    }

    #[test]
    fn every_call_of_the_client_is_in_the_table() {
        let client = crate::wire::client("https://acme.zendesk.com").unwrap();
        let table = all(&client, &Ids::any()).unwrap();
        let calls = table
            .iter()
            .filter(|endpoint| !endpoint.kin)
            .flat_map(|endpoint| &endpoint.calls);
        let listed: BTreeSet<_> = calls.map(|call| call.name).collect();
        let mut offered = BTreeSet::new();
        for (module, source) in sources() {
            let calls = functions(&source).filter(|(_, signature)| {
                signature.contains("&self") && (signature.contains("-> Pending<") || signature.contains("-> Listing<"))
            });
            offered.extend(calls.map(|(name, _)| format!("{module}.{name}")));
        }
        assert!(offered.len() > 20, "the client has more calls than {offered:?}");
        let missing: Vec<_> = offered.iter().filter(|name| !listed.contains(name.as_str())).collect();
        assert!(missing.is_empty(), "not in the table: {missing:?}");
    }

    #[test]
    fn every_part_that_may_be_left_out_is_in_some_call() {
        let table = [
            include_str!("people.rs"),
            include_str!("tickets.rs"),
            include_str!("others.rs"),
        ]
        .concat();
        let mut setters = 0;
        let mut missing = Vec::new();
        for (module, source) in sources() {
            if ["client", "credentials", "listing", "request", "retry", "testing"].contains(&module.as_str()) {
                continue;
            }
            for (name, signature) in functions(&source) {
                if (signature.starts_with("mut self") || signature.starts_with("self,"))
                    && signature.contains("-> Self")
                {
                    setters += 1;
                    if !table.contains(&format!(".{name}(")) {
                        missing.push(format!("{module}: {name}"));
                    }
                }
            }
        }
        assert!(setters > 20, "the client has more setters than {setters}");
        assert!(missing.is_empty(), "no call has: {missing:?}");
    }
}
