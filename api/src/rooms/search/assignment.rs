//! The parameter `assignment`: the venue and the nights of a student's exam.

use roost_collections::rooms;
use roost_engine::{Date, DateRange, Reader};
use roost_market::Actor;
use roost_market::exams::own_assignment;
use uuid::Uuid;

use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::scalar::Id;
use crate::params::values::Params;
use crate::query::place::Origin;
use crate::rooms::stay::NIGHTS_MAX;

params! {
    /// The exam of a student.
    pub(crate) const EXAM;

    /// Id of an assignment of the signed-in student: searches around its venue, for the nights from
    /// the eve of the first day of the session to its last day. `check_in` and `check_out` name
    /// other nights. Excludes `venue`, `lat` and `lng`.
    ASSIGNMENT: Id = Param::new("assignment", Id).example("019b76da-a700-7d31-8a55-2f0c4be1c001");
}

/// The exam that a search is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exam {
    assignment: Uuid,
    venue: Uuid,
    starts_on: Date,
    ends_on: Date,
}

impl Exam {
    /// Reads the assignment, if the request names one. No other search needs the tables.
    pub(crate) async fn read(
        params: &Params,
        actor: &Actor,
        app: &App,
    ) -> Result<Option<Exam>, ApiError> {
        let Some(id) = ASSIGNMENT.read(params)? else {
            return Ok(None);
        };
        if Origin::read(params)?.is_some() {
            let (name, id) = (ASSIGNMENT.name(), id.to_string());
            let expected = "left out when venue, or lat and lng, are given";
            return Err(ApiError::parameter(name, &id, expected));
        }
        let found = own_assignment(app.market().pool(), actor, id).await?;
        let day = |day: String| day.parse::<Date>().map_err(ApiError::internal);
        Ok(Some(Exam {
            assignment: id,
            venue: found.venue_id,
            starts_on: day(found.starts_on.to_string())?,
            ends_on: day(found.ends_on.to_string())?,
        }))
    }

    /// The venue, with the parameter that led to it.
    pub(super) fn place(self) -> (&'static str, Origin) {
        (ASSIGNMENT.name(), Origin::Venue(self.venue))
    }

    /// The nights that are not over, if the index knows the bookings of all of them.
    pub(super) fn nights(self, reader: &Reader) -> Result<DateRange, ApiError> {
        let window = reader
            .availability_window(rooms::collection())
            .ok_or_else(|| ApiError::not_ready("bookings are being loaded"))?;
        let check_in = self.starts_on.plus_days(-1).max(window.start());
        let latest = check_in.plus_days(NIGHTS_MAX).min(window.end());
        if self.ends_on <= check_in || self.ends_on > latest {
            let expected = format!(
                "an assignment of a session that ends after {check_in} and by {latest}, or sent \
                 with check_in and check_out"
            );
            let id = self.assignment.to_string();
            return Err(ApiError::parameter(ASSIGNMENT.name(), &id, expected));
        }
        DateRange::new(check_in, self.ends_on).map_err(ApiError::internal)
    }
}
