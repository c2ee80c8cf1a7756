//! Who sends the requests: HTTP/1.1 over connections that stay open, with nothing around it that would cost the client more
//! than it must.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// The head, as it came.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The status in a head.
pub fn status(head: &str) -> Option<u16> {
    head.split(' ').nth(1)?.parse().ok()
}

/// One connection to a server.
pub struct Browser {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Browser {
    /// Connects.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { address, stream, buffer: Vec::with_capacity(16 * 1024) })
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str, session: &str) -> io::Result<Answer> {
        let address = self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\ncookie: session={session}\r\n\r\n");
        self.ask(&request).await
    }

    /// Opens a page as a stranger does.
    pub async fn look(&mut self, path: &str) -> io::Result<Answer> {
        let address = self.address;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept: text/html\r\n\r\n");
        self.ask(&request).await
    }

    /// Calls a server function as the program in a browser does.
    pub async fn call(&mut self, path: &str, session: &str, body: &str) -> io::Result<Answer> {
        let (address, length) = (self.address, body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\norigin: http://{address}\r\naccept: application/json\r\n\
             content-type: application/x-www-form-urlencoded\r\ncookie: session={session}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.ask(&request).await
    }

    async fn ask(&mut self, request: &str) -> io::Result<Answer> {
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).into_owned();
        let status = status(&head).ok_or_else(|| io::Error::other("no status"))?;
        let body = if header(&head, "transfer-encoding").is_some_and(|coding| coding == "chunked") {
            self.chunks(end).await?
        } else {
            let length: usize = header(&head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            while self.buffer.len() < end + length {
                self.more().await?;
            }
            self.buffer[end..end + length].to_vec()
        };
        Ok(Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    async fn chunks(&mut self, mut at: usize) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(end) = find(&self.buffer[at..], b"\r\n") {
                    break at + end;
                }
                self.more().await?;
            };
            let digits = String::from_utf8_lossy(&self.buffer[at..line]).into_owned();
            let length = usize::from_str_radix(digits.trim(), 16).map_err(io::Error::other)?;
            let begin = line + 2;
            while self.buffer.len() < begin + length + 2 {
                self.more().await?;
            }
            if length == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&self.buffer[begin..begin + length]);
            at = begin + length + 2;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
