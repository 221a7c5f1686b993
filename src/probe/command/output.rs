//! What a program prints: a file without a name that keeps only the newest.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::fs::{OFlags, fcntl_setfl};
use tempfile::tempfile;

use crate::failure::cleaned;
use crate::incident::redact::redact;

/// The most bytes that lie on disk while the program is watched.
const KEPT_MAX: u64 = 8 << 20;

/// The most bytes that outputs are read from.
const READ_MAX: u64 = 1 << 20;

/// The most bytes of a stream that are looked through for secrets.
const LOOKED_MAX: usize = 64 << 10;

/// The most bytes of a stream that are told.
const TOLD_MAX: usize = 4 << 10;

/// A file that a program writes to. It has no name: with the last program
/// that holds it, it is gone.
#[derive(Debug)]
pub(super) struct Output(File);

impl Output {
    pub(super) fn new() -> io::Result<Output> {
        let file = tempfile()?;
        // Whoever writes does so at its end, wherever that is by now.
        fcntl_setfl(&file, OFlags::APPEND)?;
        Ok(Output(file))
    }

    /// The end that the program writes to.
    pub(super) fn writer(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// Lets go of what was written if it is much.
    pub(super) fn trim(&self) {
        let long = |file: &File| Ok(file.metadata()?.len() > KEPT_MAX);
        let trimmed: io::Result<()> = long(&self.0)
            .and_then(|long| if long { self.0.set_len(0) } else { Ok(()) });
        if let Err(error) = trimmed {
            tracing::warn!(%error, "the output of a program was not trimmed");
        }
    }

    /// The end of what was written.
    pub(super) fn newest(&self) -> String {
        let read = || -> io::Result<Vec<u8>> {
            let long = self.0.metadata()?.len();
            let from = long.saturating_sub(READ_MAX);
            let size = usize::try_from(long - from).unwrap_or(0);
            let mut bytes = vec![0; size];
            let mut have = 0;
            while have < size {
                let at = from + have as u64;
                match self.0.read_at(&mut bytes[have..], at)? {
                    0 => break,
                    more => have += more,
                }
            }
            bytes.truncate(have);
            Ok(bytes)
        };
        String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
    }
}

/// The end of an output as it is told and kept: without what looks like a
/// secret or is one, safe for a terminal. More is looked through than is
/// told, so that no secret is cut in two and passes by halves.
pub(super) fn told(output: &str, secrets: &[String]) -> String {
    let mut text = last(output, LOOKED_MAX).to_owned();
    for secret in secrets {
        text = text.replace(secret, "[redacted]");
    }
    let text = redact(&text);
    let lines = last(text.trim_end(), TOLD_MAX).lines().map(cleaned);
    let lines: Vec<String> = lines.collect();
    last(&lines.join("\n"), TOLD_MAX).to_owned()
}

/// At most so many bytes from the end.
fn last(text: &str, most: usize) -> &str {
    let mut from = text.len().saturating_sub(most);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_the_cut_would_halve_is_not_told_by_its_half() {
        let secret = "hunter2-".repeat(8);
        let rest = "x".repeat(TOLD_MAX - 20);
        let text = format!("password = {secret}\n{rest}");
        let told = told(&text, &[]);
        assert!(told.len() <= TOLD_MAX);
        assert!(!told.contains("hunter2"), "{told}");
        let text = format!("{secret}\n{rest}");
        let told = super::told(&text, &[secret]);
        assert!(!told.contains("hunter2"), "{told}");
    }

    #[test]
    fn what_a_terminal_would_obey_is_told_as_text_line_by_line() {
        let told = told("one\u{1b}[2J\ntwo\n\n", &[]);
        assert_eq!(told, "one\\u{1b}[2J\ntwo");
    }
}
