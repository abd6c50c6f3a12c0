//! The documents of a segment that the bitmaps of attributes leave of a filter, 64 at a time.
//!
//! Predicates over numbers, names and places have no bitmaps. They are evaluated for the candidates
//! that the others leave.

use super::predicate::Predicate;
use crate::control::search_budget::{BudgetExhausted, SearchBudget};
use crate::index::Segment;
use crate::schema::{Category, Tags};

/// The words of a bitmap that are combined with another in about the time of one step.
const WORDS_PER_STEP: usize = 128;

/// Whether a predicate is evaluated by bitmaps alone.
pub(super) fn has_bitmaps(predicate: &Predicate<'_>) -> bool {
    match predicate {
        Predicate::Category { .. }
        | Predicate::AllTags { .. }
        | Predicate::AnyTag { .. }
        | Predicate::Flag { .. } => true,
        Predicate::Not(part) => has_bitmaps(part),
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().all(has_bitmaps),
        Predicate::Ring(_)
        | Predicate::BoundingBox(_)
        | Predicate::Polygon(_)
        | Predicate::Number { .. }
        | Predicate::Overlaps { .. }
        | Predicate::Name { .. }
        | Predicate::Owner(_)
        | Predicate::Key(_)
        | Predicate::Free(_)
        | Predicate::AcceptsProbe(_)
        | Predicate::Available(_)
        | Predicate::WithoutPhrases(_) => false,
    }
}

/// The documents that satisfy all of some predicates as far as these have bitmaps, shown or not.
/// Bits beyond the last document may be set.
pub(super) fn candidates(
    predicates: &[Predicate<'_>],
    segment: &Segment,
    budget: &mut SearchBudget,
) -> Result<Vec<u64>, BudgetExhausted> {
    let mut bitmaps = SegmentBitmaps { segment, budget };
    let mut docs = bitmaps.all();
    for predicate in predicates
        .iter()
        .filter(|&predicate| has_bitmaps(predicate))
    {
        bitmaps.intersect(predicate, &mut docs)?;
    }
    Ok(docs)
}

/// The bitmaps of a segment, with the budget of the search that combines them.
struct SegmentBitmaps<'a> {
    segment: &'a Segment,
    budget: &'a mut SearchBudget,
}

impl<'a> SegmentBitmaps<'a> {
    fn all(&self) -> Vec<u64> {
        vec![u64::MAX; self.words()]
    }

    fn words(&self) -> usize {
        self.segment.columns.keys.len().div_ceil(64)
    }

    /// Clears the bits of documents that do not satisfy a predicate with bitmaps.
    fn intersect(
        &mut self,
        predicate: &Predicate<'_>,
        docs: &mut [u64],
    ) -> Result<(), BudgetExhausted> {
        match predicate {
            Predicate::AllTags { attribute, tags } => {
                for tag in tags_of(*tags) {
                    let bitmap = self.tag(*attribute, tag)?;
                    combine(docs, bitmap, |docs, tagged| docs & tagged);
                }
            }
            Predicate::AnyTag { attribute, tags } => {
                let mut any = vec![0; docs.len()];
                for tag in tags_of(*tags) {
                    let bitmap = self.tag(*attribute, tag)?;
                    combine(&mut any, bitmap, |any, tagged| any | tagged);
                }
                combine(docs, &any, |docs, any| docs & any);
            }
            Predicate::Category {
                attribute,
                accepted,
            } => {
                let mut any = vec![0; docs.len()];
                for category in (0..Category::NAMES_MAX).filter(|at| accepted >> at & 1 != 0) {
                    let bitmap = self.category(*attribute, category)?;
                    combine(&mut any, bitmap, |any, of_category| any | of_category);
                }
                combine(docs, &any, |docs, any| docs & any);
            }
            Predicate::Flag { attribute, is_set } => {
                let bitmap = self.flag(*attribute)?;
                let unset = if *is_set { 0 } else { u64::MAX };
                combine(docs, bitmap, |docs, flags| docs & (flags ^ unset));
            }
            Predicate::Not(part) => {
                let mut satisfied = self.all();
                self.intersect(part, &mut satisfied)?;
                combine(docs, &satisfied, |docs, satisfied| docs & !satisfied);
            }
            Predicate::All(parts) => {
                for part in parts {
                    self.intersect(part, docs)?;
                }
            }
            Predicate::Any(parts) => {
                let mut any = vec![0; docs.len()];
                for part in parts {
                    let mut satisfied = self.all();
                    self.intersect(part, &mut satisfied)?;
                    combine(&mut any, &satisfied, |any, satisfied| any | satisfied);
                }
                combine(docs, &any, |docs, any| docs & any);
            }
            // Without a bitmap every document remains a candidate.
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, attribute: usize, tag: usize) -> Result<&'a [u64], BudgetExhausted> {
        self.spend()?;
        let (columns, bitmaps) = (&self.segment.columns, &self.segment.bitmaps);
        bitmaps.tag(columns, attribute, tag, self.budget)
    }

    fn category(
        &mut self,
        attribute: usize,
        category: usize,
    ) -> Result<&'a [u64], BudgetExhausted> {
        self.spend()?;
        let (columns, bitmaps) = (&self.segment.columns, &self.segment.bitmaps);
        bitmaps.category(columns, attribute, category, self.budget)
    }

    fn flag(&mut self, attribute: usize) -> Result<&'a [u64], BudgetExhausted> {
        self.spend()?;
        let (columns, bitmaps) = (&self.segment.columns, &self.segment.bitmaps);
        bitmaps.flag(columns, attribute, self.budget)
    }

    /// Spends the steps of combining one bitmap with another.
    fn spend(&mut self) -> Result<(), BudgetExhausted> {
        let steps = 1 + self.words() / WORDS_PER_STEP;
        self.budget.spend(u32::try_from(steps).unwrap_or(u32::MAX))
    }
}

/// The indexes of some tags.
fn tags_of(tags: Tags) -> impl Iterator<Item = usize> {
    (0..Tags::NAMES_MAX).filter(move |&tag| tags.has(tag))
}

fn combine(docs: &mut [u64], others: &[u64], combined: impl Fn(u64, u64) -> u64) {
    for (docs, &others) in docs.iter_mut().zip(others) {
        *docs = combined(*docs, others);
    }
}
