//! Copies: everything one resource can be brought back from: recovery
//! points, continuous backups and replicas, the target Region's first.

mod usable;

use std::cmp::Reverse;

use jiff::Timestamp;
use ratatui::layout::Rect;

use crate::estate::ids::{Arn, Region};
use crate::estate::lock::Lock;
use crate::estate::objective::Standing;
use crate::estate::points::At;
use crate::estate::region::State as Health;
use crate::estate::resource::{
    AutomatedBackup, Origin, PointStatus, RecoveryPoint, ResourceType,
};
use crate::estate::standing::{Copy as Held, Via};
use crate::estate::{Source, What};
use crate::keymap::Action;
use crate::screens::listing::{Listing, Sort};
use crate::screens::panel::Panel;
use crate::screens::{Ask, Known, regions, told};
use crate::ui::{Cell, Column, Mark, Pane, Row, SizeClass, Table, Tone};
use usable::{lock, usable};

/// Something the resource can be brought back from.
#[derive(Clone, Debug)]
enum Copy {
    Point(At),
    /// A point that is gone before its time, by its place among those that
    /// vanished.
    Gone(usize),
    /// A continuous backup: any moment of a window.
    Window(Region, Box<AutomatedBackup>),
    /// A replica, with the moment up to which it holds the writes.
    Replica(Region, Arn, Option<Timestamp>),
    /// What a store's own service keeps of it, by the
    /// resource, and the Region and kind of the copy.
    Kept(Arn, Region, &'static str),
}

/// What the lines were made from.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    changed: u64,
    resource: Option<Arn>,
    /// Whether its Region does badly: then a growing lag is not believed.
    down: bool,
    oldest_first: bool,
}

/// The copies of one resource with their cursor.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    pub(super) listing: Listing,
    all: Vec<Copy>,
    key: Option<Key>,
}

/// A copy as its line tells it.
struct Facts<'a> {
    region: &'a Region,
    arn: &'a str,
    data: Option<Timestamp>,
    kind: &'static str,
    point: Option<&'a RecoveryPoint>,
    /// When it was missed, for one that is gone.
    gone: Option<Timestamp>,
    /// For continuous backups and replicas.
    word: &'a str,
    /// The look that tells of it, where it is not one of several lists.
    source: Option<&'a Source>,
}

impl Copies {
    /// Takes in which resource is selected and what its copies are.
    pub(super) fn refresh(
        &mut self,
        resource: Option<&Arn>,
        known: &Known<'_>,
    ) {
        let home = resource.and_then(Arn::region);
        let health = home.and_then(|home| regions::report(&home, known));
        let down =
            health.is_none_or(|report| report.state() != Health::Healthy);
        let key = Key {
            changed: known.estate.changed,
            resource: resource.cloned(),
            down,
            oldest_first: self.listing.sort == Sort::Age,
        };
        if self.key.as_ref() == Some(&key) {
            return;
        }
        let same =
            self.key.as_ref().is_some_and(|old| old.resource == key.resource);
        if !same {
            self.listing.list.top();
        }
        self.all = resource.map_or(Vec::new(), |arn| gather(arn, down, known));
        let mut order: Vec<(_, u32)> = (0_u32..)
            .zip(&self.all)
            .filter_map(|(place, copy)| {
                let facts = facts(copy, known)?;
                let target = known.setting.target.as_ref();
                let here = target.is_none_or(|t| t == facts.region);
                let usable = facts.gone.is_none()
                    && facts
                        .point
                        .is_none_or(|p| known.derived.points.is_usable(p));
                let newest = Reverse(facts.data);
                let data = key.oldest_first.then_some(facts.data);
                Some(((data, !here, !usable, newest), place))
            })
            .collect();
        order.sort();
        let order = order.into_iter().map(|(_, place)| place).collect();
        self.listing.fill(order, None);
        self.key = Some(key);
    }

    pub(super) fn ask(
        &self,
        action: Action,
        known: &Known<'_>,
    ) -> Option<Ask> {
        let copy = self.all.get(self.listing.current()?)?;
        let facts = facts(copy, known)?;
        match action {
            Action::CopyId => {
                let tail = facts.arn.rsplit([':', '/']).next()?;
                Some(Ask::Copy(tail.to_owned(), "id"))
            }
            Action::CopyArn => Some(Ask::Copy(facts.arn.to_owned(), "ARN")),
            Action::CopyAwsCli => {
                Some(Ask::Copy(command(&facts)?, "aws command"))
            }
            _ => None,
        }
    }

