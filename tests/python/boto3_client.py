"""boto3 as an independent client of the simulated AWS.

Says what boto3 itself understands; every assertion is on its parsed values
or its typed errors. Usage: boto3_client.py ENDPOINT_URL
"""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
PROD, DATA = "111122223333", "444455556666"


def client(service, region="eu-central-1", account=PROD):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=ENDPOINT,
        aws_access_key_id=f"AKIA{account}READ",
        aws_secret_access_key="secret",
        config=Config(
            connect_timeout=2,
            read_timeout=20,
            retries={"max_attempts": 1, "mode": "standard"},
        ),
    )


def who():
    for account in (PROD, DATA):
        told = client("sts", account=account).get_caller_identity()
        assert told["Account"] == account, told


def instances():
    ids = lambda region, account=PROD: sorted(
        i["DBInstanceIdentifier"]
        for page in client("rds", region, account)
        .get_paginator("describe_db_instances")
        .paginate()
        for i in page["DBInstances"]
    )
    assert "learn-db" in ids("eu-west-1"), ids("eu-west-1")
    assert "learn-db-replica" in ids("eu-central-1"), ids("eu-central-1")
    assert ids("eu-west-1", DATA) == ["data-warehouse-db"]
    rds = client("rds")
    told = rds.describe_db_instances(DBInstanceIdentifier="learn-db-replica")
    (replica,) = told["DBInstances"]
    source = replica["ReadReplicaSourceDBInstanceIdentifier"]
    assert source == f"arn:aws:rds:eu-west-1:{PROD}:db:learn-db", source
    assert replica["Endpoint"]["Port"] == 5432, replica
    assert replica["InstanceCreateTime"].tzinfo is not None
    tags = {t["Key"]: t["Value"] for t in replica["TagList"]}
    assert tags["DR_Tier"] == "Gold", tags


def jobs():
    backup = client("backup", "eu-west-1")
    pages = backup.get_paginator("list_backup_jobs").paginate(
        PaginationConfig={"PageSize": 500}
    )
    found = [job for page in pages for job in page["BackupJobs"]]
    assert len(found) > 1500, len(found)
    assert {"COMPLETED", "FAILED", "PARTIAL"} <= {j["State"] for j in found}
    failed = backup.list_backup_jobs(ByState="FAILED")["BackupJobs"]
    assert failed and all(j["State"] == "FAILED" for j in failed)
    assert all(j["StatusMessage"] for j in failed)
    copies = backup.list_copy_jobs(ByState="FAILED")["CopyJobs"]
    assert any("KMS" in j["StatusMessage"] for j in copies), copies
    restores = client("backup").list_restore_jobs()["RestoreJobs"]
    assert len(restores) == 5, len(restores)
    assert {"COMPLETED", "FAILED"} == {j["Status"] for j in restores}


def recovery_points():
    backup = client("backup")
    (vault,) = backup.list_backup_vaults()["BackupVaultList"]
    name = vault["BackupVaultName"]
    assert (name, vault["Locked"]) == ("learn-vault-dr", True), vault
    pages = backup.get_paginator("list_recovery_points_by_backup_vault")
    points = [
        point
        for page in pages.paginate(
            BackupVaultName=name, PaginationConfig={"PageSize": 100}
        )
        for point in page["RecoveryPoints"]
    ]
    assert len(points) > 300, len(points)
    assert len({p["RecoveryPointArn"] for p in points}) == len(points)
    assert len(points) == vault["NumberOfRecoveryPoints"]
    kinds = {p["ResourceType"] for p in points}
    assert {"RDS", "Aurora", "EBS", "EFS", "DynamoDB", "S3"} <= kinds, kinds
    point = next(p for p in points if p["ResourceType"] == "RDS")
    metadata = backup.get_recovery_point_restore_metadata(
        BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"]
    )["RestoreMetadata"]
    assert metadata, point


def promote():
    rds = client("rds")
    told = rds.promote_read_replica(DBInstanceIdentifier="learn-db-replica")
    status = told["DBInstance"]["DBInstanceStatus"]
    assert status in ("modifying", "available"), status
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier="learn-db-replica",
        WaiterConfig={"Delay": 1, "MaxAttempts": 60},
    )
    told = rds.describe_db_instances(DBInstanceIdentifier="learn-db-replica")
    (instance,) = told["DBInstances"]
    assert "ReadReplicaSourceDBInstanceIdentifier" not in instance, instance
    return instance["Endpoint"]["Address"]


def switch(endpoint):
    route53 = client("route53", "us-east-1")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    assert zone["Name"] == "learn.example.", zone
    record = {
        "Name": "db.learn.example.",
        "Type": "CNAME",
        "TTL": 60,
        "ResourceRecords": [{"Value": endpoint}],
    }
    told = route53.change_resource_record_sets(
        HostedZoneId=zone["Id"],
        ChangeBatch={
            "Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]
        },
    )["ChangeInfo"]
    assert told["Status"] in ("PENDING", "INSYNC"), told
    route53.get_waiter("resource_record_sets_changed").wait(
        Id=told["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    records = {
        (r["Name"], r["Type"], r.get("SetIdentifier")): r
        for page in route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=zone["Id"]
        )
        for r in page["ResourceRecordSets"]
    }
    switched = records["db.learn.example.", "CNAME", None]
    assert switched["ResourceRecords"] == [{"Value": endpoint}], switched
    primary = records["www.learn.example.", "A", "eu-west-1"]
    assert primary["Failover"] == "PRIMARY" and primary["HealthCheckId"]


def alarms():
    cloudwatch = client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["AlarmName"] == "learn-db-replica-lag", alarm
    assert alarm["StateValue"] in ("OK", "ALARM", "INSUFFICIENT_DATA")
    assert alarm["Threshold"] == 60.0
    cloudwatch.set_alarm_state(
        AlarmName="learn-db-replica-lag",
        StateValue="ALARM",
        StateReason="drill",
    )
    told = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert [a["AlarmName"] for a in told] == ["learn-db-replica-lag"], told


def refused(kind, call, **arguments):
    try:
        call(**arguments)
    except kind as error:
        return error.response
    raise AssertionError(f"not refused: {arguments}")


def errors():
    rds = client("rds")
    told = refused(
        rds.exceptions.DBInstanceNotFoundFault,
        rds.describe_db_instances,
        DBInstanceIdentifier="nobody",
    )
    assert told["Error"]["Code"] == "DBInstanceNotFound", told
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 404, told
    assert told["ResponseMetadata"]["RequestId"], told
    backup = client("backup")
    refused(
        backup.exceptions.ResourceNotFoundException,
        backup.describe_backup_job,
        BackupJobId="0000",
    )
    route53 = client("route53", "us-east-1")
    refused(
        route53.exceptions.NoSuchHostedZone,
        route53.get_hosted_zone,
        Id="Z000000000000",
    )
    cloudwatch = client("cloudwatch")
    refused(
        cloudwatch.exceptions.ResourceNotFound,
        cloudwatch.set_alarm_state,
        AlarmName="nobody",
        StateValue="OK",
        StateReason="drill",
    )
    told = refused(ClientError, rds.describe_certificates)
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 501, told


who()
instances()
jobs()
recovery_points()
switch(promote())
alarms()
errors()
print("boto3 understands the simulated AWS")
