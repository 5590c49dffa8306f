//! Links the system's OpenBLAS where the feature `blas` asks for it, and finds out whether libtorch
//! can have CUDA devices.

use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(libtorch_cuda)");
    if env::var_os("CARGO_FEATURE_BLAS").is_some() {
        println!("cargo::rustc-link-lib=openblas");
    }
    // Said by torch-sys. burn-tch looks for the same file when it decides whether to allow them.
    if let Ok(lib) = env::var("DEP_TCH_LIBTORCH_LIB")
        && Path::new(&lib).join("libtorch_cuda.so").exists()
    {
        println!("cargo::rustc-cfg=libtorch_cuda");
    }
}
