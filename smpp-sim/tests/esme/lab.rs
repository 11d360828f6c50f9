//! An SMSC as a value, with virtual time and a tiny ESME that binds to it.

use std::time::Duration;

use bytes::BytesMut;
use rusmpp::Command;
use smpp_sim::{ConnId, Event, Profile, SmsOut, Smsc};

pub(crate) const A: ConnId = ConnId(1);
pub(crate) const B: ConnId = ConnId(2);
pub(crate) const PHONE: &str = "+381631112222";

/// An SMSC, virtual time, and the octets that it wrote.
pub(crate) struct Lab {
    pub(crate) smsc: Smsc,
    pub(crate) now: Duration,
}

impl Lab {
    pub(crate) fn new(profile: Profile) -> Self {
        Self { smsc: Smsc::new(profile), now: Duration::ZERO }
    }

    pub(crate) fn bound(profile: Profile) -> Self {
        let mut lab = Self::new(profile);
        assert_eq!(status(&lab.bind(A)), 0);
        lab
    }

    pub(crate) fn bind(&mut self, conn: ConnId) -> Vec<Command> {
        self.smsc.handle_connected(conn, self.now);
        self.say(conn, &super::bind(1, "bank", "secret"))
    }

    pub(crate) fn say(&mut self, conn: ConnId, octets: &[u8]) -> Vec<Command> {
        self.smsc.handle_bytes(conn, octets, self.now);
        self.hear(conn)
    }

    pub(crate) fn hear(&mut self, conn: ConnId) -> Vec<Command> {
        super::commands(&mut self.raw(conn))
    }

    pub(crate) fn raw(&mut self, conn: ConnId) -> BytesMut {
        let mut all = BytesMut::new();
        while let Some(octets) = self.smsc.poll_transmit(conn) {
            all.extend_from_slice(&octets);
        }
        all
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        let mut calls = 0;
        while let Some(at) = self.smsc.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.smsc.handle_timeout(self.now);
            calls += 1;
            assert!(calls < 10_000, "a time-out that is never dealt with, at {at:?}");
        }
        self.now = until;
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.smsc.poll_event()).collect()
    }

    pub(crate) fn messages(&mut self) -> Vec<SmsOut> {
        let events = self.events().into_iter();
        events.filter_map(|e| if let Event::Message(m) = e { Some(m) } else { None }).collect()
    }
}

pub(crate) fn status(commands: &[Command]) -> u32 {
    assert_eq!(commands.len(), 1, "{commands:?}");
    commands[0].status().into()
}
