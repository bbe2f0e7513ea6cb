//! A folder on an SMB share, through the library `smb2`: SMB 2.1 to 3.1.1 with signing.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use smb2::{ClientConfig, RenameOptions, SmbClient, Tree};
use tokio::io::AsyncReadExt;
use tokio_util::io::StreamReader;
use url::Url;

use super::{Entry, PIECE, Place, Progress, Reader, names};
use crate::error::{ArchiveError, ArchiveErrorKind};
use crate::name;

/// How long it may take until a connection stands.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server may say nothing: it may have to start a disk.
const SILENCE: Duration = Duration::from_secs(20);

/// A folder on a share: `smb://host:port/share/folder`, the port and the folder optional.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Location {
    host: String,
    port: u16,
    share: String,
    folders: Vec<String>,
}

/// Who signs in. `Debug` shows neither.
#[derive(Clone)]
pub struct Account {
    domain: String,
    user: String,
    password: SecretString,
}

/// The share at a [`Location`]. Connects when it is used, and again when a connection was lost.
pub struct Share {
    location: Location,
    account: Account,
    /// Connections that nobody uses at the moment.
    idle: Mutex<Vec<Session>>,
}

struct Session {
    client: SmbClient,
    tree: Tree,
}

impl Location {
    /// Reads an URL.
    ///
    /// # Errors
    ///
    /// Where it is no `smb://` with a server and a share, or holds user or password.
    pub fn parse(url: &str) -> Result<Self, ArchiveError> {
        let wrong = |why: &str| ArchiveError::other("reading the address of the share", why);
        let parsed = Url::parse(url).map_err(|error| wrong(&error.to_string()))?;
        if parsed.scheme() != "smb" {
            return Err(wrong("it begins with smb:// or file:///"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(wrong("user and password do not stand in the address"));
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let host = parsed.host_str().filter(|host| !host.is_empty());
        let host = decoded(host.ok_or_else(|| wrong("it names no server"))?);
        let mut parts = parsed.path().split('/').filter(|part| !part.is_empty()).map(decoded);
        let share = parts
            .next()
            .ok_or_else(|| wrong("it names no share: smb://server/share"))?;
        let folders = parts.flat_map(|part| name::folders(&part)).collect();
        Ok(Self {
            host,
            port: parsed.port().unwrap_or(445),
            share,
            folders,
        })
    }
}

impl Account {
    /// A user, with its domain as in `ACME\bridge` or without.
    pub fn new(user: &str, password: SecretString) -> Self {
        let (domain, user) = user.split_once('\\').unwrap_or(("", user));
        Self {
            domain: domain.into(),
            user: user.into(),
            password,
        }
    }
}

impl Share {
    /// The share at a location. Nothing is connected yet.
    pub fn new(location: Location, account: Account) -> Self {
        Self {
            location,
            account,
            idle: Mutex::default(),
        }
    }

    /// A connection that works at this moment.
    async fn session(&self) -> Result<Session, ArchiveError> {
        loop {
            let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
            let Some(mut session) = idle else {
                return self.connect().await;
            };
            // The server may have gone since; what was not begun needs no second attempt.
            if session.client.stat(&mut session.tree, "").await.is_ok() {
                return Ok(session);
            }
        }
    }

    /// Only sessions whose last answer was clean come back.
    fn put_back(&self, session: Session) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(session);
        }
    }

    async fn connect(&self) -> Result<Session, ArchiveError> {
        let config = ClientConfig {
            addr: format!("{}:{}", self.location.host, self.location.port),
            timeout: CONNECT,
            username: self.account.user.clone(),
            password: self.account.password.expose_secret().into(),
            domain: self.account.domain.clone(),
            compression: false,
            response_timeout: Some(SILENCE),
            ..ClientConfig::default()
        };
        let mut client = SmbClient::connect(config).await.map_err(|error| {
            let error = ArchiveError::from_smb("signing in to the file server", &error);
            // Who knows the password and may not even sign in came without encryption.
            if error.kind() == ArchiveErrorKind::Denied {
                error.of_kind(ArchiveErrorKind::EncryptionRequired)
            } else {
                error
            }
        })?;
        let tree = client
            .connect_share(&self.location.share)
            .await
            .map_err(ArchiveError::smb("opening the share"))?;
        if tree.encrypt_data && !client.connection().should_encrypt() {
            return Err(ArchiveError::new(
                ArchiveErrorKind::EncryptionRequired,
                "opening the share",
            ));
        }
        Ok(Session { client, tree })
    }

    /// A path on the share.
    fn within(&self, path: &str) -> Result<String, ArchiveError> {
        let own = self.location.folders.iter().map(String::as_str);
        Ok(own.chain(names(path)?).collect::<Vec<_>>().join("/"))
    }
}

#[async_trait]
impl Place for Share {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, ArchiveError> {
        let path = self.within(folder)?;
        let mut session = self.session().await?;
        let entries = session
            .client
            .list_directory(&mut session.tree, &path)
            .await
            .map_err(ArchiveError::smb("listing a folder of the share"))?;
        self.put_back(session);
        let entries = entries.into_iter().filter(|entry| {
            let itself = entry.name == "." || entry.name == "..";
            !itself && !entry.is_link()
        });
        Ok(entries
            .map(|entry| Entry {
                modified: entry
                    .modified
                    .to_system_time()
                    .and_then(|time| Timestamp::try_from(time).ok())
                    .unwrap_or(Timestamp::UNIX_EPOCH),
                size: if entry.is_directory { 0 } else { entry.size },
                is_folder: entry.is_directory,
                name: entry.name,
            })
            .collect())
    }

