//! What jobs make: recovery points, copies of them, restored resources.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::database::{Doing, Instance, Snapshot, Status, Task};
use super::job::{Job, JobState, Tags, Work};
use super::labour::{COPY_TAKES, arn_parts, vault_name};
use super::seed::arn;
use super::vault::Point;

/// The id of an RDS instance in its ARN.
fn instance_id(arn: &str) -> Option<&str> {
    arn_parts(arn)?.2.strip_prefix("db:")
}

impl World {
    /// Makes a backup job's recovery point, and for a database the snapshot
    /// that it is; then starts the copies that its plan asks for.
    pub(super) fn make_point(
        &mut self,
        account: &str,
        region: &str,
        job: &Job,
        vault: &str,
        ended: Timestamp,
    ) -> String {
        let place = self.place_mut(account, region);
        let resource = place.protected.get(&job.resource).cloned();
        let plan = job.plan.as_ref().and_then(|id| place.plans.get(id));
        let plan = plan.cloned();
        let key = place.vaults.get(vault).and_then(|v| v.kms_key.clone());
        let mut point =
            Point::new(vault, &job.resource, &job.resource_type, job.created);
        point.completed = Some(ended);
        point.bytes = job.bytes;
        point.kms_key = key;
        point.plan.clone_from(&job.plan);
        if let Some(resource) = resource {
            point.resource_name = resource.name;
            point.tags = resource.tags;
        }
        if let Some(plan) = &plan {
            point.delete_after_days = plan.delete_after_days;
        }
        point.arn = self.fresh_point(account, region, &job.resource_type);
        self.shadow(account, region, job, &mut point, ended);
        let made = self.add_point(account, region, point);
        let from =
            arn("backup", region, account, &format!("backup-vault:{vault}"));
        for to_vault in plan.map(|p| p.copy_to).unwrap_or_default() {
            let work = Work::Copy {
                from_vault: from.clone(),
                point: made.clone(),
                to_vault,
            };
            let takes = self.takes(COPY_TAKES);
            let mut copy = Job::asked(
                work,
                &job.resource,
                &job.resource_type,
                ended,
                takes,
            );
            copy.bytes = job.bytes;
            copy.plan.clone_from(&job.plan);
            copy.role.clone_from(&job.role);
            self.add_job(account, region, copy);
        }
        made
    }

    /// Makes the RDS snapshot that a database's recovery point is.
    fn shadow(
        &mut self,
        account: &str,
        region: &str,
        job: &Job,
        point: &mut Point,
        ended: Timestamp,
    ) {
        let instance = instance_id(&job.resource).and_then(|id| {
            self.place(account, region)?.instances.get(id).cloned()
        });
        let Some(instance) = instance else { return };
        point.metadata = metadata_of(&instance);
        let id = point.arn.rsplit_once("snapshot:").map_or("", |(_, id)| id);
        let mut snapshot = Snapshot::of(&instance, id, ended);
        "awsbackup".clone_into(&mut snapshot.kind);
        snapshot.original_created = ended;
        snapshot.database_time = Some(job.created);
        self.add_snapshot(account, region, snapshot);
    }

    pub(super) fn make_copy(
        &mut self,
        job: &Job,
        from_vault: &str,
        point: &str,
        to_vault: &str,
        ended: Timestamp,
    ) -> Option<String> {
        let (region, account, _) = arn_parts(from_vault)?;
        let original = self.place(account, region)?.points.find(point)?;
        let mut copy = original.clone();
        let snapshot = point.rsplit_once("snapshot:").and_then(|(_, id)| {
            self.place(account, region)?.snapshots.get(id).cloned()
        });
        let (to_region, to_account, _) = arn_parts(to_vault)?;
        vault_name(to_vault)?.clone_into(&mut copy.vault);
        copy.from_vault = Some(from_vault.to_owned());
        copy.created = job.created;
        copy.completed = Some(ended);
        copy.last_restored = None;
        let place = self.place_mut(to_account, to_region);
        copy.kms_key = place
            .vaults
            .get(&copy.vault)
            .and_then(|vault| vault.kms_key.clone());
        let kind = copy.resource_type.clone();
        copy.arn = self.fresh_point(to_account, to_region, &kind);
        if let Some(mut snapshot) = snapshot {
            let id = copy.arn.rsplit_once("snapshot:").map_or("", |p| p.1);
            id.clone_into(&mut snapshot.id);
            snapshot.created = ended;
            snapshot.source = Some(point.to_owned());
            snapshot.kms_key.clone_from(&copy.kms_key);
            self.add_snapshot(to_account, to_region, snapshot);
        }
        Some(self.add_point(to_account, to_region, copy))
    }

