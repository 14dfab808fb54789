//! Answers that mean harm to whoever reads them.

use super::super::act::{Act, On, Transfer};
use super::super::given::Given;
use super::super::kind::Kind;
use super::super::reply::{Content, Reply, error};
use super::front::everywhere;

pub const KINDS: &[Kind] = &[
    Kind {
        name: "endless-headers",
        summary: "the headers of an answer never end",
        make: |_| vec![Act::Transfer { on: On::Everything, transfer: Transfer::EndlessHeaders }],
    },
    Kind {
        name: "endless-body",
        summary: "the body of an answer never ends",
        make: |_| everywhere(repeated(b"{\"errors\":[", b"{\"code\":\"UNKNOWN\"},", None)),
    },
    Kind {
        name: "long-header",
        summary: "one header of an answer has so many bytes",
        make: |given| {
            let size = usize::try_from(given.bytes("size", 64 * 1024)).unwrap_or_default();
            everywhere(Reply::new(200, "{}").header("x-long", "a".repeat(size.min(1 << 24))))
        },
    },
    Kind {
        name: "gzip-bomb",
        summary: "the body of an answer is compressed, and 159 times as large when it is read",
        make: |given| {
            let (head, unit) = bomb();
            let total = size(given, 8 << 20);
            everywhere(repeated(&head, &unit, Some(total)).header("content-encoding", "gzip"))
        },
    },
    Kind {
        name: "json-bomb",
        summary: "the body of an answer is JSON of nothing but opening brackets",
        make: |given| {
            let total = size(given, 4 << 20);
            everywhere(repeated(b"", b"[", Some(total)).header("content-type", "application/json"))
        },
    },
    Kind {
        name: "escape-sequences",
        summary: "the message of an error holds escape sequences for terminals",
        make: |given| {
            let status = given.status("code", 500);
            let message = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mall is well\u{202e}\u{1b}[0m";
            everywhere(Reply::new(status, error("UNKNOWN", message)))
        },
    },
];

fn size(given: &mut Given<'_>, default: u64) -> u64 {
    given.bytes("size", default)
}

pub fn repeated(head: &[u8], unit: &[u8], total: Option<u64>) -> Reply {
    let content = Content::Repeated { head: head.to_vec(), unit: unit.to_vec(), total };
    Reply { content, ..Reply::new(200, "") }
}

/// The start of a gzip stream and what may follow it for ever: "258 times the byte before" takes 13 bits (RFC 1951), so
/// eight of those take 13 bytes.
fn bomb() -> (Vec<u8>, Vec<u8>) {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    // The last block, of fixed codes; the literal 0; then length 258, distance 1.
    let start = [true, true, false, false, false, true, true, false, false, false, false];
    let again = [true, true, false, false, false, true, false, true, false, false, false, false, false];
    let bits: Vec<bool> = start.into_iter().chain(again.into_iter().cycle().take(13 * 16)).collect();
    let byte = |bits: &[bool]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let (front, rest) = bytes.split_at(2);
    (HEADER.iter().chain(front).copied().collect(), rest.iter().take(13).copied().collect())
}
