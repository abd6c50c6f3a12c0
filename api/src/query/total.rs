//! Whether a total is exact or a lower bound.

use roost_engine::Total;
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a total is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TotalIs {
    /// Exactly this number.
    Exact,
    /// This number or more.
    AtLeast,
}

impl TotalIs {
    pub(crate) fn of(total: Total) -> TotalIs {
        match total.is_exact {
            true => TotalIs::Exact,
            false => TotalIs::AtLeast,
        }
    }
}
