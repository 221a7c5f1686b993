//! `command`: a program of this machine, for what no call of ours does.

use jiff::{SignedDuration, Timestamp};

use super::seen::{moment, seen, span};
use super::{
    Answers, Blocked, Bound, Call, Level, Missing, Plan, Scene, Second,
    Settled, Step, StepType, Text, Undo, Values,
};
use crate::estate::ids::Account;
use crate::estate::program::{End, Installed, Pick, Start};
use crate::estate::{Found, Source};
use crate::runbook::call::program::RunProgram;

mod fields;

pub(super) const TYPE: StepType = StepType {
    name: "command",
    doc: "Runs a program on this machine, word by word and never by a \
          shell: `argv` is the program and its arguments. It is given the \
          names in `env` alone: `NAME` as in the console's environment, \
          `NAME=text` as the runbook says. `timeout` is its limit, too: then \
          its process group gets SIGTERM, and after 10 s SIGKILL. `probe` is \
          a second program that only looks: 0 means that the change is \
          there, 1 that it is not, anything else that it cannot tell. With \
          `changes = false` the program itself is such a look, and runs \
          without a confirm. `outputs` reads values from what it prints: by \
          a JSON pointer (`/host`) or by a regular expression.",
    example: r#"
[[step]]
id = "apply"
kind = "command"
title = "Bring up the application in {to}"
account = "{account}"
argv = ["terraform", "apply", "-input=false", "-auto-approve", "dr.plan"]
dir = "stacks/app"
env = ["HOME", "PATH", "AWS_PROFILE", "TF_VAR_region={to}"]
probe = ["terraform", "plan", "-input=false", "-detailed-exitcode"]
outputs = { stack = 'Apply complete! Resources: ([0-9]+) added' }
expect = "10m"
timeout = "40m"
"#,
    outputs: &[],
    parse: fields::parse,
};

/// After its end the old state may still show for this long.
const PROPAGATION: SignedDuration = SignedDuration::from_secs(10);

/// A program, as the runbook says it.
#[derive(Debug)]
struct Command {
    account: Option<Text>,
    argv: Vec<Text>,
    dir: Option<Text>,
    env: Vec<Text>,
    probe: Option<Vec<Text>>,
    picks: Vec<(String, Pick)>,
    limit: SignedDuration,
    changes: bool,
    undo: Option<Text>,
    /// Whether it runs in an embedded AWS, too.
    everywhere: bool,
}

impl Command {
    /// How a program of it is started, by its name as the runbook has it.
    fn start(
        &self,
        argv: &[Text],
        scene: &Scene<'_>,
    ) -> Result<Start, Missing> {
        let fill = |text: &Text| scene.fill(text);
        let mut start = Start {
            argv: argv.iter().map(fill).collect::<Result<_, _>>()?,
            dir: self.dir.as_ref().map(fill).transpose()?,
            limit_s: self.limit.as_secs().unsigned_abs(),
            picks: self.picks.clone(),
            ..Start::default()
        };
        for text in &self.env {
            let told = fill(text)?;
            match told.split_once('=') {
                Some((name, value)) => {
                    start.sets.push((name.to_owned(), value.to_owned()));
                }
                None => start.inherits.push(told),
            }
        }
        Ok(start)
    }

    /// Whether nothing of it is done here.
    fn is_out(&self, scene: &Scene<'_>) -> bool {
        scene.embedded && !self.everywhere
    }

    /// Where its program lies.
    fn program(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let mut start = self.start(&self.argv, scene)?;
        Ok(Source::Program {
            name: start.argv.swap_remove(0),
            dir: start.dir,
            inherits: start.inherits,
        })
    }

    /// What its program says when it only looks.
    fn check(&self, scene: &Scene<'_>) -> Result<Source, Missing> {
        let start = Box::new(self.start(&self.argv, scene)?);
        Ok(Source::Command { start, after: None })
    }

