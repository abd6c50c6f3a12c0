//! What may somebody be about to ask for?
//!
//! Venues, localities and cities by name, and words that complete what was typed, all in one order:
//!
//! ```text
//! score = fit * (0.6 + 0.15 * share + 0.1 * size + 0.15 * near)
//! ```
//!
//! `fit` is what the penalties of the words leave, as in a search. `share` is how much of the name was
//! asked for. `size` grows with the logarithm of the rooms behind it, and is 1 for a venue. `near` is 1
//! at the asker's place and halves every 10 km; it is 0 where the place is not known, and for words.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use super::answer::{Hit, Total};
use super::text::{Completion, Text};
use crate::checkpoint::Position;
use crate::document::{Document, Key};
use crate::geo::LatLng;
use crate::index::{NameMatch, NamedPlace, Snapshot, StoreError};
use crate::profile::Profile;
use crate::query::{Count, Query, Words};
use crate::signals::SignalView;
use crate::text::analyze;

/// What was typed, and what may be suggested.
#[derive(Clone, Debug)]
pub struct SuggestQuery {
    /// The last word is a beginning.
    pub words: Words,
    /// Where the asker is, if that is known.
    pub near: Option<LatLng>,
    /// What may be suggested.
    pub kinds: Vec<SuggestionKind>,
    /// How many suggestions at most.
    pub limit: usize,
    /// The moment at which owners' activity is judged, in seconds since 1970.
    pub now_s: i64,
    /// When to stop counting, and to answer with what is there.
    pub deadline: Option<Instant>,
}

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuggestionKind {
    /// A document of the collection of venues.
    Venue,
    /// A part of a town where there are rooms.
    Locality,
    /// A town where there are rooms.
    City,
    /// Words that rooms hold.
    Word,
}

/// Something that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// What it is.
    pub kind: SuggestionKind,
    /// Its name, or the words.
    pub text: String,
    /// The city that a venue or a locality is in.
    pub city: Option<String>,
    /// Which venue.
    pub venue: Option<Key>,
    /// Where it is; of a locality or a city the middle of its rooms.
    pub place: Option<LatLng>,
    /// How far that is from the asker, in metres.
    pub distance_m: Option<f64>,
    /// How many rooms are behind it: of a locality or a city all that are listed.
    pub rooms: Option<Total>,
    /// How well it fits, 0 to 1.
    pub score: f64,
}

/// More rooms than this say nothing more.
const COUNTED_MAX: u64 = 1_000;

/// Of venues the search's own order decides which are looked at.
const VENUES_LOOKED_AT: usize = 50;

const NEAR_HALVES_M: f64 = 10_000.0;

/// What the parts of the score go by.
struct Closeness {
    fit: f64,
    share: f64,
    size: f64,
}

/// The rooms, the venues, and what they are asked with.
pub(crate) struct Suggester<'a> {
    pub(crate) rooms: &'a Snapshot,
    pub(crate) venues: &'a Snapshot,
    pub(crate) signals: SignalView,
    pub(crate) typed: &'a SuggestQuery,
}

impl SuggestionKind {
    /// Every kind; of equals the first comes first.
    pub const ALL: [SuggestionKind; 4] = [
        SuggestionKind::Venue,
        SuggestionKind::Locality,
        SuggestionKind::City,
        SuggestionKind::Word,
    ];

    /// The name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            SuggestionKind::Venue => "venue",
            SuggestionKind::Locality => "locality",
            SuggestionKind::City => "city",
            SuggestionKind::Word => "word",
        }
    }
}

