//! The parameter `weights`: the weights of the components of a score.

use roost_engine::{Component, Profile};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::http::error::ApiError;
use crate::params::kind::{Kind, Shape};
use crate::params::scalar::{Invalid, one_of};
use crate::params::values::Params;

/// The components of a score with their names.
pub(crate) type Components = &'static [(Component, &'static str)];

/// Weights by component, such as `text:30,distance:40`.
#[derive(Clone, Copy)]
pub(crate) struct WeightList(pub(super) Components);

/// The weight of each component, in the order of [`Component::ALL`].
pub(super) type Weights = [f64; Component::ALL.len()];

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
                    let names = || self.0.iter().map(|(_, name)| *name);
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
pub(super) fn reweigh(profile: &Profile, weights: Weights) -> Result<Profile, ApiError> {
    let mut weighted = Component::ALL.into_iter().zip(weights);
    weighted
        .try_fold(profile.clone(), |profile, (component, weight)| {
            profile.with_weight(component, weight)
        })
        .map_err(ApiError::internal)
}

/// Parses weights. Components that the list leaves out get 0, so that a query states all that it
/// ranks by.
fn parse_weights(list: &str, named: Components) -> Result<Weights, Mismatch<'_>> {
    let mut weights = [None; Component::ALL.len()];
    for item in list.split(',') {
        let (name, weight) = item.split_once(':').ok_or(Mismatch::List)?;
        let mut components = named.iter();
        let component = components.find(|(_, component_name)| *component_name == name);
        let (component, _) = component.ok_or(Mismatch::Component(name))?;
        let index = Component::ALL.iter().position(|it| it == component);
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

    const NAMED: Components = &[
        (Component::Text, "text"),
        (Component::Distance, "distance"),
        (Component::Capacity, "capacity"),
    ];

    #[test]
    fn weights_of_a_request_replace_all_weights_of_the_profile() {
        let weights = parse_weights("distance:3,text:0.5", NAMED).ok().unwrap();
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
            assert!(parse_weights(list, NAMED).is_err(), "{list}");
        }
    }
}
