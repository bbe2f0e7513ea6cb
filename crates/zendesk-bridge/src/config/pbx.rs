//! `[pbx]`: where the telephone system is, who the bridge is there, and whose calls it watches.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::reader::{Section, found};
use super::values::{BASE_URL, LISTEN, base_url, listen, own_url};

/// The section.
#[derive(Debug)]
pub(crate) struct Pbx {
    /// Tells several telephone systems on one Zendesk account apart; part of every ticket's `external_id`.
    pub(crate) name: String,
    /// The STARFACE's address.
    pub(crate) url: Url,
    /// A login that may read users and groups.
    pub(crate) login: String,
    /// Its password.
    pub(crate) password: SecretString,
    /// For OAuth of version 10, where the PBX refuses the classic login.
    pub(crate) client_secret: Option<SecretString>,
    /// Own certificate authority, or a self-signed certificate.
    pub(crate) ca_file: Option<PathBuf>,
    /// Where the PBX delivers events.
    pub(crate) callback: Callback,
    /// Whose calls are watched.
    pub(crate) agents: Vec<Agent>,
}

impl Pbx {
    /// The logins whose calls are watched.
    pub(crate) fn logins(&self) -> Vec<String> {
        self.agents.iter().map(|agent| agent.login.clone()).collect()
    }
}

/// `[pbx.callback]`.
#[derive(Debug)]
pub(crate) struct Callback {
    /// Where the bridge listens.
    pub(crate) listen: SocketAddr,
    /// The same place as the PBX reaches it.
    pub(crate) url: Url,
}

/// One `[[pbx.agent]]`.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The login.
    pub(crate) login: String,
    /// What the login is proved with.
    pub(crate) proof: Proof,
}

/// What a login is proved with.
#[derive(Debug)]
pub(crate) enum Proof {
    /// The password itself.
    Password(SecretString),
    /// Its SHA-512 in hex, which is all the protocol needs, and as good as the password for who has it.
    Sha512(SecretString),
}

/// Reads the section.
pub(crate) fn read(mut section: Section<'_>) -> Option<Pbx> {
    let kind = section.or("kind", "starface".to_owned(), "\"starface\"", |value| {
        match value.text()? {
            kind if matches!(kind.as_str(), "starface" | "webhook") => Ok(kind),
            _ => Err(value.describe()),
        }
    });
    if kind == "webhook" {
        section.not_yet("kind", "`webhook`", "allowed in this version: \"starface\"");
    }
    let name = section.or("name", "starface".to_owned(), NAME, |value| match value.text()? {
        name if name.len() <= 40 && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)) => Ok(name),
        name => Err(found(&name)),
    });
    let url = section.required("url", BASE_URL, base_url);
    let login = section.required("login", LOGIN, |value| value.text());
    let password = section.secret("password");
    if !section.has("password") {
        section.missing(
            "password",
            "the password of `login`: a string, { env = \"NAME\" } or { file = \"PATH\" }",
        );
    }
    let client_secret = section.secret("client_secret");
    let ca_file = section.optional("ca_file", "the path of a PEM file", |value| value.text());
    let ca_file = ca_file.map(|path| section.reader().path(&path));
    if let Some(file) = ca_file.as_ref().filter(|file| !file.is_file()) {
        section.wrong(
            "ca_file",
            format!("the file {} does not exist", file.display()),
            "allowed: a PEM file with the certificate of the PBX or of its authority; a relative path starts at the configuration file",
        );
    }
    let callback = callback(section.section("callback"));
    let agents = agents(&mut section);
    section.finish();
    Some(Pbx {
        name,
        url: url?,
        login: login?,
        password: password?,
        client_secret,
        ca_file,
        callback: callback?,
        agents,
    })
}

const NAME: &str =
    "letters, digits, `.`, `_` and `-`, at most 40; it must never change, for it is part of every ticket's external_id";
const LOGIN: &str = "the login as a string in quotes, such as \"0101\": leading zeros count";

fn callback(mut section: Section<'_>) -> Option<Callback> {
    let listen = section.required("listen", LISTEN, listen);
    let url = section.required(
        "url",
        "the address at which the PBX reaches `listen`, such as \"http://bridge.acme.example:8091\"",
        own_url,
    );
    section.finish();
    Some(Callback {
        listen: listen?,
        url: url?,
    })
}

fn agents(section: &mut Section<'_>) -> Vec<Agent> {
    let given = section.has("agent");
    let mut seen = BTreeSet::new();
    let mut agents = Vec::new();
    for mut each in section.sections("agent") {
        let login = each.required("login", LOGIN, |value| value.text());
        if let Some(login) = login.as_ref().filter(|login| !seen.insert((*login).clone())) {
            each.wrong(
                "login",
                format!("the login `{login}` is listed twice"),
                "allowed: each login once",
            );
        }
        let password = each.secret("password");
        let sha512 = each.secret("password_sha512").filter(|hash| is_hash(&each, hash));
        match (each.has("password"), each.has("password_sha512")) {
            (true, true) => each.wrong(
                "password_sha512",
                "both password and password_sha512 are given",
                "allowed: one of them",
            ),
            (false, false) => each.missing(
                "password",
                "password or password_sha512: a string, { env = \"NAME\" } or { file = \"PATH\" }",
            ),
            _ => {}
        }
        each.finish();
        let proof = password.map(Proof::Password).or(sha512.map(Proof::Sha512));
        if let (Some(login), Some(proof)) = (login, proof) {
            agents.push(Agent { login, proof });
        }
    }
    if !given {
        section.missing(
            "agent",
            "one section [[pbx.agent]] with login and password for each agent whose calls are watched",
        );
    }
    agents
}

/// An empty one was not looked up, and nothing can be said about it.
fn is_hash(section: &Section<'_>, hash: &SecretString) -> bool {
    let text = hash.expose_secret();
    let fits = text.is_empty() || (text.len() == 128 && text.bytes().all(|b| b.is_ascii_hexdigit()));
    if !fits {
        section.wrong(
            "password_sha512",
            format!("found {} characters (hidden here)", text.chars().count()),
            "allowed: the SHA-512 of the password in hex, 128 characters, as `printf %s PASSWORD | sha512sum` prints them",
        );
    }
    fits
}
