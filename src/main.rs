//! tellerd
fn main() {}
