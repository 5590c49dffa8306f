//! HTTP 1.1, as far as a client of the hub needs it.

use std::io::{self, BufRead, Write};
use std::net::{Shutdown, TcpStream};

use super::fault::Fault;

/// A request without a body.
pub(super) struct Asked {
    pub method: String,
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<String> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// The first byte of a range that goes to the end.
    pub fn from(&self) -> Option<usize> {
        self.header("range")?
            .strip_prefix("bytes=")?
            .strip_suffix('-')?
            .parse()
            .ok()
    }
}

/// An answer.
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The first byte that is sent.
    pub range: Option<usize>,
}

impl Answer {
    pub fn new(status: u16, headers: Vec<(&'static str, String)>) -> Self {
        Self {
            status,
            headers,
            body: Vec::new(),
            range: None,
        }
    }
}

/// The next request; none at the end of the connection.
pub(super) fn read(reader: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    Ok(Some(Asked {
        method,
        path,
        headers,
    }))
}

/// Sends an answer, as a fault lets it be sent. A connection that is cut is an error.
pub(super) fn write(
    mut stream: &TcpStream,
    asked: &Asked,
    answer: &Answer,
    fault: Option<&Fault>,
) -> io::Result<()> {
    let (size, from) = (answer.body.len(), answer.range.unwrap_or(0));
    let body = &answer.body[from.min(size)..];
    let mut head = format!("HTTP/1.1 {} Answer\r\n", answer.status);
    if answer.range.is_some() && answer.status == 206 {
        let last = size.saturating_sub(1);
        head.push_str(&format!("Content-Range: bytes {from}-{last}/{size}\r\n"));
    }
    let has_own_length = answer
        .headers
        .iter()
        .any(|(name, _)| *name == "Content-Length");
    if !has_own_length {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    if asked.method == "HEAD" {
        return Ok(());
    }
    match fault {
        Some(Fault::CutAfter(count)) if *count < body.len() => {
            stream.write_all(&body[..*count])?;
            stream.shutdown(Shutdown::Both)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        Some(Fault::Slow(chunk, time)) => {
            for part in body.chunks(*chunk) {
                stream.write_all(part)?;
                std::thread::sleep(*time);
            }
            Ok(())
        }
        _ => stream.write_all(body),
    }
}
