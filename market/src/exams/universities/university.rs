//! A university, and changes of it.

use serde_json::{Map, Value, json};
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use super::fields::{ALIASES, CITY, NAME, STATE};
use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::edit::Change;
use crate::exams::lookups::lookups;
use crate::exams::status::Status;
use crate::fields::COUNTRY_CODE;

/// A university.
#[derive(Clone, Debug, PartialEq)]
pub struct University {
    /// The id.
    pub id: Uuid,
    /// One line.
    pub name: String,
    /// Short and former names.
    pub aliases: Vec<String>,
    /// Town or city.
    pub city: String,
    /// The state.
    pub state: String,
    /// ISO 3166.
    pub country_code: String,
    /// Whether it gets new sessions and venues.
    pub status: Status,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// Another one after each update.
    pub version: i64,
}

/// Changes of a university, a merge patch (RFC 7396). Its values are not checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UniversityPatch {
    /// Required.
    pub name: Change<String>,
    /// None if they are removed.
    pub aliases: Change<Vec<String>>,
    /// Required.
    pub city: Change<String>,
    /// Required.
    pub state: Change<String>,
    /// Required.
    pub country_code: Change<String>,
    /// Active if it is removed.
    pub status: Change<String>,
}

/// Which universities to list.
#[derive(Clone, Debug, Default)]
pub struct UniversityFilter {
    /// Only those in this country.
    pub country_code: Option<String>,
    /// Only those in this city, in any case.
    pub city: Option<String>,
    /// Only those with this status.
    pub status: Option<Status>,
}

struct UniversityRow {
    id: Uuid,
    name: String,
    aliases: Vec<String>,
    city: String,
    state: String,
    country_code: String,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// Selects universities.
macro_rules! select_universities {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            UniversityRow,
            r#"
            SELECT id, name, aliases, city, state, country_code::text AS "country_code!", status,
                created_at, updated_at, version
            FROM universities
            "# + $rest
            $(, $argument)*
        )
    };
}

impl University {
    lookups!(pub(super) select_universities);

    /// The universities that pass a filter, the newest first, after the one of an id.
    pub(super) async fn all(
        pool: &PgPool,
        filter: &UniversityFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let country_code = filter.country_code.clone();
        let country_code = country_code.map(|code| COUNTRY_CODE.check(code));
        let country_code = country_code.transpose()?;
        let city = filter.city.as_deref().map(|city| CITY.check(city));
        let city = city.transpose()?;
        let rows = select_universities!(
            "WHERE ($1::text IS NULL OR country_code = $1)
                AND ($2::text IS NULL OR lower(city) = lower($2))
                AND ($3::text IS NULL OR status = $3) AND ($4::uuid IS NULL OR id < $4)
            ORDER BY id DESC LIMIT $5",
            country_code,
            city,
            filter.status.map(Status::as_str),
            after,
            i64::from(limit) + 1
        )
        .fetch_all(pool)
        .await?;
        Page::of(rows, limit).try_map(Self::try_from)
    }

    /// The fields by name, as events have them.
    pub(super) fn fields(&self) -> Map<String, Value> {
        let fields = json!({
            "name": self.name,
            "aliases": self.aliases,
            "city": self.city,
            "state": self.state,
            "country_code": self.country_code,
            "status": self.status.as_str(),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

impl UniversityPatch {
    /// The university after the patch.
    ///
    /// # Errors
    ///
    /// `Invalid` for a value that its field does not accept, and the removal of a required field.
    pub(super) fn apply(self, before: &University) -> Result<University, ActionError> {
        let mut after = before.clone();
        NAME.apply(self.name, &mut after.name)?;
        ALIASES.apply(self.aliases, &mut after.aliases)?;
        CITY.apply(self.city, &mut after.city)?;
        STATE.apply(self.state, &mut after.state)?;
        COUNTRY_CODE.apply(self.country_code, &mut after.country_code)?;
        after.status.apply(self.status)?;
        Ok(after)
    }

    /// A new university, whose required fields must be set.
    ///
    /// # Errors
    ///
    /// As [`UniversityPatch::apply`].
    pub(super) fn create(self) -> Result<University, ActionError> {
        let new = Self {
            name: self.name.in_new(),
            city: self.city.in_new(),
            state: self.state.in_new(),
            country_code: self.country_code.in_new(),
            ..self
        };
        new.apply(&University {
            id: Uuid::nil(),
            name: String::new(),
            aliases: Vec::new(),
            city: String::new(),
            state: String::new(),
            country_code: String::new(),
            status: Status::Active,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            version: 1,
        })
    }
}

impl TryFrom<UniversityRow> for University {
    type Error = ActionError;

    fn try_from(row: UniversityRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            aliases: row.aliases,
            city: row.city,
            state: row.state,
            country_code: row.country_code,
            status: row.status.parse().map_err(ActionError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Change<String> {
        Change::Set(text.to_owned())
    }

    #[test]
    fn a_new_university_needs_its_required_fields_and_a_patch_keeps_the_others() {
        let complete = UniversityPatch {
            name: set("University of Mumbai"),
            city: set("Mumbai"),
            state: set("Maharashtra"),
            country_code: set("IN"),
            ..UniversityPatch::default()
        };
        let before = complete.clone().create().unwrap();
        assert_eq!((before.status, before.aliases.len()), (Status::Active, 0));
        type Remove = fn(&mut UniversityPatch);
        let without: [(&str, Remove); 4] = [
            ("name", |it| it.name = Change::Keep),
            ("city", |it| it.city = Change::Clear),
            ("state", |it| it.state = Change::Keep),
            ("country_code", |it| it.country_code = Change::Keep),
        ];
        for (field, remove) in without {
            let mut patch = complete.clone();
            remove(&mut patch);
            let error = patch.create().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{field} must be ")), "{error}");
        }
        let patch = UniversityPatch {
            status: set("inactive"),
            ..UniversityPatch::default()
        };
        let after = patch.apply(&before).unwrap();
        assert_eq!(after.status, Status::Inactive);
        assert_eq!(after.name, before.name);
    }
}
