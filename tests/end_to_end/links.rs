//! Peers that come, go and misbehave: a log line that names the operator, a bounded number of new
//! attempts, and nobody else notices.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use smpp_sim::{Event, Profile, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::binary::until;
use crate::rig::{P, X, ask, bound, event, folder, set, sim};

/// What answers a bind without being an SMSC.
const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
const NOISE: &[u8] = b"\x9b\x17\xf3\x02\x51\xee\x08\xc4\x77\x3d\x90\x6a\x1f\xb8\x25\xd0\x4c\xe1";
/// A deliver_sm that says it has 60 octets, and has not.
const TRUNCATED: &[u8] = &[0, 0, 0, 60, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1];
const OVERSIZE: &[u8] = &[0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9];
/// The same, small enough to be believed, if not by us.
const TOO_LONG: &[u8] = &[0, 1, 0x20, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9];
/// Shorter than its own header.
const TOO_SHORT: &[u8] = &[0, 0, 0, 15, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9];

/// A peer that answers each bind with the same octets, and when it was connected to.
struct Rogue {
    address: SocketAddr,
    came: Arc<Mutex<Vec<Instant>>>,
}

impl Rogue {
    /// `closes`: it ends the connection itself.
    async fn listen(answer: &'static [u8], closes: bool) -> Rogue {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rogue = Rogue { address: listener.local_addr().unwrap(), came: Arc::default() };
        let came = Arc::clone(&rogue.came);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                note(&came);
                tokio::spawn(async move {
                    let mut octets = [0; 256];
                    let _ = stream.read(&mut octets).await;
                    let _ = stream.write_all(answer).await;
                    while !closes && matches!(stream.read(&mut octets).await, Ok(1..)) {}
                });
            }
        });
        rogue
    }

    fn came(&self) -> Vec<Instant> {
        self.came.lock().unwrap().clone()
    }
}

#[expect(clippy::disallowed_methods, reason = "the daemon has the real clock, too")]
fn note(came: &Mutex<Vec<Instant>>) {
    came.lock().unwrap().push(Instant::now());
}

/// Pauses from 1 s, doubling, of which jitter takes up to half. On a busy machine a connection may
/// be noticed late, so that the pause behind it looks shorter; all of them together hardly do.
fn assert_backs_off(came: &[Instant]) {
    let whole = came[came.len() - 1] - came[0];
    let least: f64 = (0..came.len() - 1).map(|n| 2f64.powi(n as i32) / 2.0).sum();
    assert!(whole >= Duration::from_secs_f64(least * 0.8), "{} in {whole:?}", came.len());
}

