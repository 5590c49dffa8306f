//! Links the system's OpenBLAS where the feature `blas` asks for it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_BLAS").is_some() {
        println!("cargo::rustc-link-lib=openblas");
    }
}