    async fn size(&self, path: &str) -> Result<Option<u64>, ArchiveError> {
        let path = self.within(path)?;
        let mut session = self.session().await?;
        let info = session.client.stat(&mut session.tree, &path).await;
        let size = absent(info.map(|info| info.size), "looking for a file on the share")?;
        self.put_back(session);
        Ok(size)
    }

    async fn read(&self, path: &str, offset: u64) -> Result<Reader, ArchiveError> {
        let path = self.within(path)?;
        let mut session = self.session().await?;
        let opening = ArchiveError::smb("opening a file on the share");
        if offset == 0 {
            // Asks for more while what came is looked at: twice as fast as one question after the other.
            let client = &mut session.client;
            let download = client.open_file_download(&session.tree, &path).await.map_err(opening)?;
            let stream = try_unfold((download, session), |(mut download, session)| async move {
                match download.next_chunk().await {
                    None => Ok::<_, ArchiveError>(None),
                    Some(Ok(piece)) => Ok(Some((Bytes::from(piece), (download, session)))),
                    Some(Err(error)) => Err(ArchiveError::from_smb("reading a file on the share", &error)),
                }
            });
            return Ok(Box::new(StreamReader::new(Box::pin(stream))));
        }
        let client = &mut session.client;
        let reader = client.open_file_reader(&session.tree, &path).await.map_err(opening)?;
        // The connection lives as long as the reader.
        let stream = try_unfold((reader, session, offset), |(reader, session, at)| async move {
            let piece = reader
                .read_at(at, 4 * PIECE as u64)
                .await
                .map_err(ArchiveError::smb("reading a file on the share"))?;
            if piece.is_empty() {
                reader
                    .close()
                    .await
                    .map_err(ArchiveError::smb("closing a file on the share"))?;
                return Ok::<_, ArchiveError>(None);
            }
            let next = at + piece.len() as u64;
            Ok(Some((Bytes::from(piece), (reader, session, next))))
        });
        Ok(Box::new(StreamReader::new(Box::pin(stream))))
    }

