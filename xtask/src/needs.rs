//! What tests and measurements need beside Rust.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::bail;

use crate::command::run;

/// A program, the Debian package that brings it, and what for.
#[derive(Clone, Copy)]
pub(crate) struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const CC: Need = Need {
    program: "cc",
    package: "build-essential",
    why: "SQLite and the TLS library are compiled from C",
};
const SMBD: Need = Need {
    program: "smbd",
    package: "samba",
    why: "recordings are copied to a real Samba, on loopback",
};
const UNSHARE: Need = Need {
    program: "unshare",
    package: "util-linux",
    why: "that Samba runs in namespaces of its own, where a share may lie on a small disk that is full",
};
const OPUSDEC: Need = Need {
    program: "opusdec",
    package: "opus-tools",
    why: "recordings that were compressed are decoded by another program than ours",
};
const SMBCLIENT: Need = Need {
    program: "smbclient",
    package: "smbclient",
    why: "copies of recordings are measured beside its copies",
};

/// What the tests need.
pub(crate) const FOR_TESTS: &[Need] = &[CC, SMBD, UNSHARE, OPUSDEC];

/// What measuring needs.
pub(crate) const FOR_BENCH: &[Need] = &[CC, SMBD, UNSHARE, SMBCLIENT];

/// Installs what is missing, where that is possible, and says so.
pub(crate) fn provide(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !is_there(need.program)).collect();
    for need in &missing {
        eprintln!(
            "`{}` is missing ({}): it comes with the Debian package {}",
            need.program, need.why, need.package
        );
    }
    if missing.is_empty() {
        eprintln!("everything that is needed is there");
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if !is_there("apt-get") {
        bail!(
            "this is no Debian: install what brings the same as {}",
            packages.join(" ")
        );
    }
    apt_get(&["update", "-qq"])?;
    apt_get(
        &[
            &["install", "-y", "-qq", "--no-install-recommends"],
            packages.as_slice(),
        ]
        .concat(),
    )
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    };
    run(command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null()))
}

fn is_root() -> bool {
    let user = Command::new("id").arg("-u").output();
    user.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Servers lie where a user's PATH does not always lead.
    let servers = ["/usr/sbin", "/sbin"].map(std::path::PathBuf::from);
    std::env::split_paths(&path)
        .chain(servers)
        .any(|folder| Path::new(&folder).join(program).is_file())
}
