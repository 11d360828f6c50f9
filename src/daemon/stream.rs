//! A bind's stream of octets: TCP, or TLS over it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{CertificateError, Error};
use tracing::info;

use crate::config::Tls;

/// An open connection to an SMSC.
pub enum Stream {
    /// As it is.
    Plain(TcpStream),
    /// Encrypted, the SMSC's certificate believed.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Makes TLS of `stream`, which leads to `remote` (`host:port`).
    pub async fn encrypt(stream: TcpStream, tls: &Tls, remote: &str) -> io::Result<Stream> {
        let no_name = || io::Error::new(io::ErrorKind::InvalidInput, "the host has no name");
        let name = tls.name_of(remote).ok_or_else(no_name)?;
        let connector = TlsConnector::from(tls.client.clone());
        let stream = connector.connect(name, stream).await.map_err(explain)?;
        if let Some(version) = stream.get_ref().1.protocol_version() {
            info!("{} with {remote}", version.as_str().unwrap_or("TLS"));
        }
        Ok(Stream::Tls(Box::new(stream)))
    }
}

/// Says what the operator's engineer can do about it.
fn explain(error: io::Error) -> io::Error {
    let remedy = match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(why)) => match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                ": none of the bind's `ca` has signed it"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                ": `name` in the bind's `tls` says which name it is for"
            }
            _ => "",
        },
        Some(Error::AlertReceived(_)) => ": does it ask for a `certificate` of ours?",
        Some(_) => "",
        None if error.kind() == io::ErrorKind::UnexpectedEof => ": does it speak TLS at this port?",
        None => "",
    };
    io::Error::new(error.kind(), format!("TLS: {error}{remedy}"))
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            // TLS 1.3: that our certificate isn't taken is told after the handshake.
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf).map_err(explain),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
