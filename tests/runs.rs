//! Walks the scenarios of `tests/runs/`: what is seen and done goes in, the
//! status of every step comes out, and all of them are compared.

mod scene;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use lifeboat::estate::{Estate, Observation};
use lifeboat::failure::{Failure, FailureKind};
use lifeboat::runbook::plan::{Intent, IntentCopy, Second};
use lifeboat::runbook::run::{
    Approval, Approver, ConfirmRefused, Happened, Hold, IllegalFact, Outcome,
    Pinned, Proposal, Run, RunFact, StepFact,
};
use lifeboat::runbook::{Manner, Runbook};
use scene::act::{Act, Answered, Scenario};
use scene::{See, ZONE, at};

/// What the journal of the stage keeps.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    Step(StepFact),
    Run(RunFact),
}

impl Told {
    fn tell(
        &self,
        run: &mut Run,
        at: Timestamp,
        seq: u64,
    ) -> Result<(), IllegalFact> {
        match self {
            Told::Step(fact) => run.apply(fact, at, seq),
            Told::Run(fact) => run.apply_whole(fact, at, seq),
        }
    }
}

/// A run on a stage: the journal is a list, the world is what is told.
struct Stage {
    run: Run,
    estate: Estate,
    log: Vec<(Told, Timestamp, u64)>,
    proposal: Option<Proposal>,
    intent: Option<Intent>,
    sent: Option<IntentCopy>,
}

impl Stage {
    fn new(runbook: &str) -> Stage {
        let shipped = format!("runbooks/{runbook}.toml");
        let own = format!("tests/runs/books/{runbook}.toml");
        let path = if Path::new(&own).exists() { own } else { shipped };
        let text = fs::read_to_string(&path).expect("the runbook is there");
        let runbook = Runbook::parse(&text, &path).expect("it can be read");
        let given = [("zone".to_owned(), ZONE.to_owned())].into();
        let inputs = runbook
            .resolve(&given, &Estate::default(), at(0))
            .into_iter()
            .map(|input| input.result.expect("the defaults can be taken"))
            .collect();
        let pinned = Pinned {
            incident: "INC-1".into(),
            run: "run-1".into(),
            runbook: Arc::new(runbook),
            sha256: "0".repeat(64),
            inputs,
            second: Second::Off,
            manner: Manner::Ungraceful,
            drill: false,
            at: at(0),
        };
        Stage {
            run: Run::new(pinned),
            estate: Estate::default(),
            log: Vec::new(),
            proposal: None,
            intent: None,
            sent: None,
        }
    }

    fn record(&mut self, fact: StepFact, now: Timestamp) {
        self.tell(Told::Step(fact), now);
    }

    fn tell(&mut self, told: Told, now: Timestamp) {
        let seq = self.log.len() as u64 + 1;
        told.tell(&mut self.run, now, seq).expect("a fact of the engine's");
        self.log.push((told, now, seq));
    }

    fn observe(&mut self, see: &See, now: Timestamp, failed: bool) {
        let found = if failed {
            Err(Failure::new("look", FailureKind::Unreachable))
        } else {
            Ok(see.found())
        };
        let source = see.source();
        let seen =
            Observation { source, begun: now, at: now, found, partial: None };
        self.estate.apply(seen);
    }

    fn act(&mut self, act: &Act) -> Result<(), String> {
        let now = at(act.at);
        if let Some(impact) = act.impact {
            self.run.impact = Some(at(impact));
        }
        for see in &act.see {
            self.observe(see, now, false);
        }
        for see in &act.fail {
            self.observe(see, now, true);
        }
        if let Some(step) = &act.propose {
            let proposal = self
                .run
                .propose(step, &self.estate, now)
                .map_err(|blocked| blocked.why)?;
            self.record(self.run.proposed(&proposal), now);
            self.proposal = Some(proposal);
        }
        if let Some(typed) = &act.confirm {
            let proposal = self.proposal.as_ref().expect("one was shown");
            let approval = Approval {
                by: "ann".into(),
                typed: Some(typed.clone()),
                ..Approval::default()
            };
            let fact = self
                .run
                .confirm(proposal, approval, 3100)
                .map_err(|e| e.to_string())?;
            self.record(fact, now);
        }
        if let Some(step) = &act.mint {
            self.mint(step, now, act.differs.as_deref())?;
        }
        if let Some(answered) = &act.answer {
            let sent = self.sent.take().expect("a call was sent");
            let fact = StepFact::outcome(&sent, outcome(answered), 412);
            self.record(fact, now);
            self.intent = None;
        }
        self.say(act, now)?;
        if act.restart {
            self.restart(now);
        }
        if act.tick {
            self.tick(now);
        }
        Ok(())
    }

