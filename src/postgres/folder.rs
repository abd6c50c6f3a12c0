//! What is in the folder of a private cluster, and what does it tell of the server?
//!
//! It holds: `data` (the server's own, with `roost.conf`, our settings, inside), `password`, `port`,
//! `socket` and `log`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use super::account::{Account, Home};
use super::cluster::{Durability, ROLE};
use super::server::{self, Server, run};
use super::{install, secret};

/// The longest path of a Unix socket that every system takes; the name in it takes 20 bytes.
const SOCKET_FOLDER_BYTES_MAX: usize = 103 - 20;

/// The folder of a cluster that is known to be ours.
pub(super) struct Folder {
    home: Home,
}

impl Folder {
    /// Refuses a folder that holds anything but a cluster of ours.
    pub(super) fn open(home: Home) -> anyhow::Result<Self> {
        let is_empty = home.folder.read_dir()?.next().is_none();
        let folder = Self { home };
        if !is_empty && !folder.path("password").is_file() {
            bail!(
                "{} holds something else than a private cluster of roost: name another folder by \
                 --dir",
                folder.home.folder.display()
            );
        }
        Ok(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.folder.join(name)
    }

    fn account(&self) -> Option<&Account> {
        self.home.account.as_ref()
    }

    /// The server that fits the cluster: data of one major version is unreadable to every other.
    fn server(&self) -> anyhow::Result<Server> {
        match std::fs::read_to_string(self.path("data/PG_VERSION")) {
            Err(error) if error.kind() == ErrorKind::NotFound => install::usable_server(),
            Err(error) => Err(error).context("cannot read the cluster's version"),
            Ok(major) => server::usable(major.trim().parse().ok()).with_context(|| {
                format!(
                    "{} was made by PostgreSQL {}, which is not here any more with its PostGIS: \
                     install it again, or delete the folder",
                    self.home.folder.display(),
                    major.trim()
                )
            }),
        }
    }

    fn pg_ctl(&self) -> anyhow::Result<Command> {
        // Paths are relative to the folder: pg_ctl hands them to a shell.
        Ok(self
            .server()?
            .command("pg_ctl", &self.home.folder, self.account()))
    }

    /// Makes the data folder if there is none. A half-made one has another name and is made anew.
    pub(super) fn initialize(&self) -> anyhow::Result<()> {
        if self.path("data/PG_VERSION").exists() {
            return Ok(());
        }
        let server = self.server()?;
        self.write("password", &secret()?)?;
        let unfinished = self.path("data.unfinished");
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)?;
        }
        let mut initdb = server.command("initdb", &self.home.folder, self.account());
        initdb.args([
            "-D",
            "data.unfinished",
            "--pwfile=password",
            "--encoding=UTF8",
            "--auth=scram-sha-256",
        ]);
        initdb.arg(format!("--username={ROLE}"));
        if server.major >= 17 {
            initdb.args([
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ]);
        } else if cfg!(target_os = "macos") {
            initdb.arg("--locale=en_US.UTF-8");
        } else {
            initdb.arg("--locale=C.UTF-8");
        }
        run(&mut initdb)?;
        // Opened and not created: the server's account stays the owner.
        OpenOptions::new()
            .append(true)
            .open(self.path("data.unfinished/postgresql.conf"))?
            .write_all(b"\ninclude 'roost.conf'\n")?;
        std::fs::rename(unfinished, self.path("data")).context("cannot finish the new cluster")
    }

    /// Whether the server of exactly this folder runs. A number in `postmaster.pid` proves nothing:
    /// after a crash it may belong to any process.
    pub(super) fn is_running(&self) -> anyhow::Result<bool> {
        let pid_file = self.path("data/postmaster.pid");
        let text = match std::fs::read_to_string(&pid_file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            read => read.context("cannot read postmaster.pid")?,
        };
        let pid = text.lines().next().unwrap_or_default().trim();
        if self.is_server(pid) {
            return self.wait_until_ready(&pid_file);
        }
        self.mark_stale(&text)?;
        Ok(false)
    }

    /// After a crash the number in `postmaster.pid` may have become another process's, and the new
    /// server would take that one for the old. The file itself must stay: by its other lines the
    /// server makes sure that nothing is left of the old one in shared memory.
    fn mark_stale(&self, text: &str) -> anyhow::Result<()> {
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        // A number that no system gives to a process.
        self.write("data/postmaster.pid", &format!("{}\n{rest}", i32::MAX))?;
        // The socket's own lock file repeats the number and protects nothing that lasts.
        if self.path("socket").exists() {
            std::fs::remove_dir_all(self.path("socket")).context("cannot remove a stale socket")?;
        }
        Ok(())
    }

    /// The server makes its data folder its working directory; elsewhere than on Linux its name is
    /// all that can be seen.
    fn is_server(&self, pid: &str) -> bool {
        if pid.parse::<u32>().is_err() {
            return false;
        }
        if !Path::new("/proc/self/cwd").exists() {
            return run(Command::new("ps").args(["-p", pid, "-o", "comm="]))
                .is_ok_and(|name| name.ends_with("postgres"));
        }
        // Asked as the server's account: root in a container may not look at others' processes.
        let mut readlink = Command::new("readlink");
        readlink.arg(format!("/proc/{pid}/cwd"));
        if let Some(account) = self.account() {
            account.run(&mut readlink);
        }
        run(&mut readlink).is_ok_and(|folder| Path::new(&folder) == self.path("data"))
    }

    /// An earlier run may have left it starting, or another may be stopping it: then false.
    fn wait_until_ready(&self, pid_file: &Path) -> anyhow::Result<bool> {
        for _ in 0..300 {
            let Ok(text) = std::fs::read_to_string(pid_file) else {
                return Ok(false);
            };
            let status = text.lines().nth(7).unwrap_or_default().trim();
            if status == "ready" {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        bail!(
            "the cluster in {} has been starting or stopping for 30 seconds; its log: {}",
            self.home.folder.display(),
            self.path("log").display()
        )
    }

    pub(super) fn start(&self, durability: Durability) -> anyhow::Result<()> {
        let remembered = std::fs::read_to_string(self.path("port")).ok();
        let remembered = remembered.and_then(|port| port.trim().parse().ok());
        let port = free_port(remembered).context("no free port on 127.0.0.1")?;
        self.write("port", &port.to_string())?;
        self.write("data/roost.conf", &self.settings(port, durability)?)?;
        for attempt in 1.. {
            let Err(error) = self.start_once() else { break };
            // Processes of a server that was killed are still on their way out.
            let is_leaving = format!("{error:#}").contains("pre-existing shared memory block");
            if !is_leaving || attempt == 20 {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// Ends open connections instead of waiting for them; nothing that was committed is lost.
    pub(super) fn stop(&self) -> anyhow::Result<()> {
        let mut stop = self.pg_ctl()?;
        run(stop.args(["stop", "-s", "-w", "-t", "60", "-m", "fast", "-D", "data"])).map(drop)
    }

    pub(super) fn delete(self) -> anyhow::Result<()> {
        let folder = self.home.folder;
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot delete {}", folder.display()))
    }

    pub(super) fn port(&self) -> anyhow::Result<u16> {
        let port = self.read("port")?;
        port.parse()
            .with_context(|| format!("{} holds no port", self.path("port").display()))
    }

    pub(super) fn password(&self) -> anyhow::Result<String> {
        self.read("password")
    }

    fn start_once(&self) -> anyhow::Result<()> {
        let log_before = std::fs::metadata(self.path("log")).map_or(0, |log| log.len());
        let mut start = self.pg_ctl()?;
        // pg_ctl gives the server a session of its own, so Ctrl-C in this terminal stays with us.
        start.args(["start", "-s", "-w", "-t", "60", "-D", "data", "-l", "log"]);
        run(&mut start).map(drop).with_context(|| {
            let log = std::fs::read(self.path("log")).unwrap_or_default();
            let new = log
                .get(usize::try_from(log_before).unwrap_or(0)..)
                .unwrap_or_default();
            format!(
                "the private cluster in {} did not start; its log says: {}",
                self.home.folder.display(),
                String::from_utf8_lossy(new).trim()
            )
        })
    }

    fn settings(&self, port: u16, durability: Durability) -> anyhow::Result<String> {
        let socket = self.path("socket");
        // A long path gets no socket; 127.0.0.1 is always there.
        let sockets = if socket.as_os_str().len() <= SOCKET_FOLDER_BYTES_MAX {
            if !socket.exists() {
                std::fs::create_dir(&socket)?;
                self.give(&socket)?;
            }
            socket.to_string_lossy().replace('\'', "''")
        } else {
            String::new()
        };
        let safe = match durability {
            Durability::Full => "on",
            Durability::Throwaway => "off",
        };
        Ok(format!(
            "# Written by roost at each start.\n\
             listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{sockets}'\n\
             wal_level = logical\n\
             max_wal_senders = 40\n\
             max_replication_slots = 40\n\
             # A follower that never comes back must not fill the disk.\n\
             max_slot_wal_keep_size = 8GB\n\
             max_connections = 200\n\
             shared_buffers = 128MB\n\
             max_wal_size = 2GB\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             fsync = {safe}\n\
             full_page_writes = {safe}\n\
             synchronous_commit = {safe}\n"
        ))
    }

    fn read(&self, name: &str) -> anyhow::Result<String> {
        let path = self.path(name);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }

    /// Writes a file that only the cluster's owner can read.
    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.path(name);
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        self.give(&path)
    }

    fn give(&self, path: &Path) -> anyhow::Result<()> {
        self.account().map_or(Ok(()), |account| account.own(path))
    }
}

/// The remembered port if nobody else has taken it since, or else any free one.
fn free_port(remembered: Option<u16>) -> std::io::Result<u16> {
    let listener = remembered
        .and_then(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .map_or_else(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), Ok)?;
    Ok(listener.local_addr()?.port())
}
