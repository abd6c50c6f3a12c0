//! Builds the migrations in anew when one is added; the compiler alone would not notice a new file.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
