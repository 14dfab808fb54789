//! From what is wanted to a plan, where no engine has to be asked how: taking an earlier change back.
//!
//! Pure: it sees a record and today's files, and changes nothing.

mod undo;

pub use undo::{NotUndone, undo, without};
