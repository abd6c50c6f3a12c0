//! Where a room is needed, and for which nights an exam needs it.

use sqlx::types::chrono::NaiveDate;
use uuid::Uuid;

use super::details::RequestDetails;
use super::fields::{ASSIGNMENT_ID_EXPECTED, TITLE, VENUE_ID_EXPECTED};
use crate::action::error::ActionError;
use crate::action::transaction::Transaction;
use crate::edit::Change;
use crate::exams::own_assignment_in;
use crate::fields::{Point, PointPatch, location_expected};

/// Where a room is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlacePatch {
    /// At a venue.
    pub venue_id: Change<Uuid>,
    /// At the venue of an assignment of the student, for the nights of its session.
    pub assignment_id: Change<Uuid>,
    /// At a point.
    pub location: Change<PointPatch>,
}

/// A place that a student has named, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// A venue, perhaps that of an assignment.
    Venue(VenuePlace),
    /// A point.
    Point(PointPatch),
}

/// A venue, and the nights of the exam if an assignment has led to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct VenuePlace {
    pub(super) id: Uuid,
    pub(super) city: String,
    pub(super) location: Point,
    pub(super) nights: Option<(NaiveDate, NaiveDate)>,
}

/// What a place is, for an error.
const ONE_PLACE: &str =
    "sent without the others: exactly one of venue_id, assignment_id and location";

impl Place {
    /// The place that a patch names; `None` if it names none.
    ///
    /// # Errors
    ///
    /// `Invalid` for more than one place, the removal of one, a venue that does not exist or is
    /// inactive, and an assignment of another student.
    pub(super) async fn read(
        transaction: &mut Transaction,
        student: Uuid,
        patch: PlacePatch,
    ) -> Result<Option<Self>, ActionError> {
        let venue_id = patch.venue_id;
        let venue_id = venue_id.required("venue_id", || VENUE_ID_EXPECTED.to_owned())?;
        let assignment_id = patch.assignment_id;
        let expected = || ASSIGNMENT_ID_EXPECTED.to_owned();
        let assignment_id = assignment_id.required("assignment_id", expected)?;
        let location = patch.location.required("location", location_expected)?;
        match (venue_id, assignment_id, location) {
            (None, None, None) => Ok(None),
            (Some(id), None, None) => Ok(Some(Self::Venue(active_venue(transaction, id).await?))),
            (None, Some(id), None) => {
                Ok(Some(Self::Venue(of_exam(transaction, student, id).await?)))
            }
            (None, None, Some(point)) => Ok(Some(Self::Point(point))),
            (Some(id), _, _) => Err(ActionError::invalid("venue_id", id, ONE_PLACE)),
            (None, Some(id), Some(_)) => Err(ActionError::invalid("assignment_id", id, ONE_PLACE)),
        }
    }

    /// The error for a new request without a place.
    pub(super) fn missing() -> ActionError {
        ActionError::invalid("venue_id", "null", ONE_PLACE)
    }
}

/// The venue of an id, kept active until the transaction ends.
async fn active_venue(transaction: &mut Transaction, id: Uuid) -> Result<VenuePlace, ActionError> {
    let venue = sqlx::query!(
        r#"SELECT city, ST_Y(location::geometry) AS "lat!", ST_X(location::geometry) AS "lng!"
        FROM exam_venues WHERE id = $1 AND status = 'active' FOR SHARE"#,
        id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let venue = venue.ok_or_else(|| ActionError::invalid("venue_id", id, VENUE_ID_EXPECTED))?;
    Ok(VenuePlace {
        id,
        city: venue.city,
        location: Point {
            lat: venue.lat,
            lng: venue.lng,
        },
        nights: None,
    })
}

/// The venue of an assignment of a student, for the nights from the eve of the first day of the
/// session to its last day.
async fn of_exam(
    transaction: &mut Transaction,
    student: Uuid,
    id: Uuid,
) -> Result<VenuePlace, ActionError> {
    let exam = own_assignment_in(transaction.sql(), student, id).await?;
    let expected = ASSIGNMENT_ID_EXPECTED;
    let exam = exam.ok_or_else(|| ActionError::invalid("assignment_id", id, expected))?;
    let eve = exam.starts_on.pred_opt();
    Ok(VenuePlace {
        id: exam.venue_id,
        city: exam.venue_city,
        location: exam.venue_location,
        nights: Some((eve.unwrap_or(exam.starts_on), exam.ends_on)),
    })
}

/// The title of a request that has none of its own.
pub(super) async fn default_title(
    transaction: &mut Transaction,
    request: &RequestDetails,
) -> Result<String, ActionError> {
    let venue = sqlx::query_scalar!(
        "SELECT name FROM exam_venues WHERE id = $1",
        request.venue_id
    )
    .fetch_optional(transaction.sql())
    .await?;
    let title = match (venue, request.city.as_str()) {
        (Some(venue), _) => format!("Room near {venue}"),
        (None, "") => "Room for an exam".to_owned(),
        (None, city) => format!("Room in {city}"),
    };
    Ok(title.chars().take(TITLE.chars_max).collect())
}

impl PlacePatch {
    /// The place of a request that does not exist yet, so that both degrees are required.
    pub(super) fn in_new(self) -> Self {
        Self {
            location: match self.location {
                Change::Set(point) => Change::Set(point.in_new()),
                other => other,
            },
            ..self
        }
    }
}
