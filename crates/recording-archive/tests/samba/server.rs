//! A Samba of one's own: private folders and users, a free port on loopback, signing required.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process_group, set_child_subreaper, waitpgid};

/// The password of the one user that there is.
pub(crate) const PASSWORD: &str = "correct horse";

/// What the server says at debug level 2 when it listens. (Its `READY=1` for systemd comes before that.)
const READY: &str = "waiting for connections";

/// How long it may say nothing at its start.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Samba {
    dir: tempfile::TempDir,
    port: u16,
    child: Option<Child>,
    global: String,
    /// How often it was started.
    starts: u32,
}

impl Samba {
    /// Starts one; `global` are more lines of its settings.
    pub(crate) fn start(global: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut samba = Self {
            dir,
            port,
            child: None,
            global: global.into(),
            starts: 0,
        };
        for folder in ["share", "readonly", "foreign", "full", "state"] {
            std::fs::create_dir(samba.path(folder)).unwrap();
            std::fs::set_permissions(samba.path(folder), PermissionsExt::from_mode(0o777)).unwrap();
        }
        samba.configure();
        // What a killed server leaves becomes a child of this process, which can wait for its end.
        set_child_subreaper(Some(getpid())).unwrap();
        let mut pdbedit = Command::new("pdbedit")
            .arg(format!("--configfile={}", samba.config().display()))
            .args(["-a", "-t", "-u", &user()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("`pdbedit` comes with the Debian package samba: `cargo xtask test` installs it");
        write!(pdbedit.stdin.take().unwrap(), "{PASSWORD}\n{PASSWORD}\n").unwrap();
        assert!(pdbedit.wait().unwrap().success());
        samba.run();
        samba
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn url(&self, share: &str) -> String {
        format!("smb://127.0.0.1:{}/{share}", self.port)
    }

    /// Starts it, again if need be, and returns when it takes connections.
    pub(crate) fn run(&mut self) {
        self.starts += 1;
        self.configure();
        let mut command = Command::new("unshare");
        // A disk of 8 MB that only this server sees; without root, as root of a namespace.
        let full = self.path("full");
        let script = format!(
            "mount -t tmpfs -o size=8m,mode=777 tmpfs '{}' && exec smbd --foreground --no-process-group --configfile='{}' --debug-stdout --debuglevel=2",
            full.display(),
            self.config().display()
        );
        command.args(if user() == "root" {
            &["--mount"][..]
        } else {
            &["--mount", "--map-root-user"]
        });
        command.args(["--", "sh", "-c", &script]);
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().expect("`unshare` comes with util-linux");
        let log = BufReader::new(child.stdout.take().unwrap());
        self.child = Some(child);
        let (tell, told) = mpsc::channel();
        // Reads to the end: a server whose log nobody reads stops.
        std::thread::spawn(move || {
            log.split(b'\n')
                .map_while(Result::ok)
                .for_each(|line| _ = tell.send(line))
        });
        let mut said = String::new();
        while !said.contains(READY) {
            match told.recv_timeout(PATIENCE) {
                Ok(line) => said += &format!("{}\n", String::from_utf8_lossy(&line)),
                Err(error) => panic!("smbd did not say {READY:?} ({error}), but only:\n{said}"),
            }
        }
    }

    /// The server and all its connections are gone at once, and no process of it is left when this returns: one that still
    /// dies would hold the port and its locks.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = Pid::from_child(&child);
            kill_process_group(group, Signal::KILL).unwrap();
            child.wait().unwrap();
            loop {
                match waitpgid(group, WaitOptions::empty()) {
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(Errno::CHILD) => return,
                    Err(error) => panic!("the end of smbd cannot be waited for: {error}"),
                }
            }
        }
    }

    fn config(&self) -> PathBuf {
        self.path("smb.conf")
    }

    fn configure(&self) {
        let state = self.path("state");
        // Databases of connections and locks: what a server leaves there that was killed is none of the next one's business.
        let run = self.path(&format!("run-{}", self.starts));
        std::fs::create_dir_all(&run).unwrap();
        let (state, run) = (state.display(), run.display());
        let user = user();
        let mut text = format!(
            "[global]\nbind interfaces only = yes\ninterfaces = 127.0.0.1/8\nsmb ports = {}\nserver role = standalone server\n\
             server signing = mandatory\nserver min protocol = SMB3\nsecurity = user\nmap to guest = never\ndisable spoolss = yes\n\
             load printers = no\nprivate dir = {state}\nlock directory = {run}\nstate directory = {state}\ncache directory = {run}\n\
             pid directory = {run}\nncalrpc dir = {run}/ncalrpc\nlog file = {run}/log\npassdb backend = tdbsam:{state}/passdb.tdb\n\
             unix charset = UTF-8\nforce user = {user}\n{}\n",
            self.port, self.global
        );
        for (name, more) in [
            ("share", ""),
            ("readonly", "read only = yes\n"),
            ("foreign", "valid users = nobody\n"),
            ("full", ""),
            ("encrypted", "smb encrypt = required\n"),
        ] {
            let folder = if name == "encrypted" { "share" } else { name };
            let read_only = if more.contains("read only") {
                ""
            } else {
                "read only = no\n"
            };
            text += &format!("[{name}]\npath = {}\n{read_only}{more}", self.path(folder).display());
        }
        std::fs::write(self.config(), text).unwrap();
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Who runs the tests is who signs in.
pub(crate) fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The names in a folder, sorted.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
