//! Which nights of a document are taken?
//!
//! Nights are signals of a document, as others are of its owner: they live in memory, a change is
//! seen by the next search and costs no commit. Only documents that had a night taken have a row, of
//! one bit a night, and searches read it without a lock.
//!
//! Of nights long ago or far ahead nothing is kept. A row is a ring: night `n` has the bit `n` modulo
//! [`RING`]. Kept are the [`KEPT`] nights from the first day on, and asked for the [`ASKED`] first of
//! them. When the first day moves on, by at most [`STEP`] days at a time, the bits of nights that
//! ended at least so many days ago become those of the nights that come in at the far end. Nobody can
//! ask for these yet, so there is time to say which of them are taken.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::date::Date;
use super::stay::Stay;
use crate::document::Key;

/// The nights that are taken of a collection's documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedNights {
    /// The nights of which it is kept whether they are taken. Of others nothing is said.
    pub kept: Stay,
    /// Each document that has such a night taken, with its nights in order, none that could be one stay
    /// left apart.
    pub documents: Vec<(Key, Vec<Stay>)>,
}

/// Nights with a bit each in a row.
const RING: i32 = 512;
/// Nights of which it is kept whether they are taken.
const KEPT: i32 = RING - STEP;
/// Nights that a search can ask for.
const ASKED: i32 = KEPT - STEP;
/// The most days that the first day moves on at a time.
const STEP: i32 = 32;

const WORDS: usize = (RING / 64) as usize;

/// A set of nights by their places in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NightSet([u64; WORDS]);

/// A set of nights that changes while searches read it.
#[derive(Debug, Default)]
pub(crate) struct AtomicNightSet([AtomicU64; WORDS]);

/// The place of a document's nights in a [`NightTable`]; 0 is no place.
pub(crate) type NightSlot = u32;

/// The taken nights of one collection's documents. One writer and any number of readers at a time.
#[derive(Debug)]
pub(crate) struct NightTable {
    slots: Mutex<HashMap<Key, NightSlot>>,
    /// Each twice as long as the one before, so that no row ever moves.
    blocks: [OnceLock<Box<[AtomicNightSet]>>; BLOCKS],
    /// The first day, or [`NO_DAY`].
    first_day: AtomicI64,
}

const FIRST_BLOCK: u32 = 256;
/// Together they hold a row for each of 2^32 documents.
const BLOCKS: usize = 25;
const NO_DAY: i64 = i64::MIN;

impl NightSet {
    pub(crate) const NONE: NightSet = NightSet([0; WORDS]);
    pub(crate) const ALL: NightSet = NightSet([u64::MAX; WORDS]);

    fn of(days: Range<i32>) -> NightSet {
        let mut set = NightSet::NONE;
        for day in days {
            let (word, bit) = bit(day);
            set.0[word] |= bit;
        }
        set
    }

    fn has(&self, day: i32) -> bool {
        let (word, bit) = bit(day);
        self.0[word] & bit != 0
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == NightSet::NONE
    }

    pub(crate) fn with(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    pub(crate) fn without(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] & !other.0[at]))
    }

    pub(crate) fn shared_with(&self, other: &NightSet) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    /// Its nights of a window, which is no longer than the ring.
    fn stays_within(&self, window: &Stay) -> Vec<Stay> {
        let days = window.check_in().days()..window.check_out().days();
        let mut stays: Vec<Stay> = Vec::new();
        for night in days.filter(|&day| self.has(day)).map(Date::of_days) {
            let last = stays.pop_if(|last| last.check_out() == night);
            let check_in = last.map_or(night, |last| last.check_in());
            stays.extend(Stay::new(check_in, night.plus_days(1)));
        }
        stays
    }
}

impl AtomicNightSet {
    pub(crate) fn load(&self) -> NightSet {
        NightSet(std::array::from_fn(|at| self.0[at].load(Ordering::Acquire)))
    }

    pub(crate) fn store(&self, nights: &NightSet) {
        for (word, &nights) in self.0.iter().zip(&nights.0) {
            // Most words stay as they are, and a line that nobody writes is read faster.
            if word.load(Ordering::Relaxed) != nights {
                word.store(nights, Ordering::Release);
            }
        }
    }

    /// Whether any of these nights is in the set.
    pub(crate) fn meets(&self, nights: &NightSet) -> bool {
        let mut words = self.0.iter().zip(&nights.0);
        words.any(|(word, &nights)| nights != 0 && word.load(Ordering::Acquire) & nights != 0)
    }
}

impl NightTable {
    pub(crate) fn new() -> NightTable {
        NightTable {
            slots: Mutex::default(),
            blocks: [const { OnceLock::new() }; BLOCKS],
            first_day: AtomicI64::new(NO_DAY),
        }
    }

