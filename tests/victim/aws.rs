//! The simulated AWS in a process of its own: it lives on when consoles die.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// A call as the simulator remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub operation: String,
    pub applied: bool,
}

/// `lifeboat simulate` on a free loopback port, its jobs sixty times as
/// fast.
pub struct Aws {
    child: Child,
    /// Where it answers HTTP: `127.0.0.1:PORT`.
    pub addr: String,
    /// Where it answers DNS.
    pub dns: String,
}

impl Aws {
    pub fn start(world: &Path) -> Aws {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .args(["--speed", "60", "--scenario"])
            .arg(world)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told: Vec<String> = lines.map(Result::unwrap).take(3).collect();
        let of = |word: &str| {
            let line = told.iter().find_map(|line| line.strip_prefix(word));
            line.expect("it says where it listens").trim().to_owned()
        };
        let (addr, dns) = (of("endpoint http://"), of("dns "));
        Aws { child, addr, dns }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// How often each operation was carried out.
    pub fn applied(&self) -> BTreeMap<String, usize> {
        serde_json::from_str(&self.ask("GET /_lifeboat/applied", "")).unwrap()
    }

    /// All calls that came, whether they got through or not.
    pub fn received(&self) -> Vec<Call> {
        let told = self.ask("GET /_lifeboat/received", "");
        let told: Vec<Value> = serde_json::from_str(&told).unwrap();
        let call = |value: &Value| Call {
            operation: value["operation"].as_str().unwrap().to_owned(),
            applied: value["applied"].as_bool().unwrap(),
        };
        told.iter().map(call).collect()
    }

    /// How often this came, whether it got through or not.
    pub fn came(&self, operation: &str) -> usize {
        let calls = self.received();
        calls.iter().filter(|call| call.operation == operation).count()
    }

    /// Lets this befall an operation; gives the number to lift it by.
    pub fn befall(&self, operation: &str, effect: &str) -> String {
        let rule = serde_json::json!({
            "operation": operation,
            "effect": effect,
        });
        self.ask("POST /_lifeboat/faults", &rule.to_string())
    }

    pub fn lift(&self, fault: &str) {
        self.ask(&format!("DELETE /_lifeboat/faults/{fault}"), "");
    }

    fn ask(&self, line: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.addr).unwrap();
        let length = body.len();
        write!(
            stream,
            "{line} HTTP/1.1\r\nhost: simulator\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut told = String::new();
        stream.read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 200 "), "{line}: {told}");
        let (_, body) = told.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
