//! The SMSC behind a TCP listener, and the handle by which tests play its phones. Two tasks a
//! connection (one reads, one writes all that has gathered at once), one for time-outs; all of
//! them short calls into one `Smsc` behind a lock.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{sleep_until, timeout};

use crate::clock::Clock;
use crate::event::{ConnId, DeliverId, Event, SmsOut, Stats};
use crate::faults::{Counts, Odds};
use crate::log::{Log, Logged};
use crate::phone::RawDeliver;
use crate::profile::Profile;
use crate::smsc::Smsc;

/// Messages that are kept; the oldest go first.
const HISTORY_MAX: usize = 100_000;
/// How long `stop` waits for unbind_resp.
const GOODBYE: Duration = Duration::from_secs(2);
const READ_BUFFER: usize = 64 << 10;

/// A simulated SMSC that listens. Clones are handles to the same one.
#[derive(Clone)]
pub struct Sim(Arc<Shared>);

struct Shared {
    addr: SocketAddr,
    clock: Clock,
    inner: Mutex<Inner>,
    /// Counts up when something happened that a waiter may wait for.
    news: watch::Sender<u64>,
    /// Woken when the next time-out is earlier than the one that is slept for.
    sooner: Notify,
}

struct Inner {
    smsc: Smsc,
    writers: BTreeMap<ConnId, Arc<Notify>>,
    connections: u64,
    armed: Option<Duration>,
    log: Log,
    messages: VecDeque<SmsOut>,
    /// Of `messages`, those that `wait_for_message` has not given out.
    waiting: VecDeque<SmsOut>,
    tasks: Vec<AbortHandle>,
}

impl Sim {
    /// Listens on the address (port 0: any free one). Receipts get the date of today.
    pub async fn listen(addr: SocketAddr, profile: Profile) -> io::Result<Self> {
        let listener = TcpListener::bind(addr).await?;
        let profile = Profile { epoch: Clock::epoch(), ..profile };
        let sim = Self(Arc::new(Shared {
            addr: listener.local_addr()?,
            clock: Clock::start(),
            inner: Mutex::new(Inner {
                smsc: Smsc::new(profile),
                writers: BTreeMap::new(),
                connections: 0,
                armed: None,
                log: Log::default(),
                messages: VecDeque::new(),
                waiting: VecDeque::new(),
                tasks: Vec::new(),
            }),
            news: watch::Sender::new(0),
            sooner: Notify::new(),
        }));
        let accept = tokio::spawn(sim.clone().accept(listener)).abort_handle();
        let timers = tokio::spawn(sim.clone().keep_time()).abort_handle();
        sim.lock().tasks.extend([accept, timers]);
        Ok(sim)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.0.addr
    }

    /// A phone sends a text to a short code.
    pub fn phone_sends(&self, from: &str, to: &str, text: &str) -> DeliverId {
        self.with(|smsc, now| smsc.phone_sends(from, to, text, now))
    }

    /// Sends a deliver_sm exactly as given.
    pub fn phone_sends_raw(&self, deliver: &RawDeliver) -> DeliverId {
        self.with(|smsc, now| smsc.phone_sends_raw(deliver, now))
    }

    /// The next event; each is given out once, whoever asks.
    pub async fn next_event(&self) -> Event {
        self.wait_until(|inner| inner.log.next()).await
    }

    /// The next event if there is one already.
    pub fn try_next_event(&self) -> Option<Event> {
        self.lock().log.next()
    }

    /// What has happened since the event of this number, or all of it after 0; the last 100,000.
    pub fn log(&self, after: u64) -> Vec<Logged> {
        self.lock().log.after(after).cloned().collect()
    }

    /// The same for several, at one moment: nothing with a lower number comes later.
    pub fn log_of_all(sims: &[Self], after: u64) -> Vec<(usize, Logged)> {
        let locked: Vec<_> = sims.iter().map(Self::lock).collect();
        let of_each = locked.iter().enumerate();
        let each = of_each.flat_map(|(i, inner)| inner.log.after(after).map(move |l| (i, l)));
        let mut found: Vec<_> = each.map(|(i, logged)| (i, logged.clone())).collect();
        drop(locked);
        found.sort_by_key(|(_, logged)| logged.number);
        found
    }

    /// Counts up when something has happened.
    pub fn news(&self) -> watch::Receiver<u64> {
        self.0.news.subscribe()
    }

    /// All texts that phones got, the last 100,000.
    pub fn messages(&self) -> Vec<SmsOut> {
        self.lock().messages.iter().cloned().collect()
    }

    /// The next text to this phone that no call before has given, or nothing in time.
    pub async fn wait_for_message(&self, to: &str, patience: Duration) -> Option<SmsOut> {
        let to = format!("+{}", self.lock().smsc.profile().canonical(to));
        let found = self.wait_until(|inner| {
            let at = inner.waiting.iter().position(|m| m.to == to)?;
            inner.waiting.remove(at)
        });
        timeout(patience, found).await.ok()
    }

    /// How many binds there are.
    pub fn bound(&self) -> usize {
        self.lock().smsc.binds().count()
    }

    /// Whether there are at least so many binds in time.
    pub async fn wait_bound(&self, binds: usize, patience: Duration) -> bool {
        let bound = self.wait_until(|inner| (inner.smsc.binds().count() >= binds).then_some(()));
        timeout(patience, bound).await.is_ok()
    }

    /// deliver_sm that wait or are unanswered.
    pub fn undelivered(&self) -> usize {
        self.lock().smsc.undelivered()
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        self.lock().smsc.stats()
    }

