//! Stores that break their contract, each of which the simulation's checker must catch.
