//! How many PDUs a second the listener takes: one bind, a window of 1,000, submit_sm over
//! loopback for three seconds. Run it with `cargo run --release -p smpp-sim --example pace`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use smpp_sim::{Profile, Record, Sim};

const SECONDS: u64 = 3;
const BATCH: usize = 500;

/// A PDU of this command_id and body, sequence number 1.
fn pdu(id: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(16 + body.len()).unwrap_or(u8::MAX);
    [&[0, 0, 0, length, 0, 0, 0, id, 0, 0, 0, 0, 0, 0, 0, 1], body].concat()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    for record in [Record::Counters, Record::Everything] {
        let profile = Profile { record, ..Profile::named("pace") };
        let sim = Sim::listen(([127, 0, 0, 1], 0).into(), profile).await?;
        let addr = sim.addr();
        let load = tokio::task::spawn_blocking(move || load(addr));
        tokio::time::sleep(Duration::from_secs(SECONDS)).await;
        let stats = sim.stats();
        sim.drop_connections();
        // The load ends with the connection, by an error as expected.
        let _ = load.await;
        println!("{record:?}: {} PDU/s in and as many out", stats.pdus_in / SECONDS);
    }
    Ok(())
}

fn load(addr: std::net::SocketAddr) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.write_all(&pdu(9, b"bank\0pw\0\0\x34\0\0\0"))?;
    let submit =
        pdu(4, b"\0\0\x015622\0\x01\x01381631112222\0\0\0\0\0\0\0\0\0\0\x12TR 2: 1.234.567,89");
    let batch = submit.repeat(BATCH);
    let mut reader = stream.try_clone()?;
    let mut buffer = vec![0; 1 << 16];
    let mut owed = 0;
    loop {
        // 21 octets a response, a message id of four digits or more: a floor for the window.
        while owed < 2 * BATCH * 21 {
            stream.write_all(&batch)?;
            owed += BATCH * 21;
        }
        let got = reader.read(&mut buffer)?;
        if got == 0 {
            return Ok(());
        }
        owed = owed.saturating_sub(got);
    }
}
