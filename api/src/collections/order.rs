//! The parameter `sort`: the order of the hits. The declaration of a collection says by which
//! fields.

use roost_collections::{Declaration, Declared as DeclaredCollection, FieldDeclaration, SortOrder};
use roost_engine::{FieldId, Sort};

use crate::http::error::ApiError;
use crate::params::declaration::{Declared, OwnedGroup, Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Flag};
use crate::params::values::Params;

params! {
    /// Whether the order is explained.
    pub(crate) const EXPLANATION;

    /// Whether each hit explains its score, and `meta.plan` how the search was executed.
    EXPLAIN: WithDefault<Flag> = Param::new("explain", Flag).default(false).example("true");
}

/// The name of the parameter.
pub(crate) const SORT: &str = "sort";

/// The order of the hits of a collection.
pub(crate) struct OrderParam {
    orders: Choice<Sort>,
    sort: Param<WithDefault<Choice<Sort>>>,
    group: OwnedGroup,
}

/// The fields that searches sort by.
fn sortable(
    declaration: &Declaration,
) -> impl Iterator<Item = (FieldId, &'static FieldDeclaration, SortOrder)> {
    let fields = declaration.values();
    fields.filter_map(|(id, field)| Some((id, field, field.order?)))
}

impl OrderParam {
    /// The names and descriptions stay in memory until the program ends, like the declaration.
    pub(crate) fn new(declared: DeclaredCollection) -> OrderParam {
        let fields = sortable(declared.declaration).map(|(id, field, order)| {
            let sort = match order {
                SortOrder::Ascending => Sort::Ascending(id),
                SortOrder::Descending => Sort::Descending(id),
                SortOrder::SmoothedRating => Sort::Rating,
            };
            (field.query_name, sort)
        });
        let orders = [("match", Sort::Match), ("distance", Sort::Distance)];
        let orders: Vec<(&'static str, Sort)> = orders.into_iter().chain(fields).collect();
        let orders = Choice(orders.leak());
        let docs = sortable(declared.declaration).map(|(_, field, _)| {
            let FieldDeclaration {
                query_name,
                order_doc,
                ..
            } = field;
            format!("`{query_name}`: {order_doc}. ")
        });
        let doc = format!(
            "The order of the hits. `match`: highest match score first. `distance`: nearest first; \
             requires a place. {}Ties break by id.",
            docs.collect::<String>()
        );
        let sort = Param::new(SORT, orders)
            .default(Sort::Match)
            .describe(doc.leak())
            .example("match");
        OrderParam {
            orders,
            sort,
            group: OwnedGroup::default(),
        }
    }

    /// These orders under these names.
    pub(crate) fn named(orders: &'static [(&'static str, Sort)], doc: &'static str) -> OrderParam {
        let orders = Choice(orders);
        let sort = Param::new(SORT, orders).default(Sort::Match);
        OrderParam {
            orders,
            sort: sort.describe(doc).example("match"),
            group: OwnedGroup::default(),
        }
    }

    pub(crate) fn group(&'static self) -> &'static [&'static dyn Declared] {
        self.group.of(|| vec![&self.sort])
    }

    pub(crate) fn read(&self, params: &Params, has_place: bool) -> Result<Sort, ApiError> {
        match self.sort.read(params)? {
            Sort::Distance if !has_place => {
                let names = self.names().filter(|name| *name != "distance");
                let names: Vec<&str> = names.collect();
                let names = match names.split_last() {
                    Some((last, [])) => (*last).to_owned(),
                    Some((last, others)) => format!("{} or {last}", others.join(", ")),
                    None => String::new(),
                };
                let expected = format!("{names} where the query has no place");
                let error = ApiError::parameter(self.sort.name(), "distance", expected);
                Err(error.with_hint("to sort by distance, give venue, or lat and lng"))
            }
            sort => Ok(sort),
        }
    }

    /// The names of all orders.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.orders.names()
    }

    /// The name of an order.
    pub(crate) fn name(&self, sort: Sort) -> &'static str {
        let mut orders = self.orders.0.iter();
        let order = orders.find(|(_, order)| *order == sort);
        order.map_or("", |(name, _)| name)
    }
}
