//! The binary: what `--help` teaches, and one line typed on a phone until its answer is printed.

#![expect(clippy::unwrap_used, reason = "a test fails where it can't go on")]

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
        "--profile",
        "--print-profile",
        "--personality",
        "--control",
        "smpp-sim load",
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

/// Runs the binary to its end: exit code, stdout, stderr.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn personalities_are_listed_and_one_printed() {
    let (_, list, _) = run(&["personalities"]);
    for line in ["hex-ids                message ids in hex", "zombie ", "throttler "] {
        assert!(list.contains(line), "{line} is missing in\n{list}");
    }
    let readme = include_str!("../README.md");
    for personality in smpp_sim::personalities() {
        let row = format!("| `{}` | {} |", personality.name, personality.what);
        assert!(readme.contains(&row), "README.md lacks {row}");
    }
    for fault in smpp_sim::Fault::ALL {
        assert!(readme.contains(&format!("`{}`", fault.name())), "README.md lacks {fault:?}");
    }
    let (_, one, _) = run(&["personalities", "throttler"]);
    assert!(one.contains("rate = 5\n") && one.contains("throttle_status = 20\n"), "{one}");
    let (code, _, complaint) = run(&["personalities", "throtler"]);
    assert!(code != 0 && complaint.contains("throttler"), "{complaint}");
    let (code, _, complaint) = run(&["--personality", "hexids"]);
    assert!(code != 0 && complaint.contains("hex-ids"), "{complaint}");
}

#[test]
fn the_printed_profile_runs_and_a_wrong_one_is_told_with_its_place() {
    let (_, profile, _) = run(&["--print-profile"]);
    let folder = std::env::temp_dir().join(format!("smpp-sim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("smsc.toml");
    let path = file.to_str().unwrap();
    std::fs::write(&file, profile.replace("127.0.0.1:2775", "127.0.0.1:0")).unwrap();
    let control = ["--profile", path, "--control", "127.0.0.1:0", "--linger", "0s"];
    let (code, said, complaint) = run(&control);
    assert_eq!((code, complaint.as_str()), (0, ""));
    assert!(said.contains("mts     listens      127.0.0.1:"), "{said}");
    assert!(said.contains("control listens      127.0.0.1:"), "{said}");

    std::fs::write(&file, "[[smsc]]\nname = \"a\"\nlisten = \"127.0.0.1:0\"\nwindo = 3\n").unwrap();
    let (code, _, complaint) = run(&["--profile", path]);
    assert_ne!(code, 0);
    assert!(complaint.contains("smsc.toml:4:1"), "{complaint}");
    assert!(complaint.contains("is it `window`?"), "{complaint}");
    let (code, _, complaint) = run(&["--profile", "/nowhere.toml"]);
    assert!(code != 0 && complaint.contains("can't read /nowhere.toml"), "{complaint}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn load_is_sent_timed_and_counted() {
    let mut child = Command::new(BINARY)
        .args(["load", "--listen", "127.0.0.1:0", "--code", "5622", "--text", "TR 2", "--json"])
        .args(["--rate", "40", "--duration", "500ms", "--patience", "1s", "--phones", "4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    let address = line.split("listens on ").nth(1).unwrap().split(';').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&esme::bind(1, "bank", "secret")).unwrap();
    // Every text is answered but the last one of each five.
    let (mut buffer, mut octets, mut texts) = (BytesMut::new(), [0; 4096], 0_u32);
    loop {
        let count = stream.read(&mut octets).unwrap_or(0);
        if count == 0 {
            break;
        }
        buffer.extend_from_slice(&octets[..count]);
        for command in esme::commands(&mut buffer) {
            let sequence = command.sequence_number();
            if let Some(rusmpp::Pdu::DeliverSm(deliver)) = command.pdu() {
                let mut answer = esme::deliver_resp(sequence, 0);
                texts += 1;
                if texts % 5 != 0 {
                    let to = deliver.source_addr.as_str();
                    answer.extend(esme::submit(1 + texts, "5622", to, b"1,00", false));
                }
                stream.write_all(&answer).unwrap();
            } else if command.id() == CommandId::Unbind {
                let resp = esme::octets(0, sequence, rusmpp::Pdu::UnbindResp);
                stream.write_all(&resp).unwrap();
            }
        }
    }
    let output = child.wait_with_output().unwrap();
    let figures: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((figures["sent"].as_u64(), figures["replied"].as_u64()), (Some(20), Some(16)));
    assert_eq!((figures["lost"].as_u64(), output.status.code()), (Some(4), Some(2)));
    assert!(figures["p99_ms"].as_f64().unwrap() >= figures["p50_ms"].as_f64().unwrap());
}
