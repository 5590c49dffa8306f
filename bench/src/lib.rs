//! What the timings share.

use std::time::Instant;

use bert_core::config::BertConfig;
use clap::ValueEnum;
use rayon::prelude::*;

/// The sizes of BERT that are timed, all with the vocabulary of bert-base-uncased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// 4 layers of 256
    Mini,
    /// 6 layers of 384: all-MiniLM-L6
    Minilm,
    /// 12 layers of 768: bert-base
    Base,
}

impl Shape {
    /// Its configuration.
    pub fn config(self) -> BertConfig {
        let (layers, hidden, heads) = match self {
            Self::Mini => (4, 256, 4),
            Self::Minilm => (6, 384, 12),
            Self::Base => (12, 768, 12),
        };
        let mut config = BertConfig {
            vocab_size: 30_522,
            hidden_size: hidden,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            intermediate_size: 4 * hidden,
            ..BertConfig::default()
        };
        config.set_labels(&["0", "1"]);
        config.architectures = vec!["BertForSequenceClassification".to_owned()];
        config
    }
}

/// The largest resident set of this process so far, in MB; absent where there is no `/proc`.
pub fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// Seconds that the matrix products of a training step take by themselves, with the gemm crate:
/// those of the dense layers and of attention, forward and both backward.
pub fn products(shape: Shape, batch: usize, seq: usize, repeat: usize) -> Vec<f64> {
    let config = shape.config();
    let (rows, hidden) = (batch * seq, config.hidden_size);
    let (layers, heads) = (config.num_hidden_layers, config.num_attention_heads);
    let dense = [
        (4, hidden, hidden),
        (1, hidden, config.intermediate_size),
        (1, config.intermediate_size, hidden),
    ];
    let largest = rows * config.intermediate_size;
    let mut buffers = Buffers::new(largest.max(hidden * config.intermediate_size));
    let all = gemm::Parallelism::Rayon(0);
    (0..=repeat)
        .map(|_| {
            let started = Instant::now();
            for (times, d_in, d_out) in dense {
                for _ in 0..times * layers {
                    // Forward, the gradient of the input, the gradient of the weight.
                    buffers.multiply([rows, d_out, d_in], [false, false], all);
                    buffers.multiply([rows, d_in, d_out], [false, true], all);
                    buffers.multiply([d_in, d_out, rows], [true, false], all);
                }
            }
            (0..layers * batch * heads).into_par_iter().for_each_init(
                || Buffers::new(seq * seq.max(hidden)),
                |buffers, _| attention_products(buffers, seq, hidden / heads),
            );
            started.elapsed().as_secs_f64()
        })
        .skip(1)
        .collect()
}

/// Of one head: two products forward, five backward, the scores being computed again.
fn attention_products(buffers: &mut Buffers, seq: usize, size: usize) {
    let one = gemm::Parallelism::None;
    for _ in 0..3 {
        buffers.multiply([seq, seq, size], [false, true], one);
    }
    for transposed in [false, false, true, true] {
        buffers.multiply([seq, size, seq], [transposed, false], one);
    }
}

/// Room for two factors and a product.
struct Buffers {
    a: Vec<f32>,
    b: Vec<f32>,
    product: Vec<f32>,
}

impl Buffers {
    fn new(len: usize) -> Self {
        Self {
            a: vec![0.5; len],
            b: vec![0.25; len],
            product: vec![0.0; len],
        }
    }

    /// `[m, k] x [k, n]`, each factor stored transposed or not.
    #[allow(unsafe_code)]
    fn multiply(
        &mut self,
        [m, n, k]: [usize; 3],
        [a_transposed, b_transposed]: [bool; 2],
        threads: gemm::Parallelism,
    ) {
        assert!(m * k <= self.a.len() && k * n <= self.b.len() && m * n <= self.product.len());
        let strides = |rows: usize, columns: usize, transposed| match transposed {
            true => (1, rows as isize),
            false => (columns as isize, 1),
        };
        let (a_row, a_column) = strides(m, k, a_transposed);
        let (b_row, b_column) = strides(k, n, b_transposed);
        // SAFETY: the buffers are as large as the matrices.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                self.product.as_mut_ptr(),
                1,
                n as isize,
                false,
                self.a.as_ptr(),
                a_column,
                a_row,
                self.b.as_ptr(),
                b_column,
                b_row,
                0.0,
                1.0,
                false,
                false,
                false,
                threads,
            );
        }
    }
}
