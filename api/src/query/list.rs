//! Lists that come from the tables: their size, and how they go on.

use roost_market::Page;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::params::declaration::{Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Id, Whole};

params! {
    /// The size of a list.
    pub(crate) const LIST_SIZE;

    /// The maximum number of items in an answer.
    LIMIT: WithDefault<Whole<u32>> = Param::new("limit", Whole { min: 1, max: 100 })
        .default(20)
        .example("10");
}

params! {
    /// A place in a list by id.
    pub(crate) const LIST_CURSOR;

    /// The `meta.next_cursor` of the previous page.
    AFTER: Id = Param::new("cursor", Id);
}

/// How a list goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListMeta {
    /// The `cursor` of the next page; null on the last one.
    pub(crate) next_cursor: Option<String>,
    #[schema(example = 20)]
    pub(crate) limit: u32,
}

impl ListMeta {
    /// How a list in the order of ids goes on.
    pub(crate) fn of<T>(page: &Page<T>, limit: u32, id: impl FnOnce(&T) -> Uuid) -> ListMeta {
        let last = page.items.last().filter(|_| page.has_more);
        ListMeta {
            next_cursor: last.map(|item| id(item).to_string()),
            limit,
        }
    }
}
