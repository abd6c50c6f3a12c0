//! The parameters that decide a room's match score: text, preferred amenities, budget and profile.

use roost_collections::{FieldDeclaration, rooms};
use roost_engine::{Component, Profile, Query, Tags};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::filters::price::{LARGEST_PRICE, SMALLEST_PRICE};
use super::vocabulary::NameOf;
use crate::app::profiles::Profiles;
use crate::app::state::App;
use crate::http::error::ApiError;
use crate::params::declaration::{Param, params};
use crate::params::kind::{Kind, Shape};
use crate::params::list::List;
use crate::params::scalar::{Invalid, Number, Text, one_of};
use crate::params::values::Params;
use crate::query::text::{QUERY_TEXT, QueryText, read_match, read_typos};

params! {
    /// What the match score depends on besides the place.
    pub(crate) const RANKING;

    /// Words of the room's title, description, address, locality, city or amenities; `match` says
    /// how many must match. The last word is a prefix unless a space follows. Words `"in quotes"`
    /// must be adjacent and spelled as written. A hyphen before a word or a quoted phrase excludes
    /// rooms that contain it, and `q` may consist of exclusions only. Unclosed quotes and hyphens
    /// within words have no meaning, and a text without a word is the same as none. At most 32
    /// words.
    Q: Text = Param::new("q", QUERY_TEXT).example("quiet \"private room\" -shared");

    /// Amenities that raise the score of a room that has them: a comma-separated list, or repeated.
    PREFER_AMENITIES: List<NameOf> = Param::new("prefer_amenities", List::of(NameOf(AMENITIES)))
        .example("desk,quiet");

    /// The price for one night that the student wants to pay; a room at or below it gets the best
    /// price component. In a search it defaults to `price_max`.
    BUDGET: Number = Param::new("budget", Number { min: SMALLEST_PRICE, max: LARGEST_PRICE })
        .example("900");

    /// The ranking profile: `room`, `landlord`, or one from the node's configuration.
    PROFILE: ProfileName = Param::new("profile", ProfileName).example("room");

    /// Weights, 0 to 1000, that replace all weights of the profile.
    WEIGHTS: WeightList = Param::new("weights", WeightList)
        .example("text:30,distance:40,review:10");
}

/// The field of preferred tags.
const AMENITIES: &FieldDeclaration = rooms::DECLARATION.field("amenities");

/// What the match score depends on besides the place.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) text: Option<QueryText>,
    preferred_amenities: Tags,
    budget: Option<f64>,
    profile: Profile,
}

/// The name of a profile, which the node's configuration decides.
#[derive(Clone, Copy)]
pub(crate) struct ProfileName;

/// Weights by component, such as `text:30,distance:40`.
#[derive(Clone, Copy)]
pub(crate) struct WeightList;

/// The weight of each component, in the order of [`Component::ALL`].
type Weights = [f64; Component::ALL.len()];

impl Ranking {
    pub(crate) fn read(params: &Params, app: &App) -> Result<Ranking, ApiError> {
        let (typos, mode) = (read_typos(params, app)?, read_match(params, app)?);
        let text = Q.read(params)?;
        let text = text.map(|q| QueryText::new(q, typos, mode, app));
        let amenities = PREFER_AMENITIES.read(params)?.into_iter();
        let amenities =
            amenities.filter_map(|name| rooms::collection().tag(rooms::AMENITIES, name));
        Ok(Ranking {
            text: text.transpose()?.flatten(),
            preferred_amenities: amenities.fold(Tags::NONE, Tags::with),
            budget: BUDGET.read(params)?,
            profile: read_profile(params, app.profiles())?,
        })
    }

    /// By the profile alone.
    pub(crate) fn by_profile(profile: Profile) -> Ranking {
        Ranking {
            text: None,
            preferred_amenities: Tags::NONE,
            budget: None,
            profile,
        }
    }

    /// The query over all rooms that ranks by this.
    pub(crate) fn query(&self, now_s: i64) -> Query {
        Query {
            text: self.text.as_ref().map(|text| text.terms.clone()),
            preferred_tags: self.preferred_amenities,
            budget: self.budget,
            ..Query::all(self.profile.clone(), now_s)
        }
    }
}

impl Kind for ProfileName {
    type Output = String;

    fn read(&self, name: &'static str, params: &Params) -> Result<String, ApiError> {
        let given = params.text(name)?;
        Ok(given.unwrap_or(Profiles::DEFAULT).to_owned())
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
            .default(Some(Profiles::DEFAULT.into()));
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
        parse_weights(text)
            .map(Some)
            .map_err(|reason| match reason {
                Mismatch::List => ApiError::parameter(name, text, self.expected()),
                Mismatch::Component(component) => {
                    let names = || Component::ALL.into_iter().map(component_name);
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

/// The name of a component of the score of rooms.
fn component_name(component: Component) -> &'static str {
    rooms::collection().component_name(component)
}

/// Why a text is not a list of weights.
enum Mismatch<'a> {
    List,
    /// No component has this name.
    Component(&'a str),
}

/// Reads `profile` and `weights`.
fn read_profile(params: &Params, profiles: &Profiles) -> Result<Profile, ApiError> {
    let name = PROFILE.read(params)?;
    let profile = profiles.get(&name).ok_or_else(|| {
        let error = ApiError::parameter(PROFILE.name(), &name, one_of(profiles.names()));
        Invalid::name(&name, profiles.names()).explain(error)
    })?;
    match WEIGHTS.read(params)? {
        None => Ok(profile.clone()),
        Some(weights) => reweigh(profile, weights),
    }
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
fn parse_weights(list: &str) -> Result<Weights, Mismatch<'_>> {
    let mut weights = [None; Component::ALL.len()];
    for item in list.split(',') {
        let (name, weight) = item.split_once(':').ok_or(Mismatch::List)?;
        let index = Component::ALL
            .iter()
            .position(|component| component_name(*component) == name);
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

    #[test]
    fn weights_of_a_request_replace_all_weights_of_the_profile() {
        let weights = parse_weights("distance:3,text:0.5").ok().unwrap();
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
            assert!(parse_weights(list).is_err(), "{list}");
        }
    }
}
