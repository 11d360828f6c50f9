//! An operator's task before an SMSC that is played by hand, over a stream in memory.

use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::base::dice::Dice;
use crate::base::secret::Secret;
use crate::operator::{Options, pacing};
use crate::smpp::session::Options as SessionOptions;
use crate::smpp::status::Overrides;

/// How long anything that should happen soon may take, on a machine that has much to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// The one stream there is; whoever connects again waits for ever.
struct Once(std::sync::Mutex<Option<DuplexStream>>);

impl Connect for Once {
    type Stream = DuplexStream;

    fn connect(&self, _: usize) -> Pin<Box<dyn Future<Output = io::Result<DuplexStream>> + Send>> {
        match self.0.lock().unwrap().take() {
            Some(stream) => Box::pin(async { Ok(stream) }),
            None => Box::pin(std::future::pending()),
        }
    }
}

/// The header of the next PDU of ours: command and sequence.
async fn heard(smsc: &mut DuplexStream) -> (u32, u32) {
    let word = async {
        let length = smsc.read_u32().await.unwrap() as usize;
        let (id, _, sequence) = (
            smsc.read_u32().await.unwrap(),
            smsc.read_u32().await.unwrap(),
            smsc.read_u32().await.unwrap(),
        );
        smsc.read_exact(&mut vec![0; length - 16]).await.unwrap();
        (id, sequence)
    };
    timeout(PATIENCE, word).await.expect("a PDU that never comes")
}

async fn answer(smsc: &mut DuplexStream, (id, sequence): (u32, u32), body: &[u8]) {
    let length = 16 + u32::try_from(body.len()).unwrap();
    for word in [length, id | 0x8000_0000, 0, sequence] {
        smsc.write_u32(word).await.unwrap();
    }
    smsc.write_all(body).await.unwrap();
}

#[tokio::test]
async fn a_link_on_which_a_response_was_the_last_is_asked_again_and_again() {
    let (ours, mut smsc) = duplex(64 * 1024);
    let session = SessionOptions {
        password: Secret::new("x"),
        enquire_link: Duration::from_millis(20),
        ..SessionOptions::default()
    };
    let options = Options {
        name: "mts".into(),
        binds: vec![session],
        pace: pacing::Options::default(),
        statuses: Overrides::default(),
        reconnect_min: Duration::from_secs(1),
        reconnect_max: Duration::from_secs(60),
        canary: None,
    };
    let operator = Operator::new(options, Dice::seeded(1));
    let connect = Once(std::sync::Mutex::new(Some(ours)));
    let (_engine, orders) = unbounded_channel();
    let links = Links::new(0, operator, connect, orders, Arc::default(), Clock::start());
    let task = tokio::spawn(links.run());

    let bind = heard(&mut smsc).await;
    answer(&mut smsc, bind, b"smsc\0").await;
    // Nothing of ours wakes the task in between: only its own deadlines do.
    for sequence in 2..5 {
        let enquiry = heard(&mut smsc).await;
        assert_eq!(enquiry, (0x15, sequence));
        answer(&mut smsc, enquiry, b"").await;
    }
    task.abort();
}
