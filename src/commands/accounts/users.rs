//! `roost users`: creates, lists and disables users, and gives them roles.

use clap::{Args, Subcommand};
use roost_market::accounts::{
    Email, NewUser, Password, User, UserFilter, create_user, disable_user, list_users, set_role,
};
use roost_market::{Actor, Role, Transaction, rfc3339};
use sqlx::types::Uuid;

use super::pool::{find_user, pool};
use crate::config::{DatabaseKeys, KeyFlags};
use crate::node::market;
use crate::startup::configure;
use crate::terminal::print_table;

/// The subcommands of `roost users`.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Create a user, and print the user's generated password once
    ///
    /// Only officials and admins have to be created here; students and landlords can register.
    Create(CreateFlags),
    /// Print users, the newest first
    List {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// Only users of this role: student, landlord, official or admin
        #[arg(long, value_name = "ROLE")]
        role: Option<Role>,
        /// Only the user with this e-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// At most this many
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: u32,
    },
    /// Disable a user: all sessions end, and the user cannot sign in
    Disable {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// The e-mail address of the user
        #[arg(value_name = "ADDRESS")]
        email: String,
    },
    /// Give a user another role; all sessions of the user end
    SetRole {
        #[command(flatten)]
        config: KeyFlags<DatabaseKeys>,
        /// The e-mail address of the user
        #[arg(value_name = "ADDRESS")]
        email: String,
        /// student, landlord, official or admin
        #[arg(value_name = "ROLE")]
        role: Role,
        /// The id of the university of an official
        #[arg(long, value_name = "ID")]
        university: Option<Uuid>,
    },
}

/// The flags of `roost users create`.
#[derive(Debug, Args)]
pub(crate) struct CreateFlags {
    #[command(flatten)]
    config: KeyFlags<DatabaseKeys>,
    /// The e-mail address to sign in with
    #[arg(value_name = "ADDRESS")]
    email: String,
    /// student, landlord, official or admin
    #[arg(long, value_name = "ROLE")]
    role: Role,
    /// The name that others see
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The id of the university of an official
    #[arg(long, value_name = "ID")]
    university: Option<Uuid>,
    /// The capacity of a landlord, in contracts; 1 by default
    #[arg(long, value_name = "N")]
    capacity: Option<u32>,
}

/// Runs `roost users`.
pub(crate) async fn run(action: Action) -> anyhow::Result<()> {
    match action {
        Action::Create(flags) => create(flags).await,
        Action::List {
            config,
            role,
            email,
            limit,
        } => {
            let pool = pool(&configure(config)?).await?;
            let email = email.map(|email| Email::new("email", &email)).transpose()?;
            let filter = UserFilter { role, email, limit };
            print(&list_users(&pool, &Actor::System, &filter).await?);
            Ok(())
        }
        Action::Disable { config, email } => {
            let pool = pool(&configure(config)?).await?;
            let id = find_user(&pool, &email).await?;
            let mut transaction = Transaction::begin(&pool, Actor::System).await?;
            let user = disable_user(&mut transaction, id).await?;
            transaction.commit(()).await?;
            say!("Disabled {email}, a user of the role {}.", user.role);
            Ok(())
        }
        Action::SetRole {
            config,
            email,
            role,
            university,
        } => {
            let pool = pool(&configure(config)?).await?;
            let id = find_user(&pool, &email).await?;
            let mut transaction = Transaction::begin(&pool, Actor::System).await?;
            let user = set_role(&mut transaction, id, role, university).await?;
            transaction.commit(()).await?;
            say!("{email} has the role {}.", user.role);
            Ok(())
        }
    }
}

async fn create(flags: CreateFlags) -> anyhow::Result<()> {
    let pool = pool(&configure(flags.config)?).await?;
    let password = Password::random();
    let new = NewUser {
        role: flags.role,
        email: Email::new("email", &flags.email)?,
        display_name: flags.name,
        university_id: flags.university,
        total_capacity: flags.capacity,
        password: password.clone(),
    };
    let created = create_user(&pool, &market::passwords()?, Actor::System, new).await?;
    let User { id, role, .. } = created.result;
    say!(
        "Created {}, a user of the role {role}, with the id {id}.",
        flags.email
    );
    say!("Password, shown only now: {}", password.expose());
    Ok(())
}

fn print(users: &[User]) {
    if users.is_empty() {
        say!("No users.");
        return;
    }
    let headings = ["ID", "ROLE", "E-MAIL", "NAME", "CREATED", "DISABLED"];
    let mut rows = vec![headings.map(str::to_owned)];
    rows.extend(users.iter().map(|user| {
        [
            user.id.to_string(),
            user.role.to_string(),
            user.email.clone().unwrap_or_default(),
            user.display_name.clone(),
            rfc3339(user.created_at),
            user.disabled_at.map(rfc3339).unwrap_or_default(),
        ]
    }));
    print_table(&rows);
}
