//! What comes in from the operators: whose it is, at which code, whether it came before, whether it
//! is whole.
//!
//! [`address`] makes numbers of what SMSCs present, [`repeats`] knows a deliver_sm that came
//! before, [`segment`] tells parts, [`parts`] keeps and joins the parts of long texts, [`allowance`] bounds what one number
//! is answered.

pub mod address;
pub mod allowance;
pub mod parts;
pub mod repeats;
pub mod segment;
