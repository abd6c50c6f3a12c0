//! The parameter `sort`: the order of the hits. The declaration of rooms says by which fields.

use std::sync::LazyLock;

use roost_collections::{FieldDeclaration, SortOrder, rooms};
use roost_engine::{FieldId, Sort};
use serde::Serialize;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::error::ApiError;
use crate::http::schema;
use crate::params::declaration::{Declared, Group, Param, params};
use crate::params::presence::WithDefault;
use crate::params::scalar::{Choice, Flag};
use crate::params::values::Params;

params! {
    /// Whether the order is explained.
    pub(crate) const EXPLANATION;

    /// Whether each hit explains its score, and `meta.plan` how the search was executed.
    EXPLAIN: WithDefault<Flag> = Param::new("explain", Flag).default(false).example("true");
}

/// The order of the hits.
pub(crate) const ORDER: Group = Group::new(|| &*DECLARED);

static DECLARED: LazyLock<[&'static dyn Declared; 1]> = LazyLock::new(|| [&*SORT]);

static SORT: LazyLock<Param<WithDefault<Choice<Sort>>>> = LazyLock::new(|| {
    let fields = sortable().map(|(_, field, _)| {
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
        fields.collect::<String>()
    );
    Param::new("sort", *ORDERS)
        .default(Sort::Match)
        .describe(doc.leak())
        .example("match")
});

/// The orders by name.
static ORDERS: LazyLock<Choice<Sort>> = LazyLock::new(|| {
    let fields = sortable().map(|(id, field, order)| {
        let sort = match order {
            SortOrder::Ascending => Sort::Ascending(id),
            SortOrder::Descending => Sort::Descending(id),
            SortOrder::SmoothedRating => Sort::Rating,
        };
        (field.query_name, sort)
    });
    let orders = [("match", Sort::Match), ("distance", Sort::Distance)];
    let orders: Vec<(&'static str, Sort)> = orders.into_iter().chain(fields).collect();
    Choice(orders.leak())
});

/// The name of an order.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct SortName(&'static str);

/// The fields that searches sort by.
fn sortable() -> impl Iterator<Item = (FieldId, &'static FieldDeclaration, SortOrder)> {
    let fields = rooms::DECLARATION.values();
    fields.filter_map(|(id, field)| Some((id, field, field.order?)))
}

pub(super) fn read(params: &Params, has_place: bool) -> Result<Sort, ApiError> {
    match SORT.read(params)? {
        Sort::Distance if !has_place => {
            let names = ORDERS.names().filter(|name| *name != "distance");
            let names: Vec<&str> = names.collect();
            let names = match names.split_last() {
                Some((last, [])) => (*last).to_owned(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => String::new(),
            };
            let expected = format!("{names} where the query has no place");
            let error = ApiError::parameter(SORT.name(), "distance", expected);
            Err(error.with_hint("to sort by distance, give venue, or lat and lng"))
        }
        sort => Ok(sort),
    }
}

impl From<Sort> for SortName {
    fn from(sort: Sort) -> SortName {
        let mut orders = ORDERS.0.iter();
        let order = orders.find(|(_, order)| *order == sort);
        SortName(order.map_or("", |(name, _)| name))
    }
}

impl PartialSchema for SortName {
    fn schema() -> RefOr<Schema> {
        schema::names(ORDERS.names()).into()
    }
}

impl ToSchema for SortName {
    fn name() -> std::borrow::Cow<'static, str> {
        "Sort".into()
    }
}
