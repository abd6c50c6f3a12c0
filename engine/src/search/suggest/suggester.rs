//! Suggests titles, localities and cities by name, and completions of the typed query.
//!
//! All kinds share one order:
//!
//! ```text
//! score = fit * (0.6 + 0.15 * share + 0.1 * size + 0.15 * near)
//! ```
//!
//! `fit` is the product of the terms' penalties, as in a search. `share` is the share of the name
//! that the query covers. `size` grows with the logarithm of the number of documents, and is 1 for
//! a title. `near` is 1 at the user's place and halves every 10 km; it is 0 if the place is
//! unknown, and for completions.

use std::collections::{BTreeSet, HashMap};

use super::completions::{Completion, completions};
use super::permitted_places::PermittedPlaces;
use super::suggestion::{SuggestQuery, Suggestion, SuggestionKind, Suggestions};
use crate::checkpoint::Position;
use crate::control::search_budget::SearchBudget;
use crate::document::Document;
use crate::geo::LatLng;
use crate::index::{NameMatch, NamedPlace, Snapshot, StoreError};
use crate::query::{Count, Filters, Query, Words};
use crate::schema::{Collection, FieldId};
use crate::search::answers;
use crate::search::collector::Total;
use crate::search::compiled::SearchContext;
use crate::search::results::Hit;
use crate::search::terms::TermQuery;
use crate::signals::SignalView;
use crate::text::analyze;

/// Documents beyond this number do not raise the score of a completion.
const DOCUMENTS_MAX: u64 = 1_000;

/// The titles to score, by the order of a search.
const TITLES_MAX: usize = 50;

const NEAR_HALF_DISTANCE_M: f64 = 10_000.0;

/// Makes suggestions from snapshots of two collections.
pub(crate) struct Suggester<'a> {
    /// Its places and words are suggested.
    pub(crate) searched: &'a Snapshot,
    /// Its titles are suggested.
    pub(crate) titled: &'a Snapshot,
    pub(crate) signals: SignalView,
    pub(crate) typed: &'a SuggestQuery,
}

/// The parts of a suggestion's score but its distance.
struct Closeness {
    fit: f64,
    share: f64,
    size: f64,
}

impl Suggester<'_> {
    pub(crate) fn suggest(&self) -> Result<Suggestions, StoreError> {
        let mut budget = SearchBudget::new(self.typed.deadline, self.typed.steps_max);
        let mut all = Vec::new();
        if self.typed.words.has_words() {
            if self.includes(SuggestionKind::Title) {
                all.extend(self.suggest_titles(&mut budget)?);
            }
            all.extend(self.suggest_places(&mut budget)?);
            if self.includes(SuggestionKind::Word) {
                all.extend(self.suggest_words(&all, &mut budget)?);
            }
        }
        all.sort_by(|a: &Suggestion, b| {
            let score = b.score.total_cmp(&a.score);
            score.then_with(|| (a.kind, &a.text, &a.city).cmp(&(b.kind, &b.text, &b.city)))
        });
        all.truncate(self.typed.limit);
        Ok(Suggestions {
            suggestions: all,
            is_partial: budget.is_exhausted(),
        })
    }

    fn includes(&self, kind: SuggestionKind) -> bool {
        self.typed.kinds.contains(&kind)
    }

    fn suggest_titles(&self, budget: &mut SearchBudget) -> Result<Vec<Suggestion>, StoreError> {
        let query = Query {
            text: Some(self.typed.words.clone()),
            center: self.typed.near,
            limit: TITLES_MAX,
            count: Count::None,
            ..Query::all(self.typed.titled_profile.clone(), self.typed.now_s)
        };
        let position = Position::default();
        let terms = TermQuery::look_up(&self.typed.words, self.titled, None, budget)?;
        let Some(terms) = terms else {
            return Ok(Vec::new());
        };
        let expansions = terms.expansions().map(|(_, expansions)| {
            let expansions = expansions.iter();
            expansions
                .map(|it| (it.text.as_str(), it.penalty))
                .collect()
        });
        let expansions: Vec<HashMap<&str, f64>> = expansions.collect();
        let collection = self.titled.collection;
        let city = collection.place_names().map(|names| names.city);
        let read = |hit: Hit<&str>| {
            let document = &hit.document;
            let text = |field: Option<FieldId>| field.map_or("", |field| document.text(field));
            let closeness = Closeness::of_document(document, collection, &expansions);
            let (kind, title) = (SuggestionKind::Title, text(collection.title()));
            Suggestion {
                key: Some(document.key),
                ..self.at_place(kind, title, text(city), document.place, &closeness)
            }
        };
        let context = SearchContext::without_probes(self.signals.clone());
        let page = answers::search(self.titled, context, &query, position, budget, read)?;
        Ok(page.hits)
    }

    fn suggest_places(&self, budget: &mut SearchBudget) -> Result<Vec<Suggestion>, StoreError> {
        // The first search for places of a commit sums them up.
        let steps = self.searched.steps_to_places();
        if budget
            .spend(u32::try_from(steps).unwrap_or(u32::MAX))
            .is_err()
        {
            return Ok(Vec::new());
        }
        let places = self.searched.places();
        let mut found = places.look_up(&self.typed.words, budget);
        found.retain(|(place, _)| self.includes(kind_of(place)));
        if self.typed.restriction.is_none() {
            let found = found.iter();
            return Ok(found.map(|(place, it)| self.named(place, *it)).collect());
        }
        let permitted = PermittedPlaces::among(
            &found,
            self.all_permitted(),
            (self.searched, self.signals.clone()),
            budget,
        )?;
        let found = found.into_iter();
        let permitted = found.filter_map(|(place, it)| Some((permitted.get(place)?, it)));
        Ok(permitted
            .map(|(place, it)| self.named(&place, it))
            .collect())
    }

    /// A place whose name matches.
    fn named(&self, place: &NamedPlace, found: NameMatch) -> Suggestion {
        let NamedPlace { locality, city, .. } = place;
        let kind = kind_of(place);
        let (name, city) = match kind {
            SuggestionKind::City => (city, ""),
            _ => (locality, city.as_str()),
        };
        let NameMatch { fit, share, .. } = found;
        let size = size(place.documents, self.searched.statistics.documents);
        let closeness = Closeness { fit, share, size };
        Suggestion {
            documents: Some(Total {
                value: place.documents,
                is_exact: true,
            }),
            ..self.at_place(kind, name, city, place.center, &closeness)
        }
    }

    /// Completions of the typed query, but for those that are the name of another suggestion.
    fn suggest_words(
        &self,
        named: &[Suggestion],
        budget: &mut SearchBudget,
    ) -> Result<Vec<Suggestion>, StoreError> {
        let named: BTreeSet<String> = named.iter().map(|named| folded(&named.text)).collect();
        let terms = TermQuery::look_up(&self.typed.words, self.searched, None, budget)?;
        let Some(terms) = terms else {
            return Ok(Vec::new());
        };
        let completions = completions(&terms).into_iter();
        let mut suggestions = Vec::new();
        for Completion { text, fit } in completions.filter(|one| !named.contains(&one.text)) {
            if suggestions.len() == self.typed.limit || budget.is_exhausted() {
                break;
            }
            let documents = self.count(&text, budget)?;
            let is_restricted = self.typed.restriction.is_some();
            if documents.map_or(is_restricted, |documents| documents.value == 0) {
                continue;
            }
            let counted = documents.map_or(1, |documents| documents.value);
            let size = size(counted, DOCUMENTS_MAX);
            let share = 1.0;
            suggestions.push(Suggestion {
                kind: SuggestionKind::Word,
                text,
                city: None,
                key: None,
                place: None,
                distance_m: None,
                documents,
                score: score(&Closeness { fit, share, size }, None),
            });
        }
        Ok(suggestions)
    }

    /// The number of documents that contain all words of a completion.
    fn count(&self, text: &str, budget: &mut SearchBudget) -> Result<Option<Total>, StoreError> {
        let query = Query {
            text: Words::new(text).ok(),
            limit: 0,
            count: Count::UpTo(DOCUMENTS_MAX),
            ..self.all_permitted()
        };
        let context = SearchContext::without_probes(self.signals.clone());
        answers::count(self.searched, context, &query, budget)
    }

    /// All documents that the caller may know of.
    fn all_permitted(&self) -> Query {
        Query {
            filters: Filters {
                restriction: self.typed.restriction.clone(),
                ..Filters::default()
            },
            // Counting does not depend on the profile.
            ..Query::all(self.typed.titled_profile.clone(), self.typed.now_s)
        }
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
            key: None,
            place: Some(place),
            distance_m,
            documents: None,
            score: score(closeness, distance_m),
        }
    }
}

