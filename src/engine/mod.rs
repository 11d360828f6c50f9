//! The engine.
pub mod setup;
