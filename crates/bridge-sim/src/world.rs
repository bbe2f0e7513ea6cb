//! The world that is always there, as [`story`](crate::story) documents it: the same for both simulators.

/// A user of the simulated PBX.
#[derive(Clone, Copy, Debug)]
pub struct PbxUser {
    /// The account id, in the same number space as groups.
    pub account: u32,
    /// The name he logs in with.
    pub login: &'static str,
    /// The password; `pw-` and the login.
    pub password: &'static str,
    /// First name.
    pub first_name: &'static str,
    /// Family name.
    pub family_name: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Internal number.
    pub extension: &'static str,
}

/// A group of the simulated PBX.
#[derive(Clone, Copy, Debug)]
pub struct PbxGroup {
    /// The account id, by which call events name the group.
    pub account: u32,
    /// The name.
    pub name: &'static str,
    /// Logins of its members.
    pub members: &'static [&'static str],
    /// Internal number.
    pub internal: &'static str,
    /// External number: country code, area code, extension.
    pub external: (&'static str, &'static str, &'static str),
}

/// An agent of the simulated Zendesk.
#[derive(Clone, Copy, Debug)]
pub struct Agent {
    /// Zendesk's id.
    pub id: u64,
    /// The name.
    pub name: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// Whether he is signed in, so that a ticket can be opened on his screen.
    pub signed_in: bool,
}

/// The login that may read users and groups, but has no phone.
pub const ADMIN: PbxUser = PbxUser {
    account: 1100,
    login: "0001",
    password: "pw-0001",
    first_name: "Admin",
    family_name: "Istrator",
    email: "admin@acme.example",
    extension: "10",
};

/// Everybody with a phone.
pub const PBX_USERS: [PbxUser; 4] = [
    PbxUser {
        account: 1101,
        login: "0101",
        password: "pw-0101",
        first_name: "Anna",
        family_name: "Muster",
        email: "anna@acme.example",
        extension: "11",
    },
    PbxUser {
        account: 1102,
        login: "0102",
        password: "pw-0102",
        first_name: "Ben",
        family_name: "Beispiel",
        email: "ben@acme.example",
        extension: "12",
    },
    PbxUser {
        account: 1103,
        login: "0103",
        password: "pw-0103",
        first_name: "Carl",
        family_name: "Ohne",
        email: "carl@acme.example",
        extension: "13",
    },
    PbxUser {
        account: 1104,
        login: "0104",
        password: "pw-0104",
        first_name: "Dora",
        family_name: "Draussen",
        email: "dora@acme.example",
        extension: "14",
    },
];

/// All groups.
pub const PBX_GROUPS: [PbxGroup; 3] = [
    PbxGroup {
        account: 1003,
        name: "Support",
        members: &["0101", "0102", "0103", "0104"],
        internal: "300",
        external: ("49", "721", "4605300"),
    },
    PbxGroup {
        account: 1004,
        name: "Sales",
        members: &["0102", "0104"],
        internal: "400",
        external: ("49", "721", "4605400"),
    },
    PbxGroup {
        account: 1009,
        name: "Lager",
        members: &["0101"],
        internal: "900",
        external: ("49", "721", "4605900"),
    },
];

/// Zendesk's agents, members of both groups.
pub const AGENTS: [Agent; 3] = [
    Agent {
        id: 501,
        name: "Anna Muster",
        email: "anna@acme.example",
        signed_in: true,
    },
    Agent {
        id: 502,
        name: "Ben Beispiel",
        email: "ben@acme.example",
        signed_in: true,
    },
    Agent {
        id: 504,
        name: "Dora Draussen",
        email: "dora@acme.example",
        signed_in: false,
    },
];

/// Zendesk's groups.
pub const ZENDESK_GROUPS: [(u64, &str); 2] = [(71, "Support"), (72, "Sales")];

/// The default user: id, name, e-mail address.
pub const DEFAULT_USER: (u64, &str, &str) = (400, "Telephone", "telephone@acme.example");

/// Key of the user field that exists.
pub const USER_FIELD: &str = "phone_2";

pub use crate::zendesk::world::{CLIENT_ID, CLIENT_SECRET};

/// A user of the PBX by his login.
#[must_use]
pub fn pbx_user(login: &str) -> Option<&'static PbxUser> {
    PBX_USERS.iter().find(|user| user.login == login)
}

/// A group of the PBX by its name.
#[must_use]
pub fn pbx_group(name: &str) -> Option<&'static PbxGroup> {
    PBX_GROUPS.iter().find(|group| group.name == name)
}