    /// What the probe says of what it did, if there is one.
    fn probe(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Option<Result<Source, Missing>> {
        let start = self.start(self.probe.as_ref()?, scene);
        // What it left running on purpose is no work under way.
        let well = answers.end.as_ref().is_some_and(End::is_well);
        let after = answers.began.clone().filter(|_| !well).map(Box::new);
        Some(start.map(|start| {
            let start = Box::new(start);
            Source::Command { start, after }
        }))
    }

    fn installed<'a>(
        &self,
        scene: &Scene<'a>,
    ) -> Result<Option<&'a Installed>, Blocked> {
        if self.is_out(scene) {
            return Ok(None);
        }
        let source = self.program(scene)?;
        let blocked = |why| Blocked { why, looks: vec![source.clone()] };
        let told = seen(scene, &source, scene.since).map_err(blocked)?;
        let Found::Program(found) = told.found else {
            let why = format!("{source} was answered with something else");
            return Err(Blocked::because(why));
        };
        if found.lacks.is_empty() {
            return Ok(Some(found));
        }
        let lacks = found.lacks.join(", ");
        let why = format!("this console's environment has no {lacks}");
        Err(Blocked { why, looks: vec![source] })
    }

    /// What is there to say of the end of a change.
    fn change(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        let cannot = |why: String| Settled::CannotTell { why };
        let Some(sent) = answers.sent else {
            return cannot("it was not started".into());
        };
        let well = answers.end.as_ref().filter(|end| end.is_well());
        let Some(probe) = self.probe(scene, answers) else {
            let Some(end) = well else {
                return cannot(
                    "it has no probe: only a person who looked can tell"
                        .into(),
                );
            };
            return self.done(end.told.clone(), vec![end.words()]);
        };
        let source = match probe {
            Ok(source) => source,
            Err(missing) => return Settled::from(missing),
        };
        let (end, began, at) = match looked(scene, &source, sent) {
            Ok(told) => told,
            Err(why) => return cannot(why),
        };
        let said = format!("probe `{source}` {}", end.words());
        match (end.exit.filter(|_| !end.late), well) {
            (Some(0), well) => {
                let mut told = end.told.clone();
                told.extend(well.into_iter().flat_map(|e| e.told.clone()));
                let own = well.map(End::words);
                let said = format!("{said} at {}", moment(at));
                self.done(told, own.into_iter().chain([said]).collect())
            }
            // It did its work by its own word, and that may take time.
            (Some(1), Some(_)) => Settled::Running { why: said },
            (Some(1), None) if answers.knows_the_end() => {
                if began < sent + PROPAGATION {
                    return cannot(format!("{said}, which is too early"));
                }
                Settled::NotDone { why: said }
            }
            (Some(1), None) => cannot(format!(
                "{said}, but its program may still run: which process it \
                 was is not known"
            )),
            _ => cannot(said),
        }
    }

    /// Done, if all that it is to tell is told.
    fn done(&self, told: Values, evidence: Vec<String>) -> Settled {
        let lacks =
            self.picks.iter().find(|(name, _)| !told.contains_key(name));
        match lacks {
            None => Settled::Done { outputs: told, evidence },
            Some((name, _)) => Settled::CannotTell {
                why: format!(
                    "{}, but no `{name}` was found in what it printed",
                    evidence.join("; ")
                ),
            },
        }
    }

    /// What its program says, where it only looks.
    fn looks_on(&self, scene: &Scene<'_>) -> Settled {
        let source = match self.check(scene) {
            Ok(source) => source,
            Err(missing) => return Settled::from(missing),
        };
        let (end, _, at) = match looked(scene, &source, scene.since) {
            Ok(told) => told,
            Err(why) => return Settled::CannotTell { why },
        };
        let said = format!("`{source}` {}", end.words());
        match end.exit.filter(|_| !end.late) {
            Some(0) => {
                let said = format!("{said} at {}", moment(at));
                self.done(end.told.clone(), vec![said])
            }
            Some(1) => Settled::NotDone { why: said },
            _ => match end.last_line() {
                Some(line) => {
                    Settled::CannotTell { why: format!("{said}: {line}") }
                }
                None => Settled::CannotTell { why: said },
            },
        }
    }
}

/// How a program that only looks ended, with the times of that look.
fn looked<'a>(
    scene: &Scene<'a>,
    source: &Source,
    since: Timestamp,
) -> Result<(&'a End, Timestamp, Timestamp), String> {
    let told = seen(scene, source, since)?;
    match told.found {
        Found::Command(end) => Ok((end, told.begun, told.at)),
        _ => Err(format!("{source} was answered with something else")),
    }
}

