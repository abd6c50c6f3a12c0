//! Filters that several lists have.

use roost_market::exams::Status;
use utoipa::ToSchema;

use crate::params::declaration::{Param, params};
use crate::params::scalar::{Choice, Id, Text};

/// The names of a status.
pub(super) const STATUSES: &[&str] = &["active", "inactive"];

/// Whether a university, session or venue is in use.
#[derive(Debug, ToSchema)]
#[schema(as = ExamStatus)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes bodies for the OpenAPI document")]
pub(crate) enum StatusName {
    Active,
    Inactive,
}

params! {
    /// Whether they are in use.
    pub(super) const IN_USE;

    /// Only those with this status.
    STATUS: Choice<Status> = Param::new("status", Choice(&[
        ("active", Status::Active),
        ("inactive", Status::Inactive),
    ]))
    .example("active");
}

params! {
    /// Where they are.
    pub(super) const WHERE;

    /// Only those in this country, by ISO 3166.
    COUNTRY_CODE: Text = Param::new("country_code", Text { chars_max: 2 }).example("IN");

    /// Only those in this city, in any case.
    CITY: Text = Param::new("city", Text { chars_max: 200 }).example("Mumbai");
}

params! {
    /// Whose they are.
    pub(super) const OF_UNIVERSITY;

    /// Only those of the university with this id.
    UNIVERSITY: Id = Param::new("university", Id).example("019b76da-a700-7d31-8a55-2f0c4be1a001");
}
