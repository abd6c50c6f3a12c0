//! The users of the demo: one for each role, with a generated password.

use anyhow::Context;
use roost_datasets::shipped;
use roost_market::accounts::{Email, NewUser, Password, UserFilter, create_user, list_users};
use roost_market::{Actor, PgPool, Role, create_event_partitions};
use sqlx::types::Uuid;

use crate::config::Config;
use crate::node::market;

/// The university of the official.
const UNIVERSITY: &str = "University of Mumbai";

/// How many contracts the landlord can have at once.
const CAPACITY: u32 = 12;

/// The users of a demo.
pub(super) struct Accounts {
    users: Vec<Account>,
    mail: String,
}

/// A user.
struct Account {
    role: Role,
    email: String,
    /// None if an earlier start created the user: passwords are not stored.
    password: Option<Password>,
}

impl Accounts {
    /// Creates the users that do not exist yet.
    pub(super) async fn create(config: &Config, pool: &PgPool) -> anyhow::Result<Self> {
        // Each creation is an event.
        create_event_partitions(pool, 1)
            .await
            .context("cannot create partitions of events")?;
        let mut users = Vec::new();
        for role in Role::ALL {
            users.push(Account::create(pool, *role).await?);
        }
        let mail = match &config.smtp_url {
            Some(_) => "sent through the configured server".to_owned(),
            None => format!("written into {}", config.data_dir.join("mail").display()),
        };
        Ok(Self { users, mail })
    }

    /// How many users this start has created.
    pub(super) fn created(&self) -> usize {
        self.users
            .iter()
            .filter(|user| user.password.is_some())
            .count()
    }

    /// Prints who can sign in. Passwords are shown only by the start that created them.
    pub(super) fn print(&self) {
        if self.created() == 0 {
            say!(
                "\nThe users of an earlier start can sign in. Mail, such as one for a new password, is \
                 {}.",
                self.mail
            );
            return;
        }
        say!("\nUsers, with passwords that are shown only now:");
        for user in &self.users {
            let password = user.password.as_ref();
            let password = password.map_or("of an earlier start", Password::expose);
            say!("  {:<21} {password}", user.email);
        }
        say!("Mail is {}.", self.mail);
    }

    /// A user's address and password, if this start knows them.
    pub(super) fn credentials(&self, role: Role) -> Option<(&str, &str)> {
        let user = self.users.iter().find(|user| user.role == role)?;
        Some((&user.email, user.password.as_ref()?.expose()))
    }
}

impl Account {
    async fn create(pool: &PgPool, role: Role) -> anyhow::Result<Self> {
        let email = format!("{role}@example.com");
        let address = Email::new("email", &email)?;
        let filter = UserFilter {
            role: None,
            email: Some(address.clone()),
            limit: 1,
        };
        let existing = list_users(pool, &Actor::System, &filter).await?;
        if !existing.is_empty() {
            return Ok(Self {
                role,
                email,
                password: None,
            });
        }
        let password = Password::random();
        let new = NewUser {
            role,
            email: address,
            display_name: format!("Demo {role}"),
            university_id: (role == Role::Official).then(university).transpose()?,
            total_capacity: (role == Role::Landlord).then_some(CAPACITY),
            password: password.clone(),
        };
        create_user(pool, &market::passwords()?, Actor::System, new).await?;
        Ok(Self {
            role,
            email,
            password: Some(password),
        })
    }
}

/// The id of the official's university, which the demo has loaded.
fn university() -> anyhow::Result<Uuid> {
    let universities = shipped::universities(&shipped::venues());
    let university = universities.into_iter().find(|it| it.name == UNIVERSITY);
    let university = university.with_context(|| format!("{UNIVERSITY} is not shipped"))?;
    Ok(university.id)
}