impl Step for Command {
    fn texts(&self) -> Vec<&Text> {
        let own = self.argv.iter().chain(&self.env);
        let more = self.account.iter().chain(&self.dir);
        own.chain(more).chain(self.probe.iter().flatten()).collect()
    }

    fn tells(&self) -> Vec<&str> {
        self.picks.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn level(&self) -> Level {
        if self.changes { Level::Severe } else { Level::Read }
    }

    fn stays_out(&self) -> bool {
        !self.everywhere
    }

    fn is_blind(&self) -> bool {
        self.changes && self.probe.is_none()
    }

    fn looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        if self.is_out(scene) {
            return Vec::new();
        }
        let check = (!self.changes).then(|| self.check(scene));
        let all = [self.program(scene)].into_iter().chain(check);
        all.flatten().collect()
    }

    fn bound_looks(&self, scene: &Scene<'_>) -> Vec<Source> {
        if self.is_out(scene) || !self.changes {
            return Vec::new();
        }
        self.program(scene).into_iter().collect()
    }

    fn answer_looks(
        &self,
        scene: &Scene<'_>,
        answers: &Answers,
    ) -> Vec<Source> {
        self.probe(scene, answers).into_iter().flatten().collect()
    }

    fn propagation(&self) -> SignedDuration {
        PROPAGATION
    }

    fn plan(&self, scene: &Scene<'_>) -> Result<Plan, Blocked> {
        let Some(account) = self.account.as_ref().filter(|_| self.changes)
        else {
            return Err(Blocked::because("this step changes nothing"));
        };
        let account = Account::new(scene.fill(account)?);
        let installed = self.installed(scene)?;
        let mut start = self.start(&self.argv, scene)?;
        let name = start.argv[0].clone();
        if let Some(found) = installed {
            start.argv[0].clone_from(&found.path);
            start.dir = Some(found.dir.clone());
        }
        let probe = self.probe.as_ref();
        let probe = probe.map(|probe| self.start(probe, scene)).transpose()?;
        let undo = self.undo.as_ref().map(|text| scene.fill(text));
        let call = RunProgram { account, start };
        Ok(Plan {
            step: String::new(),
            effect: effect(&call.start),
            loss: None,
            expect: None,
            undo: match undo.transpose()? {
                Some(way) => Undo::By(way),
                None => Undo::None(
                    "what a program did is not undone from here".into(),
                ),
            },
            level: Level::Severe,
            bound: bound(&name, &call.start, installed),
            before: before(&name, &call.start, installed),
            after: vec![after(probe.as_ref())],
            calls: vec![Call::RunProgram(call)],
            typed: None,
            readback: None,
            second: Second::Off,
        })
    }

    fn settled(&self, scene: &Scene<'_>, answers: &Answers) -> Settled {
        if self.changes {
            self.change(scene, answers)
        } else {
            self.looks_on(scene)
        }
    }
}

fn effect(start: &Start) -> String {
    let limit = SignedDuration::from_secs(start.limit_s.cast_signed());
    format!(
        "{} runs on this machine, for {} at most. What it changes is its \
         own to say.",
        start.line(),
        span(limit)
    )
}

fn bound(
    name: &str,
    start: &Start,
    installed: Option<&Installed>,
) -> Vec<Bound> {
    let bound =
        |field: String, value: &str| Bound { field, value: value.to_owned() };
    let Some(found) = installed else {
        return vec![bound("program".into(), &start.argv[0])];
    };
    vec![
        bound(format!("program {name}"), &found.path),
        bound(format!("file of {name}"), &found.file),
        bound("folder".into(), &found.dir),
    ]
}

fn before(
    name: &str,
    start: &Start,
    installed: Option<&Installed>,
) -> Vec<String> {
    let Some(found) = installed else {
        return vec![
            "simulated: the embedded AWS starts no program, unless the \
             runbook says `drill = \"run\"`"
                .into(),
        ];
    };
    let mut told = vec![format!("{name} is {}, {}", found.path, found.file)];
    if !start.inherits.is_empty() {
        let names = start.inherits.join(", ");
        told.push(format!("from this console's environment: {names}"));
    }
    told
}

fn after(probe: Option<&Start>) -> String {
    match probe {
        Some(probe) => format!("{} exits with 0", probe.line()),
        None => "it exits with 0; if its answer is lost, only a person can \
                 tell what became of it"
            .into(),
    }
}

#[cfg(test)]
mod tests;
