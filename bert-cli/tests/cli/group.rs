//! A build without MPI, started by a launcher.

use crate::common::{Case, bert, program, text};

#[test]
fn processes_that_cannot_work_together_say_why() {
    for variable in ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"] {
        let case = Case::new();
        let output = program(&case.arguments(&[]))
            .env(variable, "3")
            .output()
            .unwrap();
        let said = text(&output.stderr);
        let expected = "error: this is one of 3 processes that a launcher has started, and this \
                        build knows no MPI: build it with cargo's feature mpi";
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(output.status.code(), Some(2));
        assert!(!case.path("out").exists());
    }
    // Its runs are processes of their own.
    let sweep = [
        "sweep",
        "--task",
        "mrpc",
        "--learning-rate",
        "1e-4,2e-4",
        "--output-dir",
    ];
    let case = Case::new();
    let mut sweep = bert(&sweep);
    sweep.arg(case.path("out")).env("PMI_SIZE", "2");
    let output = sweep.output().unwrap();
    let said = text(&output.stderr);
    assert!(
        said.contains("one of 2 processes") && said.contains("a sweep is for one"),
        "{said}"
    );
    assert!(!case.path("out").exists());
    // One process needs nobody.
    let case = Case::new();
    let output = program(&case.arguments(&["--eval-only"]))
        .env("PMI_SIZE", "1")
        .output();
    assert!(output.unwrap().status.success());
}
