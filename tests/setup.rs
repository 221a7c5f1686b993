//! From nothing to a console that tells the truth: a first config, the shared
//! estate, and one read-only profile without any config, against the
//! simulated AWS in a process of its own.

mod seat;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use seat::Seat;
use tempfile::TempDir;

/// The simulated AWS, until it is dropped.
struct Served {
    child: Child,
    addr: String,
}

impl Served {
    fn new() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .args(["simulate", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let out = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let addr = lines
            .find_map(|line| {
                Some(line.strip_prefix("endpoint http://")?.to_owned())
            })
            .expect("it says where it listens");
        Served { child, addr }
    }

    fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Lets a Region go dark.
    fn darken(&self, region: &str) {
        let rule = format!("{{\"region\":\"{region}\",\"effect\":\"dark\"}}");
        let mut stream = TcpStream::connect(&self.addr).expect("it listens");
        write!(
            stream,
            "POST /_lifeboat/faults HTTP/1.1\r\nhost: x\r\nconnection: \
             close\r\ncontent-length: {}\r\n\r\n{rule}",
            rule.len()
        )
        .expect("it reads");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("it answers");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with one profile that may look, and no config of lifeboat's.
fn home() -> TempDir {
    let home = TempDir::new().expect("a folder");
    let aws = home.path().join(".aws");
    fs::create_dir(&aws).expect("a folder");
    put(&aws.join("config"), "[profile ro]\nregion = eu-west-1\n");
    put(
        &aws.join("credentials"),
        "[ro]\naws_access_key_id = AKIA111122223333READ\n\
         aws_secret_access_key = any\n",
    );
    home
}

fn put(path: &Path, text: &str) {
    let mut file = fs::File::create(path).expect("a file");
    file.write_all(text.as_bytes()).expect("it is written");
}

fn run(home: &Path, line: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(line)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home)
        .env("LIFEBOAT_HOME", home)
        .stdin(Stdio::null())
        .output()
        .expect("it starts")
}

fn said(done: &Output) -> String {
    let (out, err) = (&done.stdout, &done.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

#[test]
fn a_first_config_is_written_once_and_passes_its_check() {
    let home = home();
    let home = home.path();
    let more = "[profile shop]\nsso_account_id = 444455556666\n\
                sso_role_name = ViewOnly\nregion = eu-central-1\n";
    let path = home.join(".aws/config");
    let text = fs::read_to_string(&path).expect("it is there") + more;
    put(&path, &text);
    let shown = run(home, &["config", "init", "--offline", "--print"]);
    let file = home.join("config/config.toml");
    assert!(shown.status.success() && !file.exists());
    let done = run(home, &["config", "init", "--offline"]);
    assert!(done.status.success(), "{}", said(&done));
    let written = fs::read_to_string(&file).expect("it is written");
    assert_eq!(written.as_bytes(), shown.stdout);
    assert!(written.contains("[accounts.shop]"), "{written}");
    let check = run(home, &["config", "check"]);
    assert!(check.status.success(), "{}", said(&check));
    assert!(said(&check).contains("0 problems; 1 accounts, 2 Regions"));

    put(&file, "# mine\n");
    let again = run(home, &["config", "init", "--offline"]);
    assert_eq!(again.status.code(), Some(253), "{}", said(&again));
    assert!(said(&again).contains("is there already"));
    assert_eq!(fs::read_to_string(&file).expect("kept"), "# mine\n");
    let forced = run(home, &["config", "init", "--offline", "--force"]);
    assert!(forced.status.success());
    assert_eq!(fs::read_to_string(&file).expect("written"), written);
    let told = run(home, &["config", "print", "--origin"]);
    let regions = said(&told);
    let regions = regions.lines().find(|line| line.starts_with("regions"));
    let regions = regions.expect("a line of it");
    assert!(regions.ends_with("config file"), "{regions}");
}

#[test]
fn what_cron_shared_is_there_for_an_empty_home_in_the_dark() {
    let served = Served::new();
    let url = served.url();
    let cron = home();
    put(
        &cron.path().join(".aws/config"),
        "[profile ro]\nregion = eu-west-1\n",
    );
    let first = run(
        cron.path(),
        &[
            "config",
            "init",
            "--print",
            "--profile",
            "ro",
            "--endpoint-url",
            &url,
        ],
    );
    let first = said(&first);
    assert!(first.contains("#: [accounts.learn-data]"), "{first}");

    let aim = ["--target-region", "eu-central-1", "--region", "eu-west-1"];
    let at = ["--profile", "ro", "--endpoint-url", &url];
    let place = "s3://learn-recovery/lifeboat";
    let line = [&["observe", "--once", "--save", place], &aim[..], &at[..]];
    let kept = run(cron.path(), &line.concat());
    assert!(
        said(&kept).contains("saved to s3://learn-recovery/lifeboat/estate"),
        "{}",
        said(&kept)
    );

    served.darken("eu-west-1");
    let empty = home();
    let config = empty.path().join("config");
    fs::create_dir(&config).expect("a folder");
    put(
        &config.join("config.toml"),
        &format!(
            "shared_estate = \"{place}\"\n[[objective]]\nmatch = {{ name = \
             \"learn-q*\" }}\ntier = \"Gold\"\n[[objective]]\nmatch = {{ \
             type = \"RDS\" }}\ntier = \"Bronze\"\n"
        ),
    );
    let line = [&["status", "--timeout", "15"], &aim[..], &at[..]];
    let told = run(empty.path(), &line.concat());
    let told = said(&told);
    assert!(told.contains("learn-quiz-db"), "{told}");
}

#[test]
fn one_profile_without_a_config_has_a_true_overview_within_a_minute() {
    let served = Served::new();
    let url = served.url();
    let home = home();
    let line = ["--profile", "ro", "--endpoint-url", &url];
    let mut seat = Seat::new(home.path(), (48, 160), &[], &line);
    seat.until("everything was seen", |seat| {
        seat.text().contains("everything live")
    });
    let text = seat.text();
    let told = ["▲ PARTLY", "of 40 resources", "✖ MISS learn-drafts"];
    for words in told {
        assert!(text.contains(words), "not {words}:\n{text}");
    }
    seat.press(b"q");
}
