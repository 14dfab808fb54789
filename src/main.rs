//! The program: it hands its arguments to the library and ends with the exit code that comes back.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    regdoctor::cli::main()
}
