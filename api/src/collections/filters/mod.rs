//! The parameters that filter the documents of a collection.

pub(crate) mod area;
mod attributes;
pub(crate) mod condition;
pub(crate) mod names;
pub(crate) mod visibility;

use roost_collections::{Declared as DeclaredCollection, Source};
use roost_engine::{Category, Filters};

use self::area::{BBOX, POLYGON};
use self::attributes::{AttributeFilters, AttributeParams};
use self::condition::{Filter, FilterText};
use self::visibility::public_categories;
use super::wording::Wording;
use crate::http::error::ApiError;
use crate::params::declaration::{Declared, OwnedGroup, Param};
use crate::params::list::List;
use crate::params::scalar::Id;
use crate::params::values::Params;

/// The name of the parameter of a condition.
pub(crate) const FILTER: &str = "filter";

/// The parameters that filter the documents of a collection, apart from the place.
pub(crate) struct FilterParams {
    declared: DeclaredCollection,
    attributes: AttributeParams,
    owner: Option<Param<List<Id>>>,
    exclude: Param<List<Id>>,
    filter: Param<FilterText>,
    conditions: OwnedGroup,
}

impl FilterParams {
    pub(crate) fn new(declared: DeclaredCollection, wording: &Wording) -> FilterParams {
        let mut fields = declared.declaration.fields.iter();
        let owner = fields.find(|field| field.source == Source::Owner);
        let ids = |name, max| Param::new(name, List::of_at_most(max, "ids", Id));
        FilterParams {
            declared,
            attributes: AttributeParams::new(declared),
            owner: owner.map(|owner| wording.owner.describe(ids(owner.name, 50))),
            exclude: wording.exclude.describe(ids("exclude", 200)),
            filter: wording
                .filter
                .describe(Param::new(FILTER, FilterText(declared))),
            conditions: OwnedGroup::default(),
        }
    }

    /// The parameters that filter by one attribute.
    pub(crate) fn attributes(&'static self) -> &'static [&'static dyn Declared] {
        self.attributes.group()
    }

    /// Those that filter by owner and key, and by a condition.
    pub(crate) fn conditions(&'static self) -> &'static [&'static dyn Declared] {
        self.conditions.of(|| {
            let owner = self.owner.iter().map(|owner| owner as &dyn Declared);
            owner
                .chain([&self.exclude as _, &self.filter as _])
                .collect()
        })
    }

    pub(crate) fn read(&self, params: &Params) -> Result<Filters, ApiError> {
        let filter = self.filter.read(params)?;
        let attributes = self.attributes.read(params)?;
        let owners = self.owner.as_ref().map(|owner| owner.read(params));
        Ok(Filters {
            visibility: self.visibility(&attributes, filter.as_ref()),
            attributes: attributes.conditions,
            owners: owners.transpose()?.unwrap_or_default(),
            exclude: self.exclude.read(params)?,
            polygon: POLYGON.read(params)?,
            bounding_box: BBOX.read(params)?,
            free: None,
            condition: filter.map(Filter::into_condition),
            restriction: None,
        })
    }

    /// The categories of documents that a request may find. A filter decides them by itself.
    fn visibility(&self, attributes: &AttributeFilters, filter: Option<&Filter>) -> Vec<Category> {
        let categories = &attributes.visibility;
        match categories.is_empty() && filter.is_some_and(Filter::names_visibility) {
            true => public_categories(self.declared),
            false => categories.clone(),
        }
    }
}
