//! From exec to the first frame in a terminal of 160x48: `lifeboat demo`
//! beside a program that does nothing at all.
//!
//! `cargo bench --bench first_frame`

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const TURNS: usize = 40;

/// What stands in the first frame, and nowhere before it.
const SHOWN: &str = "Overview";

const LIFEBOAT: &str = env!("CARGO_BIN_EXE_lifeboat");

fn main() {
    let home = tempfile::tempdir().expect("there is room");
    let mut bare = Vec::new();
    let mut ours = Vec::new();
    let mut bytes = 0;
    for _ in 0..TURNS {
        bare.push(run(command("/bin/true", &[], home.path()), None).0);
        let demo = command(LIFEBOAT, &["demo"], home.path());
        let (took, read) = run(demo, Some(SHOWN));
        ours.push(took);
        bytes = read;
    }
    let (bare, ours) = (sorted(bare), sorted(ours));
    println!("exec to first frame, {TURNS} turns, taking turns");
    for (name, times) in [("/bin/true", &bare), ("lifeboat demo", &ours)] {
        println!(
            "  {name}: min {:.1} ms, p50 {:.1} ms, max {:.1} ms",
            millis(times[0]),
            millis(times[TURNS / 2]),
            millis(times[TURNS - 1])
        );
    }
    println!(
        "  difference p50: {:.1} ms; {bytes} bytes until it was there",
        millis(ours[TURNS / 2]) - millis(bare[TURNS / 2])
    );
}

fn command(program: &str, arguments: &[&str], home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("HOME", home);
    command.env("LANG", "C.UTF-8");
    command.cwd(home);
    command
}

/// How long it takes until the text is there, or until the end where no
/// text is waited for; and the bytes read till then.
fn run(command: CommandBuilder, text: Option<&str>) -> (Duration, usize) {
    let size =
        PtySize { rows: 48, cols: 160, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a terminal");
    let mut reader = pty.master.try_clone_reader().expect("its other end");
    let begun = Instant::now();
    let mut child = pty.slave.spawn_command(command).expect("it starts");
    drop(pty.slave);
    let mut seen = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        match reader.read(&mut chunk) {
            // Linux tells the end of a terminal as an error.
            Ok(0) | Err(_) => {
                assert!(
                    text.is_none(),
                    "no frame: {}",
                    String::from_utf8_lossy(&seen)
                );
                break;
            }
            Ok(read) => seen.extend_from_slice(&chunk[..read]),
        }
        if text.is_some_and(|text| holds(&seen, text.as_bytes())) {
            break;
        }
    }
    let took = begun.elapsed();
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().expect("it was started");
    (took, seen.len())
}

fn holds(seen: &[u8], text: &[u8]) -> bool {
    seen.windows(text.len()).any(|window| window == text)
}

fn sorted(mut times: Vec<Duration>) -> Vec<Duration> {
    times.sort_unstable();
    times
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
