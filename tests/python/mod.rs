//! A Python with the pinned packages of `requirements.txt`, made on first
//! use under the target folder and shared by all tests that need one.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Gives the interpreter of the virtual environment.
///
/// Without a usable Python 3 the test is skipped, and says so; with `CI` set
/// to `true` it fails instead.
pub(crate) fn python() -> Option<PathBuf> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
    match prepared(&home) {
        Ok(python) => Some(python),
        Err(why) if ci() => panic!("Python is required in CI: {why}"),
        Err(why) => {
            // past the test harness, which hides what passing tests print
            let text = format!("SKIPPED, no pinned Python: {why}\n");
            io::stderr().write_all(text.as_bytes()).ok();
            None
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "whether a missing Python may be skipped is the machine's to say"
)]
fn ci() -> bool {
    env::var("CI").is_ok_and(|ci| ci == "true")
}

/// Makes the environment, unless it is there with the same requirements.
/// The lock keeps test binaries that run side by side from making it twice.
#[expect(
    clippy::disallowed_methods,
    reason = "a file in the target folder, made anew when it is torn"
)]
fn prepared(home: &Path) -> Result<PathBuf, String> {
    let tmp = home.parent().unwrap_or(home);
    fs::create_dir_all(tmp).map_err(|e| e.to_string())?;
    let lock = File::create(tmp.join("python.lock"));
    let lock = lock.map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    let python = home.join("bin").join("python");
    let made = home.join("made-from.txt");
    if fs::read_to_string(&made).is_ok_and(|text| text == REQUIREMENTS) {
        return Ok(python);
    }
    if home.exists() {
        fs::remove_dir_all(home).map_err(|e| e.to_string())?;
    }
    let list = tmp.join("requirements.txt");
    fs::write(&list, REQUIREMENTS).map_err(|e| e.to_string())?;
    run(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps"];
    let pip_quietly = "--disable-pip-version-check";
    run(Command::new(&python)
        .args(pip)
        .arg(pip_quietly)
        .arg("-r")
        .arg(&list))?;
    fs::write(&made, REQUIREMENTS).map_err(|e| e.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(format!("{command:?}: {}: {said}", done.status))
}
