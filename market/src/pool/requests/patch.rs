//! Patches of what a student says of the room that it needs.

use sqlx::types::chrono::{NaiveDate, NaiveTime};

use super::details::{RequestDetails, sorted};
use super::fields::{
    ACTIVE_FOR, CHECK_IN, CHECK_OUT, CITY, CURRENCY, EXPIRES_AT_EXPECTED, NIGHTS_MAX, OCCUPANTS,
    REACH_M, REACH_M_DEFAULT, TITLE, budget, description,
};
use super::place::{Place, PlacePatch};
use crate::action::error::ActionError;
use crate::edit::Change;
use crate::fields::time::{Time, parse_rfc3339, rfc3339};
use crate::fields::{Day, Point};

/// Changes of a rental request, a merge patch (RFC 7396). Its values are not checked yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestPatch {
    /// At most one of its members is set; exactly one in a new request.
    pub place: PlacePatch,
    /// The town or city of a point; that of a venue is known.
    pub city: Change<String>,
    /// Names the place if it is removed.
    pub title: Change<String>,
    /// Empty if it is removed.
    pub description: Change<String>,
    /// 5,000 m if it is removed.
    pub reach_m: Change<i64>,
    /// Required, unless an assignment says it.
    pub check_in: Change<String>,
    /// Required, unless an assignment says it.
    pub check_out: Change<String>,
    /// 1 if it is removed.
    pub occupants: Change<i64>,
    /// For one night, in units of the currency; any price if it is removed.
    pub budget: Change<f64>,
    /// Required.
    pub currency: Change<String>,
    /// None if they are removed.
    pub required_amenities: Change<Vec<String>>,
    /// None if they are removed.
    pub preferred_amenities: Change<Vec<String>>,
    /// Any if they are removed.
    pub room_types: Change<Vec<String>>,
    /// Fourteen days from now if it is removed, but no later than the day of departure.
    pub expires_at: Change<String>,
}

impl RequestPatch {
    /// The details after the patch, at a place that it names, if any. A title that is not set stays
    /// as it is.
    ///
    /// # Errors
    ///
    /// `Invalid` for a value that its field does not accept, the removal of a required field,
    /// nights that are over or in the wrong order, and an end that has passed or is after the stay.
    pub(super) fn apply(
        self,
        before: &RequestDetails,
        place: Option<Place>,
        now: Time,
    ) -> Result<RequestDetails, ActionError> {
        let mut request = before.clone();
        let nights = apply_place(place, &mut request)?;
        if let (Change::Set(city), Some(_)) = (&self.city, request.venue_id) {
            let expected = "left out with a venue, whose city it is";
            return Err(ActionError::invalid("city", city, expected));
        }
        CITY.apply(self.city, &mut request.city)?;
        if let Change::Set(title) = self.title {
            request.title = TITLE.check(&title)?;
        }
        if let Some(text) = self.description.optional() {
            request.description = description(text.unwrap_or_default())?;
        }
        if let Some(reach_m) = self.reach_m.optional() {
            request.reach_m = REACH_M.check(reach_m.unwrap_or(REACH_M_DEFAULT.into()))?;
        }
        if let Some(people) = self.occupants.optional() {
            request.occupants = OCCUPANTS.check(people.unwrap_or(1))?;
        }
        if let Some(units) = self.budget.optional() {
            request.budget_hundredths = units.map(budget).transpose()?;
        }
        CURRENCY.apply(self.currency, &mut request.currency)?;
        let lists = [
            (self.required_amenities, &mut request.required_amenities),
            (self.preferred_amenities, &mut request.preferred_amenities),
            (self.room_types, &mut request.room_types),
        ];
        for (change, names) in lists {
            if let Some(change) = change.optional() {
                *names = sorted(change.unwrap_or_default());
            }
        }
        let stay = [self.check_in, self.check_out];
        apply_nights(stay, nights, before, &mut request, now)?;
        apply_end(self.expires_at, before, &mut request, now)?;
        Ok(request)
    }

