//! What burn-train's learner asks of a model, from one function.

/// Lets models learn and be scored by their `pass(&self, batch, is_training)`, which gives the loss
/// as a tensor, `[1]`, and the rest as numbers: `steps!(Batch => Output: Model)` implements
/// [`TrainStep`](burn::train::TrainStep) and [`InferenceStep`](burn::train::InferenceStep) for
/// `Model<B>` on every backend.
///
/// A model of your own that gives a text one label has its pass from
/// [`SequencePass`](crate::sequence::SequencePass).
#[macro_export]
macro_rules! steps {
    ($batch:ty => $output:ty: $($model:ident),+) => {
        $(
            impl<B: $crate::macros::bert_core::backend::BertAutodiffBackend> $crate::macros::burn::train::TrainStep for $model<B> {
                type Input = $batch;
                type Output = $output;

                fn step(&self, batch: $batch) -> $crate::macros::burn::train::TrainOutput<$output> {
                    let (loss, output) = self.pass(batch, true);
                    $crate::macros::burn::train::TrainOutput::new(self, loss.backward(), output)
                }
            }

            impl<B: $crate::macros::bert_core::backend::BertBackend> $crate::macros::burn::train::InferenceStep for $model<B> {
                type Input = $batch;
                type Output = $output;

                fn step(&self, batch: $batch) -> $output {
                    self.pass(batch, false).1
                }
            }
        )+
    };
}

/// An output of a pass that is plain numbers already: burn-train's learner has nothing to wait for.
macro_rules! plain_numbers {
    ($output:ty) => {
        impl burn::train::ItemLazy for $output {
            type ItemSync = Self;

            fn sync(self) -> Self {
                self
            }
        }
    };
}

pub(crate) use plain_numbers;