impl Suggester<'_> {
    /// The best first.
    pub(crate) fn suggest(&self) -> Result<Vec<Suggestion>, StoreError> {
        let mut all = Vec::new();
        if !self.typed.words.has_words() {
            return Ok(all);
        }
        if self.wants(SuggestionKind::Venue) {
            all.extend(self.suggest_venues()?);
        }
        all.extend(self.suggest_places());
        if self.wants(SuggestionKind::Word) {
            all.extend(self.suggest_words(&all)?);
        }
        all.sort_by(|a: &Suggestion, b| {
            let score = b.score.total_cmp(&a.score);
            score.then_with(|| (a.kind, &a.text, &a.city).cmp(&(b.kind, &b.text, &b.city)))
        });
        all.truncate(self.typed.limit);
        Ok(all)
    }

    fn wants(&self, kind: SuggestionKind) -> bool {
        self.typed.kinds.contains(&kind)
    }

    fn suggest_venues(&self) -> Result<Vec<Suggestion>, StoreError> {
        let query = Query {
            text: Some(self.typed.words.clone()),
            center: self.typed.near,
            limit: VENUES_LOOKED_AT,
            count: Count::None,
            deadline: self.typed.deadline,
            ..Query::all(Profile::venue(), self.typed.now_s)
        };
        let position = Position::default();
        let text = Text::look_up(&self.typed.words, self.venues, None)?;
        let meanings: Vec<HashMap<&str, f64>> = text.meanings().map(Iterator::collect).collect();
        let read = |hit: Hit<&str>| {
            let venue = &hit.document;
            let closeness = Closeness::of_venue(venue, &meanings);
            let kind = SuggestionKind::Venue;
            Suggestion {
                venue: Some(venue.key),
                ..self.at_place(kind, venue.title, venue.city, venue.place, &closeness)
            }
        };
        let page = super::search(self.venues, self.signals.clone(), &query, position, read)?;
        Ok(page.hits)
    }

    fn suggest_places(&self) -> Vec<Suggestion> {
        let places = self.rooms.places();
        let size = |documents| size(documents, self.rooms.statistics.documents);
        let found = places.look_up(&self.typed.words).into_iter();
        let suggestions = found.filter_map(|(place, NameMatch { fit, share, .. })| {
            let NamedPlace { locality, city, .. } = place;
            let (kind, name, city) = match locality.is_empty() {
                true => (SuggestionKind::City, city, ""),
                false => (SuggestionKind::Locality, locality, city.as_str()),
            };
            let size = size(place.documents);
            let closeness = Closeness { fit, share, size };
            self.wants(kind).then(|| Suggestion {
                rooms: Some(Total {
                    value: place.documents,
                    is_exact: true,
                }),
                ..self.at_place(kind, name, city, place.center, &closeness)
            })
        });
        suggestions.collect()
    }

    /// What was typed with its last word completed, unless that is the name of something suggested.
    fn suggest_words(&self, named: &[Suggestion]) -> Result<Vec<Suggestion>, StoreError> {
        let named: BTreeSet<String> = named.iter().map(|named| folded(&named.text)).collect();
        let text = Text::look_up(&self.typed.words, self.rooms, None)?;
        let completions = text.completions().into_iter();
        let mut suggestions = Vec::new();
        for Completion { text, fit } in completions.filter(|one| !named.contains(&one.text)) {
            if suggestions.len() == self.typed.limit || self.is_over() {
                break;
            }
            let rooms = self.count(&text)?;
            if rooms.is_some_and(|rooms| rooms.value == 0) {
                continue;
            }
            let size = size(rooms.map_or(1, |rooms| rooms.value), COUNTED_MAX);
            let share = 1.0;
            suggestions.push(Suggestion {
                kind: SuggestionKind::Word,
                text,
                city: None,
                venue: None,
                place: None,
                distance_m: None,
                rooms,
                score: score(&Closeness { fit, share, size }, None),
            });
        }
        Ok(suggestions)
    }

    /// How many rooms hold the words as they are.
    fn count(&self, text: &str) -> Result<Option<Total>, StoreError> {
        let query = Query {
            text: Words::new(text).ok(),
            limit: 0,
            count: Count::UpTo(COUNTED_MAX),
            deadline: self.typed.deadline,
            ..Query::all(Profile::room(), self.typed.now_s)
        };
        super::count(self.rooms, self.signals.clone(), &query)
    }

    fn is_over(&self) -> bool {
        self.typed
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn at_place(
        &self,
        kind: SuggestionKind,
        text: &str,
        city: &str,
        place: LatLng,
        closeness: &Closeness,
    ) -> Suggestion {
        let distance_m = self.typed.near.map(|near| near.distance_m(place));
        Suggestion {
            kind,
            text: text.to_owned(),
            city: Some(city.to_owned()).filter(|city| !city.is_empty()),
            venue: None,
            place: Some(place),
            distance_m,
            rooms: None,
            score: score(closeness, distance_m),
        }
    }
}

impl Closeness {
    /// Of a venue that holds what each of the words stands for.
    fn of_venue(venue: &Document<&str>, meanings: &[HashMap<&str, f64>]) -> Closeness {
        let mut best = vec![0.0_f64; meanings.len()];
        let mut share = 0.0_f64;
        let names = std::iter::once(&venue.title).chain(&venue.aliases);
        let others = [
            &venue.city,
            &venue.address,
            &venue.locality,
            &venue.description,
        ];
        let texts = names.map(|name| (name, true));
        for (text, is_name) in texts.chain(others.map(|other| (other, false))) {
            let (mut asked, mut all) = (0.0, 0.0);
            for word in analyze::words(text) {
                let penalties = meanings.iter().map(|terms| terms.get(word.as_str()));
                let mut is_asked = false;
                for (best, penalty) in best.iter_mut().zip(penalties) {
                    *best = best.max(penalty.copied().unwrap_or(0.0));
                    is_asked |= penalty.is_some();
                }
                all += 1.0;
                asked += f64::from(u8::from(is_asked));
            }
            if is_name && asked > 0.0 {
                share = share.max(asked / all);
            }
        }
        Closeness {
            fit: best.iter().product(),
            share,
            size: 1.0,
        }
    }
}

fn score(closeness: &Closeness, distance_m: Option<f64>) -> f64 {
    let near = distance_m.map_or(0.0, |metres| (-metres / NEAR_HALVES_M).exp2());
    closeness.fit * (0.6 + 0.15 * closeness.share + 0.1 * closeness.size + 0.15 * near)
}

/// Of so many among all, 0 to 1.
fn size(documents: u64, all: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let (documents, all) = (documents as f64, all.max(1) as f64);
    ((1.0 + documents).ln() / (1.0 + all).ln()).min(1.0)
}

fn folded(text: &str) -> String {
    analyze::words(text).collect::<Vec<_>>().join(" ")
}
