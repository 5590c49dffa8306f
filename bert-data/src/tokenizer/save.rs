//! Writing a tokenizer as the files of a Hugging Face model folder.

use std::fs;
use std::path::Path;

use super::{BertTokenizer, TokenizerError, config, vocab};

impl BertTokenizer {
    /// Writes `tokenizer.json`, `tokenizer_config.json` and, where the model is WordPiece,
    /// `vocab.txt` into `dir`, which is made if needed. `transformers.AutoTokenizer` and
    /// [`from_folder`](Self::from_folder) open them and give the same ids.
    ///
    /// The files are written one after another: who needs all or nothing saves into a new folder
    /// and renames it.
    ///
    /// # Errors
    /// If the folder or a file cannot be written.
    pub fn save(&self, dir: impl AsRef<Path>) -> Result<(), TokenizerError> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir).map_err(|source| TokenizerError::Write {
            file: dir.to_owned(),
            source,
        })?;
        for (name, content) in self.files(dir)? {
            let file = dir.join(name);
            fs::write(&file, content).map_err(|source| TokenizerError::Write { file, source })?;
        }
        Ok(())
    }

    /// Names and contents of the files that [`save`](Self::save) writes.
    fn files(&self, dir: &Path) -> Result<Vec<(&'static str, String)>, TokenizerError> {
        let tokenizer_json =
            self.inner
                .to_string(true)
                .map_err(|source| TokenizerError::Invalid {
                    file: dir.to_owned(),
                    source,
                })?;
        let config = format!("{:#}\n", config::to_json(self));
        let mut files = vec![
            ("tokenizer.json", tokenizer_json),
            ("tokenizer_config.json", config),
        ];
        if config::is_word_piece(&self.inner) {
            files.push(("vocab.txt", vocab::write(&self.vocabulary())));
        }
        Ok(files)
    }
}
