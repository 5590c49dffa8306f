//! What burn-train's learner asks of a model, from one function.

/// Lets models learn and be scored by their `pass`, which takes a batch and whether it is trained
/// on, and gives the loss as a tensor and the rest as numbers.
macro_rules! steps {
    ($batch:ty => $output:ty: $($model:ident),+) => {
        impl burn::train::ItemLazy for $output {
            type ItemSync = Self;

            fn sync(self) -> Self {
                self
            }
        }

        $(
            impl<B: bert_core::backend::BertAutodiffBackend> burn::train::TrainStep for $model<B> {
                type Input = $batch;
                type Output = $output;

                fn step(&self, batch: $batch) -> burn::train::TrainOutput<$output> {
                    let (loss, output) = self.pass(batch, true);
                    burn::train::TrainOutput::new(self, loss.backward(), output)
                }
            }

            impl<B: bert_core::backend::BertBackend> burn::train::InferenceStep for $model<B> {
                type Input = $batch;
                type Output = $output;

                fn step(&self, batch: $batch) -> $output {
                    self.pass(batch, false).1
                }
            }
        )+
    };
}

pub(crate) use steps;