    /// The nights that a search can ask for; of others it is not known whether they are taken.
    pub(crate) fn asked(&self) -> Option<Stay> {
        self.window(ASKED)
    }

    /// Those of a stay's nights that a search can ask for.
    pub(crate) fn known(&self, stay: &Stay) -> NightSet {
        nights_of(std::slice::from_ref(stay), self.asked())
    }

    /// The nights of a stay that are kept.
    pub(crate) fn kept(&self, stays: &[Stay]) -> NightSet {
        nights_of(stays, self.window(KEPT))
    }

    /// The nights that are kept, and those of them that are taken.
    pub(crate) fn taken(&self) -> Option<BookedNights> {
        let kept = self.window(KEPT)?;
        let stays = |(&key, &slot): (&Key, &NightSlot)| {
            let stays = self.row(slot)?.load().stays_within(&kept);
            (!stays.is_empty()).then_some((key, stays))
        };
        let documents = self.lock().iter().filter_map(stays).collect();
        Some(BookedNights { kept, documents })
    }

    /// The next first day on the way to `first`, and the nights that come in with it.
    pub(crate) fn next_step(&self, first: Date) -> Option<(Date, Stay)> {
        let Some(kept) = self.window(KEPT) else {
            return Some((first, Stay::new(first, first.plus_days(KEPT)).ok()?));
        };
        let first = first.min(kept.check_in().plus_days(STEP));
        let coming = Stay::new(kept.check_out(), first.plus_days(KEPT)).ok()?;
        Some((first, coming))
    }

