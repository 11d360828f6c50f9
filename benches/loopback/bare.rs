//! The bare pipeline: what this machine does with our way through it and nothing on the way.
//!
//! Parse, fold, a look-up among the customers, one record a message, one commit with its fsync for
//! all that has gathered, then the answers: no session, no seals, no templates, no vocabulary, no
//! contract, no second record for what was accepted. The prototype that we measure ourselves
//! by, in the same run.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};

use redb::{Database, TableDefinition};
use tellerd::smpp::deliver::DeliverSm;
use tellerd::text::decode::{self, Alphabet};
use tellerd::text::fold::{Script, fold};

use crate::bank::phone;
use crate::null::{bind, delivers, respond, submit};

const TABLE: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");

/// Octets of a record: number, question and answer.
const RECORD_OCTETS: usize = 200;

/// Frames that wait for the next batch.
#[derive(Default)]
struct Gathered {
    frames: Mutex<Vec<Vec<u8>>>,
    arrived: Condvar,
}

/// Connects, binds and answers in two threads of its own, until the connection ends.
pub(crate) fn start(address: SocketAddr, customers: u64, folder: PathBuf) {
    let stream = bind(address, b"bare");
    let reading = stream.try_clone().expect("a socket");
    let gathered = Arc::new(Gathered::default());
    let known: HashMap<String, u64> = (0..customers).map(|n| (phone(n), n * 37)).collect();
    let database = Database::create(folder.join("bare.redb")).expect("a database");
    let inputs = Arc::clone(&gathered);
    std::thread::spawn(move || read(reading, &inputs));
    std::thread::spawn(move || serve(stream, &gathered, &known, &database));
}

fn read(mut stream: TcpStream, gathered: &Gathered) {
    let (mut buffer, mut filled) = (vec![0; 1 << 20], 0);
    loop {
        let Ok(read) = stream.read(&mut buffer[filled..]) else { return };
        if read == 0 {
            return;
        }
        filled += read;
        let mut frames = Vec::new();
        let at = delivers(&buffer[..filled], |frame| frames.push(frame.to_vec()));
        buffer.copy_within(at..filled, 0);
        filled -= at;
        gathered.frames.lock().expect("no panic").extend(frames);
        gathered.arrived.notify_one();
    }
}

fn serve(
    mut stream: TcpStream,
    gathered: &Gathered,
    known: &HashMap<String, u64>,
    database: &Database,
) {
    let (mut next, mut sequence) = (0, 1);
    loop {
        let frames = {
            let waiting = gathered.frames.lock().expect("no panic");
            let wait = gathered.arrived.wait_while(waiting, |frames| frames.is_empty());
            std::mem::take(&mut *wait.expect("no panic"))
        };
        let mut out = Vec::new();
        let write = database.begin_write().expect("a transaction");
        {
            let mut table = write.open_table(TABLE).expect("a table");
            for frame in &frames {
                let deliver = DeliverSm::parse(frame).expect("a deliver_sm");
                let chars = decode::chars(deliver.data_coding, Alphabet::Gsm7, deliver.text());
                assert_eq!(fold(chars, Script::Sound).as_str(), "TR");
                let phone = deliver.source.digits;
                let balance = known[std::str::from_utf8(phone).expect("digits")];
                let mut record = [0; RECORD_OCTETS];
                record[..8].copy_from_slice(&balance.to_be_bytes());
                record[8..20].copy_from_slice(phone);
                table.insert(next, record.as_slice()).expect("an entry");
                next += 1;
                sequence += 1;
                respond(&mut out, frame);
                submit(&mut out, phone, sequence);
            }
        }
        write.commit().expect("a commit");
        if stream.write_all(&out).is_err() {
            return;
        }
    }
}
