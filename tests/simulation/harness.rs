//! Many seeds, two at a time; of one that fails its number, its fault and its last events.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tellerd::store::Store;

use super::figures::Figures;
use super::world::{World, Wrap};

/// Events kept of a run.
const EVENTS_KEPT: usize = 60;

/// The last events of a run, or all of them printed.
#[derive(Clone, Default)]
pub struct Trace {
    events: Arc<Mutex<VecDeque<String>>>,
    prints: bool,
}

impl Trace {
    /// One that prints as it goes.
    pub fn printing() -> Trace {
        Trace { prints: true, ..Trace::default() }
    }

    /// Something happened.
    pub fn note(&self, now: Duration, what: impl FnOnce() -> String) {
        let line = format!("{:>12.6} {}", now.as_secs_f64(), what());
        if self.prints {
            println!("{line}");
        }
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == EVENTS_KEPT {
            events.pop_front();
        }
        events.push_back(line);
    }

    fn lines(&self) -> Vec<String> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A seed that broke a promise.
pub struct Broken {
    pub seed: u64,
    pub why: String,
    pub events: Vec<String>,
}

/// Runs one seed.
pub fn run<S: Store>(seed: u64, wrap: Wrap<S>, trace: Trace) -> Result<Figures, Broken> {
    let world = AssertUnwindSafe(|| World::new(seed, wrap, trace.clone()).run());
    catch_unwind(world).map_err(|panic| Broken { seed, why: told(&*panic), events: trace.lines() })
}

/// Runs all seeds, two at a time, until one breaks something.
pub fn run_all<S: Store>(seeds: &[u64], wrap: Wrap<S>) -> (Figures, Option<Broken>) {
    let (next, sum) = (AtomicUsize::new(0), Mutex::new((Figures::default(), None)));
    let work = || {
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let result = run(*seed, wrap, Trace::default());
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(figures) => sum.0.add(&figures),
                Err(broken) => {
                    next.store(seeds.len(), Ordering::Relaxed);
                    sum.1 = Some(broken);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    sum.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