    fn mint(
        &mut self,
        step: &str,
        now: Timestamp,
        differs: Option<&[String]>,
    ) -> Result<(), String> {
        match self.run.mint(step, &self.estate, now) {
            Ok(intent) => {
                let again = self.run.mint(step, &self.estate, now);
                assert!(
                    matches!(again, Err(Hold::NotNow { .. })),
                    "a second intent for one confirm"
                );
                self.sent = Some(intent.copy());
                self.record(StepFact::intended(&intent), now);
                self.intent = Some(intent);
                Ok(())
            }
            Err(Hold::NotNow { why } | Hold::NotYet { why, .. }) => Err(why),
            Err(Hold::Void { differences, why }) => {
                let told: Vec<String> = differences
                    .iter()
                    .map(|d| format!("{}: {} -> {}", d.field, d.was, d.is))
                    .collect();
                if let Some(differs) = differs {
                    assert_eq!(told, differs);
                }
                let fact = self.run.voided(step, differences, why.clone());
                self.record(fact, now);
                Err(why)
            }
        }
    }

    fn say(&mut self, act: &Act, now: Timestamp) -> Result<(), String> {
        let run = &self.run;
        let mut facts = Vec::new();
        if let Some(step) = &act.void {
            facts.push(run.withdraw(step));
        }
        if let Some([step, choice, why]) = &act.decide {
            facts.push(run.decide(step, choice, why));
        }
        if let Some([step, why]) = &act.skip {
            facts.push(run.skip(step, why));
        }
        if let Some([step, value]) = &act.say {
            facts.push(run.answer(step, value));
        }
        if let Some(step) = &act.retry {
            facts.push(run.retry(step));
        }
        if let Some(why) = &act.abort {
            facts.push(run.abort(why));
        }
        if let Some(it) = &act.state {
            let outputs = it.outputs.clone();
            facts.push(run.state(&it.step, it.applied, &it.evidence, outputs));
        }
        if let Some([step, why]) = &act.call_back {
            facts.push(run.call_back(step, why));
        }
        if let Some([step, why]) = &act.regardless {
            facts.push(run.go_on_regardless(step, why));
        }
        let whole = [
            act.pause.as_ref().map(|why| run.pause(why)),
            act.proceed.then(|| run.proceed()),
            act.manner
                .as_ref()
                .map(|(manner, why)| run.change_manner(*manner, why)),
        ];
        for fact in facts {
            let fact = fact.map_err(|not_now| not_now.0)?;
            self.record(fact, now);
        }
        for fact in whole.into_iter().flatten() {
            let fact = fact.map_err(|not_now| not_now.0)?;
            self.tell(Told::Run(fact), now);
        }
        Ok(())
    }

    /// The console ends and another one starts on the same journal.
    fn restart(&mut self, now: Timestamp) {
        self.run = self.fold(self.log.len());
        self.intent = None;
        for fact in self.run.resume() {
            self.record(fact, now);
        }
    }

    fn fold(&self, entries: usize) -> Run {
        let mut run = Run::new(self.run.pinned().clone());
        for (told, at, seq) in &self.log[..entries] {
            told.tell(&mut run, *at, *seq)
                .expect("any prefix of a journal folds");
        }
        run.forget_confirms();
        run.impact = self.run.impact;
        run
    }

    fn tick(&mut self, now: Timestamp) {
        for _ in 0..20 {
            let facts = self.run.tick(&self.estate, now);
            if facts.is_empty() {
                return;
            }
            let again = self.run.tick(&self.estate, now);
            assert_eq!(again, [], "told twice before it is recorded");
            for fact in facts {
                self.record(fact, now);
            }
        }
        panic!("a tick never comes to rest: {:?}", self.log.last());
    }

