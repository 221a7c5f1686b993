use super::super::tests::{around, at, scene, values};
use super::*;
use crate::estate::program::Process;
use crate::estate::{Estate, fixture};
use crate::runbook::Runbook;

const HEAD: &str = r#"
[[step]]
id = "apply"
kind = "command"
title = "Apply"
timeout = "30m"
"#;

const CHANGE: &str = r#"
account = "{account}"
argv = ["deploy", "{to}", "a b"]
env = ["HOME", "MODE=dr {to}"]
"#;

const PROBED: &str = r#"probe = ["deploy", "status"]"#;

fn parsed(fields: &str) -> Result<Runbook, Vec<String>> {
    let kind = super::super::step_type("wait").expect("a kind of ours");
    let text = around(kind).replace(kind.example, "");
    let text = format!("{text}{HEAD}{fields}");
    Runbook::parse(&text, "x")
        .map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// What the last step makes of a program that lies there, and of what else
/// was seen.
struct Bench {
    runbook: Runbook,
    estate: Estate,
}

impl Bench {
    fn new(fields: &str) -> Bench {
        let runbook = parsed(fields).expect("it parses");
        Bench { runbook, estate: Estate::default() }
    }

    fn step(&self) -> &dyn Step {
        &*self.runbook.steps.last().expect("the command").does
    }

    fn sees(&mut self, source: Source, second: i64, found: Found) {
        self.estate.apply(fixture::seen(source, at(second), found));
    }

    /// The program lies at this path; the environment lacks these names.
    fn lies(&mut self, path: &str, lacks: &[&str]) {
        let values = values();
        let looks = self.step().looks(&scene(&self.estate, &values, None));
        let found = Found::Program(Installed {
            path: path.into(),
            file: "9 bytes".into(),
            dir: "/home/ann".into(),
            lacks: lacks.iter().map(|name| (*name).to_owned()).collect(),
        });
        self.sees(looks[0].clone(), 0, found);
    }

    fn plan(&self) -> Result<Plan, Blocked> {
        let values = values();
        self.step().plan(&scene(&self.estate, &values, None))
    }

    /// What is settled of answers when their looks, begun so many seconds
    /// after, end like this.
    fn settled(
        &mut self,
        answers: &Answers,
        (second, code): (i64, i32),
    ) -> Settled {
        let values = values();
        let now = at(second + 1);
        let looks = {
            let scene = Scene { now, ..scene(&self.estate, &values, None) };
            self.step().answer_looks(&scene, answers)
        };
        let end = End { exit: Some(code), ..End::default() };
        for look in looks {
            self.sees(look, second, Found::Command(Box::new(end.clone())));
        }
        let scene = Scene { now, ..scene(&self.estate, &values, None) };
        self.step().settled(&scene, answers)
    }
}

fn ended(code: i32) -> Answers {
    let end = End { exit: Some(code), ..End::default() };
    Answers { sent: Some(at(100)), end: Some(end), ..Answers::default() }
}

/// The console died; the process is known, or is not.
fn lost(known: bool) -> Answers {
    let process = Process {
        pid: 42,
        ticks: 1,
        boot: "b".into(),
        host: "bastion".into(),
    };
    let began = known.then_some(process);
    Answers { sent: Some(at(100)), began, ..Answers::default() }
}

fn word(settled: &Settled) -> &'static str {
    match settled {
        Settled::Done { .. } => "done",
        Settled::Running { .. } => "running",
        Settled::NotDone { .. } => "not done",
        Settled::CannotTell { .. } => "cannot tell",
    }
}

#[test]
fn a_plan_shows_what_is_executed_and_is_bound_to_the_file() {
    let mut bench = Bench::new(CHANGE);
    let blocked = bench.plan().unwrap_err();
    assert!(!blocked.looks.is_empty(), "it was not looked for");
    bench.lies("/opt/deploy", &[]);
    let plan = bench.plan().unwrap();
    let program = plan.calls[0].program().unwrap();
    assert_eq!(program.start.argv, ["/opt/deploy", "eu-central-1", "a b"]);
    assert_eq!(
        program.shell(),
        "cd /home/ann && MODE='dr eu-central-1' /opt/deploy eu-central-1 'a b'"
    );
    let told = plan.calls[0].request();
    assert_eq!(told["argv"], "/opt/deploy eu-central-1 'a b'");
    assert_eq!(told["environment"]["MODE"], "dr eu-central-1");
    assert_eq!(
        told["environment"]["HOME"],
        "(as in this console's environment)"
    );
    assert_eq!(
        (plan.calls[0].target(), plan.level),
        ("deploy", Level::Severe)
    );
    let bound = |plan: &Plan| plan.bound.clone();
    let before = bound(&plan);
    bench.lies("/home/eve/deploy", &[]);
    assert_ne!(bound(&bench.plan().unwrap()), before);
    bench.lies("/opt/deploy", &["HOME"]);
    let blocked = bench.plan().unwrap_err();
    assert!(blocked.why.contains("has no HOME"), "{blocked}");
}

#[test]
fn an_embedded_aws_starts_nothing_and_says_so() {
    let out = Bench::new(CHANGE);
    let within = Bench::new(&format!("{CHANGE}\ndrill = \"run\""));
    let values = values();
    let embedded =
        Scene { embedded: true, ..scene(&out.estate, &values, None) };
    assert!(out.step().looks(&embedded).is_empty());
    let plan = out.step().plan(&embedded).unwrap();
    assert!(plan.before[0].starts_with("simulated"), "{:?}", plan.before);
    assert!(out.step().stays_out() && !within.step().stays_out());
    assert!(within.step().plan(&embedded).is_err(), "it is looked for");
}

