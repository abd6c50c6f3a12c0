//! The request pool: rental requests of students, and what landlords make of them.
