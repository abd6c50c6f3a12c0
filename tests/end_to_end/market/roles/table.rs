//! The table of routes and callers.

use crate::harness::repository;

/// What `routes.txt` says.
pub(super) struct Table {
    /// The callers, in the order of the columns.
    pub(super) callers: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// A route with the status that each caller gets.
pub(super) struct Row {
    pub(super) method: String,
    /// The path as the OpenAPI document has it.
    pub(super) path: String,
    /// The query string, without its question mark.
    pub(super) query: String,
    /// What the route acts on: see `subjects.rs`.
    pub(super) subject: String,
    pub(super) statuses: Vec<u16>,
}

impl Table {
    pub(super) fn read() -> Self {
        let file = repository().join("tests/end_to_end/market/roles/routes.txt");
        let text = std::fs::read_to_string(file).unwrap();
        let mut lines = text.lines();
        let columns = lines
            .find(|line| line.starts_with("method"))
            .expect("the columns");
        let columns = columns.split_whitespace().skip(3).map(str::to_owned);
        let callers: Vec<String> = columns.collect();
        let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rows: Vec<Row> = rows.map(Row::read).collect();
        for row in &rows {
            assert_eq!(row.statuses.len(), callers.len(), "{}", row.route());
        }
        Self { callers, rows }
    }
}

impl Row {
    fn read(line: &str) -> Self {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [method, path, subject, statuses @ ..] = &*cells else {
            panic!("method, path, subject and statuses, not {line:?}");
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let statuses = statuses.iter().map(|status| status.parse().unwrap());
        Self {
            method: (*method).to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            subject: (*subject).to_owned(),
            statuses: statuses.collect(),
        }
    }

    /// Method and path.
    pub(super) fn route(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