    fn late(run: &Run) -> Vec<String> {
        let late = run.steps().filter(|(_, state)| state.is_overdue());
        late.map(|(spec, _)| spec.id.clone()).collect()
    }

    fn statuses(run: &Run) -> Vec<String> {
        run.steps()
            .map(|(spec, state)| {
                format!("{} {}", spec.id, state.status.word())
            })
            .collect()
    }
}

fn outcome(answered: &Answered) -> Outcome {
    let failure = |kind: &FailureKind| Failure::new("send", kind.clone());
    match answered {
        Answered::Accepted(answer) => Outcome::Accepted {
            request_id: Some("req-1".into()),
            answer: (!answer.is_empty()).then(|| answer.clone()),
        },
        Answered::Refused(kind) => Outcome::Refused { failure: failure(kind) },
        Answered::Unknown(kind) => Outcome::Unknown { failure: failure(kind) },
        Answered::Unsent(why) => Outcome::NotSent { why: why.clone() },
    }
}

fn play(path: &Path) {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).expect("it is there");
    let scenario: Scenario =
        toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut stage = Stage::new(&scenario.runbook);
    for (index, act) in scenario.acts.iter().enumerate() {
        let place = format!("{name}: act {} at {} s", index + 1, act.at);
        match (stage.act(act), &act.refused) {
            (Ok(()), None) => {}
            (Err(why), Some(wanted)) => {
                assert!(why.contains(wanted), "{place}: {why}");
            }
            (Err(why), None) => panic!("{place}: refused: {why}"),
            (Ok(()), Some(wanted)) => panic!("{place}: no {wanted:?}"),
        }
        let told = Stage::statuses(&stage.run);
        if let Some(expect) = &act.expect {
            assert_eq!(
                &told,
                expect,
                "{place}\n{:#?}",
                stage
                    .run
                    .steps()
                    .map(|(s, t)| (&s.id, &t.status))
                    .collect::<Vec<_>>()
            );
        }
        if let Some(overdue) = &act.overdue {
            assert_eq!(&Stage::late(&stage.run), overdue, "{place}");
        }
        if let Some(ways) = &act.ways {
            let told = stage.run.ways_back().into_iter().map(|way| {
                let name = way.step.unwrap_or(way.undoes);
                match way.open {
                    Ok(()) => name,
                    Err(why) => format!("{name}: {why}"),
                }
            });
            assert_eq!(&told.collect::<Vec<_>>(), ways, "{place}");
        }
        if let Some(left) = &act.left {
            assert_eq!(&stage.run.state_left_behind(), left, "{place}");
        }
        let folded = stage.fold(stage.log.len());
        let late = (Stage::late(&stage.run), Stage::late(&folded));
        let folded = Stage::statuses(&folded);
        assert_eq!(told, folded, "{place}: the fold tells another story");
        assert_eq!(late.0, late.1, "{place}: the fold tells other times");
    }
    for entries in 0..=stage.log.len() {
        stage.fold(entries);
    }
    facts_out_of_place_are_refused(&stage, &name);
    assert!(!stage.log.is_empty(), "{name} tells nothing");
}

#[test]
fn what_is_read_back_is_asked_for_with_its_names_filled_in() {
    let text = include_str!("runs/books/read-back.act.toml");
    let scenario: Scenario = toml::from_str(text).expect("it reads");
    let mut stage = Stage::new(&scenario.runbook);
    stage.act(&scenario.acts[0]).expect("it is planned");
    let plan = stage.proposal.expect("it is shown").plan;
    let back = plan.readback.expect("something is read back");
    assert_eq!(back.ask, format!("the zone {ZONE}"));
    assert_eq!(back.value, ZONE);
}

/// Every fact of the story twice in a row: the second must be refused or
/// change nothing that was over.
fn facts_out_of_place_are_refused(stage: &Stage, name: &str) {
    for entries in 1..=stage.log.len() {
        let mut run = stage.fold(entries);
        let (fact, at, seq) = &stage.log[entries - 1];
        let before = Stage::statuses(&run);
        if fact.tell(&mut run, *at, *seq).is_err() {
            assert_eq!(Stage::statuses(&run), before, "{name}: {fact:?}");
        }
    }
    for seed in 1..=100 {
        shuffled_facts_prove_nothing(stage, name, seed);
    }
}

