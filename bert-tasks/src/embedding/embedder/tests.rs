//! Vectors, whatever goes in together.

use bert_core::weights::{find_weights, open};
use burn::backend::Flex;

use super::*;
use crate::embedding::{Activation, DenseConfig, Pooling};

fn tiny() -> &'static Path {
    Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../bert-core/tests/fixtures/tiny-bert"
    ))
}

fn embedder() -> Embedder<Flex> {
    Embedder::from_pretrained(tiny(), &Default::default()).unwrap()
}

const TEXTS: [&str; 6] = [
    "a b c d e f g h",
    "",
    "x",
    "a b",
    "\u{1F600}\u{0} \u{7}",
    "b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a b a",
];

fn largest_difference(a: &Embeddings, b: &Embeddings) -> f32 {
    assert_eq!((a.len(), a.dimension()), (b.len(), b.dimension()));
    let pairs = a.as_slice().iter().zip(b.as_slice());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn batches_of_any_size_give_the_same_vectors() {
    for mode in PoolingMode::ALL {
        let embedder = embedder().with_pooling(&[mode]).unwrap();
        let alone: Vec<Embeddings> = TEXTS
            .iter()
            .map(|text| embedder.embed(&[text]).unwrap())
            .collect();
        for batch_tokens in [1, 20, 100, 4096] {
            let limit = NonZeroUsize::new(batch_tokens).unwrap();
            let embedder = self::embedder().with_pooling(&[mode]).unwrap();
            let together = embedder.with_batch_tokens(limit).embed(&TEXTS).unwrap();
            for (text, vector) in alone.iter().zip(together.rows()) {
                let one = Embeddings::new(vector.len(), vector.to_vec(), vec![0]);
                let apart = largest_difference(text, &one);
                assert!(apart < 1e-6, "{mode}, {batch_tokens}: {apart}");
            }
        }
    }
}

#[test]
fn no_texts_are_no_vectors() {
    let found = embedder().embed::<&str>(&[]).unwrap();
    assert!(found.is_empty() && found.get(0).is_none());
    assert_eq!(found.dimension(), embedder().dimension());
}

#[test]
fn what_is_cut_off_is_counted() {
    let embedder = embedder().with_max_seq_length(4);
    let found = embedder.embed(&["a b c d", "a"]).unwrap();
    assert_eq!(found.num_truncated_tokens(), [2, 0]);
    let cut = embedder.embed(&["a b"]).unwrap();
    assert_eq!(found.get(0), cut.get(0));
    let error = embedder.with_max_seq_length(1).embed(&["a"]).unwrap_err();
    assert!(
        error.to_string().contains("max_seq_length 1 is too small"),
        "{error}"
    );
}

#[test]
fn vectors_of_length_one_on_request() {
    let embedder = embedder().with_normalize(true);
    assert!(embedder.config().is_normalized());
    for vector in embedder.embed(&TEXTS).unwrap().rows() {
        let squares: f32 = vector.iter().map(|x| x * x).sum();
        assert!((squares - 1.0).abs() < 1e-5, "{squares}");
    }
    assert!(!embedder.with_normalize(false).config().is_normalized());
}

#[test]
fn a_prompt_stands_before_each_text() {
    let prompted = embedder()
        .with_prompt("a b ")
        .unwrap()
        .embed(&["c d"])
        .unwrap();
    let whole = embedder().embed(&["a b c d"]).unwrap();
    assert_eq!(prompted, whole);
    // Left out of the mean, it is seen by the others all the same.
    let mut left_out = embedder().with_prompt("a b ").unwrap();
    left_out.config.pooling.include_prompt = false;
    let apart = largest_difference(&left_out.embed(&["c d"]).unwrap(), &whole);
    assert!(apart > 1e-3, "{apart}");
    let error = left_out.with_max_seq_length(3).embed(&["c d"]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the prompt has 3 tokens of the 3"),
        "{error}"
    );
    let Err(error) = embedder().with_prompt_name("query") else {
        panic!("there is no prompt");
    };
    assert!(error.to_string().contains("no prompt \"query\""), "{error}");
}

/// The modules of a whole model: two parts, a layer with everything, and a length of 1.
fn with_modules() -> Embedder<Flex> {
    let mut embedder = embedder();
    let hidden = embedder.dimension();
    let settings = DenseConfig {
        in_features: 2 * hidden,
        out_features: 3,
        bias: true,
        activation_function: Activation::Tanh,
        use_residual: true,
    };
    let dir = tempfile::tempdir().unwrap();
    let number = |at: usize| (at as f32 * 0.7).sin();
    let tensor = |name: &str, shape: Vec<usize>| {
        let values: Vec<f32> = (0..shape.iter().product()).map(number).collect();
        bert_core::weights::NamedTensor::new(name.to_owned(), shape, &values)
    };
    let tensors = [
        tensor("linear.weight", vec![3, 2 * hidden]),
        tensor("linear.bias", vec![3]),
        tensor("residual.weight", vec![3, 2 * hidden]),
    ];
    let path = dir.path().join("model.safetensors");
    bert_core::weights::write_tensors(&tensors, &path).unwrap();
    let layer = Dense::load(&settings, dir.path(), &Default::default()).unwrap();
    embedder.config.pooling = Pooling {
        modes: vec![PoolingMode::Mean, PoolingMode::Cls],
        include_prompt: true,
    };
    embedder.dense = vec![layer];
    let layer = EmbeddingModule::Dense(settings, "2_Dense".into());
    embedder.config.modules = vec![layer, EmbeddingModule::Normalize];
    embedder
        .config
        .prompts
        .insert("query".to_owned(), "a ".to_owned());
    embedder
}

#[test]
fn a_saved_model_gives_the_same_vectors() {
    let embedder = with_modules().with_max_seq_length(10);
    let expected = embedder.embed(&TEXTS).unwrap();
    assert_eq!(expected.dimension(), 3);
    let dir = tempfile::tempdir().unwrap();
    // Twice: what is there is replaced.
    for _ in 0..2 {
        embedder.save(dir.path()).unwrap();
    }
    let saved = Embedder::<Flex>::from_pretrained(dir.path(), &Default::default()).unwrap();
    assert_eq!(saved.embed(&TEXTS).unwrap(), expected);
    assert_eq!(saved.config().pooling, embedder.config().pooling);
    assert_eq!(saved.config().prompts, embedder.config().prompts);
    assert_eq!(saved.max_seq_length(), 10);
    // What vectors do without stays for whoever opens the model.
    let has_pooler = |folder: &Path| {
        let source = open(&find_weights(folder).unwrap()).unwrap();
        let mut names = source.tensors().keys();
        names.any(|name| name.ends_with("pooler.dense.weight"))
    };
    assert_eq!(has_pooler(dir.path()), has_pooler(tiny()));
    let error = saved.with_pooling(&[PoolingMode::Cls]).err().unwrap();
    assert!(error.to_string().contains("Dense is for 2"), "{error}");
    let files = crate::embedding::module_files(dir.path()).unwrap();
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    assert_eq!(
        names,
        [
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "config_sentence_transformers.json",
            "modules.json",
            "sentence_bert_config.json",
        ]
    );
    assert_eq!(
        crate::embedding::module_files(tiny()).unwrap(),
        [""; 0].map(std::path::PathBuf::from)
    );
}

#[test]
fn weights_that_do_not_fit_their_settings_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    with_modules().save(dir.path()).unwrap();
    let settings = dir.path().join("2_Dense/config.json");
    let text = std::fs::read_to_string(&settings).unwrap();
    let open = |text: String| {
        std::fs::write(&settings, text).unwrap();
        let opened = Embedder::<Flex>::from_pretrained(dir.path(), &Default::default());
        opened.err().unwrap().to_string()
    };
    let message = open(text.replace("\"out_features\": 3", "\"out_features\": 4"));
    assert!(
        message.contains("linear.bias has the shape [3], expected [4]"),
        "{message}"
    );
    let message = open(text.replace("\"in_features\": ", "\"in_features\": 1"));
    assert!(message.contains("and vectors have"), "{message}");
    let message = open(text.replace("activation.Tanh", "activation.Mish"));
    assert!(message.contains("activation_function"), "{message}");
}
