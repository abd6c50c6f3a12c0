//! Runs all query types, or those with a text in their name.

use crate::expansion;
use crate::measure::{Measured, ranking, reading};
use crate::queries;
use crate::rooms::Rooms;

/// Measures every query type, reading documents, and term expansion.
pub(crate) fn all(rooms: &Rooms, each: usize) -> Vec<Measured> {
    let types = queries::all(rooms, each);
    let mut measured: Vec<Measured> = types
        .iter()
        .map(|query_type| ranking(&rooms.reader, query_type))
        .collect();
    let near = types
        .iter()
        .find(|query_type| query_type.name == "radius 5 km");
    measured.extend(near.map(|near| reading(rooms, near)));
    measured.extend(expansion::measure("", each));
    measured
}

/// Measures the query types whose name contains a text.
pub(crate) fn of_types(part: &str, rooms: &Rooms, each: usize) -> Vec<Measured> {
    let mut types = queries::all(rooms, each);
    types.retain(|query_type| query_type.name.contains(part));
    let mut measured: Vec<Measured> = types
        .iter()
        .map(|query_type| ranking(&rooms.reader, query_type))
        .collect();
    measured.extend(expansion::measure(part, each));
    measured
}

/// Returns the results of the type with this name.
pub(crate) fn named<'a>(all: &'a [Measured], name: &str) -> &'a Measured {
    let found = all.iter().find(|measured| measured.name == name);
    found.unwrap_or_else(|| panic!("{name} was measured"))
}
