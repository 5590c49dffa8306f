//! Which backend is chosen, what is said when one cannot be had, and that those which can compute.

use std::{
    env,
    process::{Command, Output},
};

use bert_cli::backend::{
    BackendError, BackendInfo, BackendName, Program, TrainBackend, backend_flag, choose,
    compiled_in, find_device, run_on,
};
use burn::tensor::{Tensor, TensorData, Tolerance};
use clap::builder::TypedValueParser;

use BackendName::{Cuda, Flex, Ndarray, TchCpu, TchGpu, Wgpu};

#[test]
fn strongest_backend_runs_by_default() {
    let cases: [(&[BackendName], BackendName); 8] = [
        (&[Flex], Flex),
        (&[Flex, Ndarray], Ndarray),
        (&[Flex, TchCpu], TchCpu),
        (&[Flex, TchGpu], TchGpu),
        (&[Flex, Wgpu, TchCpu], Wgpu),
        (&[Wgpu, Flex, Cuda], Cuda),
        (&[Cuda, TchGpu, Flex], TchGpu),
        (&[Flex, Ndarray, TchCpu, TchGpu, Wgpu, Cuda], TchGpu),
    ];
    for (compiled_in, expected) in cases {
        assert_eq!(choose(None, compiled_in), Ok(expected), "{compiled_in:?}");
    }
}

#[test]
fn choice_beats_strength() {
    assert_eq!(choose(Some(Flex), &[Flex, TchGpu]), Ok(Flex));
    assert_eq!(choose(Some(Wgpu), &[TchGpu, Wgpu, Flex]), Ok(Wgpu));
}

#[test]
fn missing_feature_is_named() {
    let error = choose(Some(TchGpu), &[Wgpu, Flex]).unwrap_err();
    assert_eq!(
        error,
        BackendError::NotCompiledIn {
            name: TchGpu,
            compiled_in: vec![Wgpu, Flex]
        }
    );
    assert_eq!(
        error.to_string(),
        "the backend `tch-gpu` is not compiled in: build with its cargo feature, \
         `cargo run --release --example <example> --features tch-gpu`, \
         or choose one that is compiled in: wgpu, flex"
    );
}

#[test]
fn the_flag_takes_every_name() {
    let flag = backend_flag();
    let values = flag.possible_values().unwrap();
    let names: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
    assert_eq!(names.len(), BackendName::STRONGEST_FIRST.len());
    for name in BackendName::STRONGEST_FIRST {
        assert!(names.contains(&name.to_string()), "{name}");
    }
}

#[test]
fn compiled_in_backends_are_the_features() {
    let names = compiled_in();
    assert_eq!(names.contains(&Flex), cfg!(feature = "flex"));
    assert_eq!(names.contains(&TchGpu), cfg!(feature = "tch-gpu"));
    for name in BackendName::STRONGEST_FIRST {
        let missing = matches!(find_device(name), Err(BackendError::NotCompiledIn { .. }));
        assert_eq!(missing, !names.contains(&name), "{name}");
    }
}

/// Says what it runs on and computes d/dw of sum((x w)^2) for a small x and w.
struct Gradient;

impl Program for Gradient {
    type Output = (BackendInfo, TensorData);

    fn run<B: TrainBackend>(self, device: B::Device, backend: BackendInfo) -> Self::Output {
        let x = Tensor::<B, 2>::from_floats([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
        let w = Tensor::<B, 2>::from_floats([[0.5], [-1.0]], &device).require_grad();
        let loss = x.matmul(w.clone()).powi_scalar(2).sum();
        let gradient = w.grad(&loss.backward()).unwrap();
        (backend, gradient.into_data())
    }
}

#[test]
fn backends_with_a_device_compute() {
    // x w = (-1.5, -2.5, -3.5), and the gradient is 2 x^T (x w).
    let expected = TensorData::from([[-53.0_f32], [-68.0]]);
    for name in compiled_in() {
        match run_on(Some(name), Gradient) {
            Ok((info, gradient)) => {
                assert_eq!(info.name, name);
                assert_eq!(Ok(info), find_device(name));
                gradient.assert_approx_eq::<f32>(&expected, Tolerance::default());
            }
            // Only a GPU can be missing.
            Err(error) => {
                assert!(matches!(error, BackendError::NoDevice { .. }), "{error}");
                assert!(matches!(name, TchGpu | Cuda | Wgpu), "{error}");
            }
        }
    }
}

/// Not a test of its own: prints what a backend finds, for `search_without_devices`.
#[test]
#[ignore = "run by the tests that hide the devices"]
fn search() {
    let name: BackendName = env::var("BERT_TEST_BACKEND")
        .unwrap_or("flex".into())
        .parse()
        .unwrap();
    match find_device(name) {
        Ok(info) => println!("found: {info}"),
        Err(error) => println!("error: {error}"),
    }
}

/// Looks for a device in a process of its own, where drivers can be hidden by the environment
/// before they are loaded.
fn search_without_devices(name: BackendName, environment: &[(&str, &str)]) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "backend_choice::search",
            "--nocapture",
        ])
        .env("BERT_TEST_BACKEND", name.as_str())
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success() && !stderr.contains("panicked"), "{stderr}");
    let stdout = String::from_utf8(stdout).unwrap();
    let line = stdout
        .lines()
        .find_map(|line| line.split_once("error: "))
        .expect(&stdout);
    line.1.to_owned()
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "needs the feature wgpu")]
fn wgpu_without_a_driver_says_what_to_install() {
    let nothing = "/dev/null";
    let error = search_without_devices(
        Wgpu,
        &[("VK_ICD_FILENAMES", nothing), ("VK_DRIVER_FILES", nothing)],
    );
    assert!(
        error.starts_with("the backend `wgpu` has no device here: there is no"),
        "{error}"
    );
    assert!(error.contains("mesa-vulkan-drivers"), "{error}");
}

#[test]
#[cfg_attr(not(feature = "wgpu"), ignore = "needs the feature wgpu")]
fn wgpu_adapter_of_the_environment_must_be_there() {
    let error = search_without_devices(Wgpu, &[("CUBECL_WGPU_DEFAULT_DEVICE", "DiscreteGpu(99)")]);
    assert!(
        error.contains("asks for DiscreteGpu(99), which is not there"),
        "{error}"
    );
}

#[test]
#[cfg_attr(not(feature = "cuda"), ignore = "needs the feature cuda")]
fn cuda_without_a_device_says_what_to_check() {
    let error = search_without_devices(Cuda, &[("CUDA_VISIBLE_DEVICES", "")]);
    assert!(
        error.starts_with("the backend `cuda` has no device here: the NVIDIA"),
        "{error}"
    );
    assert!(error.contains("nvidia-smi"), "{error}");
}

#[test]
#[cfg_attr(not(feature = "tch-gpu"), ignore = "needs the feature tch-gpu")]
fn tch_gpu_without_a_device_says_what_to_check() {
    let error = search_without_devices(TchGpu, &[("CUDA_VISIBLE_DEVICES", "")]);
    assert!(
        error.starts_with("the backend `tch-gpu` has no device here: "),
        "{error}"
    );
    assert!(
        error.contains("libtorch without CUDA") || error.contains("libtorch sees no CUDA device"),
        "{error}"
    );
}
