//! The JSON of a user.

use roost_market::accounts::User;
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A user, as the user itself sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserJson {
    id: Uuid,
    /// What the user does: `student`, `landlord`, `official` or `admin`.
    #[schema(example = "landlord")]
    role: &'static str,
    /// The name that others see.
    #[schema(example = "Asha Verma")]
    display_name: String,
    /// The address to sign in with; null for an imported user without one.
    #[schema(example = "asha@example.com")]
    email: Option<String>,
    /// The university of an official; null for others.
    university_id: Option<Uuid>,
    /// When the account was created, UTC.
    #[schema(example = "2026-12-01T09:30:00.000Z")]
    created_at: String,
}

impl From<User> for UserJson {
    fn from(user: User) -> UserJson {
        UserJson {
            id: user.id,
            role: user.role.as_str(),
            display_name: user.display_name,
            email: user.email,
            university_id: user.university_id,
            created_at: rfc3339(user.created_at),
        }
    }
}
