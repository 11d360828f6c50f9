//! An operator's task before an SMSC that is played by hand, over a stream in memory.

use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::*;
use crate::base::dice::Dice;
use crate::base::secret::Secret;
use crate::operator::{Options, pacing};
use crate::smpp::pdu::Address;
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

/// The task bound to an SMSC that is played by hand: its orders, its reports, its peer.
struct Desk {
    orders: UnboundedSender<VecDeque<Order>>,
    mailbox: Arc<Mailbox>,
    smsc: DuplexStream,
}

impl Desk {
    async fn bound(session: SessionOptions) -> Desk {
        let (ours, smsc) = duplex(64 * 1024);
        let options = Options {
            name: "mts".into(),
            binds: vec![SessionOptions { password: Secret::new("x"), ..session }],
            pace: pacing::Options::default(),
            statuses: Overrides::default(),
            reconnect_min: Duration::from_secs(1),
            reconnect_max: Duration::from_secs(60),
            canary: None,
        };
        let operator = Operator::new(options, Dice::seeded(1));
        let connect = Once(std::sync::Mutex::new(Some(ours)));
        let (orders, ordered) = unbounded_channel();
        let mailbox = Arc::new(Mailbox::default());
        let reports = Arc::clone(&mailbox);
        tokio::spawn(Links::new(0, operator, connect, ordered, reports, Clock::start()).run());
        let mut desk = Desk { orders, mailbox, smsc };
        let bind = heard(&mut desk.smsc).await;
        answer(&mut desk.smsc, bind, b"smsc\0").await;
        desk
    }

    /// The next report.
    async fn report(&self) -> String {
        let mailbox = Arc::clone(&self.mailbox);
        let taken = move || {
            let mut inputs = Vec::new();
            mailbox.take(1, PATIENCE, &mut inputs);
            inputs
        };
        match &tokio::task::spawn_blocking(taken).await.unwrap()[..] {
            [Input::Operator(0, report)] => format!("{report:?}"),
            other => panic!("{} reports", other.len()),
        }
    }
}

// In these nothing of ours wakes the task after the SMSC spoke: only its own deadlines do.

#[tokio::test]
async fn a_link_on_which_a_response_was_the_last_is_asked_again_and_again() {
    let enquire_link = Duration::from_millis(20);
    let mut desk = Desk::bound(SessionOptions { enquire_link, ..SessionOptions::default() }).await;
    for sequence in 2..5 {
        let enquiry = heard(&mut desk.smsc).await;
        assert_eq!(enquiry, (0x15, sequence));
        answer(&mut desk.smsc, enquiry, b"").await;
    }
}

#[tokio::test]
async fn a_request_is_given_up_in_time_though_something_else_came() {
    let response = Duration::from_millis(20);
    let mut desk = Desk::bound(SessionOptions { response, ..SessionOptions::default() }).await;
    assert_eq!(desk.report().await, "Up");
    let source = Address::new(3, 0, "5622").unwrap();
    let query = Order::Query { token: 7, id: b"a1".to_vec(), source };
    desk.orders.send([query].into()).unwrap();
    assert_eq!(heard(&mut desk.smsc).await, (0x03, 2));
    for word in [16, 0x15, 0, 9] {
        desk.smsc.write_u32(word).await.unwrap();
    }
    assert_eq!(heard(&mut desk.smsc).await, (0x8000_0015, 9));
    assert_eq!(desk.report().await, "Queried 7: None");
}
