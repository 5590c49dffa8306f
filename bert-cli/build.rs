//! Lets the programs find libtorch when they start, without LD_LIBRARY_PATH.

use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(libtorch_cuda)");

    // Said by torch-sys; not on Windows, which finds libraries through PATH only.
    let Ok(lib) = env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{lib}");
    // burn-tch looks for the same file when it decides whether to allow CUDA devices.
    if Path::new(&lib).join("libtorch_cuda.so").exists() {
        println!("cargo::rustc-cfg=libtorch_cuda");
    }
}
