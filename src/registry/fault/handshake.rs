//! Answers to a TLS client's first message that are no handshake.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::act::Handshake;
use super::hello::{self, ClientHello};
use super::opening::swallow;
use super::wire::Socket as _;

const PATIENCE: Duration = Duration::from_secs(10);
/// The largest record.
const RECORD: usize = 5 + 16 * 1024;

/// Reads the first message, answers as that server does, and stays until the client closes.
pub async fn act(mut stream: TcpStream, server: &Handshake, chain: &[Vec<u8>]) {
    let Ok(Some(record)) = timeout(PATIENCE, first_record(&mut stream)).await else { return };
    match server {
        Handshake::Reset => return stream.reset_on_close(),
        Handshake::Silence => {}
        _ => {
            let answer = hello::answer(ClientHello::read(&record).as_ref(), server, chain);
            if stream.write_all(&answer).await.is_err() {
                return;
            }
            // An alert is the end; after a hello the client has the word.
            if answer.first() == Some(&hello::ALERT) {
                let _ = stream.shutdown().await;
            }
        }
    }
    swallow(&mut stream).await;
}

async fn first_record(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut record = Vec::new();
    while hello::record_length(&record).is_none_or(|length| record.len() < length.min(RECORD)) {
        if stream.read_buf(&mut record).await.ok()? == 0 {
            return None;
        }
    }
    Some(record)
}
