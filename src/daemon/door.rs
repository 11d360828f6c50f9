//! The door: whoever may ask the engine for something, and waits for its response.
//!
//! Each request gets a ticket; the engine's response comes back under it once its batch is on disk.
//! A caller who goes away is forgotten; the engine's work isn't.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::mailbox::Mailbox;
use crate::engine::Input;
use crate::engine::door::{Request, Response, Ticket};

/// Requests under way and who waits for them.
#[derive(Debug)]
pub struct Door {
    mailbox: Arc<Mailbox>,
    waiting: Mutex<HashMap<Ticket, oneshot::Sender<Response>>>,
    next: AtomicU64,
}

impl Door {
    /// A door to the engine that this mailbox feeds.
    pub fn new(mailbox: Arc<Mailbox>) -> Door {
        Door { mailbox, waiting: Mutex::default(), next: AtomicU64::new(1) }
    }

    /// Hands a request in. What comes back is empty if the daemon ends before it is answered.
    pub fn ask(&self, request: Request) -> oneshot::Receiver<Response> {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let (sender, receiver) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(ticket, sender);
        self.mailbox.put([Input::Request(ticket, request)]);
        receiver
    }

    /// The engine has answered.
    pub fn answer(&self, ticket: Ticket, response: Response) {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket);
        if let Some(sender) = waiting {
            // Whoever asked may have gone.
            let _ = sender.send(response);
        }
    }
}