    /// How often each fault has hit.
    pub fn fault_counts(&self) -> Counts {
        self.lock().smsc.fault_counts()
    }

    /// From now on these odds of faults; `Odds::NONE` ends them.
    pub fn set_faults(&self, odds: Odds) {
        self.with(|smsc, _| smsc.set_faults(odds));
    }

    /// From now on another profile.
    pub fn set_profile(&self, profile: Profile) {
        self.with(|smsc, _| {
            let epoch = smsc.profile().epoch;
            smsc.set_profile(Profile { epoch, ..profile });
        });
    }

    /// The profile in force.
    pub fn profile(&self) -> Profile {
        self.lock().smsc.profile().clone()
    }

    /// Any call of the value, for what has no method here; `now` is handed to it.
    pub fn with<T>(&self, call: impl FnOnce(&mut Smsc, Duration) -> T) -> T {
        let mut inner = self.lock();
        let result = call(&mut inner.smsc, self.0.clock.now());
        self.settle(&mut inner);
        result
    }

    /// Cuts all connections without a word.
    pub fn drop_connections(&self) {
        self.with(|smsc, _| {
            let all: Vec<_> = smsc.connections().collect();
            all.into_iter().for_each(|conn| smsc.drop_connection(conn));
        });
    }

    /// Closes the listener, unbinds all, and ends what doesn't answer within two seconds.
    pub async fn stop(&self) {
        if let Some(accept) = self.lock().tasks.first() {
            accept.abort();
        }
        self.with(|smsc, now| {
            let all: Vec<_> = smsc.connections().collect();
            all.into_iter().for_each(|conn| smsc.unbind(conn, now));
        });
        let gone = self.wait_until(|inner| inner.writers.is_empty().then_some(()));
        if timeout(GOODBYE, gone).await.is_err() {
            self.drop_connections();
        }
        self.lock().tasks.drain(..).for_each(|task| task.abort());
    }

    async fn accept(self, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(self.clone().serve(stream))),
                // Out of descriptors, most likely: they come back when connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn serve(self, stream: TcpStream) {
        // Without it, small writes wait for acknowledgements; failing that, only slower.
        let _ = stream.set_nodelay(true);
        let (read, mut write) = stream.into_split();
        let wake = Arc::new(Notify::new());
        let conn = {
            let mut inner = self.lock();
            inner.connections += 1;
            let conn = ConnId(inner.connections);
            inner.writers.insert(conn, wake.clone());
            inner.smsc.handle_connected(conn, self.0.clock.now());
            self.settle(&mut inner);
            conn
        };
        let reader = tokio::spawn(self.clone().read(conn, read));
        loop {
            let octets = self.lock().smsc.poll_transmit(conn);
            match octets {
                Some(octets) => {
                    if write.write_all(&octets).await.is_err() {
                        break;
                    }
                }
                None if self.lock().smsc.poll_close(conn) => break,
                None => wake.notified().await,
            }
        }
        let _ = write.shutdown().await;
        reader.abort();
        let mut inner = self.lock();
        inner.smsc.handle_closed(conn);
        inner.writers.remove(&conn);
        self.settle(&mut inner);
        self.0.news.send_modify(|n| *n += 1);
    }

    async fn read(self, conn: ConnId, mut read: OwnedReadHalf) {
        let mut buffer = vec![0; READ_BUFFER];
        loop {
            match read.read(&mut buffer).await {
                Ok(octets @ 1..) => {
                    self.with(|smsc, now| smsc.handle_bytes(conn, &buffer[..octets], now));
                }
                _ => return self.with(|smsc, _| smsc.handle_closed(conn)),
            }
        }
    }

    async fn keep_time(self) {
        loop {
            let next = {
                let mut inner = self.lock();
                inner.smsc.handle_timeout(self.0.clock.now());
                self.settle(&mut inner);
                inner.armed = inner.smsc.poll_timeout();
                inner.armed
            };
            let sooner = self.0.sooner.notified();
            match next {
                None => sooner.await,
                Some(at) => tokio::select! {
                    () = sleep_until(self.0.clock.instant(at)) => {}
                    () = sooner => {}
                },
            }
        }
    }

    /// After every call: wakes whom it concerns, and keeps what happened.
    fn settle(&self, inner: &mut Inner) {
        for (conn, wake) in &inner.writers {
            if inner.smsc.has_output(*conn) {
                wake.notify_one();
            }
        }
        let (mut news, now) = (false, self.0.clock.now());
        while let Some(event) = inner.smsc.poll_event() {
            news = true;
            if let Event::Message(message) = &event {
                keep(&mut inner.messages, message.clone());
                keep(&mut inner.waiting, message.clone());
            }
            inner.log.add(now, event);
        }
        if news {
            self.0.news.send_modify(|n| *n += 1);
        }
        let next = inner.smsc.poll_timeout();
        if next.is_some_and(|at| inner.armed.is_none_or(|armed| at < armed)) {
            inner.armed = next;
            self.0.sooner.notify_one();
        }
    }

    async fn wait_until<T>(&self, mut check: impl FnMut(&mut Inner) -> Option<T>) -> T {
        let mut news = self.0.news.subscribe();
        loop {
            if let Some(found) = check(&mut self.lock()) {
                return found;
            }
            if news.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn keep<T>(history: &mut VecDeque<T>, item: T) {
    if history.len() >= HISTORY_MAX {
        history.pop_front();
    }
    history.push_back(item);
}
