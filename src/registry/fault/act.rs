//! What a fault does. Data alone; each layer's file does it.

use std::time::Duration;

use super::bend::Bend;
use super::kind::Layer;
use super::reply::Reply;

/// One thing to do, at one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The port itself.
    Listen(Listening),
    /// A connection, as soon as it is there.
    Open(Opening),
    /// Something else than the handshake of a TLS server of today.
    Handshake(Handshake),
    /// A certificate that is wrong.
    Certificate(Certificate),
    /// An answer in place of what was asked for.
    Reply { on: On, reply: Reply },
    /// The right answer, altered.
    Bend { on: On, bend: Bend },
    /// The right answer, on a connection that does not bring it whole.
    Transfer { on: On, transfer: Transfer },
    /// Tokens that are of no use.
    Token(TokenFault),
}

/// Which requests an act is made for; the limits of a fault narrow it further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The token endpoint only where a path names it.
    Everything,
    /// Everything but `/v2/`.
    BehindBase,
    ReadManifest,
    WriteManifest,
    ReadBlob,
    /// A blob that nobody has pushed since the registry started.
    ReadOldBlob,
    /// Reading manifests, blobs and lists.
    Reading,
    /// The first request of an upload.
    StartUpload,
    /// Bytes of an upload: `PATCH` and `PUT`.
    UploadBytes,
    /// The last request of an upload, and manifests.
    EndOfPush,
    /// Everything that changes the registry.
    Writing,
    FinishUpload,
    /// Manifests of OCI and indexes.
    WriteNewManifest,
    /// A blob is to be taken over from another repository.
    Mount,
    /// A part of a blob is asked for.
    Part,
    ListTags,
    NotGet,
    /// The token endpoint.
    Token,
    /// Paths of the first protocol.
    FirstProtocol,
    /// Repositories that do not start with the prefix that is asked for.
    OutsidePrefix,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listening {
    /// The port is taken and nobody listens.
    Refused,
    /// Packets to the port are lost: connecting takes until the client gives up.
    Blackhole,
    /// A second address of the other family, where packets are lost.
    Ipv6Blackhole,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    End(End),
    /// Our half is closed, what comes is read.
    HalfClose,
    /// A text of another protocol, then silence.
    Banner(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// Plain HTTP is spoken where TLS is expected.
    PlainHttp,
    /// TLS is spoken where plain HTTP is expected.
    Tls,
    /// Answers as a server whose newest version is this one (`0x0301`).
    OnlyVersion { version: u16, as_alert: bool },
    /// Answers as a server that knows nothing but RSA key exchange.
    OnlyRsa,
    /// A fatal alert, whatever is said.
    Alert(u8),
    /// The client's first message is swallowed.
    Silence,
    /// The client's first message is answered with a reset.
    Reset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    Expired,
    NotYetValid,
    /// Not yet valid by any clock but the server's own, which its answers show.
    FromTheFuture,
    OtherName,
    CommonNameOnly,
    NoAddress,
    ClientOnly,
    /// With an extension twice.
    Malformed,
    /// From an authority that may sign for other names alone.
    Constrained,
    Sha1,
    WeakKey,
    NoIntermediate,
    /// From an authority that nobody has.
    OtherAuthority,
    /// From an authority with the very name of the right one, and another key.
    Reissued,
    /// From the authority of a gateway that looks into TLS.
    Gateway,
    /// What an ingress shows when it has none for the name.
    Default,
    /// A stranger's.
    Stranger,
    /// Names with escape sequences.
    EscapeSequences,
    /// The right one, and the client has to show one too.
    ClientDemanded,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transfer {
    /// In the middle of the answer's body the connection ends so.
    Break(End),
    /// So many bytes more are announced than come.
    Longer { more: u64 },
    /// A few bytes at a time.
    Drip { bytes: u64, every: Duration },
    /// Whatever is larger than a small packet is lost, and with it all that follows.
    LoseLarge { size: u64 },
    /// Header lines without an end.
    EndlessHeaders,
    /// The connection is closed behind the answer, without a word about it.
    CloseBehind,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Close,
    Reset,
    /// It does not: nothing more comes.
    Stall,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenFault {
    /// None: a token is needed, and given to everybody.
    Needed,
    /// Nobody who is not known gets any right.
    NoAnonymous,
    /// The challenge asks for a right to something else.
    OtherScope,
    /// A token is over when it is handed out.
    Expired,
}

impl Act {
    pub fn layer(&self) -> Layer {
        match self {
            Self::Listen(_) | Self::Open(_) | Self::Transfer { .. } => Layer::Tcp,
            Self::Handshake(_) | Self::Certificate(_) => Layer::Tls,
            Self::Reply { .. } => Layer::Http,
            Self::Bend { .. } | Self::Token(_) => Layer::Protocol,
        }
    }

    /// Whether it is made for single requests, which have a method and a path.
    pub fn is_of_requests(&self) -> bool {
        matches!(self, Self::Reply { .. } | Self::Bend { .. } | Self::Transfer { .. } | Self::Token(_))
    }

    pub fn is_of_tokens(&self) -> bool {
        matches!(self, Self::Token(_))
    }

    /// Whether it sends clients to a second port of ours.
    pub fn leads_elsewhere(&self) -> bool {
        matches!(self, Self::Reply { reply, .. } if reply.headers.iter().any(|(_, value)| value.contains("{elsewhere}")))
    }

    /// Whether it can wait until so many bytes have passed.
    pub fn can_wait_for_bytes(&self) -> bool {
        match self {
            Self::Open(opening) => matches!(opening, Opening::End(_)),
            Self::Reply { .. } => true,
            Self::Bend { bend, .. } => bend.is_of_the_body(),
            Self::Transfer { transfer, .. } => matches!(transfer, Transfer::Break(_)),
            _ => false,
        }
    }

    /// Whether it needs the bytes of the connection as HTTP/1.1 writes them.
    pub fn is_of_the_wire(&self) -> bool {
        matches!(self, Self::Transfer { .. } | Self::Open(_))
            || matches!(self, Self::Reply { reply, .. } if reply.closes())
    }
}
