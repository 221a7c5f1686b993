//! A small estate, told by hand, that the screens' tests draw.
//!
//! Two accounts; eu-west-1 no longer answers, eu-central-1 is well.

mod story;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::{Buffer, Cell as BufferCell};
use ratatui::layout::Rect;

use super::panel::View;
use super::{AccountInfo, Known, Setting, TimeMode};
use crate::estate::derived::{Derived, Watch};
use crate::estate::fixture;
use crate::estate::ids::{Account, Region};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{
    Alarm, DbInstance, HealthCheck, Identity, Job, JobKind, JobState, Lag,
    Origin, Protected, RecordSet, ResourceType,
};
use crate::estate::{Estate, Found, Observation, Source, What};
use crate::failure::{Failure, FailureKind};
use crate::keymap::Keymap;
use crate::ui::{GlyphSet, Theme, ThemeName};

pub(crate) use crate::estate::fixture::{ACCOUNT as PROD, CENTRAL, WEST};
pub(crate) use story::{open, open_on, step, tell};

/// What [`Known`] borrows from.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) setting: Setting,
    pub(crate) estate: Estate,
    pub(crate) derived: Derived,
    pub(crate) filter: String,
    pub(crate) keymap: Keymap,
    pub(crate) now: Timestamp,
}

/// The bodies of the three layouts: the terminal less the frame's lines.
pub(crate) const BODIES: [Rect; 3] = [
    Rect::new(0, 0, 160, 44),
    Rect::new(0, 0, 80, 20),
    Rect::new(0, 0, 40, 6),
];

/// Terminals of many sizes, some without room for anything.
pub(crate) fn sizes() -> impl Iterator<Item = Rect> {
    let widths = (0..200).step_by(7);
    widths.flat_map(|width| {
        (0..60).map(move |height| Rect::new(0, 0, width, height))
    })
}

pub(crate) const DATA: &str = "444455556666";

/// A time of the fixture's day.
pub(crate) fn at(clock: &str) -> Timestamp {
    let text = format!("2026-05-02T{clock}Z");
    text.parse().expect("a clock time of the fixture")
}

pub(crate) fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:{kind}:{WEST}:{PROD}:{name}")
}

impl Fixture {
    /// The estate twelve minutes after eu-west-1 went dark.
    pub(crate) fn new() -> Self {
        let now = at("14:32:07");
        let mut fixture = Fixture {
            setting: setting(),
            estate: Estate::default(),
            derived: Derived::default(),
            filter: String::new(),
            keymap: Keymap::default(),
            now,
        };
        fixture.see_west();
        fixture.see_central();
        fixture.see_global();
        fixture.darken_west();
        fixture.derive();
        fixture
    }

    /// A console that has seen nothing.
    pub(crate) fn blank() -> Self {
        let mut fixture = Fixture::new();
        fixture.estate = Estate::default();
        fixture.derived = Derived::default();
        fixture
    }