    /// Makes room for nights that come in, and lets them be asked for in due time.
    pub(crate) fn step(&self, first: Date, coming: &Stay) {
        let coming = NightSet::of(coming.check_in().days()..coming.check_out().days());
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&row.load().without(&coming));
        }
        self.first_day
            .store(i64::from(first.days()), Ordering::Release);
    }

    /// Forgets all nights, and from which day on they are kept.
    pub(crate) fn forget(&self) {
        self.first_day.store(NO_DAY, Ordering::Release);
        for row in self.blocks.iter().filter_map(OnceLock::get).flatten() {
            row.store(&NightSet::NONE);
        }
    }

    pub(crate) fn slot(&self, key: Key) -> Option<NightSlot> {
        self.lock().get(&key).copied()
    }

    /// The slots of all these keys, 0 for those without one; `None` if none has one.
    pub(crate) fn slots_of(&self, keys: &[u128]) -> Option<Vec<NightSlot>> {
        let slots = self.lock();
        if slots.is_empty() {
            return None;
        }
        let slot = |&key: &u128| slots.get(&Key::from_u128(key)).copied().unwrap_or(0);
        let slots: Vec<NightSlot> = keys.iter().map(slot).collect();
        slots.iter().any(|&slot| slot != 0).then_some(slots)
    }

    /// The slot of a key; a new one, with no night taken, for a key not seen before.
    pub(crate) fn slot_or_new(&self, key: Key) -> NightSlot {
        let mut slots = self.lock();
        let next = NightSlot::try_from(slots.len() + 1).unwrap_or(NightSlot::MAX);
        let slot = *slots.entry(key).or_insert(next);
        let (block, _) = place(slot);
        self.blocks[block].get_or_init(|| {
            let rows = 0..u64::from(FIRST_BLOCK) << block;
            rows.map(|_| AtomicNightSet::default()).collect()
        });
        slot
    }

    /// The nights that are taken of the document of a slot; `None` for slot 0.
    pub(crate) fn row(&self, slot: NightSlot) -> Option<&AtomicNightSet> {
        if slot == 0 {
            return None;
        }
        let (block, at) = place(slot);
        self.blocks[block].get()?.get(at)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A hash table keeps a byte beside each entry.
        let slots_bytes = self.lock().capacity() * (size_of::<(Key, NightSlot)>() + 1);
        let blocks = self.blocks.iter().filter_map(OnceLock::get);
        slots_bytes + blocks.map(|block| size_of_val(&block[..])).sum::<usize>()
    }

    fn window(&self, nights: i32) -> Option<Stay> {
        let first = self.first_day.load(Ordering::Acquire);
        let first = Date::of_days(i32::try_from(first).ok()?);
        Stay::new(first, first.plus_days(nights)).ok()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, NightSlot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nights_of(stays: &[Stay], window: Option<Stay>) -> NightSet {
    let Some(window) = window else {
        return NightSet::NONE;
    };
    let within = stays.iter().filter_map(|stay| stay.shared_with(&window));
    within.fold(NightSet::NONE, |set, stay| {
        set.with(&NightSet::of(
            stay.check_in().days()..stay.check_out().days(),
        ))
    })
}

/// The word of a night in the ring, and its bit there.
fn bit(day: i32) -> (usize, u64) {
    let at = day.rem_euclid(RING).unsigned_abs() as usize;
    (at / 64, 1 << (at % 64))
}

/// The block of a slot, and its place there.
fn place(slot: NightSlot) -> (usize, usize) {
    let at = u64::from(slot) + u64::from(FIRST_BLOCK);
    let block = at.ilog2() - FIRST_BLOCK.ilog2();
    (
        block as usize,
        (at - (u64::from(FIRST_BLOCK) << block)) as usize,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stay(from: i32, to: i32) -> Stay {
        Stay::new(Date::of_days(from), Date::of_days(to)).unwrap()
    }

    #[test]
    fn every_slot_has_a_row_of_its_own() {
        let table = NightTable::new();
        assert!(table.row(0).is_none());
        let mut places = std::collections::HashSet::new();
        for n in 1..3_000 {
            let slot = table.slot_or_new(Key::from_u128(n));
            assert_eq!(table.slot(Key::from_u128(n)), Some(slot));
            assert!(places.insert(place(slot)), "{slot}");
            let nights = NightSet::of(slot as i32..slot as i32 + 3);
            table.row(slot).unwrap().store(&nights);
        }
        for slot in 1..3_000 {
            let nights = NightSet::of(slot as i32..slot as i32 + 3);
            assert_eq!(table.row(slot).unwrap().load(), nights);
        }
        assert_eq!(place(NightSlot::MAX).0, BLOCKS - 1);
    }

    #[test]
    fn nights_outside_of_the_window_are_not_kept() {
        let table = NightTable::new();
        assert_eq!(table.kept(&[stay(0, 10)]), NightSet::NONE);
        let (first, coming) = table.next_step(Date::of_days(100)).unwrap();
        assert_eq!(coming, stay(100, 100 + KEPT));
        table.step(first, &coming);
        assert_eq!(table.asked(), Some(stay(100, 100 + ASKED)));
        assert_eq!(table.kept(&[stay(90, 101)]), NightSet::of(100..101));
        let far = 100 + KEPT;
        assert_eq!(
            table.kept(&[stay(far - 1, far + 5)]),
            NightSet::of(far - 1..far)
        );
        assert_eq!(table.known(&stay(100 + ASKED, far)), NightSet::NONE);
    }

    #[test]
    fn taken_nights_are_told_as_the_fewest_stays_and_of_the_window_only() {
        let table = NightTable::new();
        assert_eq!(table.taken(), None);
        let (first, coming) = table.next_step(Date::of_days(100)).unwrap();
        table.step(first, &coming);
        let keys: Vec<Key> = (1..=3).map(Key::from_u128).collect();
        let [meeting, apart, never] = [0, 1, 2].map(|at| table.slot_or_new(keys[at]));
        let store = |slot, stays: &[Stay]| table.row(slot).unwrap().store(&table.kept(stays));
        store(meeting, &[stay(90, 103), stay(103, 105)]);
        store(apart, &[stay(100, 101), stay(102, 103), stay(570, 900)]);
        store(never, &[stay(0, 100)]);
        let mut taken = table.taken().unwrap();
        taken.documents.sort();
        assert_eq!(taken.kept, stay(100, 100 + KEPT));
        let expected = [
            (keys[0], vec![stay(100, 105)]),
            (
                keys[1],
                vec![stay(100, 101), stay(102, 103), stay(570, 580)],
            ),
        ];
        assert_eq!(taken.documents, expected);
    }

    #[test]
    fn the_first_day_moves_on_in_steps_and_never_back() {
        let table = NightTable::new();
        let (first, coming) = table.next_step(Date::of_days(100)).unwrap();
        table.step(first, &coming);
        assert_eq!(table.next_step(Date::of_days(100)), None);
        assert_eq!(table.next_step(Date::of_days(20)), None);
        let row = table.row(table.slot_or_new(Key::from_u128(1))).unwrap();
        row.store(&NightSet::of(100..100 + KEPT));
        let mut steps = 0;
        while let Some((first, coming)) = table.next_step(Date::of_days(180)) {
            let asked = table.asked().unwrap();
            table.step(first, &coming);
            // What was asked for before is as it was, but for days that are over, and of what comes
            // in nothing is known yet.
            let still = table.known(&asked);
            assert_eq!(row.load().shared_with(&still), still);
            let coming = table.kept(&[coming]);
            assert!(!row.meets(&coming));
            row.store(&row.load().with(&coming));
            steps += 1;
        }
        assert_eq!((steps, table.asked()), (3, Some(stay(180, 180 + ASKED))));
    }
}
