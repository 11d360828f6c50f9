//! Sockets ↔ operator: one task an operator moves octets, orders, reports and time.
//!
//! All sockets of an operator are driven by one poll function: what can be written is written, what
//! can be read is read, time passes, then the operator draws its conclusions, and what it wants
//! written goes out with one write for many PDUs. In this order: a time-out is for what didn't
//! come, not for what we haven't read yet (the operator's rule, [`Operator::may_read`]).
//!
//! Generic over the stream ([`Connect`]); the daemon's is [`Tcp`], with or without TLS.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Sleep, sleep_until, timeout};
use tracing::info;

use super::clock::Clock;
use super::mailbox::Mailbox;
use super::stream::Stream;
use crate::base::now::Mono;
use crate::config::LinkAddress;
use crate::engine::Input;
use crate::operator::{Operator, Order, Report};

/// Room made for one read.
const READ_OCTETS: usize = 64 * 1024;

/// Room for less than this isn't worth a read.
const READ_OCTETS_MIN: usize = 4 * 1024;

/// How long a connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How to get a stream for each bind.
pub trait Connect: Send + 'static {
    /// The stream.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send;

    /// Connects one bind.
    fn connect(
        &self,
        bind: usize,
    ) -> Pin<Box<dyn Future<Output = io::Result<Self::Stream>> + Send>>;
}

/// TCP, with or without TLS, and without delay (Nagle's algorithm would hold small PDUs back).
pub struct Tcp(pub Vec<LinkAddress>);

impl Connect for Tcp {
    type Stream = Stream;

    fn connect(&self, bind: usize) -> Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>> {
        let link = self.0[bind].clone();
        Box::pin(async move {
            match (connect_within(&link.address, &link).await, &link.fallback) {
                (Err(why), Some(fallback)) => {
                    info!("can't connect to {}: {why}; trying {fallback}", link.address);
                    connect_within(fallback, &link).await
                }
                (connected, _) => connected,
            }
        })
    }
}

async fn connect_within(remote: &str, link: &LinkAddress) -> io::Result<Stream> {
    timeout(CONNECT_TIMEOUT, connect(remote, link))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no answer to connect"))?
}

async fn connect(remote: &str, link: &LinkAddress) -> io::Result<Stream> {
    let stream = connect_tcp(remote, link.local_address).await?;
    stream.set_nodelay(true)?;
    match &link.tls {
        None => Ok(Stream::Plain(stream)),
        Some(tls) => Stream::encrypt(stream, tls, remote).await,
    }
}

