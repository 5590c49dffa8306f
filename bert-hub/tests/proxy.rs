//! A proxy between this machine and the hub.

mod common;

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use bert_hub::{Hub, Proxies};
use common::*;

/// A proxy that lets everybody through who says who they are; what it was asked is written down.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, asked) = (listener.local_addr().unwrap().port(), Arc::default());
    let written: Arc<Mutex<Vec<String>>> = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let written = written.clone();
            std::thread::spawn(move || through(stream, &written));
        }
    });
    (port, asked)
}

fn through(mut stream: TcpStream, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head)?;
    }
    let target = head
        .split_whitespace()
        .nth(1)
        .unwrap_or_default()
        .to_owned();
    // me:secret
    let is_known = head
        .to_lowercase()
        .contains("proxy-authorization: basic bwu6c2vjcmv0");
    asked.lock().unwrap().push(head);
    if !is_known {
        return stream.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
    }
    let mut onward = TcpStream::connect(target)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut back_from, mut back_to) = (onward.try_clone()?, stream.try_clone()?);
    std::thread::spawn(move || io::copy(&mut back_from, &mut back_to));
    io::copy(&mut reader, &mut onward)?;
    Ok(())
}

fn proxies(variables: &[(&str, String)]) -> Proxies {
    Proxies::of_variables(|name| {
        let mut variables = variables.iter();
        let found = variables.find(|(known, _)| *known == name);
        found.map(|(_, value)| value.clone())
    })
}

#[test]
fn a_proxy_is_used_and_gone_around_as_the_variables_say() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let (port, asked) = proxy();
    let mut settings = settings(&server, cache.path());
    let address = ("HTTP_PROXY", format!("http://me:secret@127.0.0.1:{port}"));
    settings.proxies = proxies(&[address.clone(), ("NO_PROXY", "elsewhere.org".to_owned())]);
    let proxied = Hub::new(settings.clone()).unwrap();
    proxied.snapshot(&repo()).file("model.safetensors").unwrap();
    assert!(asked.lock().unwrap()[0].starts_with("CONNECT 127.0.0.1:"));
    asked.lock().unwrap().clear();
    settings.proxies = proxies(&[address, ("NO_PROXY", "127.0.0.1".to_owned())]);
    Hub::new(settings)
        .unwrap()
        .snapshot(&repo())
        .file("README.md")
        .unwrap();
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_told_without_its_password() {
    let (server, cache) = (server(model()), tempfile::tempdir().unwrap());
    let mut settings = settings(&server, cache.path());
    settings.retries = 0;
    let (port, _) = proxy();
    for proxy in [
        format!("http://me:wrong_secret@127.0.0.1:{port}"),
        "http://me:wrong_secret@127.0.0.1:9".to_owned(),
        "nonsense://me:wrong_secret@127.0.0.1".to_owned(),
    ] {
        settings.proxies = proxies(&[("ALL_PROXY", proxy)]);
        let hub = Hub::new(settings.clone()).unwrap();
        let message = hub
            .snapshot(&repo())
            .file("config.json")
            .unwrap_err()
            .to_string();
        assert!(message.contains("cannot reach"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
    assert_eq!(server.take_requests(), []);
}
