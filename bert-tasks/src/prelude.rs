//! What a program that fine-tunes or predicts needs: `use bert_tasks::prelude::*;`.

pub use bert_core::backend::{BertAutodiffBackend, BertBackend};
pub use bert_core::config::BertConfig;
pub use bert_core::weights::LoadPolicy;
pub use bert_data::{
    BadExamples, BertTokenizer, EncodedDataset, GlueTask, PairExample, Split, SquadExample,
    read_split, read_squad,
};
pub use burn::backend::Autodiff;

pub use crate::pretraining::{BertForMaskedLM, BertForPreTraining, FillMask, PretrainingHead};
pub use crate::sequence::{
    BertForNextSentencePrediction, BertForSequenceClassification, Classifier, SequenceHead,
};
pub use crate::span::{BertForQuestionAnswering, QuestionAnswerer, SpanHead, SpanSplit};
pub use crate::training::{
    Evaluation, FineTuned, Head, RunOptions, Trainer, TrainingArguments, TrainingData,
    TrainingError, evaluate, fit,
};
pub use crate::{ModelFolder, PredictionError, TaskModel};
