//! What `doctor` finds where something answers as AWS does, but is not as it
//! should be.

#![expect(
    clippy::unwrap_used,
    reason = "a test sets a scene, and fails where it cannot"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use tempfile::tempdir;

const WHO: &str = "\
<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::123456789012:user/ann</Arn>
    <UserId>AIDAEXAMPLE</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>one</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>";

/// Answers one request as STS does whose clock is `ahead` of ours.
#[expect(
    clippy::disallowed_methods,
    reason = "a server has a clock of its own"
)]
fn answer(stream: TcpStream, ahead: SignedDuration) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_lowercase();
        if let Some(count) = line.strip_prefix("content-length:") {
            length = count.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let there = Timestamp::now() + ahead;
    let date = rfc2822::DateTimePrinter::new();
    let date = date.timestamp_to_rfc9110_string(&there).unwrap();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: text/xml\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{WHO}",
        WHO.len()
    )
    .unwrap();
}

/// What `doctor` says with an AWS whose clock is so far ahead, and its code.
fn examined(ahead: SignedDuration) -> (String, i32) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.local_addr().unwrap());
    thread::spawn(move || {
        for stream in server.incoming().flatten() {
            answer(stream, ahead);
        }
    });
    let home = tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(["doctor", "--endpoint-url", &url])
        .args(["--region", "eu-west-1,eu-central-1"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("LIFEBOAT_HOME", home.path())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    (said, output.status.code().unwrap())
}

#[test]
fn a_clock_that_is_far_from_awss_fails_and_says_what_is_wrong_by_it() {
    let (said, code) = examined(SignedDuration::from_mins(10));
    assert_eq!(code, 253, "{said}");
    let clock = said.lines().find(|line| line.contains("clock")).unwrap();
    assert!(clock.starts_with("fail  clock"), "{clock}");
    assert!(clock.contains(" behind AWS's in eu-"), "{clock}");
    assert!(clock.contains("Every age, loss and RTO"), "{clock}");
}

#[test]
fn a_clock_that_agrees_with_awss_is_said_to() {
    let (said, code) = examined(SignedDuration::ZERO);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("ok    clock"), "{said}");
    assert!(said.contains("ok    sign-in default"), "{said}");
}