/// Whatever the order of facts: what is refused changes nothing, and no call
/// is intended without a confirm of its own, no change done without a call.
fn shuffled_facts_prove_nothing(stage: &Stage, name: &str, seed: u64) {
    let mut log = stage.log.clone();
    let mut random = seed;
    for last in (1..log.len()).rev() {
        random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
        let other = usize::try_from(random >> 40).expect("24 bits");
        log.swap(last, other % (last + 1));
    }
    let mut run = Run::new(stage.run.pinned().clone());
    let (mut confirms, mut intents) = (0, 0);
    for (fact, at, seq) in log.iter().chain(&stage.log) {
        let before = Stage::statuses(&run);
        if fact.tell(&mut run, *at, *seq).is_err() {
            assert_eq!(Stage::statuses(&run), before, "{name}: {fact:?}");
            continue;
        }
        let Told::Step(fact) = fact else { continue };
        match &fact.what {
            Happened::Confirmed { .. } => confirms += 1,
            Happened::Intended { .. } => intents += 1,
            Happened::Done { .. } if fact.step == "promote" => {
                assert!(intents > 0, "{name}: done without a call");
            }
            _ => {}
        }
        assert!(intents <= confirms, "{name}: a call without a confirm");
    }
}

#[test]
fn every_scenario_tells_what_it_says() {
    let mut paths: Vec<_> = fs::read_dir("tests/runs")
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 10, "only {} scenarios", paths.len());
    for path in paths {
        play(&path);
    }
}

#[test]
fn what_was_said_of_one_try_counts_for_no_other() {
    let text = include_str!("runs/refused-then-retried.toml");
    let scenario: Scenario = toml::from_str(text).expect("a scenario");
    let mut stage = Stage::new(&scenario.runbook);
    let mut shown: Vec<Proposal> = Vec::new();
    for act in &scenario.acts {
        stage.act(act).expect("as it is told");
        if act.propose.is_none() {
            continue;
        }
        let new = stage.proposal.clone().expect("one is shown");
        if let Some(old) = shown.last() {
            assert_eq!(old.plan.calls, new.plan.calls, "the same is planned");
            assert_eq!(old.plan.bound, new.plan.bound);
            let by = Approver {
                name: "ben".into(),
                arn: None,
                console: None,
                verified: true,
            };
            let taken = stage.run.approve("promote", old.hash, by);
            assert!(taken.is_err(), "an approval of the first try counts");
            let approval = Approval {
                by: "ann".into(),
                typed: old.plan.typed.clone(),
                ..Approval::default()
            };
            let taken = stage.run.confirm(old, approval, 900);
            assert_eq!(taken, Err(ConfirmRefused::OtherPlan));
        }
        shown.push(new);
    }
    assert_eq!(shown.len(), 2);
}

#[test]
fn a_journal_with_plan_hashes_made_otherwise_reads_as_it_stands() {
    let text = include_str!("runs/refused-then-retried.toml");
    let scenario: Scenario = toml::from_str(text).expect("a scenario");
    let mut stage = Stage::new(&scenario.runbook);
    for act in &scenario.acts {
        stage.act(act).expect("as it is told");
    }
    let proposal = stage.proposal.as_ref().expect("one was shown");
    let (ours, theirs) = (proposal.hash.hex(), "ab".repeat(32));
    let mut run = Run::new(stage.run.pinned().clone());
    let mut others = 0;
    for (told, at, seq) in &stage.log {
        let Told::Step(fact) = told else { continue };
        let line = serde_json::to_string(fact).expect("a fact has a line");
        others += line.matches(&ours).count();
        let line = line.replace(&ours, &theirs);
        let fact: StepFact = serde_json::from_str(&line).expect("it reads");
        run.apply(&fact, *at, *seq).expect("it adds up");
    }
    assert!(others >= 3, "shown, confirmed and intended");
    assert_eq!(Stage::statuses(&run), Stage::statuses(&stage.run));
}
