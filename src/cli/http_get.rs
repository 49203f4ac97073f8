//! One HTTP GET by hand, for what asks the service or nats-server one thing. It follows nothing and keeps no connection.

use std::{io, time::Duration};

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Longest wait for the answer.
const LIMIT: Duration = Duration::from_secs(3);
/// Longest answer that is looked at, in bytes.
const ANSWER_BYTES: u64 = 1024 * 1024;

/// What was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// Asks `address`, a host and a port, for a path such as `/readyz`.
pub(super) async fn get(address: &str, path: &str) -> anyhow::Result<Answer> {
    let text = timeout(LIMIT, exchange(address, path)).await;
    let text =
        text.unwrap_or_else(|late| Err(late.into())).with_context(|| format!("no answer on http://{address}"))?;
    parse(&text).with_context(|| format!("what http://{address} answers is not HTTP"))
}

/// HTTP/1.0: the answer comes in one piece and ends with the connection.
async fn exchange(address: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.0\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES).read_to_string(&mut answer).await?;
    Ok(answer)
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_its_body() {
        let answer = parse("HTTP/1.0 503 Service Unavailable\r\ncontent-length: 4\r\n\r\nwait");
        assert_eq!(answer, Some(Answer { status: 503, body: "wait".to_owned() }));
    }

    #[test]
    fn what_is_not_http_is_no_answer() {
        assert_eq!(parse("INFO {\"server_id\":\"x\"}\r\n"), None);
        assert_eq!(parse("INFO x 200\r\n\r\n"), None);
    }
}
