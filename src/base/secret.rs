//! What must never be printed: passwords, and texts that customers sent or were sent.
//!
//! The type prints a placeholder in `Debug` and has no `Display`; `reveal` is the one way in, so
//! that a reviewer finds every use by searching for one word.

use std::fmt;

use zeroize::Zeroizing;

/// A password or another credential; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a credential in.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(text.into()))
    }

    /// The credential itself, for the wire. Never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A customer's text, either way; prints only its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Private(String);

impl Private {
    /// Takes a text in.
    pub fn new(text: impl Into<String>) -> Private {
        Private(text.into())
    }

    /// The text itself, for the wire and for sealed records. Never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_prints_what_it_holds() {
        let printed = format!("{:?} {:?}", Secret::new("hunter2"), Private::new("TR 2"));
        assert_eq!(printed, "[secret] [4 bytes]");
    }
}
