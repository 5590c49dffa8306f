//! The files that GLUE's server takes: what a model says of a task's test split.

use super::spec::TaskSpec;
use super::{GlueTask, Split};
use crate::label::Label;

/// Labels that GLUE's server would not take.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// There is no label.
    #[error("no predictions for {task}; give one for each row of its test split")]
    Empty {
        /// Name of the task.
        task: &'static str,
    },
    /// A label of another kind than the task's.
    #[error("prediction {index} for {task} is {found}, expected {expected}")]
    Kind {
        /// Name of the task.
        task: &'static str,
        /// The row of the test split, from 0.
        index: usize,
        /// What is there.
        found: &'static str,
        /// What the task's labels are.
        expected: &'static str,
    },
    /// A class that the task does not have.
    #[error("prediction {index} for {task} is class {class}; there are {classes}, from 0")]
    Class {
        /// Name of the task.
        task: &'static str,
        /// The row of the test split, from 0.
        index: usize,
        /// The class.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// Not a number.
    #[error("prediction {index} for {task} is not a number; has the model's training diverged?")]
    NotANumber {
        /// Name of the task.
        task: &'static str,
        /// The row of the test split, from 0.
        index: usize,
    },
}

impl GlueTask {
    /// Name of the file in which GLUE's server looks for the predictions of a test split: `RTE.tsv`.
    /// `None` for other splits, and those that the task does not have.
    pub fn submission_file_name(self, split: Split) -> Option<String> {
        match (self, split) {
            (Self::Mnli, Split::Test) => Some("MNLI-m.tsv".to_owned()),
            (Self::Mnli, Split::TestMismatched) => Some("MNLI-mm.tsv".to_owned()),
            (_, Split::Test) => Some(format!("{}.tsv", self.title())),
            _ => None,
        }
    }
}

/// The file that GLUE's server takes: a header `index`, `prediction`, and a line for each row of
/// the test split, in its order. Classes are written as the task's files write them, numbers with
/// three decimals, from 0 to 5.
///
/// # Errors
/// If there is no label, or one that the task does not have.
pub fn submission(task: GlueTask, labels: &[Label]) -> Result<String, SubmissionError> {
    if labels.is_empty() {
        let task = task.name();
        return Err(SubmissionError::Empty { task });
    }
    let mut text = String::from("index\tprediction\n");
    for (index, label) in labels.iter().enumerate() {
        let prediction = prediction(task, index, label)?;
        text.push_str(&format!("{index}\t{prediction}\n"));
    }
    Ok(text)
}

fn prediction(task: GlueTask, index: usize, label: &Label) -> Result<String, SubmissionError> {
    let (name, spec) = (task.name(), task.spec());
    match label {
        Label::Class(class) if !spec.is_regression() => {
            let value = spec.label_values.get(*class);
            let value = value.ok_or(SubmissionError::Class {
                task: name,
                index,
                class: *class,
                classes: spec.label_values.len(),
            })?;
            Ok((*value).to_owned())
        }
        Label::Number(number) if spec.is_regression() => {
            let (least, greatest) = TaskSpec::NUMBERS;
            if number.is_nan() {
                return Err(SubmissionError::NotANumber { task: name, index });
            }
            // Zero may have a sign, which would be written.
            Ok(format!("{:.3}", number.clamp(least, greatest).abs()))
        }
        _ => Err(SubmissionError::Kind {
            task: name,
            index,
            found: label.kind(),
            expected: match spec.is_regression() {
                true => Label::Number(0.0).kind(),
                false => Label::Class(0).kind(),
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(task: GlueTask, classes: &[usize]) -> String {
        let labels: Vec<Label> = classes.iter().map(|&class| class.into()).collect();
        submission(task, &labels).unwrap()
    }

    #[test]
    fn classes_are_written_as_the_server_wants_them() {
        assert_eq!(
            written(GlueTask::Mnli, &[2, 0, 1]),
            "index\tprediction\n0\tcontradiction\n1\tentailment\n2\tneutral\n"
        );
        for task in [GlueTask::Qnli, GlueTask::Rte] {
            let expected = "index\tprediction\n0\tnot_entailment\n1\tentailment\n";
            assert_eq!(written(task, &[1, 0]), expected, "{task}");
        }
        for task in [
            GlueTask::Cola,
            GlueTask::Sst2,
            GlueTask::Mrpc,
            GlueTask::Qqp,
            GlueTask::Wnli,
        ] {
            let expected = "index\tprediction\n0\t1\n1\t0\n";
            assert_eq!(written(task, &[1, 0]), expected, "{task}");
        }
    }

    #[test]
    fn numbers_are_cut_to_their_range() {
        let numbers = [1.23456, -0.2, 7.0, -0.0, f32::INFINITY, 4.9996];
        let labels = numbers.map(Label::Number);
        assert_eq!(
            submission(GlueTask::Stsb, &labels).unwrap(),
            "index\tprediction\n0\t1.235\n1\t0.000\n2\t5.000\n3\t0.000\n4\t5.000\n5\t5.000\n"
        );
    }

    #[test]
    fn labels_of_another_task_are_refused() {
        let error = |task, label| submission(task, &[label]).unwrap_err().to_string();
        assert_eq!(
            error(GlueTask::Rte, Label::Class(2)),
            "prediction 0 for rte is class 2; there are 2, from 0"
        );
        assert_eq!(
            error(GlueTask::Rte, Label::Number(1.0)),
            "prediction 0 for rte is a number, expected a class"
        );
        assert_eq!(
            error(GlueTask::Stsb, Label::Class(1)),
            "prediction 0 for stsb is a class, expected a number"
        );
        let nan = error(GlueTask::Stsb, Label::Number(f32::NAN));
        assert!(nan.starts_with("prediction 0 for stsb is not a number"));
        assert!(submission(GlueTask::Cola, &[]).is_err());
    }

    #[test]
    fn files_have_the_names_that_the_server_looks_for() {
        let splits = [Split::Test, Split::TestMismatched];
        let tasks = GlueTask::ALL.into_iter();
        let names = tasks.flat_map(|task| splits.map(|split| task.submission_file_name(split)));
        let names: Vec<String> = names.flatten().collect();
        assert_eq!(
            names.join(" "),
            "CoLA.tsv SST-2.tsv MRPC.tsv QQP.tsv STS-B.tsv MNLI-m.tsv MNLI-mm.tsv QNLI.tsv RTE.tsv \
             WNLI.tsv"
        );
        assert_eq!(GlueTask::Mnli.submission_file_name(Split::Dev), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_a_file_of_the_task_says(
            task in proptest::sample::select(GlueTask::ALL.to_vec()),
            places in proptest::collection::vec(0.0..1.0f32, 1..20),
        ) {
            let classes = task.label_names().len();
            let label = |place: &f32| match task.is_regression() {
                true => Label::Number((5000.0 * place).round() / 1000.0),
                false => Label::Class((place * classes as f32) as usize),
            };
            let labels: Vec<Label> = places.iter().map(label).collect();
            let text = submission(task, &labels).unwrap();
            let lines = text.lines().skip(1);
            let read: Vec<Label> = lines
                .enumerate()
                .map(|(index, line)| {
                    let (number, value) = line.split_once('\t').unwrap();
                    assert_eq!(number, index.to_string());
                    task.spec().label(value).unwrap()
                })
                .collect();
            prop_assert_eq!(read, labels);
        }
    }
}
