//! The listener over real sockets.

mod esme;

use std::time::Duration;

use bytes::BytesMut;
use rusmpp::{Command, CommandId};
use smpp_sim::{Event, Odds, Profile, Sim};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(10);

async fn next(stream: &mut TcpStream, buffer: &mut BytesMut, seen: &mut Vec<Command>) -> Command {
    while seen.is_empty() {
        assert!(stream.read_buf(buffer).await.is_ok_and(|n| n > 0), "closed");
        seen.extend(esme::commands(buffer));
    }
    seen.remove(0)
}

#[tokio::test]
async fn a_phone_asks_is_answered_and_the_end_is_polite() {
    let sim = Sim::listen("127.0.0.1:0".parse().unwrap(), Profile::named("mts")).await.unwrap();
    let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
    let (mut buffer, mut seen) = (BytesMut::new(), Vec::new());
    stream.write_all(&esme::bind(1, "bank", "secret")).await.unwrap();
    assert!(sim.wait_bound(1, PATIENCE).await);
    let phone = "+381641112222";
    let id = sim.phone_sends(phone, "5622", "СТАЊЕ");
    let bound = next(&mut stream, &mut buffer, &mut seen).await;
    assert_eq!(bound.id(), CommandId::BindTransceiverResp);
    let deliver = next(&mut stream, &mut buffer, &mut seen).await;
    let resp = esme::deliver_resp(deliver.sequence_number(), 0);
    let reply = esme::submit(2, "5622", "381641112222", b"84.350,75", false);
    stream.write_all(&[resp, reply].concat()).await.unwrap();
    let message = sim.wait_for_message("0641112222", PATIENCE).await.unwrap();
    assert_eq!((message.text.as_str(), message.from_code.as_str()), ("84.350,75", "5622"));
    assert!(message.after_deliver.is_some());
    assert_eq!(sim.messages().len(), 1);
    assert_eq!(sim.wait_for_message(phone, Duration::ZERO).await, None, "given once");
    loop {
        if let Event::DeliverAnswered { id: answered, status, .. } = sim.next_event().await {
            assert_eq!((answered, status), (id, 0));
            break;
        }
    }
    let ending = tokio::spawn({
        let sim = sim.clone();
        async move { sim.stop().await }
    });
    let submitted = next(&mut stream, &mut buffer, &mut seen).await;
    assert_eq!(submitted.id(), CommandId::SubmitSmResp);
    let unbind = next(&mut stream, &mut buffer, &mut seen).await;
    assert_eq!(unbind.id(), CommandId::Unbind);
    let answer = esme::octets(0, unbind.sequence_number(), rusmpp::Pdu::UnbindResp);
    stream.write_all(&answer).await.unwrap();
    ending.await.unwrap();
    assert_eq!(sim.bound(), 0);
    assert!(TcpStream::connect(sim.addr()).await.is_err());
}

#[tokio::test]
async fn a_cut_connection_is_seen_and_faults_can_be_set() {
    let sim = Sim::listen("127.0.0.1:0".parse().unwrap(), Profile::named("mts")).await.unwrap();
    let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
    stream.write_all(&esme::bind(1, "bank", "secret")).await.unwrap();
    assert!(sim.wait_bound(1, PATIENCE).await);
    sim.drop_connections();
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(sim.bound(), 0);
    sim.set_faults(Odds::NONE.with(smpp_sim::Fault::DropBefore, 10_000));
    let mut stream = TcpStream::connect(sim.addr()).await.unwrap();
    stream.write_all(&esme::bind(1, "bank", "secret")).await.unwrap();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await.unwrap();
    assert_eq!(sim.fault_counts().total(), 1);
}
