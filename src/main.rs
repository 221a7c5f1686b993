//! Runs the command line and turns its end into an exit code.

fn main() {}
