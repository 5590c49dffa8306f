//! The model against Hugging Face transformers: every hidden state, the attention probabilities,
//! the pooled output, the activations, on every backend that is compiled in.

mod common;

use bert_core::backend::DropoutSeed;
use bert_core::config::{BertConfig, HiddenAct, PositionEmbedding};
use bert_core::model::{BertInput, BertModel, OutputOptions, sinusoidal_positions};
use burn::backend::Autodiff;
use burn::tensor::{Tensor, TensorData};
use common::{Batch, Reference, TestBackend, assert_close, data_values, tiny_bert, values};

on_every_backend!(
    hidden_states_equal_transformers,
    no_padding_and_padding_agree,
    a_row_of_padding_is_finite,
    activations_and_their_gradients_equal_transformers,
    training_mode_drops_and_inference_does_not,
);

fn input<B: TestBackend>(config: &BertConfig, batch: &Batch) -> BertInput<B> {
    BertInput::new(
        config,
        batch.shape,
        &batch.input_ids,
        &batch.token_type_ids,
        &batch.attention_mask,
        &B::test_device(),
    )
    .unwrap()
}

fn hidden_states_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let (model, config) = tiny_bert::<B>();
    let options = OutputOptions {
        hidden_states: true,
        attentions: true,
    };
    let output = model.forward_with(input(&config, &reference.batch("")), options);

    assert_eq!(output.hidden_states.len(), config.num_hidden_layers + 1);
    assert_eq!(output.attentions.len(), config.num_hidden_layers);
    for (layer, hidden) in output.hidden_states.into_iter().enumerate() {
        let name = format!("hidden_states.{layer}");
        assert_close(&name, &values(hidden), &reference.floats(&name), B::FORWARD);
    }
    for (layer, probabilities) in output.attentions.into_iter().enumerate() {
        let name = format!("attentions.{layer}");
        assert_close(
            &name,
            &values(probabilities),
            &reference.floats(&name),
            B::FORWARD,
        );
    }
    let expected = reference.floats(&format!("hidden_states.{}", config.num_hidden_layers));
    assert_close(
        "last_hidden_state",
        &values(output.last_hidden_state),
        &expected,
        B::FORWARD,
    );
    let expected = reference.floats("pooled_output");
    for pooled in [
        output.pooled_output,
        model.pooled(&input(&config, &reference.batch(""))),
    ] {
        assert_close("pooled_output", &values(pooled), &expected, B::FORWARD);
    }
}

/// A sequence gives the same, whether it is padded in a batch or alone.
fn no_padding_and_padding_agree<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let (model, config) = tiny_bert::<B>();
    let batch = reference.batch("");
    let [rows, seq] = batch.shape;
    let expected = reference.floats("pooled_output");
    for row in 0..rows {
        let from = row * seq;
        let length = batch.attention_mask[from..from + seq].iter().sum::<i64>() as usize;
        let cut = |ids: &[i64]| ids[from..from + length].to_vec();
        let alone = Batch {
            shape: [1, length],
            input_ids: cut(&batch.input_ids),
            token_type_ids: cut(&batch.token_type_ids),
            attention_mask: cut(&batch.attention_mask),
            labels: vec![],
        };
        let alone = input::<B>(&config, &alone);
        assert!(alone.attention_bias().is_none());
        let pooled = values(model.forward(alone).pooled_output);
        let width = config.hidden_size;
        let expected = &expected[row * width..(row + 1) * width];
        assert_close("pooled_output", &pooled, expected, B::FORWARD);
    }
}

fn a_row_of_padding_is_finite<B: TestBackend>() {
    let (model, config) = tiny_bert::<B>();
    let batch = Batch {
        shape: [2, 3],
        input_ids: vec![2, 7, 3, 0, 0, 0],
        token_type_ids: vec![0; 6],
        attention_mask: vec![1, 1, 1, 0, 0, 0],
        labels: vec![],
    };
    let output = model.forward(input(&config, &batch));
    assert!(
        values(output.last_hidden_state)
            .iter()
            .all(|v| v.is_finite())
    );
}

fn activations_and_their_gradients_equal_transformers<B: TestBackend>() {
    let reference = Reference::open("tiny-bert");
    let activations = [
        ("gelu", HiddenAct::Gelu),
        ("gelu_new", HiddenAct::GeluNew),
        ("relu", HiddenAct::Relu),
        ("silu", HiddenAct::Silu),
        ("tanh", HiddenAct::Tanh),
    ];
    for (name, activation) in activations {
        let at = |part: &str| reference.floats(&format!("act.{name}.{part}"));
        let x = at("input");
        let data = TensorData::new(x.clone(), [x.len()]);
        let x = Tensor::<Autodiff<B>, 1>::from_data(data, &B::test_device()).require_grad();
        let y = activation.forward(x.clone());
        assert_close(name, &values(y.clone()), &at("output"), B::FORWARD);
        let gradient = x.grad(&y.sum().backward()).unwrap();
        assert_close(
            &format!("{name}'"),
            &values(gradient),
            &at("grad"),
            B::FORWARD,
        );
    }
}