#[tokio::test]
async fn a_peer_that_is_no_smsc_costs_nobody_else_anything() {
    let telenor = sim(Profile::default()).await;
    let rogues = [
        ("vip", Rogue::listen(HTTP, true).await),
        ("mts", Rogue::listen(NOISE, false).await),
        ("vala", Rogue::listen(TRUNCATED, true).await),
        ("ipko", Rogue::listen(OVERSIZE, false).await),
        ("plus", Rogue::listen(b"", true).await),
    ];
    let mut operators = vec![("telenor", telenor.addr())];
    operators.extend(rogues.iter().map(|(name, rogue)| (*name, rogue.address)));
    let folder = folder(&operators);
    let mut daemon = folder.start();
    bound(&telenor, 1).await;
    assert!(ask(&telenor, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    for (name, rogue) in &rogues {
        let came = until(name, || Some(rogue.came()).filter(|came| came.len() >= 4)).await;
        assert_backs_off(&came);
        daemon.says(&["link ended", &format!("operator={name}")], 3).await;
        // No line for anything else: one for each connection.
        assert!(daemon.lines(&[&format!("operator={name}")]) <= rogue.came().len());
    }
    assert!(ask(&telenor, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    assert_eq!(daemon.lines(&["link ended", "operator=telenor"]), 0);
    daemon.stop().await;
}

#[tokio::test]
async fn a_bound_peer_that_goes_mad_is_bound_again() {
    let sim = sim(Profile::default()).await;
    let folder = folder(&[("telenor", sim.addr())]);
    set(&folder, "telenor", "reconnect_min = \"100ms\"");
    let mut daemon = folder.start();
    bound(&sim, 1).await;
    let mut conn = bound_as(&sim).await;
    let madness = [HTTP, NOISE, OVERSIZE, TOO_LONG, TOO_SHORT];
    for octets in madness {
        sim.with(|smsc, now| smsc.inject(conn, octets, now));
        conn = bound_as(&sim).await;
        assert!(ask(&sim, X, "5622", "KURS").await.text.contains("Kurs "));
    }
    daemon.says(&["link ended", "operator=telenor"], madness.len()).await;
    // Truncated, and then the end; the end alone; and the polite one.
    sim.with(|smsc, now| smsc.inject(conn, TRUNCATED, now));
    sim.phone_sends(X, "5622", "KURS");
    daemon.assert_alive();
    sim.drop_connections();
    conn = bound_as(&sim).await;
    sim.with(|smsc, now| smsc.unbind(conn, now));
    bound_as(&sim).await;
    assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    daemon.stop().await;
}

/// The connection of the next bind.
async fn bound_as(sim: &Sim) -> smpp_sim::ConnId {
    event(sim, |event| match event {
        Event::Bound { conn, .. } => Some(*conn),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn refused_binds_are_told_and_not_hammered() {
    let (telenor, vip, mts) = (
        sim(Profile::default()).await,
        sim(Profile::default()).await,
        sim(Profile::default()).await,
    );
    let healthy = sim(Profile::default()).await;
    for (sim, status) in [(&telenor, 0x05), (&vip, 0x0D), (&mts, 0x0E)] {
        sim.with(|smsc, _| smsc.refuse_binds(status, 1_000));
    }
    let operators = [("telenor", &telenor), ("vip", &vip), ("mts", &mts), ("vala", &healthy)];
    let folder = folder(&operators.map(|(name, sim)| (name, sim.addr())));
    let mut daemon = folder.start();
    bound(&healthy, 1).await;
    daemon.says(&["link ended", "operator=telenor", "ESME_RALYBND"], 1).await;
    daemon.says(&["link ended", "operator=vip", "ESME_RBINDFAIL"], 1).await;
    daemon.says(&["ERROR", "operator=mts", "ESME_RINVPASWD", "correct `system_id`"], 1).await;
    let came = Mutex::default();
    note(&came);
    // "Already bound" is tried again after 5 to 10 s; by then a wrong password has been tried once.
    daemon.says(&["link ended", "operator=telenor", "ESME_RALYBND"], 2).await;
    note(&came);
    let came = came.into_inner().unwrap();
    assert!(came[1] - came[0] >= Duration::from_secs(4), "{:?}", came[1] - came[0]);
    assert_eq!((refusals(&vip), refusals(&mts)), (1, 1));
    assert_eq!(refusals(&telenor), 2);
    daemon.assert_alive();
    assert_eq!(daemon.lines(&["operator=vala", "link ended"]), 0);
    assert!(!daemon.log().contains("secret08"));
    daemon.stop().await;
}

fn refusals(sim: &Sim) -> usize {
    std::iter::from_fn(|| sim.try_next_event())
        .filter(|event| matches!(event, Event::BindRefused { .. }))
        .count()
}

#[tokio::test]
async fn an_absent_smsc_is_waited_for() {
    let healthy = sim(Profile::default()).await;
    // A port that is free for the moment.
    let absent = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let folder = folder(&[("telenor", absent), ("vip", healthy.addr())]);
    let mut daemon = folder.start();
    bound(&healthy, 1).await;
    let (mut seen, came) = (0, Mutex::new(Vec::new()));
    until("four attempts", || {
        let attempts = daemon.lines(&["can't connect", "operator=telenor"]);
        (seen..attempts).for_each(|_| note(&came));
        seen = attempts;
        (seen >= 4).then_some(())
    })
    .await;
    assert_backs_off(&came.lock().unwrap());
    let sim = Sim::listen(absent, Profile::default()).await.unwrap();
    bound(&sim, 1).await;
    assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    // It goes, and comes back; what was asked meanwhile of another operator is answered.
    sim.stop().await;
    assert!(ask(&healthy, X, "5622", "KURS").await.text.contains("Kurs "));
    drop(sim);
    let sim = Sim::listen(absent, Profile::default()).await.unwrap();
    bound(&sim, 1).await;
    assert!(ask(&sim, P, "5622", "TR 2").await.text.contains("1.234.567,89"));
    daemon.stop().await;
}

/// A daemon among peers that never answer, not even to unbind, still ends when told to.
#[tokio::test]
async fn silence_doesnt_hold_up_the_end() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = folder(&[("telenor", silent.local_addr().unwrap())]);
    let mut daemon = folder.start();
    let (mut stream, _) = silent.accept().await.unwrap();
    daemon.stop().await;
    drop(stream);
    // The same once the bind is made.
    let mut daemon = folder.start();
    (stream, _) = silent.accept().await.unwrap();
    let mut bind = [0; 256];
    assert!(stream.read(&mut bind).await.unwrap() > 16);
    let mut resp = vec![0, 0, 0, 17, 0x80, 0, 0, 9, 0, 0, 0, 0];
    resp.extend_from_slice(&bind[12..16]);
    resp.push(0);
    stream.write_all(&resp).await.unwrap();
    daemon.says(&["bound", "operator=telenor"], 1).await;
    daemon.stop().await;
}