async fn connect_tcp(remote: &str, local: Option<IpAddr>) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for remote in lookup_host(remote).await? {
        let socket = if remote.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(local) = local {
            socket.bind((local, 0).into())?;
        }
        match socket.connect(remote).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

enum Line<S> {
    Idle,
    Connecting(Pin<Box<dyn Future<Output = io::Result<S>> + Send>>),
    Open(S),
}

struct Socket<S> {
    line: Line<S>,
    read: BytesMut,
    write: BytesMut,
    close: bool,
}

/// One operator's task.
pub struct Links<C: Connect> {
    lane: usize,
    operator: Operator,
    connect: C,
    sockets: Vec<Socket<C::Stream>>,
    orders: UnboundedReceiver<VecDeque<Order>>,
    mailbox: Arc<Mailbox>,
    clock: Clock,
    stopped: bool,
}

impl<C: Connect> Links<C> {
    /// A task for the operator that the setup numbers `lane`.
    pub fn new(
        lane: usize,
        operator: Operator,
        connect: C,
        orders: UnboundedReceiver<VecDeque<Order>>,
        mailbox: Arc<Mailbox>,
        clock: Clock,
    ) -> Links<C> {
        let socket = |_| Socket {
            line: Line::Idle,
            read: BytesMut::new(),
            write: BytesMut::new(),
            close: false,
        };
        let sockets = (0..operator.binds()).map(socket).collect();
        Links { lane, operator, connect, sockets, orders, mailbox, clock, stopped: false }
    }

    /// Runs until everything is unbound after [`Order::Stop`], or the engine is gone.
    pub async fn run(mut self) {
        let mut sleep = Box::pin(sleep_until(self.clock.tokio(Mono::ZERO)));
        while !self.stopped {
            self.conclude();
            poll_fn(|cx| self.poll(cx, sleep.as_mut())).await;
        }
        self.flush_for_good().await;
    }

    /// Draws the operator's conclusions: octets to the sockets, connects, reports to the engine.
    fn conclude(&mut self) {
        let now = self.clock.mono();
        self.operator.dispatch(now);
        for bind in 0..self.sockets.len() {
            let socket = &mut self.sockets[bind];
            self.operator.poll_transmit(bind, &mut socket.write);
            if self.operator.poll_close(bind, now) {
                socket.close = true;
            }
        }
        while let Some(bind) = self.operator.poll_connect(now) {
            let socket = &mut self.sockets[bind];
            socket.line = Line::Connecting(self.connect.connect(bind));
            socket.read.clear();
            socket.write.clear();
            socket.close = false;
        }
        let mut reports = Vec::new();
        while let Some(report) = self.operator.poll_report() {
            self.stopped |= matches!(report, Report::Stopped);
            reports.push(Input::Operator(self.lane, report));
        }
        if !reports.is_empty() {
            self.mailbox.put(reports);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, mut sleep: Pin<&mut Sleep>) -> Poll<()> {
        let now = self.clock.mono();
        let mut moved = false;
        loop {
            match self.orders.poll_recv(cx) {
                Poll::Ready(Some(orders)) => {
                    orders.into_iter().for_each(|order| self.operator.handle_order(order, now));
                    moved = true;
                }
                Poll::Ready(None) => {
                    self.stopped = true;
                    return Poll::Ready(());
                }
                Poll::Pending => break,
            }
        }
        for bind in 0..self.sockets.len() {
            moved |= self.poll_socket(bind, cx, now);
        }
        // Only now: the deadlines of a bind count once its socket was read until nothing was left.
        let wake = self.operator.poll_timeout().unwrap_or(now + Duration::from_secs(3_600));
        if wake <= now {
            self.operator.handle_timeout(now);
            moved = true;
        } else {
            sleep.as_mut().reset(self.clock.tokio(wake));
            moved |= sleep.poll(cx).is_ready();
        }
        if moved { Poll::Ready(()) } else { Poll::Pending }
    }

    fn poll_socket(&mut self, bind: usize, cx: &mut Context<'_>, now: Mono) -> bool {
        let socket = &mut self.sockets[bind];
        match &mut socket.line {
            Line::Idle => false,
            Line::Connecting(connecting) => match connecting.as_mut().poll(cx) {
                Poll::Pending => false,
                Poll::Ready(Ok(stream)) => {
                    socket.line = Line::Open(stream);
                    self.operator.handle_connected(bind, now);
                    true
                }
                Poll::Ready(Err(error)) => {
                    socket.line = Line::Idle;
                    self.operator.handle_connect_failed(bind, &error.to_string(), now);
                    true
                }
            },
            Line::Open(stream) => {
                let written = write_out(stream, &mut socket.write, cx);
                let broken = matches!(written, Poll::Ready(Err(_)));
                if socket.close && written.is_ready() {
                    // As far as it goes at once: the peer has unbound, or is given up.
                    let _ = Pin::new(stream).poll_shutdown(cx);
                    socket.line = Line::Idle;
                    return true;
                }
                if broken {
                    // Nothing can be written any more, but what came before is still to be had.
                    socket.write.clear();
                }
                let mut moved = false;
                while !socket.close && self.operator.may_read(bind, socket.write.len(), now) {
                    match read_in(stream, &mut socket.read, cx) {
                        Poll::Ready(Ok(true)) => {
                            self.operator.handle_bytes(bind, &mut socket.read, now);
                            moved = true;
                        }
                        Poll::Pending if !broken => {
                            self.operator.handle_drained(bind);
                            return moved;
                        }
                        Poll::Ready(Err(error)) => {
                            info!(operator = %self.operator.name(), bind, "can't read: {error}");
                            return self.lose(bind, now);
                        }
                        Poll::Pending | Poll::Ready(Ok(false)) => return self.lose(bind, now),
                    }
                    if !broken {
                        // The other sockets have their turn first.
                        return moved;
                    }
                }
                if broken { self.lose(bind, now) } else { moved }
            }
        }
    }

    /// A socket is of no use any more.
    fn lose(&mut self, bind: usize, now: Mono) -> bool {
        let socket = &mut self.sockets[bind];
        socket.write.clear();
        socket.line = Line::Idle;
        self.operator.handle_closed(bind, now);
        true
    }

    /// Writes what the unbinding left behind, as far as the peers take it at once.
    async fn flush_for_good(&mut self) {
        for socket in &mut self.sockets {
            if let Line::Open(stream) = &mut socket.line {
                poll_fn(|cx| {
                    let _ = write_out(stream, &mut socket.write, cx);
                    let _ = Pin::new(&mut *stream).poll_shutdown(cx);
                    Poll::Ready(())
                })
                .await;
            }
        }
    }
}

/// Writes as much as the socket takes; ready where all is out (of TLS, too), or the socket broken.
fn write_out<S: AsyncWrite + Unpin>(
    stream: &mut S,
    octets: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    while !octets.is_empty() {
        match ready!(Pin::new(&mut *stream).poll_write(cx, octets))? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => octets.advance(written),
        }
    }
    Pin::new(stream).poll_flush(cx)
}

/// Reads once; `Ok(false)` at the end of the stream.
fn read_in<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
    cx: &mut Context<'_>,
) -> Poll<io::Result<bool>> {
    if buffer.capacity() - buffer.len() < READ_OCTETS_MIN {
        buffer.reserve(READ_OCTETS);
    }
    pin!(stream.read_buf(buffer)).as_mut().poll(cx).map_ok(|read| read > 0)
}

#[cfg(test)]
mod tests;
