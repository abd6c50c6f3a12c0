//! The schema of the database agrees with the code that reads and writes it.

mod queries;
mod vocabulary;