fn training_mode_drops_and_inference_does_not<B: TestBackend>() {
    let config = BertConfig {
        hidden_dropout_prob: 0.5,
        ..tiny_bert::<B>().1
    };
    let batch = Reference::open("tiny-bert").batch("");
    let device = B::test_device();
    let model = BertModel::<B>::new(&config, 1, &device).unwrap();
    let once = values(model.forward(input(&config, &batch)).pooled_output);
    assert_eq!(
        once,
        values(model.forward(input(&config, &batch)).pooled_output)
    );

    let model = BertModel::<Autodiff<B>>::new(&config, 1, &device).unwrap();
    let train_input = |seed| {
        BertInput::<Autodiff<B>>::new(
            &config,
            batch.shape,
            &batch.input_ids,
            &batch.token_type_ids,
            &batch.attention_mask,
            &device,
        )
        .unwrap()
        .with_dropout(DropoutSeed::new(seed))
    };
    let once = values(model.forward(train_input(1)).pooled_output);
    assert_ne!(once, values(model.forward(train_input(2)).pooled_output));
}

/// Fresh parameters are the same on every backend, and depend on nothing but the seed.
#[test]
fn initialisation_is_a_function_of_the_seed() {
    use burn::backend::{Flex, NdArray};
    let config = tiny_bert::<Flex>().1;
    let word = |seed| {
        let model = BertModel::<Flex>::new(&config, seed, &Default::default()).unwrap();
        data_values(model.embeddings.word_embeddings.weight.to_data())
    };
    let other = BertModel::<NdArray>::new(&config, 7, &Default::default()).unwrap();
    assert_eq!(
        word(7),
        data_values(other.embeddings.word_embeddings.weight.to_data())
    );
    assert_ne!(word(7), word(8));
    let padding = &word(7)[..config.hidden_size];
    assert!(
        padding.iter().all(|&v| v == 0.0),
        "the row of [PAD] starts at zero"
    );
}

/// Against the formula of "Attention Is All You Need", section 3.5, by hand.
#[test]
fn sinusoidal_positions_are_the_papers() {
    let table = values(sinusoidal_positions::<burn::backend::Flex>(
        3,
        4,
        &Default::default(),
    ));
    let expected: Vec<f32> = (0..3)
        .flat_map(|p| {
            let p = f64::from(p);
            [p.sin(), p.cos(), (p / 100.0).sin(), (p / 100.0).cos()]
        })
        .map(|v| v as f32)
        .collect();
    assert_close("positions", &table, &expected, 1e-6);
}

#[test]
fn a_model_with_sinusoidal_positions_runs() {
    use burn::backend::Flex;
    let config = BertConfig {
        position_embedding_type: PositionEmbedding::Sinusoidal,
        ..tiny_bert::<Flex>().1
    };
    let model = BertModel::<Flex>::new(&config, 1, &Default::default()).unwrap();
    assert!(model.embeddings.position_embeddings.is_none());
    let batch = Reference::open("tiny-bert").batch("");
    let output = model.forward(input(&config, &batch));
    assert_eq!(output.last_hidden_state.dims(), [4, 14, 32]);
}

#[test]
fn what_does_not_fit_the_model_is_named() {
    use burn::backend::Flex;
    let config = tiny_bert::<Flex>().1;
    let device = Default::default();
    let check = |shape: [usize; 2], id: i64, segment: i64| {
        let len = shape[0] * shape[1];
        BertInput::<Flex>::new(
            &config,
            shape,
            &vec![id; len],
            &vec![segment; len],
            &vec![1; len],
            &device,
        )
        .map(|_| ())
        .map_err(|error| error.to_string())
    };
    check([2, 48], 119, 1).unwrap();
    assert!(
        check([1, 49], 0, 0)
            .unwrap_err()
            .contains("49 tokens long, the model has 48")
    );
    assert!(check([1, 4], 120, 0).unwrap_err().contains("input_ids 120"));
    assert!(check([1, 4], -1, 0).unwrap_err().contains("input_ids -1"));
    assert!(
        check([1, 4], 0, 2)
            .unwrap_err()
            .contains("token_type_ids 2")
    );
    let error = BertInput::<Flex>::new(&config, [2, 2], &[0; 3], &[0; 4], &[1; 4], &device);
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("input_ids has 3 elements")
    );
    assert!(check([0, 4], 0, 0).unwrap_err().contains("empty"));
    assert!(check([1, 0], 0, 0).unwrap_err().contains("empty"));
    let huge = BertInput::<Flex>::new(&config, [1 << 63, 2], &[], &[], &[], &device);
    assert!(huge.unwrap_err().to_string().contains("input_ids has 0"));
    let mask = [1, 2, 0, 0];
    let error = BertInput::<Flex>::new(&config, [2, 2], &[0; 4], &[0; 4], &mask, &device);
    let message = error.unwrap_err().to_string();
    assert!(
        message.contains("attention_mask of sequence 0 has 2"),
        "{message}"
    );
    let mask = [1, 1, 0, 1];
    let error = BertInput::<Flex>::new(&config, [2, 2], &[0; 4], &[0; 4], &mask, &device);
    let message = error.unwrap_err().to_string();
    assert!(
        message.contains("sequence 1 has padding before a token"),
        "{message}"
    );
}

/// A device would read beyond the table, and say nothing.
#[test]
#[should_panic(expected = "input_ids has 119, expected ids below 100")]
fn an_input_for_a_larger_vocabulary_is_refused_by_the_model() {
    use burn::backend::Flex;
    let config = tiny_bert::<Flex>().1;
    let device = Default::default();
    let input = BertInput::new(&config, [1, 2], &[0, 119], &[0; 2], &[1; 2], &device).unwrap();
    let smaller = bert_core::config::BertConfig {
        vocab_size: 100,
        ..config
    };
    let model = bert_core::model::BertModel::<Flex>::new(&smaller, 0, &device).unwrap();
    model.forward(input);
}
