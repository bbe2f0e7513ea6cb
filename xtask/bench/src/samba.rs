//! The Samba that the tests of `recording-archive` run against, and `smbclient` beside it.

#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "a server for tests, which stop at whatever is wrong and ask more of it"
)]
#[path = "../../../crates/recording-archive/tests/samba/server.rs"]
mod server;

use std::path::Path;

use anyhow::{Context, bail};
pub(crate) use server::{PASSWORD, Samba, user};
use tokio::process::Command;

/// Has `smbclient` do something on the share, and tells how many bytes a second it says it moved.
pub(crate) async fn smbclient(samba: &Samba, folder: &Path, command: &str) -> anyhow::Result<f64> {
    let url = samba.url("share");
    let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next());
    let output = Command::new("smbclient")
        .arg("//127.0.0.1/share")
        .arg(format!("--port={}", port.unwrap_or_default()))
        .arg(format!("--configfile={}", samba.path("smb.conf").display()))
        .arg(format!("--user={}%{PASSWORD}", user()))
        .args(["--client-protection=sign", "--command", command])
        .current_dir(folder)
        .output()
        .await
        .context("`smbclient` comes with the Debian package smbclient: `cargo xtask bench` installs it")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    // `putting file a as \a (215578.9 kB/s) (average …)`, `getting file \a of size 1 as a (309.4 KiloBytes/sec) …`
    let rate = said.split(['(', ')']).find_map(|part| {
        part.strip_suffix(" kB/s")
            .or(part.strip_suffix(" kb/s"))
            .or(part.strip_suffix(" KiloBytes/sec"))
    });
    match rate.map(str::parse::<f64>) {
        Some(Ok(kilobytes)) if output.status.success() => Ok(kilobytes * 1024.0),
        Some(_) | None => bail!("smbclient did not say how fast it was, but: {said}"),
    }
}
