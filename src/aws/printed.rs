//! Answers printed in AWS's references, through the looks at storage.

use jiff::Timestamp;

use super::canned::{ACCOUNT, Canned};
use super::session::Budget;
use super::{Seen, service};
use crate::estate::ids::{Account, Region};
use crate::estate::part::{Kind, Part};
use crate::estate::recovery_point::Fields;
use crate::estate::resource::{Origin, PointStatus, RecoveryPoint};
use crate::estate::{Found, Source, What};

async fn looked(what: What, body: &'static str) -> Seen {
    let account = Account::new(ACCOUNT);
    let source = Source::aws(&account, &Region::new("eu-west-1"), what);
    let session = Canned::saying(200, body).session();
    let reader = session.reader(&source, Budget::Read).await.unwrap();
    let Source::Aws { what, .. } = &source else { unreachable!() };
    let row = service(what).expect("it is watched");
    (row.look)(&reader, what).await.unwrap()
}

fn points(seen: &Seen) -> Vec<Fields> {
    assert_eq!(seen.partial, None);
    let Found::Points(points) = &seen.found else { panic!("{seen:?}") };
    points.iter().map(RecoveryPoint::fields).collect()
}

fn part(seen: &Seen) -> &Part {
    assert_eq!(seen.partial, None);
    let Found::Parts(parts) = &seen.found else { panic!("{seen:?}") };
    parts.first().expect("one")
}

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("a time"))
}

/// Example 1 of `DescribeSnapshots` in the Amazon EC2 API reference.
#[tokio::test]
async fn a_snapshot_as_ec2_prints_it() {
    let body = r#"<DescribeSnapshotsResponse
        xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
        <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
        <snapshotSet><item>
        <snapshotId>snap-1234567890abcdef0</snapshotId>
        <volumeId>vol-1234567890abcdef0</volumeId>
        <status>completed</status>
        <startTime>2014-02-28T21:28:32.000Z</startTime>
        <progress>100%</progress><ownerId>111122223333</ownerId>
        <volumeSize>15</volumeSize>
        <description>Daily Backup</description><tagSet/>
        <encrypted>true</encrypted>
        </item></snapshotSet></DescribeSnapshotsResponse>"#;
    let points = points(&looked(What::VolumeSnapshots, body).await);
    let [point] = &points[..] else { panic!("{points:?}") };
    assert_eq!(point.data_time, at("2014-02-28T21:28:32Z"));
    assert_eq!(point.bytes, Some(15 << 30));
    assert_eq!(point.status, PointStatus::Usable);
    assert_eq!(
        point.resource.as_str(),
        "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1234567890abcdef0"
    );
}

/// Example 1 of `DescribeVolumes` in the Amazon EC2 API reference.
#[tokio::test]
async fn a_volume_as_ec2_prints_it() {
    let body = r#"<DescribeVolumesResponse
        xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
        <requestId>59dbff89-35bd-4eac-99ed-be587EXAMPLE</requestId>
        <volumeSet><item><volumeId>vol-1234567890abcdef0</volumeId>
        <size>80</size><snapshotId/>
        <availabilityZone>us-east-1a</availabilityZone>
        <status>in-use</status>
        <createTime>2023-12-12T02:43:53.000Z</createTime>
        <attachmentSet><item><volumeId>vol-1234567890abcdef0</volumeId>
        <instanceId>i-1234567890abcdef0</instanceId>
        <device>/dev/sdh</device><status>attached</status>
        </item></attachmentSet><volumeType>standard</volumeType>
        <encrypted>false</encrypted>
        </item></volumeSet></DescribeVolumesResponse>"#;
    let seen = looked(What::Parts(Kind::Volume), body).await;
    let Part::Volume(volume) = part(&seen) else { panic!("{seen:?}") };
    assert_eq!(volume.attached, ["i-1234567890abcdef0"]);
    assert_eq!((volume.gib, volume.encrypted), (80, Some(false)));
}

/// The answer of `to-describe-amazon-fsx-backups` in botocore's
/// `examples-1.json`, in the protocol's form; `FSx` tells times in seconds.
#[tokio::test]
async fn a_backup_as_fsx_prints_it() {
    let body = r#"{"Backups":[{"BackupId":"backup-03e3c82e0183b7b6b",
        "CreationTime":1481841524.0,"FileSystem":{
        "FileSystemId":"fs-0498eed5fe91001ec","OwnerId":"012345678912",
        "StorageCapacity":300,"WindowsConfiguration":{
        "ActiveDirectoryId":"d-1234abcd12",
        "AutomaticBackupRetentionDays":30}},"Lifecycle":"AVAILABLE",
        "ResourceARN":
        "arn:aws:fsx:us-east-1:012345678912:backup/backup-03e3c82e0183b7b6b",
        "Tags":[{"Key":"Name","Value":"MyBackup"}],
        "Type":"USER_INITIATED"}]}"#;
    let points = points(&looked(What::ShareBackups, body).await);
    let [point] = &points[..] else { panic!("{points:?}") };
    assert_eq!(point.data_time, at("2016-12-15T22:38:44Z"));
    assert_eq!(point.origin, Origin::Snapshot);
    assert_eq!(point.resource.tail(), "fs-0498eed5fe91001ec");
}

