//! Makes the released program smaller: its models of AWS are embedded packed
//! (0.5 MB less), and where the linker and the loader can do it, functions
//! that come out the same are kept once (0.4 MB) and relative relocations are
//! packed (1.9 MB; glibc from 2.36 on).

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is told by its environment, and writes files"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use miniz_oxide::deflate::compress_to_vec;

/// The models, in the form that `assets/models/extract.py` writes.
const MODELS: &str = "assets/models";

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={MODELS}");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    pack(&out)?;
    let is = |name: &str, word: &str| env::var(name).as_deref() == Ok(word);
    let here = env::var("HOST") == env::var("TARGET");
    let gnu = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is("PROFILE", "release") && here && gnu {
        if reads_packed() {
            println!("cargo:rustc-link-arg-bins={RELOCATIONS}");
        }
        if links(&out, FOLD)? {
            println!("cargo:rustc-link-arg-bins={FOLD}");
        }
    }
    Ok(())
}

/// Packs each model to a file of its name, without its ending.
fn pack(out: &Path) -> io::Result<()> {
    for file in fs::read_dir(MODELS)? {
        let file = file?.path();
        if file.extension().is_some_and(|ending| ending == "json") {
            let name = file.file_stem().expect("it has an ending");
            let packed = compress_to_vec(&fs::read(&file)?, 9);
            fs::write(out.join(name), packed)?;
        }
    }
    Ok(())
}

const RELOCATIONS: &str = "-Wl,-z,pack-relative-relocs";

/// Rust promises no function an address of its own.
const FOLD: &str = "-Wl,--icf=all";

/// Whether the linker of this build takes an argument.
fn links(out: &Path, argument: &str) -> io::Result<bool> {
    let source = out.join("probe.rs");
    fs::write(&source, "fn main() {}")?;
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let flags = flags.split('\x1f').filter(|flag| !flag.is_empty());
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let done = Command::new(rustc)
        .args(flags)
        .args(["-C", &format!("link-arg={argument}"), "-o"])
        .args([out.join("probe"), source])
        .output()?;
    Ok(done.status.success())
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
