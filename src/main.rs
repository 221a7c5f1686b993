//! Runs the command line and turns its end into an exit code.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    lifeboat::cli::run(env::args_os())
}
