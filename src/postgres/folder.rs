//! The folder of a private cluster, and the server that runs in it.
//!
//! It contains `data` (the folder of the server, with our settings in `roost.conf`), `password`,
//! `port`, `socket` and `log`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};

use super::account::{Account, Location};
use super::process::run;
use super::secret::secret;
use super::server::{self, Server};

/// Unix socket paths may have 103 bytes on every system; the file name takes 20 of them.
const SOCKET_FOLDER_BYTES_MAX: usize = 103 - 20;

/// The role that owns everything in a private cluster.
pub(super) const ROLE: &str = "roost";

/// Whether a cluster must survive a power failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Committed transactions are durable.
    Full,
    /// For tests: faster, but a power failure may corrupt the cluster.
    Throwaway,
}

/// The folder of a private cluster.
pub(super) struct Folder {
    location: Location,
}

impl Folder {
    /// Opens an empty folder or the folder of a private cluster; any other is an error.
    pub(super) fn open(location: Location) -> anyhow::Result<Self> {
        let is_empty = location.folder.read_dir()?.next().is_none();
        let folder = Self { location };
        if !is_empty && !folder.path("password").is_file() {
            bail!(
                "{} contains something other than a private cluster of roost: choose another folder \
                 with --dir",
                folder.location.folder.display()
            );
        }
        Ok(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.location.folder.join(name)
    }

    fn account(&self) -> Option<&Account> {
        self.location.account.as_ref()
    }

    /// Returns the server for the cluster. A server only reads data of its own major version.
    fn server(&self) -> anyhow::Result<Server> {
        match std::fs::read_to_string(self.path("data/PG_VERSION")) {
            Err(error) if error.kind() == ErrorKind::NotFound => server::newest(),
            Err(error) => Err(error).context("cannot read the cluster's version"),
            Ok(major) => server::usable(major.trim().parse().ok()).with_context(|| {
                format!(
                    "{} was created by PostgreSQL {}, which is no longer installed with PostGIS: \
                     install it again, or delete the folder",
                    self.location.folder.display(),
                    major.trim()
                )
            }),
        }
    }

    fn pg_ctl(&self) -> anyhow::Result<Command> {
        // Paths are relative to the folder: pg_ctl hands them to a shell.
        Ok(self
            .server()?
            .command("pg_ctl", &self.location.folder, self.account()))
    }

    /// Creates the data folder if there is none. An unfinished one has another name and is
    /// replaced.
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
        let mut initdb = server.command("initdb", &self.location.folder, self.account());
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
        // Opened, not created, so that the account of the server stays its owner.
        OpenOptions::new()
            .append(true)
            .open(self.path("data.unfinished/postgresql.conf"))?
            .write_all(b"\ninclude 'roost.conf'\n")?;
        std::fs::rename(unfinished, self.path("data")).context("cannot finish the new cluster")
    }

    /// Whether the server of this folder is running. The process id in `postmaster.pid` is not
    /// proof: after a crash another process may have it.
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

    /// Invalidates the process id in `postmaster.pid`. After a crash another process may have it,
    /// and a new server would take that process for the old server. The file must stay, because the
    /// server uses its other lines to check that no shared memory of the old one is in use.
    fn mark_stale(&self, text: &str) -> anyhow::Result<()> {
        let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
        // No system gives this id to a process.
        self.write("data/postmaster.pid", &format!("{}\n{rest}", i32::MAX))?;
        // The lock file of the socket repeats the id and protects nothing else.
        if self.path("socket").exists() {
            std::fs::remove_dir_all(self.path("socket")).context("cannot remove a stale socket")?;
        }
        Ok(())
    }

    /// Whether a process is the server of this folder, which is its working directory. Only Linux
    /// shows that; on other systems the name of the process has to do.
    fn is_server(&self, pid: &str) -> bool {
        if pid.parse::<u32>().is_err() {
            return false;
        }
        if !Path::new("/proc/self/cwd").exists() {
            return run(Command::new("ps").args(["-p", pid, "-o", "comm="]))
                .is_ok_and(|name| name.ends_with("postgres"));
        }
        // As the account of the server: root in a container may not inspect other accounts'
        // processes.
        let mut readlink = Command::new("readlink");
        readlink.arg(format!("/proc/{pid}/cwd"));
        if let Some(account) = self.account() {
            account.apply_to(&mut readlink);
        }
        run(&mut readlink).is_ok_and(|folder| Path::new(&folder) == self.path("data"))
    }

