use super::*;
use crate::estate::derived::{Derived, Watch};
use crate::estate::fixture::{
    self, ACCOUNT, CENTRAL, WEST, now, saw, tier, vault,
};
use crate::estate::part::ec2::Volume;
use crate::estate::part::tags::Tagged;
use crate::estate::part::{Kind, Part};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::Origin;
use crate::estate::{Found, What};

const GIB: i64 = 1 << 30;

struct Scene {
    estate: Estate,
    bill: Bill,
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

fn volume(id: &str) -> String {
    format!("arn:aws:ec2:{WEST}:{ACCOUNT}:volume/{id}")
}

/// A point of a resource, so many days old.
fn point(id: &str, of: &str, kind: ResourceType, age: i64) -> Fields {
    Fields {
        arn: id.into(),
        resource: of.into(),
        kind,
        vault: Some("vault".into()),
        origin: Origin::Backup,
        data_time: None,
        created: Some(now() - days(age)),
        bytes: Some(100 * GIB),
        ..fixture::point()
    }
}

impl Scene {
    fn new() -> Self {
        Scene { estate: Estate::default(), bill: Bill::default() }
    }

    fn sees(&mut self, region: &str, what: What, found: Found) {
        saw(&mut self.estate, region, what, found);
    }

    fn points<const N: usize>(
        mut self,
        region: &str,
        what: What,
        points: [Fields; N],
    ) -> Self {
        self.sees(region, what, fixture::points(&points));
        self
    }

    fn volumes<const N: usize>(mut self, ids: [&str; N]) -> Self {
        let volumes = ids.map(|id| {
            Part::from(Volume {
                arn: volume(id).into(),
                state: "in-use".into(),
                attached: Vec::new(),
                zone: "eu-west-1a".into(),
                gib: 10,
                encrypted: Some(true),
                key: None,
                tags: tier("Gold"),
            })
        });
        let kind = What::Parts(Kind::Volume);
        self.sees(WEST, kind, Found::Parts(volumes.into()));
        self
    }

