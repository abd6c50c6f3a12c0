//! Numbers of documents, such as how often one was offered.

use std::sync::atomic::{AtomicU64, Ordering};

use super::signal::{AtomicCell, Signal};
use crate::schema::Key;

/// A change of a number of a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberChange {
    /// The document, which need not exist yet.
    pub key: Key,
    /// The number from now on: finite, and at least 0.
    pub value: f64,
}

/// The signal of a number of at least 0. A node knows the lowest number below it.
#[derive(Debug)]
pub(crate) struct Numbers;

/// A number, as its bits.
#[derive(Debug)]
pub(crate) struct AtomicNumber(AtomicU64);

impl Signal for Numbers {
    type Value = f64;
    type Cell = AtomicNumber;
    type Bounds = f64;
    type BoundsCell = AtomicNumber;

    const OF_NONE: f64 = f64::INFINITY;
    const OF_ANY: f64 = 0.0;

    fn bounds(value: &f64) -> f64 {
        *value
    }

    fn merge(a: &f64, b: &f64) -> f64 {
        a.min(*b)
    }
}

impl AtomicCell<f64> for AtomicNumber {
    fn new(value: &f64) -> AtomicNumber {
        AtomicNumber(AtomicU64::new(value.to_bits()))
    }

    #[inline]
    fn load(&self) -> f64 {
        f64::from_bits(self.0.load(Ordering::Acquire))
    }

    fn store(&self, value: &f64) {
        self.0.store(value.to_bits(), Ordering::Release);
    }
}
