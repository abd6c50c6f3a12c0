//! What if no usable server is installed?

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::server::{self, MAJOR_MIN, Server};

const INSTALL_BY_APT: &str = include_str!("install.sh");

/// The newest usable server. Where none is installed: installed now on a system with apt, and an
/// error that names the packages on any other.
pub(super) fn usable_server() -> anyhow::Result<Server> {
    if let Some(server) = server::usable(None) {
        return Ok(server);
    }
    let without_postgis = server::installed()
        .into_iter()
        .map(|server| server.major)
        .find(|major| *major >= MAJOR_MIN);
    let missing = match without_postgis {
        Some(major) => format!("PostgreSQL {major} is installed, and PostGIS for it is not"),
        None => format!("no PostgreSQL server of version {MAJOR_MIN} or later is installed"),
    };
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!("{missing}. Install it and run this again:\n  {}", by_hand());
    }
    note!("{missing}: installing it by apt (no system cluster is created or started)");
    install_by_apt(without_postgis)
        .with_context(|| format!("{missing}, and installing it failed"))?;
    server::usable(None).context("apt has installed PostGIS, and it is in no place that is known")
}

fn install_by_apt(major: Option<u32>) -> anyhow::Result<()> {
    let major = major.map_or_else(|| "any".to_owned(), |major| major.to_string());
    let is_root = server::run(Command::new("id").arg("-u"))? == "0";
    let mut command = Command::new(if is_root { "sh" } else { "sudo" });
    if !is_root {
        // Without a terminal nobody can type a password, and sudo must not wait for one.
        if !std::io::stdin().is_terminal() {
            command.arg("--non-interactive");
        }
        command.arg("sh");
    }
    command.args(["-c", INSTALL_BY_APT, "sh", &major]);
    // What this process prints to stdout is its own answer, such as a URL.
    command.stdout(Stdio::from(std::io::stderr()));
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    if !status.success() {
        bail!(
            "the installation ended with {status}; by hand, as root: {}",
            by_hand()
        );
    }
    Ok(())
}

/// What a person types on this system.
fn by_hand() -> &'static str {
    let has = |program: &str| {
        [
            "/usr/bin",
            "/bin",
            "/sbin",
            "/usr/sbin",
            "/usr/local/bin",
            "/opt/homebrew/bin",
        ]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
    };
    let os_release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let is_fedora = os_release.lines().any(|line| line == "ID=fedora");
    if has("apt-get") {
        "apt-get install postgresql postgresql-postgis"
    } else if has("dnf") && is_fedora {
        "sudo dnf install postgresql-server postgis"
    } else if has("dnf") {
        "sudo dnf install postgresql17-server postgis35_17 \
         (from https://www.postgresql.org/download/linux/redhat/)"
    } else if has("pacman") {
        "sudo pacman -S postgresql postgis"
    } else if has("apk") {
        "sudo apk add postgresql postgis"
    } else if has("zypper") {
        "sudo zypper install postgresql-server postgis"
    } else if has("brew") {
        "brew install postgresql@17 postgis"
    } else {
        "PostgreSQL 15 or later with PostGIS, from https://www.postgresql.org/download/"
    }
}