    /// The details of a new request at a place. Required fields must be set.
    ///
    /// # Errors
    ///
    /// `Invalid` for a required field that is absent, and those of [`apply`](Self::apply).
    pub(super) fn create(mut self, place: Place, now: Time) -> Result<RequestDetails, ActionError> {
        let has_nights = matches!(&place, Place::Venue(venue) if venue.nights.is_some());
        if !has_nights {
            self.check_in = self.check_in.in_new();
            self.check_out = self.check_out.in_new();
        }
        // An absent field gets the default of a removed one, or is rejected as that is.
        self.currency = self.currency.in_new();
        self.reach_m = self.reach_m.in_new();
        self.expires_at = self.expires_at.in_new();
        let unknown = RequestDetails {
            venue_id: None,
            title: String::new(),
            description: String::new(),
            city: String::new(),
            location: Point { lat: 0.0, lng: 0.0 },
            reach_m: REACH_M_DEFAULT,
            check_in: NaiveDate::MIN,
            check_out: NaiveDate::MIN,
            occupants: 1,
            budget_hundredths: None,
            currency: String::new(),
            required_amenities: Vec::new(),
            preferred_amenities: Vec::new(),
            room_types: Vec::new(),
            expires_at: Time::MIN_UTC,
        };
        self.apply(&unknown, Some(place), now)
    }
}

/// Sets the place, and returns the nights of the exam there, if an assignment has led to it.
fn apply_place(
    place: Option<Place>,
    request: &mut RequestDetails,
) -> Result<Option<(NaiveDate, NaiveDate)>, ActionError> {
    match place {
        None => Ok(None),
        Some(Place::Point(point)) => {
            request.location = point.apply(request.location)?;
            // The city of the venue is probably not that of the point.
            if request.venue_id.take().is_some() {
                request.city.clear();
            }
            Ok(None)
        }
        Some(Place::Venue(venue)) => {
            request.venue_id = Some(venue.id);
            request.location = venue.location;
            request.city = venue.city;
            Ok(venue.nights)
        }
    }
}

/// Sets the nights, those of the exam where the patch names none, and checks them if they change.
fn apply_nights(
    [check_in, check_out]: [Change<String>; 2],
    exam: Option<(NaiveDate, NaiveDate)>,
    before: &RequestDetails,
    request: &mut RequestDetails,
    now: Time,
) -> Result<(), ActionError> {
    let first = earliest_check_in(now);
    if let Some((eve, last_day)) = exam {
        request.check_in = eve.max(first.min(last_day));
        request.check_out = last_day;
    }
    CHECK_IN.apply(check_in, &mut request.check_in)?;
    CHECK_OUT.apply(check_out, &mut request.check_out)?;
    if (request.check_in, request.check_out) == (before.check_in, before.check_out) {
        return Ok(());
    }
    if request.check_in < first && request.check_in != before.check_in {
        let expected = format!("{first} or later, because the night must not be over");
        return Err(invalid_day(&CHECK_IN, request.check_in, expected));
    }
    let nights = (request.check_out - request.check_in).num_days();
    if (1..=NIGHTS_MAX).contains(&nights) {
        return Ok(());
    }
    let expected = format!(
        "1 to {NIGHTS_MAX} days after check_in, which is {}",
        request.check_in
    );
    Err(invalid_day(&CHECK_OUT, request.check_out, expected))
}

/// Yesterday by UTC, which may be today at the place of the request.
fn earliest_check_in(now: Time) -> NaiveDate {
    let today = now.date_naive();
    today.pred_opt().unwrap_or(today)
}

fn invalid_day(day: &Day, value: NaiveDate, expected: String) -> ActionError {
    ActionError::invalid(day.name, value, expected)
}

/// Sets the end, and checks it if it changes. A request ends no later than its day of departure.
fn apply_end(
    change: Change<String>,
    before: &RequestDetails,
    request: &mut RequestDetails,
    now: Time,
) -> Result<(), ActionError> {
    let latest = end_of(request.check_out);
    match change {
        Change::Clear => request.expires_at = latest.min(now + ACTIVE_FOR),
        Change::Keep if request.check_out != before.check_out => {
            request.expires_at = request.expires_at.min(latest);
        }
        Change::Keep => {}
        Change::Set(text) => {
            let end = parse_rfc3339(&text);
            let invalid = |expected| ActionError::invalid("expires_at", &text, expected);
            let end = end.ok_or_else(|| invalid(EXPIRES_AT_EXPECTED.to_owned()))?;
            if end <= now || end > latest {
                let (now, latest) = (rfc3339(now), rfc3339(latest));
                return Err(invalid(format!("a time after {now} and by {latest}")));
            }
            request.expires_at = end;
        }
    }
    Ok(())
}

/// The end of a day by UTC.
fn end_of(day: NaiveDate) -> Time {
    let next = day.succ_opt().unwrap_or(day);
    next.and_time(NaiveTime::MIN).and_utc()
}