    fn cost(&self) -> Arc<Cost> {
        let watch = Watch { bill: self.bill.clone(), ..Watch::default() };
        Derived::of(&self.estate, &watch, None, now()).cost
    }
}

#[test]
fn increments_cost_between_the_largest_of_them_and_all_of_them_whole() {
    let of = volume("a");
    let one = point("p1", &of, ResourceType::Ebs, 2);
    let two = point("p2", &of, ResourceType::Ebs, 1);
    let scene =
        Scene::new().volumes(["a"]).points(WEST, What::Points, [one, two]);
    let total = scene.cost().total;
    // 100 GB at 0.05 dollars, once and twice.
    assert_eq!((total.low, total.high), (Usd(5_000_000), Usd(10_000_000)));
    assert_eq!(total.words(), "$5.00 to $10");
    assert_eq!((total.points, total.bytes), (2, 200 * GIB));
}

#[test]
fn backups_that_are_whole_cost_what_they_all_hold() {
    let of = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let one = point("p1", of, ResourceType::DynamoDb, 2);
    let two = point("p2", of, ResourceType::DynamoDb, 1);
    let scene = Scene::new().points(WEST, What::Points, [one, two]);
    let total = scene.cost().total;
    assert_eq!((total.low, total.high), (Usd(22_600_000), Usd(22_600_000)));
}

#[test]
fn a_point_without_a_size_is_counted_and_costs_unknown() {
    let of = "arn:aws:rds:eu-west-1:111122223333:db:d";
    let zero =
        Fields { bytes: Some(0), ..point("p", of, ResourceType::Rds, 1) };
    let scene = Scene::new().points(WEST, What::Points, [zero]);
    let cost = scene.cost();
    assert_eq!((cost.total.points, cost.total.without_size), (1, 1));
    assert_eq!(cost.total.words(), "unknown");
    let why = ("AWS tells no size: RDS".to_owned(), 1);
    assert_eq!(cost.unknown, [why]);
}

#[test]
fn the_size_that_the_service_itself_tells_of_a_point_counts() {
    let of = "arn:aws:rds:eu-west-1:111122223333:db:d";
    let zero =
        Fields { bytes: Some(0), ..point("p", of, ResourceType::Rds, 1) };
    let sized = point("p", of, ResourceType::Rds, 1);
    let scene = Scene::new().points(WEST, What::Points, [zero]).points(
        WEST,
        What::Snapshots,
        [sized],
    );
    let total = scene.cost().total;
    assert_eq!((total.points, total.unknown()), (1, 0));
    assert_eq!(total.high, Usd(9_500_000));
}

#[test]
fn a_region_without_a_price_costs_unknown_and_says_so() {
    let of = "arn:aws:elasticfilesystem:ap-south-1:111122223333:file-system/f";
    let one = point("p", of, ResourceType::Efs, 1);
    let scene = Scene::new().points("ap-south-1", What::Points, [one]);
    let cost = scene.cost();
    assert_eq!(cost.total.without_price, 1);
    assert_eq!(cost.total.high, Usd(0));
    assert_eq!(cost.unknown[0].0, "no price: efs-warm in ap-south-1");
}

#[test]
fn costs_add_up_by_tier_region_and_class() {
    let of = volume("a");
    let here = point("p1", &of, ResourceType::Ebs, 1);
    let there = Fields {
        origin: Origin::Copy,
        ..point("p2", &of, ResourceType::Ebs, 1)
    };
    let files = point(
        "p3",
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/f",
        ResourceType::Efs,
        1,
    );
    let scene = Scene::new()
        .volumes(["a"])
        .points(WEST, What::Points, [here, files])
        .points(CENTRAL, What::Points, [there]);
    let cost = scene.cost();
    let high = |sum: &Sum| sum.high.0;
    let total = high(&cost.total);
    let tiers: Vec<_> =
        cost.by_tier.iter().map(|(name, s)| (&**name, high(s))).collect();
    assert_eq!(tiers, [("Gold", 10_400_000), ("none", 5_500_000)]);
    let sum = |sums: Vec<i64>| sums.into_iter().sum::<i64>();
    let regions = cost.by_region.iter().map(|(_, s)| high(s)).collect();
    let classes = cost.by_class.iter().map(|(_, s)| high(s)).collect();
    let each = cost.by_resource.iter().map(|(_, s)| high(s)).collect();
    assert_eq!([sum(regions), sum(classes), sum(each)], [total; 3]);
    // The copy went from Ireland to Frankfurt this month: 100 GB at 0.02.
    assert_eq!((cost.sent.points, cost.sent.high), (1, Usd(2_000_000)));
}

fn saved(cost: &Cost, way: Way) -> Vec<(&str, u64, i64)> {
    let of = cost.savings.iter().filter(|saving| saving.way == way);
    of.map(|s| (&*s.of, s.sum.points, s.sum.high.0)).collect()
}

#[test]
fn cold_storage_saves_only_on_what_is_90_days_old_and_stays_90_more() {
    let of = "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/f";
    let files = |id, age, left: Option<i64>| Fields {
        expires: left.map(|left| now() + days(left)),
        ..point(id, of, ResourceType::Efs, age)
    };
    let cold = Fields { cold: true, ..files("p5", 120, None) };
    let scene = Scene::new().points(
        WEST,
        What::Points,
        [
            files("p1", 100, None),
            files("p2", 100, Some(90)),
            files("p3", 100, Some(89)),
            files("p4", 80, None),
            cold,
        ],
    );
    let cost = scene.cost();
    // 200 GB at 0.055 less 0.011.
    assert_eq!(saved(&cost, Way::Cold), [("efs-warm", 2, 8_800_000)]);
}

#[test]
fn what_is_older_than_its_tier_needs_could_go_but_never_the_newest() {
    let of = volume("a");
    let scene = Scene::new().volumes(["a"]).points(
        WEST,
        What::Points,
        [
            point("p1", &of, ResourceType::Ebs, 500),
            point("p2", &of, ResourceType::Ebs, 400),
        ],
    );
    let cost = scene.cost();
    assert_eq!(saved(&cost, Way::Delete), [("Gold", 1, 5_000_000)]);
    assert_eq!(cost.savings[0].sum.low, Usd(0), "blocks may be shared");
    let mut patient = scene;
    patient.bill.keep.insert("Gold".to_owned(), days(600));
    assert!(saved(&patient.cost(), Way::Delete).is_empty());
}

#[test]
fn what_lies_in_a_locked_vault_cannot_be_saved() {
    let of = volume("a");
    let mut scene = Scene::new().volumes(["a"]).points(
        WEST,
        What::Points,
        [
            point("p1", &of, ResourceType::Ebs, 500),
            point("p2", &of, ResourceType::Ebs, 400),
        ],
    );
    let vault = vault("vault", true);
    scene.sees(WEST, What::Vaults, Found::Vaults([vault].into()));
    assert!(saved(&scene.cost(), Way::Delete).is_empty());
}

#[test]
fn points_of_a_resource_that_its_list_does_not_have_are_orphans() {
    let (here, gone) = (volume("a"), volume("b"));
    let points = [
        point("p1", &here, ResourceType::Ebs, 2),
        point("p2", &gone, ResourceType::Ebs, 9),
    ];
    let blind = Scene::new().points(WEST, What::Points, points.clone());
    let cost = blind.cost();
    assert!(cost.orphans.is_empty());
    assert_eq!(cost.unsure, 2, "nobody told which volumes there are");
    let scene = Scene::new().volumes(["a"]).points(WEST, What::Points, points);
    let cost = scene.cost();
    let [orphan] = &cost.orphans[..] else { panic!("{:?}", cost.orphans) };
    assert_eq!(&*orphan.resource, &*gone);
    assert_eq!(orphan.oldest, Some(now() - days(9)));
    assert_eq!((orphan.sum.high, cost.unsure), (Usd(5_000_000), 0));
}

#[test]
fn what_carries_the_tag_of_a_drill_is_left_over_with_its_cost() {
    let mut scene = Scene::new().volumes(["a"]);
    let marked = |arn: String| {
        Part::from(Tagged {
            arn: arn.into(),
            tags: BTreeMap::from([(DRILL_TAG.into(), "autumn".into())]),
        })
    };
    let database = "arn:aws:rds:eu-west-1:111122223333:db:d-drill".to_owned();
    let tagged = [marked(volume("a")), marked(database)];
    let kind = What::Parts(Kind::Tagged);
    scene.sees(WEST, kind, Found::Parts(tagged.into()));
    let cost = scene.cost();
    let told: Vec<_> = cost
        .leftovers
        .iter()
        .map(|left| (left.arn.tail(), &*left.drill, left.sum.words()))
        .collect();
    assert_eq!(
        told,
        [
            ("a", "autumn", "$0.88".to_owned()),
            ("d-drill", "autumn", "unknown".to_owned()),
        ]
    );
}