    /// Waits while the server starts or stops, and returns whether it is ready.
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
            "the cluster in {} has been starting or stopping for 30 seconds, see its log {}",
            self.location.folder.display(),
            self.path("log").display()
        )
    }

    pub(super) fn start(&self, durability: Durability) -> anyhow::Result<()> {
        let last_port = std::fs::read_to_string(self.path("port")).ok();
        let last_port = last_port.and_then(|port| port.trim().parse().ok());
        let port = free_port(last_port).context("no free port on 127.0.0.1")?;
        self.write("port", &port.to_string())?;
        self.write("data/roost.conf", &self.settings(port, durability)?)?;
        for attempt in 1.. {
            let Err(error) = self.start_once() else { break };
            // The child processes of a killed server may still be ending.
            let is_ending = format!("{error:#}").contains("pre-existing shared memory block");
            if !is_ending || attempt == 20 {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }

    /// Stops the server and closes open connections; committed transactions are kept.
    pub(super) fn stop(&self) -> anyhow::Result<()> {
        let mut stop = self.pg_ctl()?;
        run(stop.args(["stop", "-s", "-w", "-t", "60", "-m", "fast", "-D", "data"])).map(drop)
    }

    pub(super) fn delete(self) -> anyhow::Result<()> {
        let folder = self.location.folder;
        std::fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot delete {}", folder.display()))
    }

    pub(super) fn port(&self) -> anyhow::Result<u16> {
        let port = self.read("port")?;
        port.parse()
            .with_context(|| format!("{} contains no port", self.path("port").display()))
    }

    pub(super) fn password(&self) -> anyhow::Result<String> {
        self.read("password")
    }

    fn start_once(&self) -> anyhow::Result<()> {
        let log_before = std::fs::metadata(self.path("log")).map_or(0, |log| log.len());
        let mut start = self.pg_ctl()?;
        // pg_ctl starts the server in a session of its own, so Ctrl-C in this terminal does not
        // reach it.
        start.args(["start", "-s", "-w", "-t", "60", "-D", "data", "-l", "log"]);
        run(&mut start).map(drop).with_context(|| {
            let log = std::fs::read(self.path("log")).unwrap_or_default();
            let new_lines = log
                .get(usize::try_from(log_before).unwrap_or(0)..)
                .unwrap_or_default();
            format!(
                "the private cluster in {} did not start; its log says: {}",
                self.location.folder.display(),
                String::from_utf8_lossy(new_lines).trim()
            )
        })
    }

    fn settings(&self, port: u16, durability: Durability) -> anyhow::Result<String> {
        let socket = self.path("socket");
        // Without a socket for a path that is too long, clients connect to 127.0.0.1.
        let sockets = if socket.as_os_str().len() <= SOCKET_FOLDER_BYTES_MAX {
            if !socket.exists() {
                std::fs::create_dir(&socket)?;
                self.own(&socket)?;
            }
            socket.to_string_lossy().replace('\'', "''")
        } else {
            String::new()
        };
        let durable = match durability {
            Durability::Full => "on",
            Durability::Throwaway => "off",
        };
        Ok(format!(
            "# Written by roost at every start.\n\
             listen_addresses = '127.0.0.1'\n\
             port = {port}\n\
             unix_socket_directories = '{sockets}'\n\
             wal_level = logical\n\
             max_wal_senders = 40\n\
             max_replication_slots = 40\n\
             # An abandoned replication slot must not fill the disk.\n\
             max_slot_wal_keep_size = 8GB\n\
             max_connections = 200\n\
             shared_buffers = 128MB\n\
             max_wal_size = 2GB\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             fsync = {durable}\n\
             full_page_writes = {durable}\n\
             synchronous_commit = {durable}\n"
        ))
    }

    fn read(&self, name: &str) -> anyhow::Result<String> {
        let path = self.path(name);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }

    /// Writes a file that only the owner of the cluster can read.
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
        self.own(&path)
    }

    fn own(&self, path: &Path) -> anyhow::Result<()> {
        self.account().map_or(Ok(()), |account| account.own(path))
    }
}

/// Returns the last port of the cluster if it is still free, or else any free port.
fn free_port(last_port: Option<u16>) -> std::io::Result<u16> {
    let listener = last_port
        .and_then(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
        .map_or_else(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)), Ok)?;
    Ok(listener.local_addr()?.port())
}