#[test]
fn without_a_probe_only_the_program_itself_can_say_that_it_did_its_work() {
    let mut bench = Bench::new(CHANGE);
    assert!(bench.step().is_blind());
    for (answers, told) in [
        (ended(0), "done"),
        (ended(1), "cannot tell"),
        (lost(true), "cannot tell"),
        (Answers::default(), "cannot tell"),
    ] {
        let settled = bench.settled(&answers, (120, 0));
        assert_eq!(word(&settled), told, "{answers:?}");
    }
}

#[test]
fn a_probe_settles_what_is_unknown_once_the_program_has_ended() {
    for (answers, seen, told) in [
        (ended(0), (101, 0), "done"),
        (ended(0), (101, 1), "running"),
        (ended(0), (101, 2), "cannot tell"),
        (ended(3), (101, 0), "done"),
        (ended(3), (111, 1), "not done"),
        (ended(3), (105, 1), "cannot tell"),
        (lost(true), (111, 0), "done"),
        (lost(true), (111, 1), "not done"),
        (lost(true), (105, 1), "cannot tell"),
        (lost(true), (99, 1), "cannot tell"),
        (lost(false), (111, 0), "done"),
        // Which process it was is not known: it may be at work.
        (lost(false), (111, 1), "cannot tell"),
    ] {
        let mut bench = Bench::new(&format!("{CHANGE}{PROBED}"));
        let settled = bench.settled(&answers, seen);
        assert_eq!(word(&settled), told, "{answers:?} {seen:?} {settled:?}");
    }
}

#[test]
fn the_probe_of_a_lost_answer_waits_for_its_process() {
    let bench = Bench::new(&format!("{CHANGE}{PROBED}"));
    let values = values();
    let scene = scene(&bench.estate, &values, None);
    let after = |answers: &Answers| {
        let looks = bench.step().answer_looks(&scene, answers);
        let [Source::Command { after, .. }] = &looks[..] else {
            panic!("{looks:?}")
        };
        after.as_ref().map(|process| process.pid)
    };
    assert_eq!(after(&lost(true)), Some(42));
    let well = Answers { began: lost(true).began, ..ended(0) };
    assert_eq!(after(&well), None, "it left something on purpose");
    let badly = Answers { began: lost(true).began, ..ended(9) };
    assert_eq!(after(&badly), Some(42));
}

#[test]
fn it_is_done_only_when_all_that_it_is_to_tell_is_told() {
    let fields = format!("{CHANGE}outputs = {{ host = '/host' }}");
    let mut bench = Bench::new(&fields);
    assert_eq!(bench.step().tells(), ["host"]);
    let settled = bench.settled(&ended(0), (120, 0));
    let Settled::CannotTell { why } = settled else { panic!("{settled:?}") };
    assert!(why.contains("no `host`"), "{why}");
    let mut answers = ended(0);
    if let Some(end) = &mut answers.end {
        end.told.insert("host".into(), "db-2".into());
    }
    let settled = bench.settled(&answers, (120, 0));
    let Settled::Done { outputs, .. } = settled else { panic!("{settled:?}") };
    assert_eq!(outputs["host"], "db-2");
}

#[test]
fn a_program_that_only_looks_passes_by_0_and_not_by_1() {
    let fields = "changes = false\nargv = [\"check\"]";
    for (code, told) in
        [(0, "done"), (1, "not done"), (2, "cannot tell"), (70, "cannot tell")]
    {
        let mut bench = Bench::new(fields);
        assert_eq!(bench.step().level(), Level::Read);
        let values = values();
        let looks = bench.step().looks(&scene(&bench.estate, &values, None));
        let end = End { exit: Some(code), ..End::default() };
        bench.sees(looks[1].clone(), 0, Found::Command(Box::new(end)));
        let scene = scene(&bench.estate, &values, None);
        let settled = bench.step().settled(&scene, &Answers::default());
        assert_eq!(word(&settled), told, "{code}");
        assert!(bench.step().plan(&scene).is_err());
    }
}

#[test]
fn what_is_wrong_with_its_fields_is_told() {
    let known = "account = \"{account}\"\nargv = [\"x\"]\n";
    for (fields, told) in [
        (
            "account = \"{account}\"\nargv = \"terraform apply\"",
            "`argv` is a list of words, not a line",
        ),
        ("account = \"{account}\"\nargv = []", "`argv` names no program"),
        ("argv = [\"x\"]", "step apply has no `account`"),
        (&format!("{known}env = [\"A-B\"]"), "\"A-B\" is no name"),
        (&format!("{known}env = [\"{{to}}=1\"]"), "is no name"),
        (&format!("{known}outputs = {{ a = \"(\" }}"), "bad-pattern"),
        (&format!("{known}outputs = {{ A = \"x\" }}"), "\"A\" is no name"),
        (&format!("{known}shell = true"), "unknown key `shell`"),
    ] {
        let problems = parsed(fields).expect_err(fields);
        let found = problems.iter().any(|problem| problem.contains(told));
        assert!(found, "{told}: {problems:?}");
    }
    let bare = HEAD.replace("timeout = \"30m\"\n", "");
    let whole = "schema = 1\n[runbook]\nid = \"x\"\ntitle = \"x\"\n";
    for (timeout, told) in
        [("", "has no `timeout`"), ("timeout = \"0s\"", "no time")]
    {
        let fields =
            format!("{bare}{timeout}\nchanges = false\nargv = [\"x\"]");
        let problems = Runbook::parse(&format!("{whole}{fields}"), "x");
        let problems = problems.expect_err("it has no limit");
        assert!(problems[0].to_string().contains(told), "{problems:?}");
    }
}
