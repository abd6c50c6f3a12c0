//! The account that runs the server, and the folder where that account keeps its files.
//!
//! PostgreSQL does not run as root. When root starts a cluster, an unprivileged account owns it.
//! That account may be unable to enter the requested folder, such as a clone below /root. The
//! permissions of the user's folders stay as they are: the cluster is then created below
//! /var/lib/roost, and a symbolic link takes the place of the requested folder.

use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::process::run;
use super::secret::secret;

/// The parent of the clusters that cannot be created in the requested folder.
const SHARED_PARENT: &str = "/var/lib/roost";

/// An account that is not root.
#[derive(Clone, Debug)]
pub(super) struct Account {
    name: String,
    user_id: u32,
    group_id: u32,
}

impl Account {
    /// Makes a command run as this account, without the supplementary groups of root.
    pub(super) fn apply_to(&self, command: &mut Command) {
        command.uid(self.user_id).gid(self.group_id);
    }

    /// Makes this account the owner of a file or folder.
    pub(super) fn own(&self, path: &Path) -> anyhow::Result<()> {
        chown(path, Some(self.user_id), Some(self.group_id)).with_context(|| {
            format!(
                "cannot make {1} the owner of {0}",
                path.display(),
                self.name
            )
        })
    }

    fn can_reach(&self, folder: &Path) -> bool {
        let mut command = Command::new("sh");
        command
            .args(["-c", "cd -- \"$1\"", "sh"])
            .arg(folder)
            .current_dir("/");
        self.apply_to(&mut command);
        run(&mut command).is_ok()
    }

    /// Returns an existing account: that of the server, or else the one that owns nothing.
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
            "the PostgreSQL server does not run as root, and this machine has neither an account \
             `postgres` nor `nobody`: run this as another user"
        )
    }
}

/// The folder of a cluster and its owner, None if that is the current user.
pub(super) struct Location {
    pub(super) folder: PathBuf,
    pub(super) account: Option<Account>,
}

/// Returns the location of the cluster at this path, if there is one.
pub(super) fn existing(path: &Path) -> anyhow::Result<Option<Location>> {
    // A link to a deleted folder counts as absent; `create` replaces it.
    let Ok(folder) = path.canonicalize() else {
        return Ok(None);
    };
    let owner = folder.metadata()?;
    let ours = user_id()?;
    let account = match (ours, owner.uid()) {
        (0, 0) => bail!(
            "{} belongs to root, and the PostgreSQL server does not run as root: delete the folder, \
             or make another account its owner",
            folder.display()
        ),
        (0, user_id) => Some(Account {
            name: format!("account {user_id}"),
            user_id,
            group_id: owner.gid(),
        }),
        (ours, theirs) if ours != theirs => bail!(
            "{} belongs to another user (id {theirs}): run this as that user, or choose another \
             folder with --dir",
            folder.display()
        ),
        _ => None,
    };
    if let Some(account) = &account
        && !account.can_reach(&folder)
    {
        bail!(
            "{} owns {} but cannot enter it: make its parent folders accessible to that account",
            account.name,
            folder.display()
        );
    }
    Ok(Some(Location { folder, account }))
}

/// Creates a folder that only its owner can enter.
pub(super) fn create(path: &Path) -> anyhow::Result<Location> {
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
            let far = Path::new(SHARED_PARENT).join(format!("{name}-{}", &secret()?[..16]));
            note!(
                "The account {1}, which runs PostgreSQL for root, cannot enter {0}: the cluster is \
                 created in {2}",
                parent.display(),
                account.name,
                far.display()
            );
            std::fs::create_dir_all(SHARED_PARENT)
                .with_context(|| format!("cannot create {SHARED_PARENT}"))?;
            // The account must be able to enter it, whatever the umask.
            std::fs::set_permissions(SHARED_PARENT, std::fs::Permissions::from_mode(0o755))?;
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
    Ok(Location { folder, account })
}

/// Removes the link to a cluster that was deleted.
pub(super) fn remove_link(path: &Path) -> anyhow::Result<()> {
    if path.is_symlink() {
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
        // Fails while other clusters exist, as it should.
        let _not_empty = std::fs::remove_dir(SHARED_PARENT);
    }
    Ok(())
}

fn user_id() -> anyhow::Result<u32> {
    let printed = run(Command::new("id").arg("-u"))?;
    printed
        .parse()
        .with_context(|| format!("`id -u` printed {printed:?}"))
}
