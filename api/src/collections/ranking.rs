//! The parameters that decide a document's match score: text, preferred tags, budget and profile.

use roost_collections::{Declared as DeclaredCollection, Source};
use roost_engine::{
    Collection, Component, Condition, FieldId, Filters, Interval, Profile, Query, Tags,
};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::filters::names::NameOf;
use super::wording::Wording;
use crate::app::profiles::Profiles;
use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Declared, OwnedGroup, Param};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Invalid, Number, Text, one_of};
use crate::params::values::Params;
use crate::query::text::{QUERY_TEXT, QueryText, read_match, read_typos};

/// The lowest budget above 0.
const SMALLEST_BUDGET: f64 = 0.01;

/// What the match score depends on besides the place, for the documents of a collection.
pub(crate) struct RankingParams {
    q: Param<Text>,
    preferred_tags: Option<PreferredTags>,
    budget: Option<Budget>,
    profile: Param<ProfileName>,
    weights: Param<WeightList>,
    /// The profile of a request that names none, unless the configuration replaces it.
    default: Profile,
    group: OwnedGroup,
}

/// The tags of which a search may prefer some.
struct PreferredTags {
    collection: Collection,
    field: FieldId,
    param: Param<List<NameOf>>,
}

/// The number that is compared with the budget of a search.
struct Budget {
    field: FieldId,
    param: Param<Number>,
}

/// What the match score depends on besides the place.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) text: Option<QueryText>,
    preferred_tags: Tags,
    budget: Option<f64>,
    profile: Profile,
}