    /// The pane of all copies.
    pub(super) fn panel(
        &self,
        standing: Option<&Standing>,
        known: &Known<'_>,
        area: Rect,
        focused: bool,
        size: SizeClass,
    ) -> Panel {
        let name = standing.map_or("nothing", |s| s.name.as_str());
        let (offset, seen) = self.listing.window(Panel::rows_in(area));
        let rows = seen
            .iter()
            .filter_map(|at| facts(self.all.get(*at as usize)?, known))
            .map(|facts| row(&facts, known, size))
            .collect();
        let order = match self.listing.sort {
            Sort::Age => "oldest first",
            _ => "target Region first",
        };
        let pane = Pane::new(format!(
            "Recovery points of {name} ({})",
            told::count(self.listing.len())
        ))
        .note(Cell::dim(order))
        .focused(focused);
        let table = Table {
            columns: columns(size),
            rows,
            offset,
            selected: focused.then(|| self.listing.list.current()).flatten(),
            total: self.listing.len(),
            empty: "? no recovery point of it is known",
        };
        Panel::table(area, pane, table)
    }

    /// The copies, one line each, for narrow terminals.
    pub(super) fn narrow(
        &self,
        standing: Option<&Standing>,
        known: &Known<'_>,
        area: Rect,
    ) -> Panel {
        let name = standing.map_or("nothing", |s| s.name.as_str());
        let head = format!(" {name}: {} points", self.listing.len());
        let mut rows: Vec<Row> = vec![vec![Cell::new(head, Tone::Title)]];
        let room = usize::from(area.height.saturating_sub(1));
        let (offset, seen) = self.listing.window(room);
        for (line, at) in (offset..).zip(seen) {
            let copy = self.all.get(*at as usize);
            let Some(facts) = copy.and_then(|c| facts(c, known)) else {
                continue;
            };
            let here = self.listing.list.current() == Some(line);
            let cursor = if here { ">" } else { " " };
            let tone = if here { Tone::Selected } else { Tone::Plain };
            let text = format!(
                "{cursor}{:<12} {:<6} {:<7} ",
                facts.region,
                &*age(&facts, known).text,
                facts.kind
            );
            rows.push(vec![Cell::new(text, tone), usable(&facts, known)]);
        }
        if self.listing.is_empty() {
            rows.push(vec![Cell::dim("? no recovery point is known")]);
        }
        Panel::bare(area, rows)
    }
}

fn gather(resource: &Arn, down: bool, known: &Known<'_>) -> Vec<Copy> {
    let points = known.derived.points.held(resource);
    let points = points.iter().map(|at| Copy::Point(*at));
    let windows = known
        .estate
        .automated_backups()
        .filter(|backup| backup.item.resource == *resource)
        .map(|backup| {
            let item = Box::new(backup.item.clone());
            Copy::Window(backup.region.clone(), item)
        });
    let replicas = known
        .estate
        .all_instances()
        .filter(|db| {
            db.item.replica_of.as_deref().is_some_and(|of| {
                of == resource.as_str()
                    || (of == resource.tail()
                        && resource.region().as_ref() == Some(db.region))
            })
        })
        .map(|db| {
            let lag = known.estate.lags(db.account, db.region, &db.item.id);
            let data = lag.and_then(|lag| lag.reading(down));
            let data = data.map(|reading| reading.data_time);
            Copy::Replica(db.region.clone(), db.item.arn.clone(), data)
        });
    let kept = standing_of(resource, known);
    let kept = kept.into_iter().flat_map(|standing| {
        let copies = standing.copies.iter();
        copies.filter_map(|copy| {
            let (resource, region) = (resource.clone(), copy.region.clone());
            Some(Copy::Kept(resource, region, own_kind(copy)?))
        })
    });
    let vanished = known.estate.vanished().iter().enumerate();
    let gone = vanished.filter_map(|(place, vanished)| {
        let point = vanished.gone.point()?;
        (point.resource() == resource).then_some(Copy::Gone(place))
    });
    let there = replicas.chain(windows).chain(kept).chain(points);
    there.chain(gone).collect()
}

