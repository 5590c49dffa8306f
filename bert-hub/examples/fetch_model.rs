//! Brings a model into the cache and prints its folder and where it is from.
//!
//! `cargo run -p bert-hub --example fetch_model -- google-bert/bert-base-uncased`

use bert_hub::{Hub, HubError, HubSettings, Repo, fetch_model};

fn main() -> Result<(), HubError> {
    let name = std::env::args().nth(1);
    let name = name.unwrap_or_else(|| "google-bert/bert-base-uncased".to_owned());
    let hub = Hub::new(HubSettings::from_env()?)?;
    let model = fetch_model(&hub, &Repo::model(&name)?)?;
    println!("{}\n{}", model.folder.display(), model.origin());
    Ok(())
}
