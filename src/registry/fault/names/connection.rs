//! The port and the connection.

use std::time::Duration;

use super::super::act::{Act, End, Listening, On, Opening, Transfer};
use super::super::kind::Kind;
use super::super::reply::{Content, Reply};

pub const KINDS: &[Kind] = &[
    Kind {
        name: "nothing-listening-at-port",
        summary: "connections are refused",
        make: |_| vec![Act::Listen(Listening::Refused)],
    },
    Kind {
        name: "firewall-or-route-blocks-port",
        summary: "whoever connects waits until the own time limit, as behind a firewall that drops",
        make: |_| vec![Act::Listen(Listening::Blackhole)],
    },
    Kind {
        name: "ipv6-broken-path",
        summary: "IPv4 works; at the same port of ::1 nobody ever answers",
        make: |_| vec![Act::Listen(Listening::Ipv6Blackhole)],
    },
    Kind {
        name: "reset",
        summary: "a connection is reset as soon as it is there, or after so many bytes",
        make: |_| vec![Act::Open(Opening::End(End::Reset))],
    },
    Kind {
        name: "close",
        summary: "a connection is closed as soon as it is there, or after so many bytes",
        make: |_| vec![Act::Open(Opening::End(End::Close))],
    },
    Kind {
        name: "silence",
        summary: "a connection is taken and nothing is ever said, from the start or after so many bytes",
        make: |_| vec![Act::Open(Opening::End(End::Stall))],
    },
    Kind {
        name: "half-close",
        summary: "the sending half is closed at once, what comes is read",
        make: |_| vec![Act::Open(Opening::HalfClose)],
    },
    Kind {
        name: "foreign-banner",
        summary: "another protocol greets",
        make: |given| {
            let text = given.text("text", "SSH-2.0-OpenSSH_9.2p1 Debian-2");
            vec![Act::Open(Opening::Banner(format!("{text}\r\n")))]
        },
    },
    Kind {
        name: "connection-closed-by-peer",
        summary: "a request is read, and then the connection is closed without an answer",
        make: |_| {
            let reply = Reply { content: Content::Closed, ..Reply::new(500, "") };
            vec![Act::Reply { on: On::Everything, reply }]
        },
    },
    Kind {
        name: "close-during-answer",
        summary: "the connection is closed in the middle of an answer's body, or after so many bytes of it",
        make: |_| breaks(End::Close),
    },
    Kind {
        name: "reset-during-answer",
        summary: "the connection is reset in the middle of an answer's body, or after so many bytes of it",
        make: |_| breaks(End::Reset),
    },
    Kind {
        name: "stall-during-answer",
        summary: "nothing more comes from the middle of an answer's body on, or after so many bytes of it",
        make: |_| breaks(End::Stall),
    },
    Kind {
        name: "close-after-answer",
        summary: "the connection is closed behind each answer, though it was to be kept",
        make: |_| vec![Act::Transfer { on: On::Everything, transfer: Transfer::CloseBehind }],
    },
    Kind {
        name: "slow-drip",
        summary: "answers come a few bytes at a time",
        make: |given| {
            let bytes = given.bytes("bytes", 1);
            let every = given.time("interval", Duration::from_millis(100));
            vec![Act::Transfer { on: On::Everything, transfer: Transfer::Drip { bytes, every } }]
        },
    },
    Kind {
        name: "slow-answer",
        summary: "each answer takes its time",
        make: |given| {
            let delay = given.time("delay", Duration::from_secs(2));
            let reply = Reply { content: Content::Served, delay, ..Reply::new(200, "") };
            vec![Act::Reply { on: On::Everything, reply }]
        },
    },
    Kind {
        name: "mtu-blackhole",
        summary: "small packets pass, larger ones are lost and all that follows with them",
        make: |given| {
            let size = given.bytes("size", 1200);
            vec![Act::Transfer { on: On::Everything, transfer: Transfer::LoseLarge { size } }]
        },
    },
];

fn breaks(end: End) -> Vec<Act> {
    vec![Act::Transfer { on: On::Everything, transfer: Transfer::Break(end) }]
}