    pub(crate) fn derive(&mut self) {
        let watch = Watch {
            source: self.setting.source.clone(),
            target: self.setting.target.clone(),
            ..Watch::default()
        };
        self.derived = Derived::of(&self.estate, &watch, None, self.now);
    }

    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            estate: &self.estate,
            derived: &self.derived,
            setting: &self.setting,
            open: None,
            library: &[],
            past: &[],
            armed: false,
            time: TimeMode::Utc,
            frozen: false,
            filter: &self.filter,
            keymap: &self.keymap,
            now: self.now,
        }
    }

    /// A look that succeeded.
    pub(crate) fn saw(
        &mut self,
        (account, region): (&str, &str),
        what: What,
        seen: Timestamp,
        found: Found,
    ) {
        let source = Source::aws(&account.into(), &region.into(), what);
        self.estate.apply(fixture::seen(source, seen, found));
    }

    /// A look that failed.
    pub(crate) fn failed(&mut self, source: Source, seen: Timestamp) {
        let failure = Failure::new("list", FailureKind::TimedOut)
            .because("no answer within 10 s");
        self.estate.apply(Observation {
            source,
            begun: seen,
            at: seen,
            found: Err(failure),
            partial: None,
        });
    }

    fn see_west(&mut self) {
        let seen = at("14:20:00");
        let west = (PROD, WEST);
        let backed_up = |name: &str, kind, clock| Protected {
            arn: name.into(),
            kind,
            name: None,
            last_backup: Some(at(clock)),
        };
        let protected = vec![
            backed_up(
                &arn("rds", "db:learn-db"),
                ResourceType::Rds,
                "14:00:00",
            ),
            backed_up(&uploads(), ResourceType::Efs, "14:00:00"),
            backed_up(
                &arn("ec2", "volume/wiki-data"),
                ResourceType::Ebs,
                "05:00:00",
            ),
        ];
        self.saw(
            west,
            What::Protected,
            seen,
            Found::Protected(protected.into()),
        );
        let points = [
            point(
                "rds",
                "learn-db",
                ResourceType::Rds,
                Origin::Backup,
                "14:00:00",
            ),
            point(
                "ec2",
                "wiki-data",
                ResourceType::Ebs,
                Origin::Backup,
                "05:00:00",
            ),
        ];
        self.saw(
            west,
            What::Points,
            seen,
            Found::Points(points.map(Into::into).into()),
        );
        let mut db = instance("learn-db", WEST);
        db.replicas = vec![replica_arn()];
        self.saw(west, What::Instances, seen, Found::Instances([db].into()));
        self.see_jobs(west, seen);
        self.saw(west, What::Alarms, seen, Found::Alarms([].into()));
    }

    fn see_jobs(&mut self, west: (&str, &str), seen: Timestamp) {
        let jobs = vec![
            job("B-1", JobKind::Backup, JobState::Completed, "14:00:00"),
            job("B-2", JobKind::Backup, JobState::Failed, "12:00:00"),
        ];
        self.saw(west, What::BackupJobs, seen, Found::Jobs(jobs.into()));
        let mut copy = job("C-1", JobKind::Copy, JobState::Failed, "13:29:02");
        copy.resource = arn("ec2", "volume/wiki-data").into();
        copy.resource_type = ResourceType::Ebs;
        copy.to = Some(CENTRAL.into());
        copy.message = Some(
            "AccessDeniedException kms:CreateGrant alias/dr-central".into(),
        );
        self.saw(west, What::CopyJobs, seen, Found::Jobs([copy].into()));
    }

    fn see_central(&mut self) {
        let seen = at("14:31:55");
        let central = (PROD, CENTRAL);
        let copy = Fields {
            arn: format!(
                "arn:aws:rds:{CENTRAL}:{PROD}:snapshot:awsbackup:copyjob-1"
            )
            .into(),
            ..point(
                "rds",
                "learn-db",
                ResourceType::Rds,
                Origin::Copy,
                "13:00:00",
            )
        };
        let share = Fields {
            resource: uploads().into(),
            ..point(
                "elasticfilesystem",
                "uploads",
                ResourceType::Efs,
                Origin::Copy,
                "14:00:00",
            )
        };
        let points = [copy, share].map(Into::into);
        self.saw(central, What::Points, seen, Found::Points(points.into()));
        let mut replica = instance("learn-db-replica", CENTRAL);
        replica.replica_of = Some(arn("rds", "db:learn-db"));
        let replica = Found::Instances([replica].into());
        self.saw(central, What::Instances, seen, replica);
        let lag = Lag {
            replica: "learn-db-replica".into(),
            metric: "ReplicaLag".into(),
            samples: vec![(at("14:20:00"), 3.0), (at("14:31:00"), 640.0)],
        };
        self.saw(central, What::Lags, seen, Found::Lags([lag].into()));
        let mut restore =
            job("R-1", JobKind::Restore, JobState::Running, "14:14:11");
        restore.percent = Some(43.0);
        restore.ended = None;
        let restore = Found::Jobs([restore].into());
        self.saw(central, What::RestoreJobs, seen, restore);
        let alarm = Alarm {
            name: "learn-db-replica-lag".into(),
            arn: "arn:aws:cloudwatch:eu-central-1:1:alarm:lag".into(),
            state: "ALARM".into(),
            since: Some(at("14:25:00")),
            reason: Some("Threshold crossed: 640 > 300".into()),
            metric: "AWS/RDS ReplicaLag".into(),
        };
        self.saw(central, What::Alarms, seen, Found::Alarms([alarm].into()));
    }

    fn see_global(&mut self) {
        let seen = at("14:31:55");
        let global = (PROD, "us-east-1");
        let record = |role: &str, value: &str, check: &str| RecordSet {
            identifier: Some(role.to_lowercase()),
            failover: Some(role.into()),
            health_check: Some(check.into()),
            ..fixture::record("www.learn.example", value)
        };
        let records = vec![
            record("PRIMARY", "lb.eu-west-1.example", "hc-west"),
            record("SECONDARY", "lb.eu-central-1.example", "hc-central"),
        ];
        self.saw(global, What::Records, seen, Found::Records(records.into()));
        let check = |id: &str, good| HealthCheck {
            id: id.into(),
            target: format!("https://{id}.example/health"),
            inverted: false,
            reports: Some((good, 16)),
            ..HealthCheck::default()
        };
        let checks = vec![check("hc-west", 0), check("hc-central", 16)];
        let checks = Found::HealthChecks(checks.into());
        self.saw(global, What::HealthChecks, seen, checks);
        let who = Identity {
            account: PROD.into(),
            arn: format!("arn:aws:sts::{PROD}:assumed-role/Observer/m.rossi")
                .into(),
        };
        self.saw(global, What::Identity, seen, Found::Identity(who));
    }

    fn darken_west(&mut self) {
        let west: Vec<Source> = self
            .estate
            .sources()
            .map(|(source, _)| source.clone())
            .filter(|s| s.region().is_some_and(|r| &**r == WEST))
            .collect();
        for source in west {
            for clock in ["14:28:00", "14:30:00", "14:32:00"] {
                self.failed(source.clone(), at(clock));
            }
        }
    }
}

