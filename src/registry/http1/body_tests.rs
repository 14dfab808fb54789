//! Bodies in pieces of every size.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::*;

/// What is read of `wire`, of which `before` bytes came with the head; and what is left on the connection.
async fn read(wire: &[u8], before: usize, framing: Framing) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    client.write_all(&wire[before..]).await.unwrap();
    drop(client);
    let home = Home::default();
    let connection = Connection { stream, read: BytesMut::from(&wire[..before]) };
    let mut body = Body::new(connection, framing, false, home.clone());
    let mut whole = Vec::new();
    loop {
        // Smaller than some chunks and larger than others.
        let mut piece = BytesMut::with_capacity(7);
        match body.read(&mut piece).await? {
            0 => break,
            count => assert_eq!(count, piece.len()),
        }
        whole.extend_from_slice(&piece);
    }
    drop(body);
    let (mut connection, over) = home.take().unwrap();
    assert!(over);
    let mut rest = connection.read.split().to_vec();
    loop {
        connection.stream.readable().await.unwrap();
        let mut more = [0; 100];
        match connection.stream.try_read(&mut more) {
            Ok(0) => return Ok((whole, rest)),
            Ok(count) => rest.extend_from_slice(&more[..count]),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
}

#[tokio::test]
async fn every_way_to_cut_a_body_gives_the_same() {
    let rows: [(&[u8], Framing); 3] = [
        (b"hello layerNEXT", Framing::Length(11)),
        (b"6\r\nhello \r\n5;x=y\r\nlayer\r\n0\r\n\r\nNEXT", Framing::Chunked(Chunk::Size)),
        (b"00B\r\nhello layer\r\n0\r\nTrailer: x\r\n\r\nNEXT", Framing::Chunked(Chunk::Size)),
    ];
    for (wire, framing) in rows {
        for before in 0..=wire.len() {
            let (body, rest) = read(wire, before, framing).await.unwrap();
            assert_eq!((body.as_slice(), rest.as_slice()), (&b"hello layer"[..], &b"NEXT"[..]), "{framing:?} {before}");
        }
    }
    assert_eq!(read(b"", 0, Framing::Length(0)).await.unwrap().0, b"");
    assert_eq!(read(b"0\r\n\r\n", 0, Framing::Chunked(Chunk::Size)).await.unwrap().0, b"");
}

#[tokio::test]
async fn what_is_no_body_is_an_error_and_never_more_data() {
    let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "y".repeat(2 * LINE));
    let rows: [&[u8]; 12] = [
        b"5\r\nhel",
        b"5\r\nhello0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5 5\r\nhello\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\n",
        b"5\r\nhello\r\n",
        long.as_bytes(),
    ];
    for wire in rows {
        let read = read(wire, 0, Framing::Chunked(Chunk::Size)).await;
        assert!(read.is_err(), "{}", String::from_utf8_lossy(wire));
    }
    assert!(read(b"hello", 0, Framing::Length(6)).await.is_err());
}
