//! As whom does the server run, and where can that account keep its files?
//!
//! PostgreSQL refuses to run as root. When we are root, an unprivileged account owns the cluster.
//! That account may be unable to reach the folder that was asked for (a clone below /root, which
//! only root can enter). The user's directories stay as they are: the cluster is then placed below
//! /var/lib/roost, and a symbolic link in the folder's place leads to it.

use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::secret;
use super::server::run;

/// Where root keeps the clusters that cannot be where they were asked for.
const ELSEWHERE: &str = "/var/lib/roost";

/// An account that is not root.
#[derive(Clone, Debug)]
pub(super) struct Account {
    name: String,
    user_id: u32,
    group_id: u32,
}

impl Account {
    /// Makes a command run as this account, without root's supplementary groups.
    pub(super) fn run(&self, command: &mut Command) {
        command.uid(self.user_id).gid(self.group_id);
    }

    /// Gives a file or folder to this account.
    pub(super) fn own(&self, path: &Path) -> anyhow::Result<()> {
        chown(path, Some(self.user_id), Some(self.group_id))
            .with_context(|| format!("cannot give {} to {}", path.display(), self.name))
    }

    fn can_reach(&self, folder: &Path) -> bool {
        let mut command = Command::new("sh");
        command
            .args(["-c", "cd -- \"$1\"", "sh"])
            .arg(folder)
            .current_dir("/");
        self.run(&mut command);
        run(&mut command).is_ok()
    }

    /// An account that is there anyway: the server's own, or else the one that owns nothing.
    fn unprivileged() -> anyhow::Result<Self> {
        for name in ["postgres", "nobody"] {
            let number = |flag| {
                run(Command::new("id").args([flag, name]))
                    .ok()?
                    .parse()
                    .ok()
            };
            if let (Some(user_id), Some(group_id)) = (number("-u"), number("-g")) {
                return Ok(Self {
                    name: name.to_owned(),
                    user_id,
                    group_id,
                });
            }
        }
        bail!(
            "the PostgreSQL server refuses to run as root, and this machine has neither an \
             account `postgres` nor `nobody`: run this as another user"
        )
    }
}

/// The folder of a cluster, and who owns it: None when that is us.
pub(super) struct Home {
    pub(super) folder: PathBuf,
    pub(super) account: Option<Account>,
}

/// The home of a cluster at this path, if it has one.
pub(super) fn existing(path: &Path) -> anyhow::Result<Option<Home>> {
    // A link whose target was deleted is no home: `create` makes a new one.
    let Ok(folder) = path.canonicalize() else {
        return Ok(None);
    };
    let owner = folder.metadata()?;
    let ours = user_id()?;
    let account = match (ours, owner.uid()) {
        (0, 0) => bail!(
            "{} belongs to root, as whom the PostgreSQL server refuses to run: delete the folder, \
             or give it to another account",
            folder.display()
        ),
        (0, user_id) => Some(Account {
            name: format!("account {user_id}"),
            user_id,
            group_id: owner.gid(),
        }),
        (ours, theirs) if ours != theirs => bail!(
            "{} belongs to another user (number {theirs}): run this as that user, or name another \
             folder by --dir",
            folder.display()
        ),
        _ => None,
    };
    if let Some(account) = &account
        && !account.can_reach(&folder)
    {
        bail!(
            "{} owns {} and can no longer enter it: open its parent folders for that account",
            account.name,
            folder.display()
        );
    }
    Ok(Some(Home { folder, account }))
}

/// Makes a folder that only its owner can enter.
pub(super) fn create(path: &Path) -> anyhow::Result<Home> {
    let (parent, name) = match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => (parent, name.to_string_lossy()),
        _ => bail!("{} cannot be the folder of a cluster", path.display()),
    };
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot create {}", parent.display()))?;
    let parent = parent.canonicalize()?;
    let account = if user_id()? == 0 {
        Some(Account::unprivileged()?)
    } else {
        None
    };
    let near = parent.join(&*name);
    let folder = match &account {
        Some(account) if !account.can_reach(&parent) => {
            let far = Path::new(ELSEWHERE).join(format!("{name}-{}", &secret()?[..16]));
            note!(
                "{} cannot be entered by the account {}, which runs PostgreSQL for root: \
                 the cluster is kept in {}",
                parent.display(),
                account.name,
                far.display()
            );
            std::fs::create_dir_all(ELSEWHERE)
                .with_context(|| format!("cannot create {ELSEWHERE}"))?;
            // Whatever the umask is: the account must be able to pass.
            std::fs::set_permissions(ELSEWHERE, std::fs::Permissions::from_mode(0o755))?;
            far
        }
        _ => near.clone(),
    };
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    if let Some(account) = &account {
        account.own(&folder)?;
    }
    if folder != near {
        if near.is_symlink() {
            std::fs::remove_file(&near)?;
        }
        symlink(&folder, &near).with_context(|| format!("cannot link {}", near.display()))?;
    }
    Ok(Home { folder, account })
}

/// Clears up after a cluster whose folder was deleted.
pub(super) fn forget(path: &Path) -> anyhow::Result<()> {
    if path.is_symlink() {
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
        // Fails, as it should, while other clusters are there.
        let _others_remain = std::fs::remove_dir(ELSEWHERE);
    }
    Ok(())
}

fn user_id() -> anyhow::Result<u32> {
    let printed = run(Command::new("id").arg("-u"))?;
    printed
        .parse()
        .with_context(|| format!("`id -u` printed {printed:?}"))
}