pub(crate) fn setting() -> Setting {
    let account = |name: &str, id: &str| AccountInfo {
        id: Account::new(id),
        name: Some(name.to_owned()),
        environment: Some("PROD".to_owned()),
    };
    Setting {
        accounts: vec![
            account("learn-prod", PROD),
            account("learn-data", DATA),
        ],
        regions: vec![Region::new(WEST), Region::new(CENTRAL)],
        source: Some(Region::new(WEST)),
        target: Some(Region::new(CENTRAL)),
        simulated: Some("training-platform".to_owned()),
        endpoint: None,
        user: "m.rossi".to_owned(),
        host: "laptop".to_owned(),
        zone: TimeZone::UTC,
        theme: Theme::default(),
        read_only: false,
        app_tag: "app".into(),
        backup_success: None,
    }
}

fn uploads() -> String {
    arn("elasticfilesystem", "file-system/uploads")
}

fn replica_arn() -> String {
    format!("arn:aws:rds:{CENTRAL}:{PROD}:db:learn-db-replica")
}

fn point(
    service: &str,
    name: &str,
    kind: ResourceType,
    origin: Origin,
    clock: &str,
) -> Fields {
    let prefix = match kind {
        ResourceType::Rds => "db:",
        ResourceType::Ebs => "volume/",
        _ => "file-system/",
    };
    Fields {
        arn: format!("arn:aws:{service}:{WEST}:{PROD}:point/{name}-{clock}")
            .into(),
        resource: arn(service, &format!("{prefix}{name}")).into(),
        kind,
        origin,
        data_time: Some(at(clock)),
        created: Some(at(clock) + SignedDuration::from_mins(9)),
        bytes: Some(413 << 30),
        expires: Some(at("14:00:00") + SignedDuration::from_hours(48)),
        ..fixture::point()
    }
}

fn instance(id: &str, region: &str) -> DbInstance {
    DbInstance {
        id: id.into(),
        arn: format!("arn:aws:rds:{region}:{PROD}:db:{id}").into(),
        class: "db.r6g.xlarge".into(),
        endpoint: Some((format!("{id}.{region}.example"), 5432)),
        latest_restorable: Some(at("14:19:00")),
        ..fixture::db("Gold")
    }
}

fn job(id: &str, kind: JobKind, state: JobState, clock: &str) -> Job {
    Job {
        id: id.into(),
        created: at(clock),
        ended: Some(at(clock) + SignedDuration::from_mins(9)),
        bytes: Some(413 << 30),
        message: None,
        ..fixture::job(kind, state)
    }
}

/// What a view looks like, line by line.
pub(crate) fn painted(view: &View, area: Rect, theme: Theme) -> String {
    let mut buf = Buffer::empty(area);
    view.draw(&mut buf, area, theme);
    text(&buf)
}

/// What a buffer shows, line by line.
pub(crate) fn text(buf: &Buffer) -> String {
    let lines = buf.content.chunks(usize::from(buf.area.width.max(1)));
    let lines = lines.map(|line| {
        let line: String = line.iter().map(BufferCell::symbol).collect();
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A theme without colour and without signs beyond ASCII.
pub(crate) const ASCII: Theme = Theme::new(ThemeName::Mono, GlyphSet::Ascii);
