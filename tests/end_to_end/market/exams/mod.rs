//! Exams over HTTP: what officials and admins write, and what students see of it.

mod assignments;
mod imports;
mod invitations;
mod rights;
mod scene;
mod search;
mod venues;
mod writes;
