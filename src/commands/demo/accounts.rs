//! The users of the demo, one for each role, with a generated password, and the key of a service.

use anyhow::Context;
use roost_datasets::shipped;
use roost_market::accounts::{Email, NewUser, Password, UserFilter, create_user, list_users};
use roost_market::keys::{NewKey, create_key, list_keys};
use roost_market::{Actor, PgPool, Role, Scope, Transaction, create_event_partitions};
use sqlx::types::Uuid;

use crate::config::Config;
use crate::node::market;

/// The university of the official.
const UNIVERSITY: &str = "University of Mumbai";

/// How many contracts the landlord can have at once.
const CAPACITY: u32 = 12;

/// What the key is called.
const KEY: &str = "Demo service";

/// The users of a demo, and its key.
pub(super) struct Accounts {
    users: Vec<Account>,
    /// None if an earlier start created the key: secrets are not stored.
    secret: Option<String>,
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
    /// Creates the users and the key that do not exist yet.
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
        Ok(Self {
            users,
            secret: create_secret(pool).await?,
            mail,
        })
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
        if let Some(secret) = self.secret() {
            say!("A service searches with the key {secret}, which is shown only now.");
        }
        say!("Mail is {}.", self.mail);
    }

    /// The secret of the key, if this start has created it.
    pub(super) fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
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

/// Creates a key that searches, and returns its secret; `None` if there is one.
async fn create_secret(pool: &PgPool) -> anyhow::Result<Option<String>> {
    let keys = list_keys(pool, &Actor::System, false, None, 1_000).await?;
    if keys.items.iter().any(|key| key.name == KEY) {
        return Ok(None);
    }
    let new = NewKey {
        name: KEY.to_owned(),
        scopes: vec![Scope::Search],
        expires_at: None,
        requests_per_minute: None,
        filter: None,
        user_id: None,
    };
    let mut transaction = Transaction::begin(pool, Actor::System).await?;
    let (_, secret) = create_key(&mut transaction, new).await?;
    transaction.commit(()).await?;
    Ok(Some(secret.expose().to_owned()))
}