fn standing_of<'a>(resource: &Arn, known: &Known<'a>) -> Option<&'a Standing> {
    known.derived.standings.iter().find(|s| s.resource == *resource)
}

/// How a copy that a store's own service keeps is named; none for copies of
/// databases and for recovery points, which lists of their own tell.
fn own_kind(copy: &Held) -> Option<&'static str> {
    let Source::Aws { what: What::Parts(_), .. } = copy.source else {
        return None;
    };
    match copy.via {
        Via::Continuous => Some("PITR"),
        Via::Replica { .. } => Some("replica"),
        Via::Point(_) | Via::Promoted { .. } => None,
    }
}

fn of_point<'a>(
    region: &'a Region,
    point: &'a RecoveryPoint,
    gone: Option<Timestamp>,
) -> Facts<'a> {
    Facts {
        region,
        arn: point.arn(),
        data: point.data_time(),
        kind: kind(point.origin()),
        point: Some(point),
        gone,
        word: "",
        source: None,
    }
}

fn facts<'a>(copy: &'a Copy, known: &Known<'a>) -> Option<Facts<'a>> {
    Some(match copy {
        Copy::Point(at) => {
            let placed = known.derived.points.point(*at)?;
            of_point(placed.region, placed.item, None)
        }
        Copy::Gone(place) => {
            let vanished = known.estate.vanished().get(*place)?;
            let gone = Some(vanished.noticed);
            of_point(&vanished.region, vanished.gone.point()?, gone)
        }
        Copy::Window(region, backup) => Facts {
            region,
            arn: &backup.arn,
            data: backup.latest,
            kind: "PITR",
            point: None,
            gone: None,
            word: &backup.status,
            source: None,
        },
        Copy::Kept(resource, region, kind) => {
            let standing = standing_of(resource, known)?;
            let mut copies = standing.copies.iter();
            let kept = copies.find(|copy| {
                copy.region == *region && own_kind(copy) == Some(*kind)
            })?;
            Facts {
                region,
                arn: match &kept.via {
                    Via::Replica { id, .. } => id,
                    _ => resource,
                },
                data: Some(kept.data_time),
                kind,
                point: None,
                gone: None,
                word: if *kind == "PITR" { "on" } else { kind },
                source: Some(&kept.source),
            }
        }
        Copy::Replica(region, arn, data) => Facts {
            region,
            arn,
            data: *data,
            kind: "replica",
            point: None,
            gone: None,
            word: "replica",
            source: None,
        },
    })
}

fn kind(origin: Origin) -> &'static str {
    match origin {
        Origin::Backup => "backup",
        Origin::Copy => "copy",
        Origin::Snapshot => "snap",
        Origin::SnapshotCopy => "snapcopy",
        Origin::Continuous => "PITR",
    }
}

/// The command that asks AWS for the same point (AWS CLI reference).
fn command(facts: &Facts<'_>) -> Option<String> {
    let Facts { region, arn, .. } = facts;
    if let Some(vault) = facts.point.and_then(RecoveryPoint::vault) {
        return Some(format!(
            "aws backup describe-recovery-point --backup-vault-name {vault} \
             --recovery-point-arn {arn} --region {region}"
        ));
    }
    let id = arn.rsplit([':', '/']).next().unwrap_or_default();
    let native = match facts.point.map(RecoveryPoint::kind) {
        Some(ResourceType::Ebs) => {
            Some(format!("ec2 describe-snapshots --snapshot-ids {id}"))
        }
        Some(ResourceType::Ec2) => {
            Some(format!("ec2 describe-images --image-ids {id}"))
        }
        Some(ResourceType::Fsx) => {
            Some(format!("fsx describe-backups --backup-ids {id}"))
        }
        Some(ResourceType::DynamoDb) => {
            Some(format!("dynamodb describe-backup --backup-arn {arn}"))
        }
        _ => None,
    };
    if let Some(call) = native {
        return Some(format!("aws {call} --region {region}"));
    }
    let (option, call) = match facts.kind {
        _ if facts.source.is_some() => return None,
        "PITR" => return None,
        "replica" => ("--db-instance-identifier", "describe-db-instances"),
        _ => ("--db-snapshot-identifier", "describe-db-snapshots"),
    };
    Some(format!("aws rds {call} {option} {arn} --region {region}"))
}

