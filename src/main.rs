//! Runs the command line and turns its end into an exit code.

use std::env;
use std::process::ExitCode;

use lifeboat::cli::run;

fn main() -> ExitCode {
    run(env::args_os())
}
