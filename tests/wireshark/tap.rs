//! A proxy that keeps the octets of every connection through it, in the order in which they went.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What fits into an Ethernet frame, so that PDUs are cut as they are on a wire.
const SEGMENT: usize = 1_400;

/// Who sent it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Side {
    Esme,
    Smsc,
}

/// A connection: who sent which octets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) segments: Vec<(Side, Vec<u8>)>,
}

impl Conversation {
    /// All that one side sent.
    pub(crate) fn said(&self, side: Side) -> Vec<u8> {
        let segments = self.segments.iter().filter(|(who, _)| *who == side);
        segments.flat_map(|(_, octets)| octets).copied().collect()
    }
}

/// The proxy in front of one SMSC.
pub(crate) struct Tap {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Conversation>>>,
}

impl Tap {
    pub(crate) async fn before(smsc: SocketAddr) -> Tap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tap = Tap { address: listener.local_addr().unwrap(), heard: Arc::default() };
        let heard = Arc::clone(&tap.heard);
        tokio::spawn(async move {
            while let Ok((esme, _)) = listener.accept().await {
                let Ok(smsc) = TcpStream::connect(smsc).await else { continue };
                let place = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(Conversation::default());
                    heard.len() - 1
                };
                let ((from_esme, to_esme), (from_smsc, to_smsc)) =
                    (esme.into_split(), smsc.into_split());
                for (side, from, to) in
                    [(Side::Esme, from_esme, to_smsc), (Side::Smsc, from_smsc, to_esme)]
                {
                    tokio::spawn(pass(Arc::clone(&heard), place, side, from, to));
                }
            }
        });
        tap
    }

    /// The connections so far.
    pub(crate) fn heard(&self) -> Vec<Conversation> {
        self.heard.lock().unwrap().clone()
    }
}

/// Kept before it is passed on, so that an answer never stands before its question.
async fn pass(
    heard: Arc<Mutex<Vec<Conversation>>>,
    place: usize,
    side: Side,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
) {
    let mut buffer = [0; SEGMENT];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let octets = &buffer[..length];
        heard.lock().unwrap()[place].segments.push((side, octets.to_vec()));
        if to.write_all(octets).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
