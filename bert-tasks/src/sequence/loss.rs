//! The loss of a text's labels, by what they mean.

use bert_core::backend::BertBackend;
use bert_core::config::ProblemType;
use bert_data::Label;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::model::ModelSettings;
use crate::tensors::ints;

/// Mean loss over the texts of a batch, `[1]`, as `BertForSequenceClassification` of `transformers`
/// has it: cross entropy of one class, binary cross entropy of several, mean squared error of a
/// number. Label smoothing, class weights and the focal loss are of the training alone.
///
/// # Shapes
/// - `logits`: `[batch, labels]`
pub(crate) fn loss<B: BertBackend>(
    logits: Tensor<B, 2>,
    labels: &[&Label],
    settings: &ModelSettings,
    is_training: bool,
) -> Tensor<B, 1> {
    let weighs = settings.class_weights.is_some() || settings.focal_gamma > 0.0;
    match settings.problem {
        ProblemType::SingleLabelClassification if is_training && weighs => {
            weighted_cross_entropy(logits, labels, settings)
        }
        ProblemType::SingleLabelClassification => {
            let share = if is_training {
                settings.label_smoothing
            } else {
                0.0
            };
            let classes = labels.iter().filter_map(|label| label.class());
            let classes = ints(
                classes.map(|class| class as i64).collect(),
                &logits.device(),
            );
            smooth(B::cross_entropy(logits.clone(), classes), &logits, share)
        }
        ProblemType::MultiLabelClassification => {
            binary_cross_entropy(logits, labels, is_training.then_some(settings))
        }
        ProblemType::Regression => {
            let number = |label: &&Label| match label {
                Label::Number(number) => *number,
                _ => f32::NAN,
            };
            let targets = labels.iter().map(number).collect();
            let error = logits.clone() - rows(targets, &logits);
            (error.clone() * error).mean()
        }
    }
}

/// The cross entropy with `share` of every label's probability spread over all labels.
///
/// Follows `LabelSmoother` in `transformers/trainer_pt_utils.py`.
fn smooth<B: BertBackend>(loss: Tensor<B, 1>, logits: &Tensor<B, 2>, share: f64) -> Tensor<B, 1> {
    if share == 0.0 {
        return loss;
    }
    let spread = log_softmax(logits.clone(), 1).mean().neg();
    loss * (1.0 - share) + spread * share
}

/// The mean of the texts' cross entropies, each smoothed, times the weight of its class and, as in
/// Lin et al. 2017 (<https://arxiv.org/abs/1708.02002>), times (1 - p)^gamma.
fn weighted_cross_entropy<B: BertBackend>(
    logits: Tensor<B, 2>,
    labels: &[&Label],
    settings: &ModelSettings,
) -> Tensor<B, 1> {
    let (classes, share) = (logits.dims()[1], settings.label_smoothing);
    let of_labels = |value: &dyn Fn(usize) -> f32| {
        let mut values = vec![0.0; labels.len() * classes];
        for (row, class) in labels
            .iter()
            .enumerate()
            .filter_map(|(row, label)| Some((row, label.class()?)))
        {
            values[row * classes + class] = value(class);
        }
        rows(values, &logits)
    };
    let log_probabilities = log_softmax(logits.clone(), 1);
    let picked = (log_probabilities.clone() * of_labels(&|_| 1.0)).sum_dim(1);
    let spread = log_probabilities.mean_dim(1);
    let mut loss = (picked.clone() * (1.0 - share) + spread * share).neg();
    if let Some(weights) = &settings.class_weights {
        loss = loss * of_labels(&|class| weights[class]).sum_dim(1);
    }
    if settings.focal_gamma > 0.0 {
        // Where p is 1 the power has no finite slope for a gamma below 1.
        let rest = (picked.exp().neg() + 1.0).clamp_min(1e-7);
        loss = loss * rest.powf_scalar(settings.focal_gamma);
    }
    loss.mean()
}

/// The mean over all texts and classes; `training` weighs the classes that apply, as `pos_weight`
/// of PyTorch does, and makes the loss a focal one.
fn binary_cross_entropy<B: BertBackend>(
    logits: Tensor<B, 2>,
    labels: &[&Label],
    training: Option<&ModelSettings>,
) -> Tensor<B, 1> {
    let classes = logits.dims()[1];
    let mut targets = vec![0.0; labels.len() * classes];
    for (row, label) in labels.iter().enumerate() {
        if let Label::Classes(applying) = label {
            applying
                .iter()
                .for_each(|class| targets[row * classes + class] = 1.0);
        }
    }
    let targets = rows(targets, &logits);
    let (yes, no) = (
        log_sigmoid(logits.clone()),
        log_sigmoid(logits.clone().neg()),
    );
    let mut applies = yes.clone() * targets.clone();
    let mut applies_not = no.clone() * (targets.neg() + 1.0);
    if let Some(weights) = training.and_then(|settings| settings.class_weights.as_deref()) {
        let weights = Tensor::<B, 1>::from_floats(weights, &logits.device());
        applies = applies * weights.unsqueeze();
    }
    if let Some(gamma) = training
        .map(|settings| settings.focal_gamma)
        .filter(|&gamma| gamma > 0.0)
    {
        applies = applies * (no * gamma).exp();
        applies_not = applies_not * (yes * gamma).exp();
    }
    (applies + applies_not).mean().neg()
}

