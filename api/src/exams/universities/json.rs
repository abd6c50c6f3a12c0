//! The JSON of a university.

use roost_market::exams::University;
use roost_market::rfc3339;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::write::Versioned;

/// A university.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = University)]
pub(crate) struct UniversityJson {
    id: Uuid,
    #[schema(example = "University of Mumbai")]
    name: String,
    /// Short and former names.
    #[schema(example = json!(["Bombay University"]))]
    aliases: Vec<String>,
    /// Town or city.
    #[schema(example = "Mumbai")]
    city: String,
    #[schema(example = "Maharashtra")]
    state: String,
    /// ISO 3166.
    #[schema(example = "IN")]
    country_code: String,
    /// `active` or `inactive`. An inactive university gets no new sessions and venues.
    #[schema(example = "active")]
    status: &'static str,
    /// UTC.
    #[schema(example = "2026-12-01T09:00:00.000Z")]
    created_at: String,
    /// UTC.
    #[schema(example = "2026-12-01T10:15:00.000Z")]
    updated_at: String,
    /// Another one after each change; `ETag` has it in quotes.
    #[schema(example = 3)]
    version: i64,
}

impl From<University> for UniversityJson {
    fn from(university: University) -> UniversityJson {
        UniversityJson {
            id: university.id,
            name: university.name,
            aliases: university.aliases,
            city: university.city,
            state: university.state,
            country_code: university.country_code,
            status: university.status.as_str(),
            created_at: rfc3339(university.created_at),
            updated_at: rfc3339(university.updated_at),
            version: university.version,
        }
    }
}

/// A university with its entity tag.
pub(super) fn versioned(university: University) -> Versioned<UniversityJson> {
    Versioned {
        version: university.version,
        location: None,
        data: university.into(),
    }
}
