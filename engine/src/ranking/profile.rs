//! Profiles: named sets of score weights and a decay function of distance.

use serde::{Deserialize, Serialize};

/// A component of the match score, in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// BM25 of the query terms, over the largest that they can reach.
    Text,
    /// Decay of the distance to the query's center.
    Distance,
    /// The free share of the owner's capacity.
    Capacity,
    /// How recently the owner was active.
    Activity,
    /// How often the owner accepts requests, and how fast the owner responds.
    Performance,
    /// The share of the preferred tags that the document has.
    Tags,
    /// The mean rating, smoothed by the number of ratings.
    Rating,
    /// How well a number fits the budget of the query.
    Budget,
    /// A discount for a number of the document, such as how often it was offered: `1 / (1 + n)`.
    Exposure,
}

impl Component {
    /// Every component, in the order in which explanations list them.
    pub const ALL: [Component; 9] = [
        Component::Text,
        Component::Distance,
        Component::Capacity,
        Component::Activity,
        Component::Performance,
        Component::Tags,
        Component::Rating,
        Component::Budget,
        Component::Exposure,
    ];

    /// The name, unless a schema names it otherwise.
    pub fn name(self) -> &'static str {
        match self {
            Component::Text => "text",
            Component::Distance => "distance",
            Component::Capacity => "capacity",
            Component::Activity => "activity",
            Component::Performance => "performance",
            Component::Tags => "tags",
            Component::Rating => "rating",
            Component::Budget => "budget",
            Component::Exposure => "exposure",
        }
    }
}

/// How the distance component falls from 1 at the center to 0 far away, where `d` is the distance
/// and `half` the half-distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecayShape {
    /// `2^-(d / half)`.
    Exponential,
    /// `2^-(d / half)^2`.
    Gauss,
    /// `1 - d / (2 half)`.
    Linear,
}

/// A named set of weights. All values are validated when they are set.
///
/// ```
/// use roost_engine::{Component, DecayShape, Profile};
/// let near = Profile::new("near", 0.0, DecayShape::Exponential, 500.0)?;
/// let near = near.with_weight(Component::Distance, 80.0)?;
/// assert_eq!(near.weight(Component::Distance), 80.0);
/// assert_eq!(near.decay(1_000.0), 0.25);
/// # Ok::<(), roost_engine::ProfileError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    name: String,
    base: f64,
    weights: [f64; Component::ALL.len()],
    decay: DecayShape,
    half_distance_m: f64,
}

/// Why a profile is invalid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// The base is outside the range of scores.
    #[error("base {0} is not within 0 to 100")]
    Base(f64),
    /// A weight is negative, not a number or too large.
    #[error("weight {1} of {name} is not within 0 to 1000", name = .0.name())]
    Weight(Component, f64),
    /// The half-distance is not a distance on Earth.
    #[error("half_distance_m {0} is not within 1 to 1000000")]
    HalfDistance(f64),
}

impl Profile {
    /// A profile without weights: all scores equal `base` until weights are set.
    ///
    /// # Errors
    /// If the base is not within 0 to 100 or the half-distance not within 1 to 1,000,000 m.
    pub fn new(
        name: &str,
        base: f64,
        decay: DecayShape,
        half_distance_m: f64,
    ) -> Result<Profile, ProfileError> {
        if !(0.0..=100.0).contains(&base) {
            return Err(ProfileError::Base(base));
        }
        if !(1.0..=1_000_000.0).contains(&half_distance_m) {
            return Err(ProfileError::HalfDistance(half_distance_m));
        }
        Ok(Profile {
            name: name.to_owned(),
            base,
            weights: [0.0; Component::ALL.len()],
            decay,
            half_distance_m,
        })
    }

    /// Sets the weight of a component.
    ///
    /// # Errors
    /// If the weight is not within 0 to 1000.
    pub fn with_weight(
        mut self,
        component: Component,
        weight: f64,
    ) -> Result<Profile, ProfileError> {
        if !(0.0..=1000.0).contains(&weight) {
            return Err(ProfileError::Weight(component, weight));
        }
        self.weights[component as usize] = weight;
        Ok(self)
    }

    /// The name that requests use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The score of a document whose components are all 0.
    pub fn base(&self) -> f64 {
        self.base
    }

    /// The weight of a component, relative to the other components that apply to a query.
    pub fn weight(&self, component: Component) -> f64 {
        self.weights[component as usize]
    }

