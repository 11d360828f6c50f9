//! The HTTP control: JSON over a loopback port, by which any language plays phones, reads what
//! arrived, and bends an SMSC while it runs.
//!
//! `routes.rs` says what there is; `request.rs` reads bodies and queries, `view.rs` writes what is
//! told, `problem.rs` writes what went wrong (RFC 9457), naming the field.

mod problem;
mod request;
mod routes;
mod view;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::log::Logged;
use crate::operators::{Operator, owner};
use crate::profile::Profile;
use crate::shell::Sim;
use problem::Problem;

/// The longest that a request waits.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// What there is to control.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

struct Inner {
    operators: Vec<Operator>,
    sims: Vec<Sim>,
    /// The profiles at the start, to which one can go back.
    originals: Vec<Profile>,
}

impl Control {
    /// Of these SMSCs; each operator is the one of the same place.
    pub fn new(operators: Vec<Operator>, sims: Vec<Sim>) -> Self {
        let originals = sims.iter().map(Sim::profile).collect();
        Self(Arc::new(Inner { operators, sims, originals }))
    }

    /// Serves until the future is dropped. Whoever can connect can do everything, so that the
    /// address has to be a loopback one; port 0 is any free one.
    pub async fn listen(
        &self,
        addr: SocketAddr,
    ) -> io::Result<(SocketAddr, impl Future<Output = io::Result<()>> + Send + use<>)> {
        if !addr.ip().is_loopback() {
            let what = format!(
                "the control has no password, so it listens on 127.0.0.1 or [::1] only, not {addr}"
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let listener = TcpListener::bind(addr).await?;
        let addr = listener.local_addr()?;
        let app = routes::all(self.clone());
        Ok((addr, async move { axum::serve(listener, app).await }))
    }

    /// The SMSC of a name, and its place.
    fn find(&self, name: &str) -> Result<(usize, &Sim), Problem> {
        let at = self.0.operators.iter().position(|o| o.name == name);
        let at = at.ok_or_else(|| {
            let names: Vec<_> = self.0.operators.iter().map(|o| o.name.as_str()).collect();
            Problem::not_found(format!("no SMSC {name:?}; there are {}", names.join(", ")))
        })?;
        Ok((at, &self.0.sims[at]))
    }

    /// The SMSC that was named, or else the number's, or else the only one.
    fn choose(&self, name: Option<&str>, number: &str) -> Result<(usize, &Sim), Problem> {
        if let Some(name) = name {
            return self.find(name).map_err(|p| p.at("smsc"));
        }
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let at = owner(&self.0.operators, &digits).or((self.0.sims.len() == 1).then_some(0));
        let at = at.ok_or_else(|| {
            Problem::invalid("smsc", format!("{number} is nobody's; say which SMSC is its own"))
        })?;
        Ok((at, &self.0.sims[at]))
    }
}

/// The events of some SMSCs that `keep` takes, up to `limit`, and the number up to which all
/// have been seen; waits for the first one.
async fn events_of(
    sims: &[Sim],
    after: u64,
    limit: usize,
    wait: Duration,
    keep: impl Fn(usize, &Logged) -> bool,
) -> (Vec<(usize, Logged)>, u64) {
    let mut seen = after;
    let found = async {
        loop {
            let mut news: JoinSet<()> = JoinSet::new();
            for mut receiver in sims.iter().map(Sim::news) {
                news.spawn(async move { drop(receiver.changed().await) });
            }
            let all = Sim::log_of_all(sims, seen);
            let last = all.last().map_or(seen, |(_, logged)| logged.number);
            let kept = all.into_iter().filter(|(at, logged)| keep(*at, logged));
            let found: Vec<_> = kept.take(limit).collect();
            seen = match found.last() {
                Some((_, logged)) if found.len() == limit => logged.number,
                _ => last,
            };
            if !found.is_empty() {
                return found;
            }
            news.join_next().await;
        }
    };
    let found = tokio::time::timeout(wait, found).await.unwrap_or_default();
    (found, seen)
}
