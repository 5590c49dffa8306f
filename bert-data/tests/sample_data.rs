//! The sample data of the examples is what its README says.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bert_data::choice::{EncodedChoices, read_choices};
use bert_data::corpus::{TextItem, TextLayout, TextReader};
use bert_data::squad::{BadExamples, EncodedSquad, SpanConfig, read_squad};
use bert_data::table::LabelUse;
use bert_data::tags::entities;
use bert_data::{
    BertTokenizer, Casing, EncodedDataset, EncodedTags, GlueTask, Label, Split, TagOptions,
    TagScheme, read_split, read_tagged,
};

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples/data")
        .join(name)
}

/// That of the model which the examples start from.
fn tokenizer() -> BertTokenizer {
    BertTokenizer::from_folder(shipped("bert-nano")).unwrap()
}

#[test]
fn both_splits_read_and_no_sentence_comes_twice() {
    let mut sentences = HashSet::new();
    for (split, size, positive) in [(Split::Train, 400, 240), (Split::Dev, 100, 60)] {
        let examples = read_split(GlueTask::Mrpc, shipped("paraphrases"), split).unwrap();
        assert_eq!(examples.len(), size);
        assert_eq!(
            examples
                .iter()
                .filter(|e| e.label == Some(Label::Class(1)))
                .count(),
            positive
        );
        for example in examples {
            assert!(sentences.insert(example.text_a));
            assert!(sentences.insert(example.text_b.unwrap()));
        }
    }
}

#[test]
fn the_vocabulary_spells_every_word() {
    let tokenizer = tokenizer();
    assert_eq!(
        (tokenizer.casing(), tokenizer.pad_id()),
        (Casing::Uncased, 0)
    );
    assert_eq!(tokenizer.vocab_size(), 8000);
    for split in [Split::Train, Split::Dev] {
        let examples = read_split(GlueTask::Mrpc, shipped("paraphrases"), split).unwrap();
        let dataset = EncodedDataset::encode(&tokenizer, &examples, 64).unwrap();
        assert_eq!(dataset.statistics().truncated_texts, 0);
        let unk = tokenizer.unk_id();
        assert!(
            (0..dataset.len())
                .flat_map(|index| dataset.rows(index))
                .all(|encoding| !encoding.input_ids.contains(&unk))
        );
    }
}

#[test]
fn every_question_has_its_answer_and_no_passage_comes_twice() {
    let (questions, tokenizer) = (shipped("questions"), tokenizer());
    let mut passages = HashSet::new();
    for (split, size, contexts) in [("train", 1200, 300), ("dev", 240, 60)] {
        let path = questions.join(split).with_extension("json");
        let (examples, report) = read_squad(&path, BadExamples::Error).unwrap();
        assert!(report.issues.is_empty(), "{report}");
        assert_eq!((examples.len(), report.paragraphs), (size, contexts));
        assert!(examples.iter().all(|example| !example.answers.is_empty()));
        let config = SpanConfig {
            max_seq_length: 256,
            ..SpanConfig::default()
        };
        let encoded = EncodedSquad::encode(&tokenizer, &examples, config, |_| {}).unwrap();
        // One window each, with the answer in it.
        assert_eq!(encoded.len(), size);
        let labelled = |index| encoded.feature(index).start > 0;
        assert!((0..size).all(labelled));
        let texts = examples.iter().map(|example| example.context.to_string());
        let texts: HashSet<String> = texts.collect();
        assert!(texts.into_iter().all(|text| passages.insert(text)));
    }
    let text = questions.join("passages.txt");
    let items = TextReader::new(&[text], TextLayout::Paragraphs);
    let ends = items.filter(|item| matches!(item, Ok(TextItem::EndOfDocument)));
    assert_eq!(ends.count(), 1500);
}

#[test]
fn a_story_tells_the_right_choice_and_at_most_one_of_the_wrong_ones() {
    let tokenizer = tokenizer();
    let mut stories = HashSet::new();
    for (split, size, contexts) in [("train", 400, 200), ("dev", 120, 60)] {
        let file = shipped("choices").join(split).with_extension("jsonl");
        let examples = read_choices(&[file], LabelUse::Required).unwrap();
        assert_eq!(examples.len(), size);
        for example in &examples {
            assert!((2..=4).contains(&example.choices.len()));
            let told = |choice: &&String| example.context.contains(choice.as_str());
            let right = &example.choices[example.label.unwrap()];
            assert!(told(&right));
            assert!(
                example.choices.iter().filter(told).count() <= 2,
                "{example:?}"
            );
        }
        let texts: HashSet<&String> = examples.iter().map(|example| &example.context).collect();
        assert_eq!(texts.len(), contexts);
        let texts: Vec<String> = texts.into_iter().cloned().collect();
        assert!(texts.into_iter().all(|text| stories.insert(text)));
        let encoded = EncodedChoices::encode_choices(&tokenizer, &examples, 64).unwrap();
        let statistics = encoded.statistics();
        assert_eq!(
            (statistics.truncated_texts, statistics.unknown_tokens),
            (0, 0)
        );
    }
}

#[test]
fn every_word_has_its_tag_and_no_sentence_comes_twice() {
    let (folder, tokenizer) = (shipped("entities"), tokenizer());
    let mut texts = HashSet::new();
    let mut train_names = None;
    for (split, size, found) in [("train", 500, 780), ("dev", 125, 197)] {
        let files = [folder.join(split).with_extension("conll")];
        let data = read_tagged(&files, &TagOptions::default(), LabelUse::Required).unwrap();
        assert_eq!(
            (data.sentences.len(), data.written_in),
            (size, TagScheme::Iob2)
        );
        assert!(data.report.warnings().is_empty(), "{:?}", data.report);
        let tags = data.sentences.iter().filter_map(|of| of.tags.as_ref());
        assert_eq!(tags.map(|tags| entities(tags).len()).sum::<usize>(), found);
        let mut all = data.sentences.iter().map(|of| of.words.join(" "));
        assert!(all.all(|text| texts.insert(text)));
        let names = train_names.get_or_insert_with(|| data.names().unwrap());
        assert_eq!(names.len(), 7);
        let encoded = EncodedTags::encode_tags(&tokenizer, &data.sentences, names, 128, 32, false);
        let encoded = encoded.unwrap();
        assert_eq!(encoded.statistics().unknown_tokens, 0);
        assert_eq!(
            encoded.statistics().examples,
            size,
            "a row for each sentence"
        );
        assert_eq!(encoded.lost_words().without_pieces, 0);
    }
}