    /// How the distance component falls with distance.
    pub fn decay_shape(&self) -> DecayShape {
        self.decay
    }

    /// The distance in metres at which the distance component is 1/2.
    pub fn half_distance_m(&self) -> f64 {
        self.half_distance_m
    }

    /// The distance component at a distance in metres. It is 0 from 40 half-distances on, where an
    /// exponential decay is below 1e-12, so that far places cost no exponential function.
    pub fn decay(&self, distance_m: f64) -> f64 {
        let halves = distance_m / self.half_distance_m;
        if halves >= 40.0 {
            return 0.0;
        }
        match self.decay {
            DecayShape::Exponential => (-halves).exp2(),
            DecayShape::Gauss => (-halves * halves).exp2(),
            DecayShape::Linear => (1.0 - halves / 2.0).max(0.0),
        }
    }

    /// An upper bound of the distance component from a distance on, in a fraction of the time that
    /// the exact one takes.
    #[inline]
    pub(crate) fn decay_max(&self, distance_min_m: f64) -> f64 {
        let halves = distance_min_m / self.half_distance_m;
        if halves >= 40.0 {
            return 0.0;
        }
        match self.decay {
            DecayShape::Exponential => exp2_max(-halves),
            DecayShape::Gauss => exp2_max(-halves * halves),
            DecayShape::Linear => (1.0 - halves / 2.0).max(0.0),
        }
    }

    /// The inverse of [`Profile::decay`]: the distance in metres beyond which the distance
    /// component is below `decay`, which must be above 0.
    pub(crate) fn distance_of_decay(&self, decay: f64) -> f64 {
        if decay >= 1.0 {
            return 0.0;
        }
        let halves = match self.decay {
            DecayShape::Exponential => -decay.log2(),
            DecayShape::Gauss => (-decay.log2()).sqrt(),
            DecayShape::Linear => 2.0 * (1.0 - decay),
        };
        halves * self.half_distance_m
    }
}

/// An upper bound of `2^x` for `x` up to 0: at most `1e-8` of it above, or at most `1e-300`.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the exponent is cut off its fraction"
)]
fn exp2_max(x: f64) -> f64 {
    /// The polynomial that equals `2^x` at seven Chebyshev nodes between -1 and 0, from the highest
    /// power on. It is wrong by at most `2.6e-9` of the value.
    const POLYNOMIAL: [f64; 7] = [
        0.000_109_328_924_119_316_59,
        0.001_275_540_135_886_948,
        0.009_579_859_973_425_999,
        0.055_490_932_115_257_82,
        0.240_224_331_208_526_32,
        0.693_147_045_209_690_6,
        0.999_999_998_620_136_4,
    ];
    const MARGIN: f64 = 1.0 + 4e-9;
    if x < -1_000.0 {
        return 1e-300;
    }
    let whole = x as i32;
    let part = x - f64::from(whole);
    let power = POLYNOMIAL.iter().fold(0.0, |sum, term| sum * part + term);
    let exponent = u64::from((whole + 1_023).unsigned_abs()) << 52;
    f64::from_bits(exponent) * power * MARGIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_of_powers_are_tight_and_not_below_them(x in -1_000.0..=0.0_f64) {
            let (bound, exact) = (exp2_max(x), x.exp2());
            prop_assert!(exact <= bound && bound <= exact * (1.0 + 1e-8), "{exact} {bound}");
        }

        #[test]
        fn no_distance_component_is_above_its_bound(
            distance_m in 0.0..1e6_f64,
            half_distance_m in 1.0..1e6_f64,
        ) {
            for shape in [DecayShape::Exponential, DecayShape::Gauss, DecayShape::Linear] {
                let profile = Profile::new("test", 0.0, shape, half_distance_m).unwrap();
                let (bound, exact) = (profile.decay_max(distance_m), profile.decay(distance_m));
                prop_assert!(exact <= bound, "{shape:?} {exact} {bound}");
            }
        }
    }

    #[test]
    fn powers_of_whole_numbers_have_bounds_too() {
        for x in [0.0_f64, -0.0, -1.0, -39.0, -1_000.0, -1_000.5, -1e9] {
            assert!(
                (x.exp2()..=x.exp2() * (1.0 + 1e-8) + 1e-300).contains(&exp2_max(x)),
                "{x}"
            );
        }
    }
}
