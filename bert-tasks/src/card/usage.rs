//! What a model is for, and how it is used, by its class.

/// By class.
pub(super) struct Usage {
    pub title: &'static str,
    /// What it does, after "The model".
    pub does: &'static str,
    /// The task on the hub.
    pub pipeline_tag: Option<&'static str>,
    /// A line for a shell.
    pub command: Option<&'static str>,
    /// A few lines of Python.
    pub python: &'static str,
}

impl Usage {
    /// Of the class of this name.
    pub fn of(architecture: &str) -> Self {
        match architecture {
            "BertForSequenceClassification" => Self {
                title: "BERT for the labels of texts",
                does: "gives a text, or a pair of texts, its label",
                pipeline_tag: Some("text-classification"),
                command: Some("bert predict --model DIR < texts.txt"),
                python: "from transformers import pipeline\n\n\
                     classifier = pipeline(\"text-classification\", model=\"DIR\")\n\
                     print(classifier(\"A text.\"))\n\
                     print(classifier({\"text\": \"The first of two.\", \"text_pair\": \"The second.\"}))\n",
            },
            "BertForNextSentencePrediction" => Self {
                title: "BERT for next sentences",
                does: "says whether one text follows the other",
                pipeline_tag: None,
                command: Some("bert predict --model DIR < pairs.tsv"),
                python: "from transformers import AutoModelForNextSentencePrediction, AutoTokenizer\n\n\
                     tokenizer = AutoTokenizer.from_pretrained(\"DIR\")\n\
                     model = AutoModelForNextSentencePrediction.from_pretrained(\"DIR\")\n\
                     inputs = tokenizer(\"A text.\", \"The next one.\", return_tensors=\"pt\")\n\
                     print(model(**inputs).logits.softmax(-1))  # the first is that it follows\n",
            },
            "BertForTokenClassification" => Self {
                title: "BERT for the labels of words",
                does: "finds names and the like in texts, or labels their words",
                pipeline_tag: Some("token-classification"),
                command: Some("bert tag --model DIR \"Ada Lovelace lived in London.\""),
                python: "from transformers import pipeline\n\n\
                     tagger = pipeline(\"token-classification\", model=\"DIR\", aggregation_strategy=\"first\")\n\
                     print(tagger(\"Ada Lovelace lived in London.\"))\n",
            },
            "BertForQuestionAnswering" => Self {
                title: "BERT for answers to questions on a text",
                does: "finds the answer to a question in a text",
                pipeline_tag: Some("question-answering"),
                command: Some("bert predict --model DIR --context FILE --question \"Who ...?\""),
                python: "from transformers import pipeline\n\n\
                     answerer = pipeline(\"question-answering\", model=\"DIR\")\n\
                     print(answerer(question=\"Who sat?\", context=\"The cat sat.\"))\n",
            },
            "BertForMultipleChoice" => Self {
                title: "BERT for multiple choice",
                does: "picks one of several choices",
                pipeline_tag: Some("multiple-choice"),
                command: Some("bert predict --model DIR < questions.jsonl"),
                python: "from transformers import AutoModelForMultipleChoice, AutoTokenizer\n\n\
                     tokenizer = AutoTokenizer.from_pretrained(\"DIR\")\n\
                     model = AutoModelForMultipleChoice.from_pretrained(\"DIR\")\n\
                     choices = [\"How is it? dry\", \"How is it? wet\"]\n\
                     inputs = tokenizer([\"It rains.\"] * 2, choices, return_tensors=\"pt\", padding=True)\n\
                     print(model(**{name: values[None] for name, values in inputs.items()}).logits.softmax(-1))\n",
            },
            "BertForMaskedLM" | "BertForPreTraining" => Self {
                title: "BERT that fills masks",
                does: "says which words fit where a text has `[MASK]`, and is there to be fine-tuned",
                pipeline_tag: Some("fill-mask"),
                command: Some("bert predict --model DIR \"The [MASK] of the United States.\""),
                python: "from transformers import pipeline\n\n\
                     fill = pipeline(\"fill-mask\", model=\"DIR\")\n\
                     print(fill(\"The [MASK] of the United States.\"))\n",
            },
            _ => Self {
                title: "BERT with a head",
                does: "was trained with a head of its own",
                pipeline_tag: None,
                command: None,
                python: "from transformers import AutoModel, AutoTokenizer\n\n\
                     tokenizer = AutoTokenizer.from_pretrained(\"DIR\")\n\
                     model = AutoModel.from_pretrained(\"DIR\")  # without the head\n",
            },
        }
    }
}
