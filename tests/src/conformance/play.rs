//! Playing an answer, in which most ways to misbehave are meant.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::script::{Framing, Http, Manner};

/// How often and how far apart it is looked whether the other side has everything.
const LOOKS: u32 = 500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

/// Sends an answer. Returns whether the connection can have a further request.
///
/// Where the connection breaks, it does so `pause` after the last byte.
pub(super) async fn answer(stream: &mut TcpStream, http: &Http, pause: Duration) -> io::Result<bool> {
    stream.write_all(head(http).as_bytes()).await?;
    let first = |n: usize| http.body.get(..n).unwrap_or(&http.body);
    match http.manner {
        Manner::Whole => whole(stream, http).await?,
        Manner::Drip(between) => return drip(stream, http, between).await,
        Manner::Stall(n) => {
            part(stream, http, first(n)).await?;
            until_closed(stream).await?;
            return Ok(false);
        }
        Manner::Reset(n) => {
            part(stream, http, first(n)).await?;
            tokio::time::sleep(pause).await;
            reset(stream).await?;
            return Ok(false);
        }
        Manner::Close(n) => {
            part(stream, http, first(n)).await?;
            tokio::time::sleep(pause).await;
            hang_up(stream).await?;
            return Ok(false);
        }
    }
    let honest = !matches!(http.framing, Framing::Length(length) if length != http.body.len() as u64);
    if !honest {
        tokio::time::sleep(pause).await;
    }
    if http.close || !honest {
        hang_up(stream).await?;
        return Ok(false);
    }
    Ok(true)
}

/// Sends bytes as they are. Returns whether the connection can have a further request.
pub(super) async fn raw(stream: &mut TcpStream, bytes: &[u8], close: bool) -> io::Result<bool> {
    stream.write_all(bytes).await?;
    if close {
        hang_up(stream).await?;
    }
    Ok(!close)
}

/// Resets the connection, once the other side has what was sent.
pub(super) async fn reset(stream: &TcpStream) -> io::Result<()> {
    delivered(stream).await;
    // What is dropped after this is reset.
    stream.set_zero_linger()
}

/// Closes the connection in good order: a close with bytes unread would be a reset.
pub(super) async fn hang_up(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    until_closed(stream).await
}

/// Waits until the client closes the connection.
pub(super) async fn until_closed(stream: &mut TcpStream) -> io::Result<()> {
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

fn head(http: &Http) -> String {
    let status = http::StatusCode::from_u16(http.status).ok();
    let reason = status.and_then(|status| status.canonical_reason()).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", http.status);
    for (name, value) in &http.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    match http.framing {
        Framing::Nothing => {}
        Framing::Length(length) => head.push_str(&format!("Content-Length: {length}\r\n")),
        Framing::Chunks => head.push_str("Transfer-Encoding: chunked\r\n"),
    }
    if http.close {
        head.push_str("Connection: close\r\n");
    }
    head + "\r\n"
}

async fn whole(stream: &mut TcpStream, http: &Http) -> io::Result<()> {
    part(stream, http, &http.body).await?;
    if http.framing == Framing::Chunks {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    Ok(())
}

/// Sends bytes of the body in its framing.
async fn part(stream: &mut TcpStream, http: &Http, bytes: &[u8]) -> io::Result<()> {
    if http.framing != Framing::Chunks {
        return stream.write_all(bytes).await;
    }
    for chunk in bytes.chunks(64 * 1024) {
        let mut framed = format!("{:x}\r\n", chunk.len()).into_bytes();
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
        stream.write_all(&framed).await?;
    }
    Ok(())
}

/// Sends byte by byte, until the client goes or everything that was announced is sent.
async fn drip(stream: &mut TcpStream, http: &Http, pause: Duration) -> io::Result<bool> {
    let announced = match http.framing {
        Framing::Length(length) => length,
        _ => u64::MAX,
    };
    let mut pace = tokio::time::interval(pause);
    let mut bytes = http.body.iter().copied().chain(std::iter::repeat(b' '));
    for _ in 0..announced {
        let Some(byte) = bytes.next() else { break };
        pace.tick().await;
        part(stream, http, &[byte]).await?;
    }
    Ok(!http.close)
}

/// Waits until the other side's system has all that was sent, since a reset throws away what it hasn't. Only Linux tells.
async fn delivered(stream: &TcpStream) {
    let (Ok(here), Ok(there)) = (stream.local_addr(), stream.peer_addr()) else { return };
    let ends = format!(" {} {} ", in_hex(here), in_hex(there));
    for _ in 0..LOOKS {
        let Ok(table) = std::fs::read_to_string("/proc/net/tcp") else {
            return tokio::time::sleep(BETWEEN_LOOKS * 50).await;
        };
        // After the two ends: the state, then the bytes that were sent and not acknowledged.
        let line = table.lines().find_map(|line| line.split_once(&ends).map(|(_, rest)| rest));
        let waiting =
            line.and_then(|rest| rest.split([' ', ':']).nth(1)).is_some_and(|n| !n.trim_matches('0').is_empty());
        if !waiting {
            return;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// An address as the system's table has it: the bytes of an IPv4 address as a number of the machine's own order.
fn in_hex(address: std::net::SocketAddr) -> String {
    match address.ip() {
        std::net::IpAddr::V4(ip) => format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()),
        std::net::IpAddr::V6(_) => String::new(),
    }
}
