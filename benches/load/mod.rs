//! A large estate, made as the pollers make one: names that occur often
//! share their text.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lifeboat::app::{Model, update};
use lifeboat::estate::derived::Watch;
use lifeboat::estate::ids::{Account, Arn, Region, VaultName};
use lifeboat::estate::objective::{Match, Objective, Rule, Rules};
use lifeboat::estate::recovery_point::{Commons, Fields};
use lifeboat::estate::resource::{
    Job, JobKind, JobState, Origin, PointStatus, Protected, ResourceType,
    Vault,
};
use lifeboat::estate::saved::Place;
use lifeboat::estate::{Estate, Found, Observation, Source, What};
use lifeboat::event::{Effect, Event};
use lifeboat::keymap::{Chord, Keymap};
use lifeboat::screens::{AccountInfo, Setting};
use lifeboat::ui::{GlyphSet, Theme, ThemeName};

/// The account that all lies in.
pub(crate) const ACCOUNT: &str = "111122223333";

/// The Regions, the one lived in first, then the one recovered in.
pub(crate) const REGIONS: [&str; 4] =
    ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2"];

/// Recovery points of one resource.
pub(crate) const OF_ONE: usize = 20;

/// Jobs listed in each Region.
const JOBS: usize = 1_000;

/// When the estate is seen.
pub(crate) fn start() -> Timestamp {
    "2026-05-02T03:00:00Z".parse().expect("a time")
}

/// `count` recovery points of so many resources of one Region, each name
/// interned.
pub(crate) fn points(
    region: &str,
    count: usize,
    resources: usize,
    now: Timestamp,
) -> Found {
    let held: Vec<Arn> = (0..resources).map(|n| volume(region, n)).collect();
    let vault = VaultName::new("bulk-vault");
    let mut commons = Commons::default();
    let point = |n: usize| {
        let minutes = i64::try_from(n).expect("few enough") % 50_000;
        let made = now - SignedDuration::from_mins(minutes);
        commons.point(Fields {
            arn: format!(
                "arn:aws:backup:{region}:{ACCOUNT}:recovery-point:\
                 {n:08x}-1f2e-4d3c-8b4a-0123456789ab"
            )
            .into(),
            resource: held[n % held.len()].clone(),
            kind: ResourceType::Ebs,
            vault: Some(vault.clone()),
            origin: Origin::Backup,
            status: PointStatus::Usable,
            data_time: Some(made),
            created: Some(made),
            bytes: Some(1 << 34),
            encrypted: true,
            cold: false,
            key: None,
            expires: Some(made + SignedDuration::from_hours(24 * 70)),
        })
    };
    Found::Points((0..count).map(point).collect())
}

fn volume(region: &str, n: usize) -> Arn {
    format!("arn:aws:ec2:{region}:{ACCOUNT}:volume/vol-{n:017x}").into()
}

fn protected(region: &str, resources: usize) -> Found {
    let one = |n: usize| Protected {
        arn: volume(region, n),
        kind: ResourceType::Ebs,
        name: Some(format!("volume-{n:04}")),
        last_backup: None,
    };
    Found::Protected((0..resources).map(one).collect())
}

fn jobs(region: &str, resources: usize, now: Timestamp) -> Found {
    let job = |n: usize| {
        let seconds = i64::try_from(n * 300).expect("few enough");
        let created = now - SignedDuration::from_secs(seconds);
        Job {
            id: format!("job-{region}-{n:06}").into(),
            kind: JobKind::Backup,
            resource: volume(region, n % resources),
            resource_type: ResourceType::Ebs,
            state: match n % 50 {
                0 => JobState::Failed,
                _ => JobState::Completed,
            },
            percent: None,
            created,
            ended: Some(created + SignedDuration::from_mins(4)),
            bytes: Some(1 << 34),
            message: None,
            from: None,
            to: None,
        }
    };
    Found::Jobs((0..JOBS).map(job).collect())
}

fn vaults(region: &str, count: usize) -> Found {
    let vault = Vault {
        name: "bulk-vault".into(),
        arn: format!(
            "arn:aws:backup:{region}:{ACCOUNT}:backup-vault:bulk-vault"
        )
        .into(),
        points: i64::try_from(count).expect("few enough"),
        locked: false,
    };
    Found::Vaults([vault].into())
}

/// An answer as a poller reports it.
pub(crate) fn seen(
    region: &str,
    what: What,
    found: Found,
    at: Timestamp,
) -> Event {
    Event::Observed(Observation {
        source: Source::aws(&ACCOUNT.into(), &region.into(), what),
        begun: at,
        at,
        found: Ok(found),
        partial: None,
    })
}

/// Everything that is seen of an estate with `each` recovery points of so
/// many resources in each of the four Regions.
fn everything(each: usize, resources: usize, now: Timestamp) -> Vec<Event> {
    let mut all = Vec::new();
    for region in REGIONS {
        let mut saw = |what, found| all.push(seen(region, what, found, now));
        saw(What::Points, points(region, each, resources, now));
        saw(What::Protected, protected(region, resources));
        saw(What::BackupJobs, jobs(region, resources, now));
        saw(What::Vaults, vaults(region, each));
    }
    all
}

/// A console of 160x48 that has seen `each` recovery points in each Region.
pub(crate) fn model(each: usize) -> Model {
    model_of(each, each.div_ceil(OF_ONE))
}

/// The same, of so many resources in each Region.
pub(crate) fn model_of(each: usize, resources: usize) -> Model {
    let now = start();
    let [_, _, objective] = Objective::defaults();
    let rule = Rule { matches: Match::default(), objective };
    let rules = Rules { rules: vec![rule], ..Rules::default() };
    let watch = Watch {
        source: Some(Region::new(REGIONS[0])),
        target: Some(Region::new(REGIONS[1])),
        rules,
        ..Watch::default()
    };
    let keymap = Keymap::default();
    let mut model = Model::new(
        setting(),
        keymap,
        Estate::default(),
        watch,
        Vec::new(),
        Place::default(),
    );
    model.size = (160, 48);
    for event in everything(each, resources, now) {
        update(&mut model, event, now);
    }
    update(&mut model, Event::Tick, now);
    model
}

fn setting() -> Setting {
    Setting {
        accounts: vec![AccountInfo {
            id: Account::new(ACCOUNT),
            name: Some("learn-prod".into()),
            environment: Some("PROD".into()),
        }],
        regions: REGIONS.map(Region::new).to_vec(),
        source: Some(Region::new(REGIONS[0])),
        target: Some(Region::new(REGIONS[1])),
        simulated: Some("bench".into()),
        endpoint: None,
        user: "ann".into(),
        host: "bastion".into(),
        zone: TimeZone::UTC,
        theme: Theme::new(ThemeName::Dark, GlyphSet::Unicode),
        read_only: false,
        app_tag: "app".into(),
        backup_success: None,
    }
}

/// Presses a key, such as `j` or `down`.
pub(crate) fn press(
    model: &mut Model,
    key: &str,
    now: Timestamp,
) -> Vec<Effect> {
    let chord: Chord = key.parse().expect("a key name");
    update(model, Event::Key(chord, now), now)
}