/// The name of a profile, which the node's configuration decides, with the default.
#[derive(Clone, Copy)]
pub(crate) struct ProfileName(&'static str);

/// Weights by component of a collection, such as `text:30,distance:40`.
#[derive(Clone, Copy)]
pub(crate) struct WeightList(Collection);

/// The weight of each component, in the order of [`Component::ALL`].
type Weights = [f64; Component::ALL.len()];

impl RankingParams {
    /// `default` is the profile of a request that names none. Names stay in memory until the
    /// program ends, like the declaration.
    pub(crate) fn new(
        declared: DeclaredCollection,
        default: Profile,
        wording: &Wording,
    ) -> RankingParams {
        let collection = declared.collection;
        let name = ProfileName(default.name().to_owned().leak());
        let weights = Param::new("weights", WeightList(collection));
        RankingParams {
            q: wording.q.describe(Param::new("q", QUERY_TEXT)),
            preferred_tags: PreferredTags::new(declared, wording),
            budget: Budget::new(declared, wording),
            profile: wording.profile.describe(Param::new("profile", name)),
            weights: wording.weights.describe(weights),
            default,
            group: OwnedGroup::default(),
        }
    }

    pub(crate) fn group(&'static self) -> &'static [&'static dyn Declared] {
        self.group.of(|| {
            let tags = self.preferred_tags.iter();
            let tags = tags.map(|tags| &tags.param as &dyn Declared);
            let budget = self.budget.iter();
            let budget = budget.map(|budget| &budget.param as &dyn Declared);
            let q: &dyn Declared = &self.q;
            let last: [&dyn Declared; 2] = [&self.profile, &self.weights];
            [q].into_iter()
                .chain(tags)
                .chain(budget)
                .chain(last)
                .collect()
        })
    }

    pub(crate) fn read(&self, params: &Params, app: &App) -> Result<Ranking, ApiError> {
        let (typos, mode) = (read_typos(params, app)?, read_match(params, app)?);
        let text = self.q.read(params)?;
        let text = text.map(|q| QueryText::new(q, typos, mode, app));
        let tags = self.preferred_tags.as_ref().map(|tags| tags.read(params));
        let budget = self.budget.as_ref().map(|budget| budget.param.read(params));
        Ok(Ranking {
            text: text.transpose()?.flatten(),
            preferred_tags: tags.transpose()?.unwrap_or(Tags::NONE),
            budget: budget.transpose()?.flatten(),
            profile: self.read_profile(params, app.profiles())?,
        })
    }

    /// By the default profile alone.
    pub(crate) fn by_default(&self, app: &App) -> Ranking {
        Ranking {
            text: None,
            preferred_tags: Tags::NONE,
            budget: None,
            profile: self.default_profile(app.profiles()).clone(),
        }
    }

    /// The name of the profile of a request that names none.
    pub(crate) fn default_name(&self) -> &str {
        self.default.name()
    }

    /// The budget that some filters imply: the highest number that they accept.
    pub(crate) fn budget_of(&self, filters: &Filters) -> Option<f64> {
        let budget = self.budget.as_ref()?.field;
        let mut attributes = filters.attributes.iter();
        attributes.find_map(|condition| match condition {
            Condition::Number(field, Interval::UpTo(max)) if *field == budget => Some(*max),
            _ => None,
        })
    }

    /// The names of preferred tags.
    pub(crate) fn tag_names(&self, tags: Tags) -> impl Iterator<Item = &'static str> {
        let of = self.preferred_tags.iter();
        of.flat_map(move |of| of.collection.tag_names(of.field, tags))
    }

    /// Reads `profile` and `weights`.
    fn read_profile(&self, params: &Params, profiles: &Profiles) -> Result<Profile, ApiError> {
        let name = self.profile.read(params)?;
        let profile = match name == self.default.name() {
            true => self.default_profile(profiles),
            false => profiles.get(&name).ok_or_else(|| {
                let mut names: Vec<&str> = profiles.names().chain([self.default.name()]).collect();
                names.sort_unstable();
                names.dedup();
                let names = || names.iter().copied();
                let error = ApiError::parameter(self.profile.name(), &name, one_of(names()));
                Invalid::name(&name, names()).explain(error)
            })?,
        };
        match self.weights.read(params)? {
            None => Ok(profile.clone()),
            Some(weights) => reweigh(profile, weights),
        }
    }

    /// A configured profile replaces the built-in one of its name.
    fn default_profile<'a>(&'a self, profiles: &'a Profiles) -> &'a Profile {
        profiles.get(self.default.name()).unwrap_or(&self.default)
    }
}

impl PreferredTags {
    fn new(declared: DeclaredCollection, wording: &Wording) -> Option<PreferredTags> {
        let component = declared.collection.component_name(Component::Tags);
        let mut fields = declared.declaration.values();
        // To declare the tags again as preferred makes no difference.
        let (field, tags) = fields.find(|(_, field)| {
            matches!(field.source, Source::Tags(_)) && **field == field.preferred_by(component)
        })?;
        let name = format!("prefer_{}", tags.query_name).leak();
        let param = Param::new(name, List::of(NameOf(tags)));
        Some(PreferredTags {
            collection: declared.collection,
            field,
            param: wording.preferred_tags.describe(param),
        })
    }

    fn read(&self, params: &Params) -> Result<Tags, ApiError> {
        let names = self.param.read(params)?.into_iter();
        let tags = names.filter_map(|name| self.collection.tag(self.field, name));
        Ok(tags.fold(Tags::NONE, Tags::with))
    }
}

impl Budget {
    fn new(declared: DeclaredCollection, wording: &Wording) -> Option<Budget> {
        let component = declared.collection.component_name(Component::Budget);
        let mut fields = declared.declaration.values();
        // To declare the number again as the one that fits a budget makes no difference.
        let (field, max) = fields.find_map(|(id, field)| match field.source {
            Source::Number { max, .. } if *field == field.fits_budget(component) => Some((id, max)),
            _ => None,
        })?;
        let min = SMALLEST_BUDGET;
        let param = Param::new("budget", Number { min, max });
        Some(Budget {
            field,
            param: wording.budget.describe(param),
        })
    }
}

impl Ranking {
    /// The query over all documents that ranks by this.
    pub(crate) fn query(&self, now_s: i64) -> Query {
        Query {
            text: self.text.as_ref().map(|text| text.terms.clone()),
            preferred_tags: self.preferred_tags,
            budget: self.budget,
            ..Query::all(self.profile.clone(), now_s)
        }
    }
}

impl Kind for ProfileName {
    type Output = String;

    fn read(&self, name: &'static str, params: &Params) -> Result<String, ApiError> {
        let given = params.text(name)?;
        Ok(given.unwrap_or(self.0).to_owned())
    }

    fn expected(&self) -> String {
        "the name of a profile".to_owned()
    }

    fn json(&self, text: &str) -> Value {
        text.into()
    }

    fn shape(&self) -> Shape {
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .default(Some(self.0.into()));
        Shape {
            schema: schema.into(),
            is_required: false,
        }
    }
}

impl Kind for WeightList {
    type Output = Option<Weights>;

    fn read(&self, name: &'static str, params: &Params) -> Result<Option<Weights>, ApiError> {
        let Some(text) = params.text(name)? else {
            return Ok(None);
        };
        parse_weights(text, self.0)
            .map(Some)
            .map_err(|reason| match reason {
                Mismatch::List => ApiError::parameter(name, text, self.expected()),
                Mismatch::Component(component) => {
                    let names = || {
                        self.0
                            .schema()
                            .components()
                            .map(|it| self.0.component_name(it))
                    };
                    let error = ApiError::parameter(name, component, one_of(names()));
                    Invalid::name(component, names()).explain(error)
                }
            })
    }

    fn expected(&self) -> String {
        "a list such as text:30,distance:40, each weight from 0 to 1000, at least one above 0 and no \
         component twice"
            .to_owned()
    }

    fn json(&self, text: &str) -> Value {
        text.into()
    }

    fn shape(&self) -> Shape {
        Shape {
            schema: ObjectBuilder::new().schema_type(Type::String).into(),
            is_required: false,
        }
    }
}

/// Why a text is not a list of weights.
enum Mismatch<'a> {
    List,
    /// No component has this name.
    Component(&'a str),
}

/// The profile with these weights.
fn reweigh(profile: &Profile, weights: Weights) -> Result<Profile, ApiError> {
    let mut weighted = Component::ALL.into_iter().zip(weights);
    weighted
        .try_fold(profile.clone(), |profile, (component, weight)| {
            profile.with_weight(component, weight)
        })
        .map_err(ApiError::internal)
}

/// Parses weights. Components that the list leaves out get 0, so that a query states all that it
/// ranks by.
fn parse_weights(list: &str, collection: Collection) -> Result<Weights, Mismatch<'_>> {
    let mut weights = [None; Component::ALL.len()];
    for item in list.split(',') {
        let (name, weight) = item.split_once(':').ok_or(Mismatch::List)?;
        let mut components = collection.schema().components();
        let component = components.find(|it| collection.component_name(*it) == name);
        let component = component.ok_or(Mismatch::Component(name))?;
        let index = Component::ALL.iter().position(|it| *it == component);
        let index = index.ok_or(Mismatch::Component(name))?;
        let weight: f64 = weight.parse().map_err(|_| Mismatch::List)?;
        let is_valid = (0.0..=1000.0).contains(&weight);
        if !is_valid || weights[index].replace(weight).is_some() {
            return Err(Mismatch::List);
        }
    }
    let weights = weights.map(Option::unwrap_or_default);
    match weights.iter().any(|&weight| weight > 0.0) {
        true => Ok(weights),
        false => Err(Mismatch::List),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roost_collections::rooms;

    #[test]
    fn weights_of_a_request_replace_all_weights_of_the_profile() {
        let weights = parse_weights("distance:3,text:0.5", rooms::collection())
            .ok()
            .unwrap();
        let profile = reweigh(&rooms::landlord_profile(), weights).unwrap();
        assert_eq!(profile.weight(Component::Distance), 3.0);
        assert_eq!(profile.weight(Component::Text), 0.5);
        assert_eq!(profile.weight(Component::Capacity), 0.0);
        assert_eq!(profile.base(), 50.0);
    }

    #[test]
    fn invalid_weights_are_rejected() {
        let lists = [
            "",
            "text",
            "text:",
            "text:a",
            "text:-1",
            "text:NaN",
            "text:1001",
            "text:0",
            "text:1,",
            "text:1,text:2",
            "looks:3",
            "Text:3",
        ];
        for list in lists {
            assert!(parse_weights(list, rooms::collection()).is_err(), "{list}");
        }
    }
}
