//! Finds installed PostgreSQL servers with PostGIS.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::bail;

use super::account::Account;
use super::process::run;

/// The first major version whose logical replication has the features that the indexer needs.
pub(super) const MAJOR_MIN: u32 = 15;

/// The programs of one installed server.
#[derive(Clone, Debug)]
pub(super) struct Server {
    programs: PathBuf,
    /// The major version, such as 15.
    pub(super) major: u32,
    /// Whether PostGIS is installed for it.
    has_postgis: bool,
}

impl Server {
    /// Returns a command that runs one of the server's programs in a folder, as an account if
    /// given.
    pub(super) fn command(
        &self,
        program: &str,
        folder: &Path,
        account: Option<&Account>,
    ) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(folder);
        // PGPORT, PGDATA and the like would override the arguments.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        // This program reads the messages; the cluster has its own locale.
        command.env("LC_ALL", "C");
        if let Some(account) = account {
            account.apply_to(&mut command);
        }
        command
    }
}

/// Returns the newest usable server, or an error that names the command which installs one.
pub(super) fn newest() -> anyhow::Result<Server> {
    if let Some(server) = usable(None) {
        return Ok(server);
    }
    let without_postgis = installed()
        .into_iter()
        .map(|server| server.major)
        .find(|major| *major >= MAJOR_MIN);
    let missing = match without_postgis {
        Some(major) => format!("PostgreSQL {major} is installed, but not PostGIS for it"),
        None => format!("no PostgreSQL server of version {MAJOR_MIN} or later is installed"),
    };
    bail!(
        "{missing}: run `scripts/postgres` in the repository, or install PostgreSQL with PostGIS \
         yourself (on Debian and Ubuntu: apt-get install postgresql postgresql-postgis)"
    )
}

/// Returns all servers of this machine, newest first.
fn installed() -> Vec<Server> {
    let mut servers: Vec<Server> = folders().into_iter().filter_map(server_in).collect();
    servers.sort_by_key(|server| std::cmp::Reverse(server.major));
    servers
}

/// Returns the newest usable server, or the usable server of a major version.
pub(super) fn usable(major: Option<u32>) -> Option<Server> {
    installed().into_iter().find(|server| {
        server.has_postgis
            && server.major >= MAJOR_MIN
            && major.is_none_or(|major| server.major == major)
    })
}

fn server_in(programs: PathBuf) -> Option<Server> {
    // Some systems install pg_config and psql without a server.
    let postgres = programs.join("postgres");
    if !postgres.is_file() || !programs.join("initdb").is_file() {
        return None;
    }
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 19beta1"
    let version = run(Command::new(&postgres).arg("--version")).ok()?;
    let number = version.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    let major = digits.parse().ok()?;
    let has_postgis = shared_folders(&programs, major)
        .iter()
        .any(|folder| folder.join("extension/postgis.control").is_file());
    Some(Server {
        programs,
        major,
        has_postgis,
    })
}

/// Folders that may contain the extensions of a server.
fn shared_folders(programs: &Path, major: u32) -> Vec<PathBuf> {
    let mut folders = vec![PathBuf::from(format!("/usr/share/postgresql/{major}"))];
    if let Ok(folder) = run(Command::new(programs.join("pg_config")).arg("--sharedir")) {
        folders.push(PathBuf::from(folder));
    }
    if let Some(prefix) = programs.parent() {
        for folder in [
            "share/postgresql",
            "share",
            &format!("share/postgresql@{major}"),
        ] {
            folders.push(prefix.join(folder));
        }
    }
    folders
}

/// Folders that may contain the programs of a server, without duplicates.
fn folders() -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    if let Ok(folder) = run(Command::new("pg_config").arg("--bindir")) {
        folders.insert(PathBuf::from(folder));
    }
    // Debian and Ubuntu, the PostgreSQL packages for Red Hat, and Alpine.
    folders.extend(children("/usr/lib/postgresql", "", "bin"));
    folders.extend(children("/usr", "pgsql-", "bin"));
    folders.extend(children("/usr/libexec", "postgresql", ""));
    // Homebrew on ARM and Intel Macs and on Linux, and Postgres.app.
    for brew in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        folders.extend(children(brew, "postgresql", "bin"));
    }
    folders.extend(children(
        "/Applications/Postgres.app/Contents/Versions",
        "",
        "bin",
    ));
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path).filter(|folder| folder.is_absolute()));
    }
    folders
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .collect()
}

/// Returns the path `programs` in each child of `parent` whose name starts with `prefix`.
fn children(parent: &str, prefix: &str, programs: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| starts_with(&entry.file_name(), prefix))
        .map(|entry| entry.path().join(programs))
        .collect()
}

fn starts_with(name: &OsStr, prefix: &str) -> bool {
    name.to_string_lossy().starts_with(prefix)
}
