//! Which leaves are worth a look where no place tells them apart?
//!
//! Without a place nearly every branch of the tree has a leaf that is, so the nodes above leaves save
//! little. Here they are left out: for each leaf there is a byte of each word and one of its
//! documents' signals, and a table tells the points that a byte stands for.

use std::sync::Arc;

use super::filter::Relation;
use super::text::Matches;
use super::{Search, Source};
use crate::index::{SegmentView, StaticBounds, WordBounds};
use crate::profile::Component;

/// What each leaf of a segment scores at most.
struct Leaves<'a> {
    rest: f64,
    /// A leaf whose words say less has no match, and none without any of them; `None` if words are
    /// required.
    least_said: Option<f64>,
    /// Each with how much it says.
    words: Vec<(Arc<WordBounds>, f64, Table)>,
    statics: (&'a StaticBounds, Table),
}

/// The points that a byte stands for.
type Table = Box<[f64; 256]>;

/// Bounds of so many leaves are computed together: word by word, along the bytes of each.
const LEAVES_AT_ONCE: usize = if cfg!(test) { 5 } else { 256 };

/// Whether the words and signals of a segment have bounds.
pub(super) fn applies(source: &Source<'_>) -> bool {
    source.matches.is_some() && source.statics.is_some()
}

/// Visits all leaves but those that were visited before, which are told by source and node.
pub(super) fn run(search: &mut Search<'_>, sources: &mut [Source<'_>], before: &[(u32, u32)]) {
    for (at, source) in (0..).zip(sources) {
        let before = before.iter().filter(|(source, _)| *source == at);
        let before: Vec<u32> = before.map(|&(_, leaf)| leaf).collect();
        if visit(search, source, &before) {
            return;
        }
    }
}

/// `true` if there is no time to go on.
fn visit(search: &mut Search<'_>, source: &mut Source<'_>, before: &[u32]) -> bool {
    let view = &search.snapshot.segments[source.segment as usize];
    let tree = &view.segment.tree;
    let Source {
        segment,
        matches: Some(matches),
        statics: Some(statics),
    } = source
    else {
        return false;
    };
    let leaves = Leaves::of(search, view, matches, statics);
    let mut bounds = [0.0; LEAVES_AT_ONCE];
    let numbers = (0..).step_by(LEAVES_AT_ONCE);
    for (first_number, together) in numbers.zip(tree.leaves().chunks(LEAVES_AT_ONCE)) {
        if search.effort.visit_nodes(together.len()) {
            return true;
        }
        let bounds = &mut bounds[..together.len()];
        leaves.bounds(first_number, bounds);
        let mut least = search.top.least().unwrap_or(f64::NEG_INFINITY);
        for ((number, &leaf), bound) in (first_number..).zip(together).zip(bounds) {
            if *bound < least || before.contains(&leaf) {
                continue;
            }
            let docs = tree.node(leaf).docs.clone();
            let missing = least - leaves.but_statics(number);
            let reach = search.judge.reach_of_statics(statics, missing);
            let Some(first) = reach.first(&view.segment.columns, docs.clone()) else {
                continue;
            };
            if search.judge.filter().relation(tree, leaf) != Relation::Outside {
                matches.jump(number, first);
                search.offer_matches(view, *segment, matches, first..docs.end, reach);
                least = search.top.least().unwrap_or(f64::NEG_INFINITY);
            }
        }
    }
    false
}

impl Leaves<'_> {
    fn of<'a>(
        search: &Search<'_>,
        view: &SegmentView,
        matches: &Matches<'_>,
        statics: &'a StaticBounds,
    ) -> Leaves<'a> {
        let judge = search.judge;
        let table = |points: &dyn Fn(u8) -> f64| -> Table {
            let mut table = Box::new([0.0; 256]);
            for (byte, value) in (0..=u8::MAX).zip(table.iter_mut()) {
                // Sums in another order differ in their last bits.
                *value = points(byte) + 1e-9;
            }
            table
        };
        let points = judge.scorer().points(Component::Text);
        let words = matches.bounds().map(|word| {
            // A leaf without the word has no match.
            let none = |byte| (byte == 0 && word.is_required).then_some(f64::NEG_INFINITY);
            let most = |byte| points * word.share * matches.most_of(word.bounds, byte);
            let table = table(&|byte| none(byte).unwrap_or_else(|| most(byte)));
            (Arc::clone(word.bounds), word.idf, table)
        });
        Leaves {
            least_said: matches.least_said(),
            rest: judge.most_of_the_rest(&view.segment.tree, 0, statics),
            words: words.collect(),
            statics: (statics, table(&|step| judge.points_of_step(statics, step))),
        }
    }

    /// At least the match score of every document of some leaves, from the one of that number on.
    fn bounds(&self, first: u32, bounds: &mut [f64]) {
        let (statics, table) = &self.statics;
        for (bound, step) in bounds.iter_mut().zip(statics.steps_of_leaves(first)) {
            *bound = self.rest + table[usize::from(step)];
        }
        for (word, _, table) in &self.words {
            for (bound, &byte) in bounds.iter_mut().zip(word.bytes_of_leaves(first)) {
                *bound += table[usize::from(byte)];
            }
        }
        let Some(least) = self.least_said else {
            return;
        };
        let mut said = [0.0; LEAVES_AT_ONCE];
        for (word, idf, _) in &self.words {
            for (said, &byte) in said.iter_mut().zip(word.bytes_of_leaves(first)) {
                *said += if byte > 0 { *idf } else { 0.0 };
            }
        }
        for (bound, said) in bounds.iter_mut().zip(said) {
            if said <= 0.0 || said < least {
                *bound = f64::NEG_INFINITY;
            }
        }
    }

    fn but_statics(&self, number: u32) -> f64 {
        let words = self.words.iter();
        let points =
            words.map(|(bounds, _, table)| table[usize::from(bounds.byte_of_leaf(number))]);
        self.rest + points.sum::<f64>()
    }
}
