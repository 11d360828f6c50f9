//! The binary: what `--help` teaches, and one line typed on a phone until its answer is printed.

mod esme;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use bytes::BytesMut;
use rusmpp::CommandId;

const BINARY: &str = env!("CARGO_BIN_EXE_smpp-sim");

#[test]
fn help_teaches_every_option_and_the_lines_to_type() {
    let output = Command::new(BINARY).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for word in [
        "--operator",
        "--rate",
        "--delay",
        "--receipts",
        "--seed",
        "--faults",
        "--password",
        "--linger",
        "+381631112222 5622 TR 2",
        "@telenor",
        "per ten thousand",
    ] {
        assert!(help.contains(word), "{word} is missing in:\n{help}");
    }
    let wrong = Command::new(BINARY).args(["--faults", "dorp=1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("drop-before"));
}

#[test]
fn a_typed_line_reaches_the_bank_and_its_answer_is_printed() {
    let mut child = Command::new(BINARY)
        .args(["--operator", "telenor=127.0.0.1:0,+38163", "--linger", "0s"])
        .args(["--password", "bank:secret"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = child.stdin.take().unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = printed.next().unwrap();
    let mut stream = TcpStream::connect(address.split_whitespace().last().unwrap()).unwrap();
    stream.write_all(&esme::bind(1, "bank", "secret")).unwrap();
    assert!(printed.next().unwrap().contains("bind         bank transceiver"));
    typed.write_all(b"what?\n+381631112222 5622 TR 2\n").unwrap();
    assert!(printed.next().unwrap().contains("+381631112222 -> 5622: TR 2"));

    let (mut buffer, mut octets, mut seen) = (BytesMut::new(), [0; 4096], Vec::new());
    while seen.len() < 2 {
        let count = stream.read(&mut octets).unwrap();
        buffer.extend_from_slice(&octets[..count]);
        seen.extend(esme::commands(&mut buffer));
    }
    assert_eq!(seen[1].id(), CommandId::DeliverSm);
    let resp = esme::deliver_resp(seen[1].sequence_number(), 0);
    let reply = esme::submit(2, "5622", "381631112222", b"TR 2: 1.234.567,89", false);
    stream.write_all(&[resp, reply].concat()).unwrap();
    let line = printed.next().unwrap();
    assert!(line.contains("5622 -> +381631112222 (1 part, GSM-7, "), "{line}");
    assert!(line.ends_with("TR 2: 1.234.567,89"), "{line}");

    drop((typed, stream));
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(complaint.contains("type NUMBER CODE TEXT"), "{complaint}");
    assert!(child.wait().unwrap().success());
}
