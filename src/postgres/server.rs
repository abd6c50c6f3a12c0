//! Where are the programs of a PostgreSQL server that has PostGIS?

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::account::Account;

/// The oldest major version whose logical replication does what we need.
pub(crate) const MAJOR_MIN: u32 = 15;

/// The programs of one installed server.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    programs: PathBuf,
    /// The major version, such as 15.
    pub(crate) major: u32,
    /// Whether PostGIS is installed for it.
    pub(crate) has_postgis: bool,
}

impl Server {
    /// A command that runs one of the server's programs in a folder, as an account if one is given.
    pub(super) fn command(
        &self,
        program: &str,
        folder: &Path,
        account: Option<&Account>,
    ) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(folder);
        // PGPORT, PGDATA and their like would beat what we say.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        // The programs' messages are read by this program; the cluster has its own locale.
        command.env("LC_ALL", "C");
        if let Some(account) = account {
            account.run(&mut command);
        }
        command
    }
}

/// Every server of this machine, the newest first.
pub(super) fn installed() -> Vec<Server> {
    let mut servers: Vec<Server> = folders().into_iter().filter_map(server_in).collect();
    servers.sort_by_key(|server| std::cmp::Reverse(server.major));
    servers
}

/// The newest server that we can use, or the one of a given major version.
pub(super) fn usable(major: Option<u32>) -> Option<Server> {
    installed().into_iter().find(|server| {
        server.has_postgis
            && server.major >= MAJOR_MIN
            && major.is_none_or(|major| server.major == major)
    })
}

/// Runs a command to its end; the error holds what it printed.
pub(super) fn run(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("cannot run {name}"))?;
    if !output.status.success() {
        let printed = [output.stderr, output.stdout].concat();
        bail!(
            "{name} failed ({}): {}",
            output.status,
            String::from_utf8_lossy(&printed).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn server_in(programs: PathBuf) -> Option<Server> {
    // Some systems install pg_config and psql without the server.
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

/// Where a server's extensions may be.
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

/// Where a server's programs may be, without repetition.
fn folders() -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    if let Ok(folder) = run(Command::new("pg_config").arg("--bindir")) {
        folders.insert(PathBuf::from(folder));
    }
    // Debian and Ubuntu; the packages of the PostgreSQL project for Red Hat's family; Alpine.
    folders.extend(below("/usr/lib/postgresql", "bin"));
    folders.extend(siblings("/usr", "pgsql-", "bin"));
    folders.extend(siblings("/usr/libexec", "postgresql", ""));
    // Homebrew on both kinds of Mac and on Linux; Postgres.app.
    for brew in [
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/home/linuxbrew/.linuxbrew/opt",
    ] {
        folders.extend(siblings(brew, "postgresql", "bin"));
    }
    folders.extend(below("/Applications/Postgres.app/Contents/Versions", "bin"));
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path).filter(|folder| folder.is_absolute()));
    }
    folders
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .collect()
}

fn below(parent: &str, programs: &str) -> Vec<PathBuf> {
    siblings(parent, "", programs)
}

fn siblings(parent: &str, prefix: &str, programs: &str) -> Vec<PathBuf> {
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
