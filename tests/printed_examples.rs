//! The answers that AWS's API reference prints, as botocore ships them in
//! `examples-1.json`, through the wire and the real reader into the estate.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by its panic"
)]

mod printed;
mod python;

use std::collections::BTreeMap;

use jiff::Timestamp;
use lifeboat::estate::part::Kind;
use lifeboat::estate::{Found, What};
use lifeboat::wire::{Model, decode_response, encode_response};
use printed::{Example, at, examples, look, without_nothing};
use serde_json::{Value, json, to_value};

/// How a member of AWS's and a value of the estate compare.
#[derive(Clone, Copy, Debug)]
enum How {
    Same,
    /// The estate's ends with AWS's, as an ARN does with an id.
    Ends,
    /// AWS's ends with the estate's, as an ARN does with a name.
    Tail,
    Time,
    /// Gigabytes told as bytes.
    Gib,
    /// A word told in lower case.
    Word,
    /// A list told by its length.
    Len,
}
use How::{Ends, Gib, Len, Same, Tail, Time, Word};

/// What becomes of the answers of one operation.
struct Reads {
    operation: &'static str,
    what: What,
    /// The member with the things; empty for the whole answer.
    things: &'static str,
    /// AWS's member, the estate's, and how they compare; the first pair
    /// finds the thing.
    pairs: &'static [(&'static str, &'static str, How)],
}

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "one table, row by row")]
fn reads() -> Vec<Reads> {
    let row = |operation, what, things, pairs| Reads {
        operation,
        what,
        things,
        pairs,
    };
    let parts = What::Parts;
    vec![
        row("autoscaling:DescribeAutoScalingGroups",
            parts(Kind::ScalingGroup), "AutoScalingGroups", &[
            ("AutoScalingGroupARN", "arn", Same),
            ("AutoScalingGroupName", "name", Same),
            ("MinSize", "min", Same),
            ("MaxSize", "max", Same),
            ("DesiredCapacity", "desired", Same),
            ("Instances", "in_service", Len)]),
        row("dynamodb:DescribeTable", parts(Kind::Table), "Table", &[
            ("TableName", "arn", Ends),
            ("TableStatus", "status", Same),
            ("TableSizeBytes", "bytes", Same)]),
        row("dynamodb:ListTables", parts(Kind::Table), "TableNames", &[
            ("", "arn", Ends)]),
        row("ec2:DescribeImages", parts(Kind::Image), "Images", &[
            ("ImageId", "arn", Ends),
            ("Name", "name", Same),
            ("State", "state", Same),
            ("BlockDeviceMappings.0.Ebs.SnapshotId", "snapshots.0", Same)]),
        row("ec2:DescribeSnapshots", What::VolumeSnapshots, "Snapshots", &[
            ("SnapshotId", "arn", Ends),
            ("VolumeId", "resource", Ends),
            ("StartTime", "created", Time),
            ("VolumeSize", "bytes", Gib)]),
        row("ec2:DescribeVolumes", parts(Kind::Volume), "Volumes", &[
            ("VolumeId", "arn", Ends),
            ("State", "state", Same),
            ("AvailabilityZone", "zone", Same),
            ("Size", "gib", Same),
            ("Attachments.0.InstanceId", "attached.0", Same)]),
        row("ecs:DescribeServices", parts(Kind::EcsService), "services", &[
            ("serviceArn", "arn", Same),
            ("serviceName", "name", Same),
            ("clusterArn", "cluster", Tail),
            ("status", "status", Same),
            ("desiredCount", "desired", Same),
            ("runningCount", "running", Same),
            ("pendingCount", "pending", Same),
            ("taskDefinition", "task", Tail)]),
        row("elasticfilesystem:DescribeFileSystems",
            parts(Kind::FileSystem), "FileSystems", &[
            ("FileSystemId", "arn", Ends),
            ("LifeCycleState", "state", Same),
            ("SizeInBytes.Value", "bytes", Same),
            ("NumberOfMountTargets", "mounts", Same),
            ("Tags.0.Value", "tags.Name", Same)]),
        row("fsx:DescribeBackups", What::ShareBackups, "Backups", &[
            ("ResourceARN", "arn", Same),
            ("FileSystem.FileSystemId", "resource", Ends),
            ("CreationTime", "created", Time)]),
        row("fsx:DescribeFileSystems", parts(Kind::Share), "FileSystems", &[
            ("ResourceARN", "arn", Same),
            ("Lifecycle", "state", Same),
            ("StorageCapacity", "gib", Same),
            ("WindowsConfiguration.AutomaticBackupRetentionDays",
             "retention_days", Same),
            ("Tags.0.Value", "tags.Name", Same)]),
        row("kms:DescribeKey", parts(Kind::Key), "KeyMetadata", &[
            ("Arn", "arn", Same),
            ("KeyState", "state", Word),
            ("MultiRegion", "multi_region", Same)]),
        row("kms:ListKeys", parts(Kind::Key), "Keys", &[
            ("KeyArn", "arn", Same)]),
        row("lambda:GetFunctionConfiguration", parts(Kind::Function), "", &[
            ("FunctionArn", "arn", Same),
            ("FunctionName", "name", Same),
            ("State", "state", Same)]),
        row("lambda:ListFunctions", parts(Kind::Function), "Functions", &[
            ("FunctionArn", "arn", Same),
            ("FunctionName", "name", Same),
            ("Runtime", "runtime", Same),
            ("LastModified", "modified", Time)]),
        row("organizations:ListAccounts", parts(Kind::Member), "Accounts", &[
            ("Id", "id", Same),
            ("Name", "name", Same),
            ("Status", "status", Same)]),
        row("s3:GetBucketLocation", parts(Kind::Bucket), "", &[]),
        row("s3:GetBucketReplication", parts(Kind::Bucket),
            "ReplicationConfiguration.Rules", &[
            ("ID", "replication.0.id", Same),
            ("Prefix", "replication.0.prefix", Same),
            ("Destination.Bucket", "replication.0.to", Tail)]),
        row("s3:GetBucketTagging", parts(Kind::Bucket), "TagSet", &[
            ("Value", "tags", Same)]),
        row("s3:GetBucketVersioning", parts(Kind::Bucket), "", &[
            ("Status", "versioning", Word)]),
        row("sts:GetCallerIdentity", What::Identity, "", &[
            ("Arn", "arn", Same),
            ("Account", "account", Same)]),
    ]
}

