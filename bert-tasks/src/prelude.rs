//! What a program that fine-tunes or predicts needs: `use bert_tasks::prelude::*;`.

pub use bert_core::backend::{BertAutodiffBackend, BertBackend};
pub use bert_core::config::BertConfig;
pub use bert_core::weights::LoadPolicy;
pub use bert_data::{
    BadExamples, BertTokenizer, EncodedDataset, GlueTask, PairExample, Split, SquadExample,
    read_split, read_squad,
};
pub use burn::backend::Autodiff;

pub use crate::embedding::Embedder;
pub use crate::pretraining::{BertForMaskedLM, BertForPreTraining, FillMask};
pub use crate::sequence::{
    BertForNextSentencePrediction, BertForSequenceClassification, Classifier,
};
pub use crate::span::{BertForQuestionAnswering, QuestionAnswerer, SpanSplit};
pub use crate::token::{BertForTokenClassification, TokenClassifier};
pub use crate::{FolderError, ModelFolder, PredictionError, TaskModel};
#[cfg(feature = "train")]
pub use crate::{
    pretraining::PretrainingHead,
    sequence::SequenceHead,
    span::SpanHead,
    token::TokenHead,
    training::{
        Evaluation, FineTuned, Head, Resume, RunOptions, Trainer, TrainingArguments, TrainingData,
        TrainingError, evaluate, fit,
    },
};
