//! A venue as the table has it.

use serde_json::{Map, Value, json};
use sqlx::PgPool;
use sqlx::types::chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::action::error::ActionError;
use crate::action::page::Page;
use crate::exams::lookups::lookups;
use crate::exams::status::Status;
use crate::exams::universities::fields::CITY;
use crate::fields::{COUNTRY_CODE, Point};

/// A venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    /// The id.
    pub id: Uuid,
    /// The university that it belongs to; `None` for one that admins alone write.
    pub university_id: Option<Uuid>,
    /// One line.
    pub name: String,
    /// Other names that searches find it by.
    pub aliases: Vec<String>,
    /// One of the kinds of the table.
    pub kind: String,
    /// Street and number.
    pub address: String,
    /// Town or city.
    pub city: String,
    /// The state.
    pub state: String,
    /// The postal code.
    pub postal_code: String,
    /// ISO 3166.
    pub country_code: String,
    /// Where it is.
    pub location: Point,
    /// The number of people who can sit an exam at once; `None` if it is unknown.
    pub seats: Option<i32>,
    /// Whether searches find it.
    pub status: Status,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last updated.
    pub updated_at: DateTime<Utc>,
    /// Another one after each update.
    pub version: i64,
}

/// Which venues to list.
#[derive(Clone, Debug, Default)]
pub struct VenueFilter {
    /// Only those of this university.
    pub university: Option<Uuid>,
    /// Only those in this country.
    pub country_code: Option<String>,
    /// Only those in this city, in any case.
    pub city: Option<String>,
    /// Only those with this status.
    pub status: Option<Status>,
}

struct VenueRow {
    id: Uuid,
    university_id: Option<Uuid>,
    name: String,
    aliases: Vec<String>,
    kind: String,
    address: String,
    city: String,
    state: String,
    postal_code: String,
    country_code: String,
    lat: f64,
    lng: f64,
    seats: Option<i32>,
    status: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// Selects venues.
macro_rules! select_venues {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            VenueRow,
            r#"
            SELECT id, university_id, name, aliases, kind, address, city, state, postal_code,
                country_code::text AS "country_code!", ST_Y(location::geometry) AS "lat!",
                ST_X(location::geometry) AS "lng!", seats, status, created_at, updated_at, version
            FROM exam_venues
            "# + $rest
            $(, $argument)*
        )
    };
}

impl Venue {
    lookups!(pub(super) select_venues);

    /// The venues that pass a filter, the newest first, after the one of an id.
    pub(super) async fn all(
        pool: &PgPool,
        filter: &VenueFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<Self>, ActionError> {
        let country_code = filter.country_code.clone();
        let country_code = country_code.map(|code| COUNTRY_CODE.check(code));
        let country_code = country_code.transpose()?;
        let city = filter.city.as_deref().map(|city| CITY.check(city));
        let city = city.transpose()?;
        let rows = select_venues!(
            "WHERE ($1::uuid IS NULL OR university_id = $1)
                AND ($2::text IS NULL OR country_code = $2)
                AND ($3::text IS NULL OR lower(city) = lower($3))
                AND ($4::text IS NULL OR status = $4) AND ($5::uuid IS NULL OR id < $5)
            ORDER BY id DESC LIMIT $6",
            filter.university,
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
            "university_id": self.university_id,
            "name": self.name,
            "aliases": self.aliases,
            "kind": self.kind,
            "address": self.address,
            "city": self.city,
            "state": self.state,
            "postal_code": self.postal_code,
            "country_code": self.country_code,
            "location": {"lat": self.location.lat, "lng": self.location.lng},
            "seats": self.seats,
            "status": self.status.as_str(),
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }
}

impl TryFrom<VenueRow> for Venue {
    type Error = ActionError;

    fn try_from(row: VenueRow) -> Result<Self, ActionError> {
        Ok(Self {
            id: row.id,
            university_id: row.university_id,
            name: row.name,
            aliases: row.aliases,
            kind: row.kind,
            address: row.address,
            city: row.city,
            state: row.state,
            postal_code: row.postal_code,
            country_code: row.country_code,
            location: Point {
                lat: row.lat,
                lng: row.lng,
            },
            seats: row.seats,
            status: row.status.parse().map_err(ActionError::internal)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}