/// The answer of `to-describe-an-amazon-fsx-file-system` in botocore's
/// `examples-1.json`.
#[tokio::test]
async fn a_file_system_as_fsx_prints_it() {
    let body = r#"{"FileSystems":[{"CreationTime":1481841524.0,
        "DNSName":"fs-0498eed5fe91001ec.fsx.com",
        "FileSystemId":"fs-0498eed5fe91001ec","Lifecycle":"AVAILABLE",
        "OwnerId":"012345678912","ResourceARN":
        "arn:aws:fsx:us-east-1:012345678912:file-system/fs-0498eed5fe91001ec",
        "StorageCapacity":300,"Tags":[{"Key":"Name",
        "Value":"MyFileSystem"}],"WindowsConfiguration":{
        "AutomaticBackupRetentionDays":30,"ThroughputCapacity":8}}]}"#;
    let seen = looked(What::Parts(Kind::Share), body).await;
    let Part::Share(share) = part(&seen) else { panic!("{seen:?}") };
    assert_eq!((share.gib, share.retention_days), (Some(300), Some(30)));
    assert_eq!(share.tags["Name"], "MyFileSystem");
}

/// The example answer of `DescribeReplicationConfigurations` in the Amazon
/// EFS API reference; EFS tells times in seconds.
#[tokio::test]
async fn a_replication_as_efs_prints_it() {
    let body = r#"{"Replications":[{"SourceFileSystemArn":
        "arn:aws:elasticfilesystem:us-west-2:111122223333:file-system/fs-0123456789abcdef1",
        "SourceFileSystemRegion":"us-west-2",
        "SourceFileSystemId":"fs-0123456789abcdef1",
        "OriginalSourceFileSystemArn":
        "arn:aws:elasticfilesystem:us-west-2:111122223333:file-system/fs-0123456789abcdef1",
        "CreationTime":1481841524.0,"Destinations":[{"Status":"ENABLED",
        "FileSystemId":"fs-0123456789abcdef2","Region":"us-east-1",
        "LastReplicatedTimestamp":1481842424.0}]}]}"#;
    let seen = looked(What::Parts(Kind::FileSync), body).await;
    let Part::FileSync(sync) = part(&seen) else { panic!("{seen:?}") };
    assert_eq!(sync.synced, at("2016-12-15T22:53:44Z"));
    assert_eq!(sync.region.as_str(), "us-east-1");
    assert!(sync.runs());
}

/// The answers of `to-describe-a-table-1475884440502` in botocore's
/// `examples-1.json` and of `DescribeContinuousBackups` in the DynamoDB API
/// reference, in one: every operation takes what it knows.
#[tokio::test]
async fn a_table_as_dynamodb_prints_it() {
    let body = r#"{"TableNames":["Music"],"Table":{"ItemCount":0,
        "CreationDateTime":1421866952.062,"TableName":"Music",
        "TableSizeBytes":0,"TableStatus":"ACTIVE"},
        "ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",
        "PointInTimeRecoveryDescription":{
        "EarliestRestorableDateTime":1481841524.0,
        "LatestRestorableDateTime":1481842424.0,
        "PointInTimeRecoveryStatus":"ENABLED"}}}"#;
    let seen = looked(What::Parts(Kind::Table), body).await;
    let Part::Table(table) = part(&seen) else { panic!("{seen:?}") };
    let window = table.continuous.clone().expect("told");
    assert!(window.on && table.is_active());
    assert_eq!(window.latest, at("2016-12-15T22:53:44Z"));
    assert_eq!(table.bytes, Some(0));
}

/// The example answer of `ListBackups` in the DynamoDB API reference.
#[tokio::test]
async fn a_backup_as_dynamodb_prints_it() {
    let body = r#"{"BackupSummaries":[{"BackupArn":
        "arn:aws:dynamodb:us-east-1:123456789012:table/Music/backup/01489602797149-73d8d5bc",
        "BackupCreationDateTime":1489602797.149,
        "BackupName":"MusicBackup","BackupStatus":"AVAILABLE",
        "TableArn":"arn:aws:dynamodb:us-east-1:123456789012:table/Music",
        "TableName":"Music"}]}"#;
    let seen = looked(What::TableBackups, body).await;
    let points = points(&seen);
    let point = points.first().expect("one");
    assert_eq!(point.data_time, at("2017-03-15T18:33:17Z"));
    assert_eq!(point.resource.tail(), "Music");
}
