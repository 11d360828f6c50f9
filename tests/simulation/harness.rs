//! Many seeds, two at a time; of one that fails its number, its fault and its last events.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Duration;

use tellerd::store::Store;

use super::figures::Figures;
use super::world::{World, Wrap};

/// Events kept of a run.
const EVENTS_KEPT: usize = 60;

static QUIET: Once = Once::new();

thread_local! {
    /// A run is under way: its panics are told by whoever started it.
    static RUNNING: Cell<bool> = const { Cell::new(false) };
    /// Where it panicked.
    static WHERE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The last events of a run, or all of them printed.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    events: Arc<Mutex<VecDeque<String>>>,
    prints: bool,
}

impl Trace {
    /// One that prints as it goes.
    pub(crate) fn printing() -> Trace {
        Trace { prints: true, ..Trace::default() }
    }

    /// Something happened.
    pub(crate) fn note(&self, now: Duration, what: impl FnOnce() -> String) {
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

/// What a run is drawn from.
#[derive(Clone, Copy)]
pub(crate) struct Seed {
    pub(crate) number: u64,
    /// Turns are built while batches are on their way, in some of the worlds.
    pub(crate) ahead: bool,
}

impl Seed {
    /// `7`, or `7/1` where one batch comes after another.
    pub(crate) fn read(text: &str) -> Option<Seed> {
        let alone = text.strip_suffix("/1");
        Some(Seed { number: alone.unwrap_or(text).parse().ok()?, ahead: alone.is_none() })
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, if self.ahead { "" } else { "/1" })
    }
}

/// A seed that broke a promise.
pub(crate) struct Broken {
    pub(crate) seed: Seed,
    pub(crate) why: String,
    pub(crate) events: Vec<String>,
}

/// Runs one seed.
pub(crate) fn run<S: Store>(seed: Seed, wrap: Wrap<S>, trace: Trace) -> Result<Figures, Broken> {
    QUIET.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| match info.location() {
            Some(at) if RUNNING.get() => WHERE.set(format!(" ({}:{})", at.file(), at.line())),
            _ => usual(info),
        }));
    });
    RUNNING.set(true);
    let world = AssertUnwindSafe(|| World::new(seed, wrap, trace.clone()).run());
    let result = catch_unwind(world);
    RUNNING.set(false);
    result.map_err(|panic| {
        let why = told(&*panic) + &WHERE.take();
        Broken { seed, why, events: trace.lines() }
    })
}

/// Runs all seeds, two at a time, until one breaks something.
pub(crate) fn run_all<S: Store>(seeds: &[Seed], wrap: Wrap<S>) -> (Figures, Option<Broken>) {
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