/// Values in the shape of `like`, on its device.
fn rows<B: BertBackend>(values: Vec<f32>, like: &Tensor<B, 2>) -> Tensor<B, 2> {
    let device: Device<B> = like.device();
    Tensor::from_data(TensorData::new(values, like.dims()), &device)
}

#[cfg(test)]
mod tests {
    use bert_core::config::BertConfig;
    use burn::backend::Flex;

    use super::*;
    use crate::tensors::numbers;

    fn settings(problem: ProblemType) -> ModelSettings {
        ModelSettings {
            problem,
            ..ModelSettings::new(&BertConfig::default())
        }
    }

    fn of(logits: &[[f32; 3]], labels: &[Label], settings: &ModelSettings, training: bool) -> f64 {
        let logits = logits.concat();
        let data = TensorData::new(logits, [labels.len(), 3]);
        let logits = Tensor::<Flex, 2>::from_data(data, &Default::default());
        let labels: Vec<&Label> = labels.iter().collect();
        f64::from(numbers(loss(logits, &labels, settings, training))[0])
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }

    const LOGITS: [[f32; 3]; 2] = [[1.0, -0.5, 0.25], [0.0, 2.0, -1.0]];

    fn log_softmax_of(row: [f32; 3]) -> [f64; 3] {
        let row = row.map(f64::from);
        let sum: f64 = row.iter().map(|x| x.exp()).sum();
        row.map(|x| x - sum.ln())
    }

    #[test]
    fn class_weights_and_the_focal_loss_multiply_the_loss_of_each_text() {
        let mut settings = settings(ProblemType::SingleLabelClassification);
        let labels = [Label::Class(0), Label::Class(2)];
        let p = [log_softmax_of(LOGITS[0])[0], log_softmax_of(LOGITS[1])[2]];
        let plain = -(p[0] + p[1]) / 2.0;
        close(of(&LOGITS, &labels, &settings, true), plain);
        settings.class_weights = Some([3.0, 1.0, 0.5].into());
        close(
            of(&LOGITS, &labels, &settings, true),
            -(3.0 * p[0] + 0.5 * p[1]) / 2.0,
        );
        settings.focal_gamma = 2.0;
        let focal = |p: f64| p * (1.0 - p.exp()).powi(2);
        let expected = -(3.0 * focal(p[0]) + 0.5 * focal(p[1])) / 2.0;
        close(of(&LOGITS, &labels, &settings, true), expected);
        // An evaluation is what it was.
        close(of(&LOGITS, &labels, &settings, false), plain);
        // Weights of 1 change nothing, nor in a smoothed loss.
        settings = ModelSettings {
            label_smoothing: 0.1,
            ..super::tests::settings(ProblemType::SingleLabelClassification)
        };
        let smoothed = of(&LOGITS, &labels, &settings, true);
        settings.class_weights = Some([1.0; 3].into());
        close(of(&LOGITS, &labels, &settings, true), smoothed);
        assert!((smoothed - plain).abs() > 1e-3);
    }

    #[test]
    fn of_several_classes_each_is_a_decision() {
        let mut settings = settings(ProblemType::MultiLabelClassification);
        let labels = [Label::Classes(vec![0, 2]), Label::Classes(vec![])];
        let sigmoid = |x: f32| 1.0 / (1.0 + (-f64::from(x)).exp());
        let sum = |of: &dyn Fn(f64, bool, usize) -> f64| -> f64 {
            let applies = [[true, false, true], [false; 3]];
            let each = (0..2).flat_map(|row| (0..3).map(move |class| (row, class)));
            each.map(|(row, class)| of(sigmoid(LOGITS[row][class]), applies[row][class], class))
                .sum::<f64>()
                / -6.0
        };
        let plain = sum(&|p, applies, _| if applies { p.ln() } else { (1.0 - p).ln() });
        close(of(&LOGITS, &labels, &settings, true), plain);
        settings.class_weights = Some([3.0, 9.0, 0.5].into());
        settings.focal_gamma = 1.5;
        let weights = [3.0, 9.0, 0.5];
        let expected = sum(&|p, applies, class| match applies {
            true => weights[class] * p.ln() * (1.0 - p).powf(1.5),
            false => (1.0 - p).ln() * p.powf(1.5),
        });
        close(of(&LOGITS, &labels, &settings, true), expected);
        close(of(&LOGITS, &labels, &settings, false), plain);
        // Neither end overflows.
        let far = [[500.0, -500.0, 500.0], [-500.0, -500.0, -500.0]];
        settings.class_weights = None;
        close(of(&far, &labels, &settings, true), 0.0);
    }

    #[test]
    fn a_number_has_its_squared_error() {
        let settings = settings(ProblemType::Regression);
        let logits = Tensor::<Flex, 2>::from_floats([[1.5], [-2.0]], &Default::default());
        let labels = [Label::Number(1.0), Label::Number(2.0)];
        let labels: Vec<&Label> = labels.iter().collect();
        let found = numbers(loss(logits, &labels, &settings, true))[0];
        close(f64::from(found), (0.25 + 16.0) / 2.0);
    }
}