    /// Makes the resource of a restore job; a database is `creating` until
    /// the job is done.
    pub(super) fn begin_restore(
        &mut self,
        account: &str,
        region: &str,
        at: usize,
    ) {
        let now = self.now();
        let place = self.place_mut(account, region);
        let job = place.jobs.at_mut(at);
        let Work::Restore { point, metadata } = job.work.clone() else {
            return;
        };
        let (kind, left) = (job.resource_type.clone(), job.takes - job.done);
        let made = if kind == "RDS" {
            self.restore_instance(account, region, &metadata, &point, left)
        } else {
            let id = self.fresh_uuid().replace('-', "");
            Ok(other_resource(&kind, account, region, &metadata, &id))
        };
        let jobs = &mut self.place_mut(account, region).jobs;
        let job = jobs.at_mut(at);
        match made {
            Ok(made) => job.made = Some(made),
            Err(why) => {
                job.end(JobState::Failed, now, Some(why));
                jobs.settle(at);
            }
        }
        let points = &mut self.place_mut(account, region).points;
        if let Some(point) = points.find_mut(&point) {
            point.last_restored = Some(now);
        }
    }

    fn restore_instance(
        &mut self,
        account: &str,
        region: &str,
        metadata: &BTreeMap<String, String>,
        point: &str,
        left: SignedDuration,
    ) -> Result<String, String> {
        let now = self.now();
        let place = self.place_mut(account, region);
        let given = |key: &str| {
            let found =
                metadata.iter().find(|(k, _)| k.eq_ignore_ascii_case(key));
            found.map(|(_, value)| value.clone())
        };
        let id = given("DBInstanceIdentifier")
            .ok_or("DBInstanceIdentifier is missing from the metadata.")?;
        if place.instances.contains_key(&id) {
            return Err(format!("DB instance already exists: {id}"));
        }
        let mut instance = Instance::new(&id, now);
        if let Some(source) = point
            .rsplit_once("snapshot:")
            .and_then(|(_, id)| place.snapshots.get(id))
        {
            source.outfit(&mut instance);
        }
        if let Some(class) = given("DBInstanceClass") {
            instance.class = class;
        }
        if let Some(group) = given("DBSubnetGroupName") {
            instance.subnet_group = group;
        }
        // A list as a JSON text, as its metadata are told.
        if let Some(groups) = given("VpcSecurityGroupIds") {
            let why = "VpcSecurityGroupIds is no list of names.";
            instance.security_groups =
                serde_json::from_str(&groups).map_err(|_| why)?;
        }
        instance.status = Status::Creating;
        instance.task = Some(Task::new(Doing::Create, now, left));
        self.add_instance(account, region, instance);
        Ok(arn("rds", region, account, &format!("db:{id}")))
    }
}

/// What `GetRecoveryPointRestoreMetadata` tells of a database.
pub(crate) fn metadata_of(instance: &Instance) -> Tags {
    let mut known = Tags::new();
    let mut tell = |key: &str, value: &str| {
        known.insert(key.to_owned(), value.to_owned());
    };
    tell("DBInstanceIdentifier", &instance.id);
    tell("DBInstanceClass", &instance.class);
    tell("DBSubnetGroupName", &instance.subnet_group);
    tell("DBParameterGroupName", &instance.parameter_group);
    tell("Engine", &instance.engine);
    tell("EngineVersion", &instance.engine_version);
    tell("Port", &instance.port.to_string());
    tell("MultiAZ", if instance.multi_az { "true" } else { "false" });
    tell("StorageType", "gp3");
    known
}

/// The ARN of what a restore makes of a resource that is not a database.
fn other_resource(
    kind: &str,
    account: &str,
    region: &str,
    metadata: &BTreeMap<String, String>,
    id: &str,
) -> String {
    let given = |key: &str| metadata.get(key).map_or(id, String::as_str);
    let of = |service: &str, rest: &str| arn(service, region, account, rest);
    match kind {
        "EBS" => of("ec2", &format!("volume/vol-{}", &id[..17])),
        "EC2" => of("ec2", &format!("instance/i-{}", &id[..17])),
        "EFS" => {
            of("elasticfilesystem", &format!("file-system/fs-{}", &id[..17]))
        }
        "DynamoDB" => {
            of("dynamodb", &format!("table/{}", given("targetTableName")))
        }
        "S3" => format!("arn:aws:s3:::{}", given("DestinationBucketName")),
        "Aurora" => {
            of("rds", &format!("cluster:{}", given("DBClusterIdentifier")))
        }
        _ => of("backup", &format!("restored:{id}")),
    }
}
