use insta::assert_snapshot;
use jiff::SignedDuration;

use super::*;
use crate::estate::resource::ResourceType;
use crate::screens::fixture::{
    ASCII, BODIES, CENTRAL, Fixture, PROD, painted, sizes,
};
use crate::screens::panel::Body;

fn shown(fixture: &Fixture, area: Rect) -> String {
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    let view = view(&state, &fixture.known(), area);
    painted(&view, area, fixture.setting.theme)
}

#[test]
fn failures_nothing_made_good_stand_first_then_what_runs() {
    let fixture = Fixture::new();
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    let view = view(&state, &fixture.known(), BODIES[1]);
    let Some(Panel { body, .. }) = view.panel("Jobs") else {
        panic!("there is a list of jobs")
    };
    let Body::Table(table) = body else { panic!("jobs are a table") };
    let state = |row: &Row| format!("{} {}", &*row[0].text, &*row[1].text);
    let states: Vec<String> = table.rows.iter().map(state).collect();
    assert_eq!(
        states,
        ["copy ✖ FAILED", "restore ▸ RUN", "backup ✔ DONE", "backup ✖ FAILED"]
    );
    assert_eq!(table.rows[0][1].tone, Tone::Bad);
    assert_eq!(table.rows[3][1].tone, Tone::Dim);
    assert_eq!(&*table.rows[3][7].text, "made good by a later job");
}

#[test]
fn problems_only_and_the_filter_leave_out_the_rest() {
    let mut fixture = Fixture::new();
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    act(&mut state, Action::ListProblemsOnly, &fixture.known());
    assert_eq!(state.listing.len(), 1);
    act(&mut state, Action::ListProblemsOnly, &fixture.known());
    fixture.filter = "LEARN-DB backup".to_owned();
    refresh(&mut state, &fixture.known());
    assert_eq!(state.listing.len(), 2);
}

#[test]
fn only_the_lines_seen_are_built_however_many_jobs_there_are() {
    let mut fixture = Fixture::new();
    let jobs: Vec<Job> = (0..5000)
        .map(|n| job(&format!("J-{n}"), JobKind::Backup, n))
        .collect();
    let seen = fixture.now;
    let found = Found::Jobs(jobs.into());
    fixture.saw((PROD, CENTRAL), What::BackupJobs, seen, found);
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    act(&mut state, Action::ListBottom, &fixture.known());
    let view = view(&state, &fixture.known(), BODIES[1]);
    let Some(Panel { body: Body::Table(table), .. }) = view.panel("Jobs")
    else {
        panic!("there is a table of jobs")
    };
    assert_eq!((table.total, table.rows.len()), (5004, 9));
    assert_eq!(table.selected, Some(5003));
}

fn job(id: &str, kind: JobKind, minute: i64) -> Job {
    let created =
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(29_000_000 + minute);
    Job {
        id: id.into(),
        kind,
        state: JobState::Completed,
        resource: format!("arn:aws:rds:x:1:db:db-{}", minute % 40).into(),
        resource_type: ResourceType::Rds,
        from: None,
        to: None,
        percent: None,
        created,
        ended: None,
        bytes: None,
        message: None,
    }
}

#[test]
fn the_cursor_stays_on_its_job_when_the_order_changes() {
    let fixture = Fixture::new();
    let known = fixture.known();
    let mut state = State::default();
    refresh(&mut state, &known);
    act(&mut state, Action::ListDown, &known);
    let id = |state: &State| state.picked().map(|(_, j)| j.id.clone());
    let before = id(&state);
    act(&mut state, Action::ListSortAge, &known);
    assert_eq!(id(&state), before);
}

#[test]
fn a_list_that_never_came_back_is_not_an_empty_list() {
    let text = shown(&Fixture::blank(), BODIES[1]);
    assert!(text.contains("no list of jobs has come back yet"), "{text}");
    assert!(text.contains("? nothing seen yet"), "{text}");
}

#[test]
fn the_same_job_is_asked_for_with_the_aws_command() {
    let fixture = Fixture::new();
    let mut state = State::default();
    refresh(&mut state, &fixture.known());
    let asks = act(&mut state, Action::CopyAwsCli, &fixture.known());
    let command =
        "aws backup describe-copy-job --copy-job-id C-1 --region eu-west-1";
    assert_eq!(asks, [Ask::Copy(command.into(), "aws command")]);
}

#[test]
fn jobs_at_three_sizes() {
    let mut fixture = Fixture::new();
    assert_snapshot!("wide", shown(&fixture, BODIES[0]));
    assert_snapshot!("standard", shown(&fixture, BODIES[1]));
    fixture.setting.theme = ASCII;
    assert_snapshot!("narrow_ascii", shown(&fixture, BODIES[2]));
    let ascii = shown(&fixture, BODIES[1]).replace('…', "");
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn no_size_panics() {
    let fixture = Fixture::new();
    for area in sizes() {
        shown(&fixture, area);
    }
}