fn columns(size: SizeClass) -> Vec<Column> {
    let mut columns = vec![
        Column::flexible("WHERE", 13),
        Column::fixed("DATA TIME", 12),
        Column::fixed("AGE", 7).right(),
        Column::fixed("KIND", 8),
        Column::fixed("SIZE", 8).right().drop(2),
    ];
    if size == SizeClass::Wide {
        columns.extend([
            Column::fixed("VAULT", 18),
            Column::fixed("ENCRYPTED", 9),
            Column::fixed("EXPIRES", 12),
        ]);
    }
    columns.push(Column::fixed("STATUS", 10).drop(1));
    columns.push(Column::fixed("RESTORABLE", 12));
    columns
}

/// That it is encrypted, and how its key does, where that is known.
fn by_key(point: &RecoveryPoint, known: &Known<'_>) -> Cell {
    let key = point.key().and_then(|key| known.estate.key(key));
    match (lock(point, known), key.map(|key| key.item)) {
        (Lock::Shut(_), _) => Cell::new("key off", Tone::Bad),
        (Lock::Unsure(_), _) => Cell::new("key ?", Tone::Unknown),
        (Lock::Open, Some(key)) if key.multi_region == Some(true) => {
            Cell::plain("multi-R")
        }
        (Lock::Open, Some(_) | None) => Cell::plain("yes"),
    }
}

fn row(facts: &Facts<'_>, known: &Known<'_>, size: SizeClass) -> Row {
    let unknown = || Cell::new("?", Tone::Unknown);
    let moment = |at: Option<Timestamp>| {
        at.map_or_else(unknown, |at| Cell::plain(told::moment(at, known)))
    };
    let bytes = facts.point.and_then(RecoveryPoint::bytes);
    let mut row = vec![
        Cell::plain(facts.region.to_string()),
        moment(facts.data),
        age(facts, known),
        Cell::plain(facts.kind),
        bytes.map_or(Cell::dim("-"), |n| Cell::plain(told::bytes(n))),
    ];
    if size == SizeClass::Wide {
        let point = facts.point;
        let vault = point.and_then(RecoveryPoint::vault);
        row.push(vault.map_or(Cell::dim("-"), |v| v.to_string().into()));
        row.push(match point.map(RecoveryPoint::encrypted) {
            Some(true) => point.map_or_else(unknown, |p| by_key(p, known)),
            Some(false) => Cell::new("no", Tone::Warn),
            None => Cell::dim("-"),
        });
        let expires = point.and_then(RecoveryPoint::expires);
        row.push(expires.map_or(Cell::dim("-"), |at| {
            Cell::plain(at.strftime("%F").to_string())
        }));
    }
    row.push(status(facts, known));
    row.push(usable(facts, known));
    row
}

fn age(facts: &Facts<'_>, known: &Known<'_>) -> Cell {
    match facts.data {
        Some(at) => Cell::plain(told::span(told::since(at, known.now))),
        None => Cell::new("?", Tone::Unknown),
    }
}

fn status(facts: &Facts<'_>, known: &Known<'_>) -> Cell {
    let theme = known.setting.theme;
    if facts.gone.is_some() {
        return told::state(Mark::Bad, "GONE", Tone::Bad, theme);
    }
    let Some(point) = facts.point else {
        return Cell::plain(facts.word.to_owned());
    };
    let (mark, word, tone) = match point.status() {
        PointStatus::Usable if !known.derived.points.is_usable(point) => {
            (Mark::Bad, "locked", Tone::Bad)
        }
        PointStatus::Usable if point.cold() => {
            (Mark::Warn, "cold", Tone::Warn)
        }
        PointStatus::Usable => (Mark::Good, "usable", Tone::Good),
        PointStatus::Creating => (Mark::Running, "creating", Tone::Info),
        PointStatus::Partial => (Mark::Warn, "partial", Tone::Warn),
        PointStatus::Unusable => (Mark::Bad, "unusable", Tone::Bad),
        PointStatus::Unknown => (Mark::Unknown, "unknown", Tone::Unknown),
    };
    told::state(mark, word, tone, theme)
}