    async fn write(
        &self,
        path: &str,
        offset: u64,
        mut source: Reader,
        progress: Progress<'_>,
    ) -> Result<u64, ArchiveError> {
        let failed = ArchiveError::smb("writing a file on the share");
        let path = self.within(path)?;
        let mut session = self.session().await?;
        let mut writer = if offset == 0 {
            session.client.create_file_writer(&session.tree, &path).await
        } else {
            session.client.create_file_writer_at(&session.tree, &path, offset).await
        }
        .map_err(&failed)?;
        let mut piece = vec![0; PIECE];
        loop {
            let n = match source.read(&mut piece).await {
                Ok(0) => break,
                Ok(n) => n,
                Err(error) => {
                    // What was written stays for the next attempt.
                    writer.abort().await.map_err(&failed)?;
                    return Err(ArchiveError::from_io("reading a file", &error));
                }
            };
            writer.write_chunk(&piece[..n]).await.map_err(&failed)?;
            progress(offset + writer.bytes_written());
        }
        let written = writer.finish().await.map_err(&failed)?;
        progress(offset + written);
        self.put_back(session);
        Ok(written)
    }

    async fn rename(&self, from: &str, to: &str) -> Result<bool, ArchiveError> {
        let (from, to) = (self.within(from)?, self.within(to)?);
        let mut session = self.session().await?;
        let renamed = match session.client.rename(&session.tree, &from, &to).await {
            Ok(()) => true,
            Err(error) if error.kind() == smb2::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(ArchiveError::from_smb("renaming a file on the share", &error)),
        };
        self.put_back(session);
        Ok(renamed)
    }

    async fn replace(&self, from: &str, to: &str) -> Result<(), ArchiveError> {
        let (from, to) = (self.within(from)?, self.within(to)?);
        let mut session = self.session().await?;
        session
            .client
            .rename_with(&session.tree, &from, &to, RenameOptions::new().replace_if_exists(true))
            .await
            .map_err(ArchiveError::smb("renaming a file on the share"))?;
        self.put_back(session);
        Ok(())
    }

    async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        let path = self.within(path)?;
        let mut session = self.session().await?;
        let deleted = session.client.delete_file(&session.tree, &path).await;
        absent(deleted, "deleting a file on the share")?;
        self.put_back(session);
        Ok(())
    }

    async fn make_folder(&self, path: &str) -> Result<(), ArchiveError> {
        let path = self.within(path)?;
        let mut session = self.session().await?;
        // A server makes no folder in one that is not there: from the top, and most are there.
        for (end, _) in path.match_indices('/').chain([(path.len(), "")]) {
            if end == 0 {
                continue;
            }
            match session.client.create_directory(&session.tree, &path[..end]).await {
                Ok(()) => {}
                Err(error) if error.kind() == smb2::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    // Who may not make a folder may still use it.
                    let info = session.client.stat(&mut session.tree, &path[..end]).await;
                    if !info.is_ok_and(|info| info.is_directory) {
                        return Err(ArchiveError::from_smb("making a folder on the share", &error));
                    }
                }
            }
        }
        self.put_back(session);
        Ok(())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(hidden)")
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Share").field(&self.location).finish()
    }
}

fn absent<T>(result: Result<T, smb2::Error>, during: &'static str) -> Result<Option<T>, ArchiveError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == smb2::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ArchiveError::from_smb(during, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let location = Location::parse("smb://files.acme.example/telephony").unwrap();
        assert_eq!((location.host.as_str(), location.port), ("files.acme.example", 445));
        assert_eq!(location.share, "telephony");
        let location = Location::parse("smb://127.0.0.1:4451/Größe%20x/a/../ü").unwrap();
        assert_eq!((location.port, location.share.as_str()), (4451, "Größe x"));
        assert_eq!(location.folders, ["ü"]);
        for wrong in [
            "smb://host",
            "smb://host/",
            "smb:///share",
            "http://host/share",
            "smb://u:p@host/share",
            "x",
        ] {
            assert!(Location::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_domain_stands_before_a_backslash() {
        let account = Account::new("ACME\\bridge", "secret".into());
        assert_eq!((account.domain.as_str(), account.user.as_str()), ("ACME", "bridge"));
        let account = Account::new("bridge@acme.example", "secret".into());
        assert_eq!(
            (account.domain.as_str(), account.user.as_str()),
            ("", "bridge@acme.example")
        );
        assert!(!format!("{account:?}").contains("bridge"));
    }
}
