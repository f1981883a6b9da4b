//! As much of HTTP/1.1 as an Azure client speaks, and the ways in which an answer can go wrong.

use std::io;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A request, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The `Host` header, lower-case, without port.
    pub host: String,
    /// The path as it was sent, percent-encoded.
    pub path: String,
    /// The query as it was sent, without `?`.
    pub query: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The bearer token that came along.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// A query parameter, decoded; names are compared without letter case, as Azure does.
    pub fn parameter(&self, name: &str) -> Option<String> {
        pairs(&self.query)
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The path, decoded and without a trailing slash.
    pub fn decoded_path(&self) -> String {
        decode(self.path.trim_end_matches('/'), false)
    }

    /// `https://host/path?query`.
    pub fn url(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("https://{}{}{mark}{}", self.host, self.path, self.query)
    }

    /// The body as JSON.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// The pairs of a query string or a form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = if escaped.is_some() { &tail[2..] } else { tail };
        bytes.push(match (escaped, first) {
            (Some(byte), _) => byte,
            (None, b'+') if plus_is_space => b' ',
            (None, byte) => *byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How an answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As it should.
    Whole,
    /// After a pause, with another in the middle of the body.
    Slow(Duration),
    /// `Content-Length` promises twice what is sent; then the connection is closed.
    Cut,
    /// The connection is reset instead of an answer.
    Reset,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers besides `Content-Length`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How it travels.
    pub delivery: Delivery,
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json; charset=utf-8".into())],
            body: serde_json::to_vec(body).unwrap(),
            delivery: Delivery::Whole,
        }
    }

    /// Adds a header.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// A connection whose requests are read and answered one after the other.
pub struct Connection {
    stream: BufReader<TlsStream<TcpStream>>,
}

impl Connection {
    /// Takes over an accepted connection.
    pub fn new(stream: TlsStream<TcpStream>) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    /// The next request; `None` when the client is done.
    pub async fn read(&mut self) -> io::Result<Option<Request>> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace();
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::Error::other("no request line"));
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            ..Request::default()
        };
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let host = request.header("host").unwrap_or_default();
        request.host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let length = request.header("content-length").and_then(|text| text.parse().ok());
        request.body = vec![0; length.unwrap_or(0)];
        self.stream.read_exact(&mut request.body).await?;
        Ok(Some(request))
    }

    /// Sends an answer; `false` when the connection is over.
    pub async fn write(&mut self, reply: &Reply) -> io::Result<bool> {
        let socket = self.stream.get_mut();
        if reply.delivery == Delivery::Reset {
            socket.get_ref().0.set_zero_linger()?;
            return Ok(false);
        }
        let cut = reply.delivery == Delivery::Cut;
        let promised = reply.body.len() * if cut { 2 } else { 1 };
        let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reason(reply.status));
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {promised}\r\n\r\n"));
        let (first, second) = reply.body.split_at(reply.body.len() / 2);
        if let Delivery::Slow(pause) = reply.delivery {
            tokio::time::sleep(pause / 2).await;
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(first).await?;
            socket.flush().await?;
            tokio::time::sleep(pause / 2).await;
            socket.write_all(second).await?;
        } else {
            let message = [head.as_bytes(), &reply.body].concat();
            socket.write_all(&message).await?;
        }
        socket.flush().await?;
        if cut {
            socket.shutdown().await?;
        }
        Ok(!cut)
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}
