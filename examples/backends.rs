//! Which backends this program has, and which find their device on this machine.
//!
//! ```sh
//! cargo run --release --example backends
//! cargo run --release --example backends --features wgpu,cuda
//! ```

use bert_examples::backend::{BackendError, BackendName, choose, compiled_in, find_device};

fn main() {
    println!(
        "{:<8}  {:<18}  {:<11}  device",
        "backend", "cargo feature", "compiled in"
    );
    for name in BackendName::STRONGEST_FIRST {
        let (there, device) = match find_device(name) {
            Ok(info) => ("yes", info.device),
            Err(BackendError::NoDevice { missing, .. }) => ("yes", format!("none: {missing}")),
            Err(_) => ("no", String::from("-")),
        };
        println!("{name:<8}  --features {name:<7}  {there:<11}  {device}");
    }
    if let Ok(name) = choose(None, &compiled_in()) {
        println!("\nwithout --backend, an example runs on {name}");
    }
}
