//! Ranking: profiles of weights, and the match score that they give.

pub(crate) mod profile;
pub(crate) mod rating;
pub(crate) mod score;

pub use profile::{Component, DecayShape, Profile, ProfileError};
pub use score::{Explanation, ScorePart};
