//! A connection that can be read and written, whatever lies under it.

use tokio::io::{AsyncRead, AsyncWrite};

/// The one seam between what connects and what talks.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub(super) type Line = Box<dyn Duplex>;
