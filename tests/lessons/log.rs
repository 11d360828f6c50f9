//! What a test's thread has logged, on all levels.
//!
//! tracing keeps for the whole process whether anybody listens at a place in the code, by what the
//! first thread that came there had. So the listener is everybody's, and is there before the first
//! line is logged; what it hears is each thread's own.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// From now on what is logged is kept. Whatever logs in this binary calls it first.
pub(crate) fn keep() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| tracing::subscriber::set_global_default(Log).expect("nobody else listens"));
}

/// What this thread has logged.
pub(crate) fn said() -> String {
    SAID.with_borrow(String::clone)
}

struct Log;

struct Fields;

impl tracing::field::Visit for Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        SAID.with_borrow_mut(|said| *said += &format!("{field}={value:?} "));
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Fields);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