/// Lists of names that are only asked about, and leave no trace themselves,
/// and what is told of as a way out alone: the look at a reach has tests of
/// its own.
const NAMES_ALONE: [&str; 4] = [
    "ecs:ListClusters",
    "ecs:ListServices",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
];

#[test]
fn every_printed_answer_crosses_the_wire_unchanged() {
    let Some(python) = python::python() else { return };
    let all = examples(&python);
    for Example { service, operation, output, .. } in &all {
        let of = Model::official().operation(service, operation).unwrap();
        for protocol in of.protocols() {
            let sent = encode_response(&of, *protocol, output, "id");
            assert_eq!(sent.status / 100, 2, "{operation}: {sent:?}");
            let read = decode_response(&of, *protocol, &sent);
            let read = read.unwrap().unwrap();
            let (read, output) =
                (without_nothing(&read), without_nothing(output));
            assert_eq!(read, output, "{operation} {protocol:?}");
        }
    }
    let count = all.len();
    assert!(count > 25, "{count} examples");
}

#[tokio::test]
async fn every_printed_answer_comes_into_the_estate_without_loss() {
    let Some(python) = python::python() else { return };
    let rows = reads();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for example in examples(&python) {
        let name = format!("{}:{}", example.service, example.operation);
        if NAMES_ALONE.contains(&name.as_str()) {
            continue;
        }
        let row = rows.iter().find(|row| row.operation == name);
        let row = row.unwrap_or_else(|| panic!("{name} is not compared"));
        let found = look(&example, row.what.clone()).await;
        let estate = told(&found);
        assert!(!estate.is_empty(), "{name}: {found:?}");
        for thing in things(&example.output, row.things) {
            compare(row, &thing, &estate);
        }
        *counts.entry(name).or_default() += 1;
    }
    for (operation, count) in &counts {
        println!("{count} of {operation}");
    }
    println!("{} in all", counts.values().sum::<usize>());
    assert_eq!(counts.len(), rows.len(), "{counts:?}");
}

/// The things in an answer: of a list each, else the one that there is.
fn things(output: &Value, path: &str) -> Vec<Value> {
    match at(output, path) {
        Some(Value::Array(things)) => things.clone(),
        Some(thing) => vec![thing.clone()],
        None => panic!("no {path} in {output}"),
    }
}

/// What the estate holds, each as an object of its fields.
fn told(found: &Found) -> Vec<Value> {
    match found {
        Found::Points(points) => points
            .iter()
            .map(|point| {
                let fields = point.fields();
                json!({
                    "arn": fields.arn.as_str(),
                    "resource": fields.resource.as_str(),
                    "created": fields.created,
                    "bytes": fields.bytes,
                })
            })
            .collect(),
        Found::Parts(parts) => parts
            .iter()
            .map(|part| {
                let Value::Object(one) = to_value(part).unwrap() else {
                    panic!("{part:?}");
                };
                one.into_iter().next().expect("its kind").1
            })
            .collect(),
        Found::Identity(who) => vec![to_value(who).unwrap()],
        other => panic!("{other:?}"),
    }
}

fn compare(row: &Reads, thing: &Value, estate: &[Value]) {
    let Some(first) = row.pairs.first() else { return };
    let one = estate.iter().find(|one| agree(first, thing, one));
    let one = one.unwrap_or_else(|| {
        panic!("{}: {thing} is not in {estate:?}", row.operation)
    });
    for pair in row.pairs {
        // What an example leaves out it says nothing of.
        let given = at(thing, pair.0).is_some();
        let what = row.operation;
        assert!(!given || agree(pair, thing, one), "{what} {pair:?}: {one}");
    }
}

fn agree(
    (aws, ours, how): &(&str, &str, How),
    thing: &Value,
    one: &Value,
) -> bool {
    let (Some(aws), Some(ours)) = (at(thing, aws), at(one, ours)) else {
        return false;
    };
    let texts = || Some((aws.as_str()?, ours.as_str()?));
    let times = || {
        let (aws, ours) = texts()?;
        Some((aws.parse::<Timestamp>().ok()?, ours.parse().ok()?))
    };
    match how {
        Same => match ours {
            Value::Object(all) => all.values().any(|ours| ours == aws),
            ours => ours == aws,
        },
        Ends => texts().is_some_and(|(aws, ours)| ours.ends_with(aws)),
        Tail => texts().is_some_and(|(aws, ours)| aws.ends_with(ours)),
        // The estate keeps whole seconds of recovery points.
        Time => times().is_some_and(|(aws, ours): (_, Timestamp)| {
            aws.as_second() == ours.as_second()
        }),
        Gib => ours.as_i64() == aws.as_i64().map(|gib| gib << 30),
        Word => {
            texts().is_some_and(|(aws, ours)| aws.eq_ignore_ascii_case(ours))
        }
        Len => ours.as_u64() == aws.as_array().map(|a| a.len() as u64),
    }
}
