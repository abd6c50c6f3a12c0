//! Real venues and localities, the seeded generator, and readers of public listing files.
