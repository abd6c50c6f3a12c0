//! The parameters that decide a document's match score: text, preferred tags, budget and profile.

mod weights;

use roost_collections::{Declared as DeclaredCollection, Source};
use roost_engine::{
    Collection, Component, Condition, FieldId, Filters, Interval, Profile, Query, Tags,
};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

pub(crate) use self::weights::Components;
use self::weights::{WeightList, reweigh};
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
    profile_group: OwnedGroup,
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
        let components = collection.components();
        let named = components.map(|component| (component, collection.component_name(component)));
        let weights = WeightList(named.collect::<Vec<_>>().leak());
        let weights = Param::new("weights", weights);
        RankingParams {
            q: wording.q.describe(Param::new("q", QUERY_TEXT)),
            preferred_tags: PreferredTags::new(declared, wording),
            budget: Budget::new(declared, wording),
            profile: wording.profile.describe(Param::new("profile", name)),
            weights: wording.weights.describe(weights),
            default,
            group: OwnedGroup::default(),
            profile_group: OwnedGroup::default(),
        }
    }

    /// The same for scores of other components.
    pub(crate) fn of_components(self, components: Components, wording: &Wording) -> RankingParams {
        let weights = Param::new("weights", WeightList(components));
        RankingParams {
            weights: wording.weights.describe(weights),
            ..self
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

    /// The parameters that choose the profile alone.
    pub(crate) fn profile_group(&'static self) -> &'static [&'static dyn Declared] {
        self.profile_group.of(|| vec![&self.profile, &self.weights])
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
    pub(crate) fn read_profile(
        &self,
        params: &Params,
        profiles: &Profiles,
    ) -> Result<Profile, ApiError> {
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
