//! What does a room's score go by?

use roost_engine::{Profile, Query, Tags, Words};
use utoipa::IntoParams;

use super::filters::{PRICE_MAX, PRICE_MIN};
use crate::app::App;
use crate::error::ApiError;
use crate::params::Params;
use crate::vocabulary::{self, Amenity};
use crate::{score, words};

#[derive(Debug)]
pub(crate) struct Wish {
    text: Option<Words>,
    preferred: Tags,
    budget: Option<f64>,
    profile: Profile,
}

#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it names the parameters for the OpenAPI document")]
pub(crate) struct WishParams {
    /// Words that the room's title, description, address, locality, city or amenities hold: `match`
    /// says how many. The last one may be the beginning of a word unless a space follows. `"In
    /// quotes"` words must stand as they are written, next to each other; a hyphen before a word or
    /// before quotes leaves out what holds that, and `q` may hold nothing else. Quotes that are not
    /// closed, and hyphens within words, mean nothing. Up to 32 words.
    #[param(max_length = 512, example = "quiet \"private room\" -shared")]
    q: Option<String>,
    /// Amenities that raise the score of a room that has them: a comma list, or repeated.
    #[param(inline, style = Form, explode = false, example = json!(["desk", "quiet"]))]
    prefer_amenities: Option<Vec<Amenity>>,
    /// What the student would pay for one night: a room at or below scores best on price. In a
    /// search `price_max` stands in for it.
    #[param(minimum = 0.01, maximum = 9999999999.99, example = 900)]
    budget: Option<f64>,
    /// What counts how much: `room`, `landlord`, or a profile of the service's configuration.
    #[param(default = "room", example = "room")]
    profile: Option<String>,
    /// The caller's own weights, 0 to 1000, in place of all of the profile's.
    #[param(example = "text:30,distance:40,review:10")]
    weights: Option<String>,
}

impl WishParams {
    pub(crate) const NAMES: &[&str] = &["q", "prefer_amenities", "budget", "profile", "weights"];
}

impl Wish {
    pub(crate) fn read(params: &Params, app: &App) -> Result<Wish, ApiError> {
        Ok(Wish {
            text: words::read(params, app)?,
            preferred: vocabulary::amenities(params, "prefer_amenities")?,
            budget: params.number("budget", PRICE_MIN..=PRICE_MAX)?,
            profile: score::read_profile(params, app.profiles())?,
        })
    }

    /// No words, and the profile of that name.
    pub(crate) fn nothing(profile: Profile) -> Wish {
        Wish {
            text: None,
            preferred: Tags::NONE,
            budget: None,
            profile,
        }
    }

    /// The query that goes by this and asks for nothing else yet.
    pub(crate) fn query(&self, now_s: i64) -> Query {
        Query {
            text: self.text.clone(),
            preferred_tags: self.preferred,
            budget: self.budget,
            ..Query::all(self.profile.clone(), now_s)
        }
    }
}
