//! Just enough of an HTTP client, and a proxy that does not know what it carries.

use crate::support::encode;
use axum::http::StatusCode;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    head: String,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// The cookie that an answer sets.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let value = line.strip_prefix("set-cookie: ")?.split(';').next()?;
            value.starts_with(&format!("{name}=")).then(|| value.to_owned())
        })
    }
}

/// Asks for a page.
pub async fn get(port: u16, path: &str, cookie: &str) -> io::Result<Reply> {
    send(port, &format!("GET {path} HTTP/1.1\r\naccept: text/html\r\n{}", tail(port, cookie, ""))).await
}

/// Asks for something that has no end, and reads how the answer begins.
pub async fn head(port: u16, path: &str) -> io::Result<String> {
    let whole = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\n{}", tail(port, "", "")).as_bytes()).await?;
        let mut text = String::new();
        while !text.contains("\r\n\r\n") {
            let mut bytes = [0; 1024];
            let count = stream.read(&mut bytes).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        Ok::<_, io::Error>(text)
    };
    timeout(Duration::from_secs(30), whole).await?
}

/// Calls a server function at `port`, as the program does in a browser that believes to be at `public`.
pub async fn call(port: u16, public: u16, path: &str, cookie: &str, pairs: &[(&str, &str)]) -> io::Result<Reply> {
    let head = format!(
        "POST {path} HTTP/1.1\r\naccept: application/json\r\norigin: http://127.0.0.1:{public}\r\n\
         content-type: application/x-www-form-urlencoded\r\n"
    );
    send(port, &format!("{head}{}", tail(public, cookie, &encode(pairs)))).await
}

fn tail(public: u16, cookie: &str, body: &str) -> String {
    let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
    format!("host: 127.0.0.1:{public}\r\n{cookie}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

async fn send(port: u16, request: &str) -> io::Result<Reply> {
    let whole = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Ok::<_, io::Error>(bytes)
    };
    let bytes = timeout(Duration::from_secs(30), whole).await??;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // A server that was killed half way has said nothing, or not all of it.
    let cut = || io::Error::new(io::ErrorKind::UnexpectedEof, "cut off");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok()).ok_or_else(cut)?;
    let reply = Reply {
        status: StatusCode::from_u16(status).map_err(|_| cut())?,
        head: head.replace("\r\n", "\n"),
        body: body.to_owned(),
    };
    let announced: Option<usize> = reply.header("content-length").and_then(|length| length.parse().ok());
    let chunked = reply.header("transfer-encoding").is_some();
    if announced.is_some_and(|length| body.len() < length) || (chunked && !body.ends_with("0\r\n\r\n")) {
        return Err(cut());
    }
    Ok(reply)
}

async fn pass_on(listener: TcpListener, targets: Vec<u16>) {
    let (targets, turn) = (Arc::new(targets), Arc::new(AtomicUsize::new(0)));
    while let Ok((mut here, _)) = listener.accept().await {
        let (targets, turn) = (Arc::clone(&targets), turn.fetch_add(1, Ordering::Relaxed));
        tokio::spawn(async move {
            for place in 0..targets.len() {
                let target = targets[(turn + place) % targets.len()];
                if let Ok(mut there) = TcpStream::connect(("127.0.0.1", target)).await {
                    let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                    return;
                }
            }
        });
    }
}

/// A proxy whose port is known before its servers are: they have to be told where they seem to be. It passes connections
/// on to them in turn, and to the next where one refuses.
pub struct Front {
    listener: TcpListener,
    pub port: u16,
}

impl Front {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    pub fn lead_to(self, targets: Vec<u16>) -> u16 {
        tokio::spawn(pass_on(self.listener, targets));
        self.port
    }
}
