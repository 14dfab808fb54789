//! What stands at an address and is no registry. The lab starts itself as such a peer, in the registry's network.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Serves until it is killed; `kind` is one of those below.
pub fn serve(kind: &str, address: &str) -> Result<(), String> {
    let listener = TcpListener::bind(address).map_err(|error| format!("{address}: {error}"))?;
    println!("listening on {address}");
    for stream in listener.incoming().flatten() {
        let kind = kind.to_string();
        thread::spawn(move || {
            // What goes wrong with one connection is what it is for.
            let _ = meet(&kind, stream);
        });
    }
    Ok(())
}

fn meet(kind: &str, mut stream: TcpStream) -> std::io::Result<()> {
    match kind {
        "banner" => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n"),
        "close" => Ok(()),
        "reset" => reset(&stream),
        "silent" => {
            thread::sleep(Duration::from_secs(120));
            Ok(())
        }
        "page" => answer(&mut stream, "200 OK", "text/html", "<html><body>Welcome to nginx!</body></html>"),
        "deny" => answer(&mut stream, "403 Forbidden", "text/html", "<html>not through this proxy</html>"),
        "ask" => answer(&mut stream, "407 Proxy Authentication Required", "text/html", "<html>who are you?</html>"),
        "proxy" => forward(stream),
        "socks" => socks(stream, 0, 0),
        "socks-deny" => socks(stream, 0, 2),
        "socks-ask" => socks(stream, 0xff, 0),
        other => Err(std::io::Error::other(format!("no peer is called {other}"))),
    }
}

fn reset(stream: &TcpStream) -> std::io::Result<()> {
    // Closing with unread bytes resets.
    let mut byte = [0];
    stream.peek(&mut byte).map(|_| ())
}

fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    // A TLS greeting has no lines: what follows answers it as it is.
    while head.first() != Some(&0x16) && !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? > 0 {
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn answer(stream: &mut TcpStream, status: &str, kind: &str, body: &str) -> std::io::Result<()> {
    head(stream)?;
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(text.as_bytes())?;
    stream.write_all(body.as_bytes())
}

/// A proxy that lets everything through: CONNECT, and plain requests with their whole address.
fn forward(mut stream: TcpStream) -> std::io::Result<()> {
    let head = head(&mut stream)?;
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method == "CONNECT" {
        let Ok(far) = connect(target) else { return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n") };
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        return splice(stream, far);
    }
    let Some((host, _)) = target.strip_prefix("http://").and_then(|rest| rest.split_once('/')) else { return Ok(()) };
    let mut far = connect(host)?;
    let head = head.replacen(&format!("http://{host}"), "", 1).replacen("\r\n", "\r\nConnection: close\r\n", 1);
    far.write_all(head.as_bytes())?;
    splice(stream, far)
}

/// SOCKS 5: the way of signing in that it chooses, and its reply to CONNECT.
fn socks(mut stream: TcpStream, method: u8, reply: u8) -> std::io::Result<()> {
    let mut start = [0; 2];
    stream.read_exact(&mut start)?;
    stream.read_exact(&mut vec![0; usize::from(start[1])])?;
    stream.write_all(&[5, method])?;
    // Version, command, nothing, and the kind of the address: 3 is a name, 1 an address of IPv4.
    let mut request = [0; 4];
    stream.read_exact(&mut request)?;
    let is_name = request[3] == 3;
    let mut length = [4];
    if is_name {
        stream.read_exact(&mut length)?;
    }
    let mut host = vec![0; usize::from(length[0])];
    stream.read_exact(&mut host)?;
    let mut port = [0; 2];
    stream.read_exact(&mut port)?;
    let host = if is_name {
        String::from_utf8_lossy(&host).into_owned()
    } else {
        host.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
    };
    let far = connect(&format!("{host}:{}", u16::from_be_bytes(port)));
    let reply = if far.is_err() && reply == 0 { 5 } else { reply };
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])?;
    if reply == 0 { splice(stream, far?) } else { Ok(()) }
}

/// Names are those of the machine: only one is known here.
fn connect(target: &str) -> std::io::Result<TcpStream> {
    let own = std::env::var("LAB_REGISTRY").unwrap_or_default();
    TcpStream::connect(target.replace("reg.lab", &own))
}

fn splice(near: TcpStream, far: TcpStream) -> std::io::Result<()> {
    let (mut up_from, mut up_to) = (near.try_clone()?, far.try_clone()?);
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut up_from, &mut up_to);
        let _ = up_to.shutdown(Shutdown::Write);
    });
    let (mut down_from, mut down_to) = (far, near);
    std::io::copy(&mut down_from, &mut down_to)?;
    down_to.shutdown(Shutdown::Both)?;
    let _ = up.join();
    Ok(())
}
