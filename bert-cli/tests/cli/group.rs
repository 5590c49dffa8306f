//! A build without MPI, started by a launcher.

use crate::common::{Case, program, text};

#[test]
fn processes_that_cannot_work_together_say_what_to_build() {
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
    // One process needs nobody.
    let case = Case::new();
    let output = program(&case.arguments(&["--eval-only"]))
        .env("PMI_SIZE", "1")
        .output();
    assert!(output.unwrap().status.success());
}
