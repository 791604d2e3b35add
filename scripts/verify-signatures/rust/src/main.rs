//! Hands our signed webhooks to the Rust verifier: `cargo run -- VECTORS.json`. Exits 1 when it judges otherwise.
use std::collections::HashMap;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    name: String,
    secret: String,
    headers: HashMap<String, String>,
    body: String,
    accept: bool,
}

impl Vector {
    fn header_map(&self) -> HeaderMap {
        self.headers
            .iter()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().expect("a header's name");
                (name, HeaderValue::from_str(value).expect("a header's value"))
            })
            .collect()
    }
}

fn accepts(vector: &Vector) -> bool {
    let webhook = standardwebhooks::Webhook::new(&vector.secret).expect("a secret");
    webhook.verify(vector.body.as_bytes(), &vector.header_map()).is_ok()
}

fn main() {
    let path = std::env::args().nth(1).expect("a file of vectors");
    let text = std::fs::read_to_string(path).expect("a readable file");
    let vectors: Vec<Vector> = serde_json::from_str(&text).expect("vectors");
    assert!(!vectors.is_empty(), "no vectors: nothing was proved");
    let wrong: Vec<_> = vectors.iter().filter(|vector| accepts(vector) != vector.accept).collect();
    for vector in &wrong {
        println!("  judged otherwise: {}", vector.name);
    }
    println!("rust, standardwebhooks: {} of {} as expected", vectors.len() - wrong.len(), vectors.len());
    std::process::exit(if wrong.is_empty() { 0 } else { 1 });
}
