//! The index in H3 order, and the exact fused ranking over it.