impl Closeness {
    /// The closeness of a document that matches all terms, given their expansions with penalties.
    /// Its names are the texts of the highest weight.
    fn of_document(
        document: &Document<&str>,
        collection: Collection,
        expansions: &[HashMap<&str, f64>],
    ) -> Closeness {
        let mut best = vec![0.0_f64; expansions.len()];
        let mut share = 0.0_f64;
        let weight_max = collection.weight_max();
        let fields = collection
            .fields_by_id()
            .filter(|(_, field)| field.weight() > 0);
        let texts = fields.flat_map(|(id, field)| {
            let is_name = field.weight() == weight_max;
            document.texts(id).map(move |text| (text, is_name))
        });
        for (text, is_name) in texts {
            let (mut covered, mut all) = (0.0, 0.0);
            for word in analyze::words(text) {
                let penalties = expansions.iter().map(|terms| terms.get(word.as_str()));
                let mut is_covered = false;
                for (best, penalty) in best.iter_mut().zip(penalties) {
                    *best = best.max(penalty.copied().unwrap_or(0.0));
                    is_covered |= penalty.is_some();
                }
                all += 1.0;
                covered += f64::from(u8::from(is_covered));
            }
            if is_name && covered > 0.0 {
                share = share.max(covered / all);
            }
        }
        Closeness {
            fit: best.iter().product(),
            share,
            size: 1.0,
        }
    }
}

fn kind_of(place: &NamedPlace) -> SuggestionKind {
    match place.locality.is_empty() {
        true => SuggestionKind::City,
        false => SuggestionKind::Locality,
    }
}

fn score(closeness: &Closeness, distance_m: Option<f64>) -> f64 {
    let near = distance_m.map_or(0.0, |metres| (-metres / NEAR_HALF_DISTANCE_M).exp2());
    closeness.fit * (0.6 + 0.15 * closeness.share + 0.1 * closeness.size + 0.15 * near)
}

/// The logarithmic share of `documents` in `all`, 0 to 1.
fn size(documents: u64, all: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "document counts are far below 2^52"
    )]
    let (documents, all) = (documents as f64, all.max(1) as f64);
    ((1.0 + documents).ln() / (1.0 + all).ln()).min(1.0)
}

fn folded(text: &str) -> String {
    analyze::words(text).collect::<Vec<_>>().join(" ")
}
