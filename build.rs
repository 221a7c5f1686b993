//! Packs the relative relocations of the released program, 1.9 MB of 26,
//! where the loader of the C library can read them: glibc from 2.36 on.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told by its environment"
)]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, word: &str| env::var(name).as_deref() == Ok(word);
    let here = env::var("HOST") == env::var("TARGET");
    let gnu = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is("PROFILE", "release") && here && gnu && reads_packed() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Whether this machine's glibc reads them. What cannot be told is no.
fn reads_packed() -> bool {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let Ok(told) = told else { return false };
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    let mut numbers = words
        .trim_start_matches("glibc ")
        .trim()
        .split('.')
        .map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next())
    else {
        return false;
    };
    (major, minor) >= (2, 36)
}
