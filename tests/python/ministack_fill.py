"""Fills a MiniStack by boto3: what tests/ministack.rs then expects to see."""

import json
import sys

import boto3

URL = sys.argv[1]
ACCOUNT = "123456789012"
WEST, CENTRAL = "eu-west-1", "eu-central-1"


def client(service, region=WEST):
    # MiniStack takes an access key of twelve digits for the account.
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=URL,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="secret",
    )


def role(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def fill_databases():
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="learn-db",
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        MasterUsername="root",
        MasterUserPassword="hunter2hunter2",
        AllocatedStorage=20,
        Tags=[{"Key": "DR_Tier", "Value": "Gold"}],
    )
    rds.create_db_snapshot(
        DBInstanceIdentifier="learn-db", DBSnapshotIdentifier="learn-db-1"
    )
    rds.create_db_cluster(
        DBClusterIdentifier="learn-aurora",
        Engine="aurora-postgresql",
        MasterUsername="root",
        MasterUserPassword="hunter2hunter2",
    )
    rds.create_db_cluster_snapshot(
        DBClusterIdentifier="learn-aurora",
        DBClusterSnapshotIdentifier="learn-aurora-1",
    )
    rds.create_global_cluster(
        GlobalClusterIdentifier="learn-global",
        SourceDBClusterIdentifier=(
            f"arn:aws:rds:{WEST}:{ACCOUNT}:cluster:learn-aurora"
        ),
    )
    client("rds", CENTRAL).create_db_cluster(
        DBClusterIdentifier="learn-aurora-dr",
        Engine="aurora-postgresql",
        GlobalClusterIdentifier="learn-global",
    )


def fill_backup():
    backup = client("backup")
    for region, vault in ((WEST, "learn-vault"), (CENTRAL, "learn-vault-dr")):
        client("backup", region).create_backup_vault(BackupVaultName=vault)
    copy = f"arn:aws:backup:{CENTRAL}:{ACCOUNT}:backup-vault:learn-vault-dr"
    plan = backup.create_backup_plan(
        BackupPlan={
            "BackupPlanName": "daily",
            "Rules": [
                {
                    "RuleName": "at-five",
                    "TargetBackupVaultName": "learn-vault",
                    "ScheduleExpression": "cron(0 5 * * ? *)",
                    "Lifecycle": {"DeleteAfterDays": 35},
                    "CopyActions": [{"DestinationBackupVaultArn": copy}],
                }
            ],
        }
    )
    backup.create_backup_selection(
        BackupPlanId=plan["BackupPlanId"],
        BackupSelection={
            "SelectionName": "tagged",
            "IamRoleArn": role("backup"),
            "ListOfTags": [
                {
                    "ConditionType": "STRINGEQUALS",
                    "ConditionKey": "Backup",
                    "ConditionValue": "Enabled",
                }
            ],
        },
    )
    backup.start_backup_job(
        BackupVaultName="learn-vault",
        ResourceArn=f"arn:aws:rds:{WEST}:{ACCOUNT}:db:learn-db",
        IamRoleArn=role("backup"),
    )


def fill_traffic():
    route53 = client("route53", "us-east-1")
    zone = route53.create_hosted_zone(
        Name="learn.example.com", CallerReference="fill"
    )["HostedZone"]["Id"]
    check = route53.create_health_check(
        CallerReference="fill",
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "learn.example.com",
            "ResourcePath": "/health",
            "Port": 443,
        },
    )["HealthCheck"]["Id"]

    def record(failover, value, more):
        return {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": "db.learn.example.com",
                "Type": "CNAME",
                "TTL": 60,
                "SetIdentifier": failover.lower(),
                "Failover": failover,
                "ResourceRecords": [{"Value": value}],
                **more,
            },
        }

    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                record("PRIMARY", "learn-db", {"HealthCheckId": check}),
                record("SECONDARY", "learn-db-dr", {}),
            ]
        },
    )
    alarms = client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="learn-cpu",
        MetricName="CPUUtilization",
        Namespace="AWS/RDS",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=90,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms.set_alarm_state(
        AlarmName="learn-cpu", StateValue="ALARM", StateReason="a drill"
    )


def fill_storage():
    ec2 = client("ec2")
    volume = ec2.create_volume(
        AvailabilityZone=f"{WEST}a",
        Size=8,
        TagSpecifications=[
            {
                "ResourceType": "volume",
                "Tags": [{"Key": "Name", "Value": "learn-store"}],
            }
        ],
    )["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="nightly")
    client("ec2", CENTRAL).copy_snapshot(
        SourceRegion=WEST, SourceSnapshotId=snapshot["SnapshotId"]
    )
    for region, bucket in ((WEST, "learn-audit"), (CENTRAL, "learn-audit-dr")):
        s3 = client("s3", region)
        s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": region},
        )
        s3.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
    s3 = client("s3")
    s3.put_bucket_tagging(
        Bucket="learn-audit",
        Tagging={"TagSet": [{"Key": "DR_Tier", "Value": "Silver"}]},
    )
    s3.put_bucket_replication(
        Bucket="learn-audit",
        ReplicationConfiguration={
            "Role": role("replication"),
            "Rules": [
                {
                    "ID": "all",
                    "Status": "Enabled",
                    "Priority": 1,
                    "Filter": {},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": "arn:aws:s3:::learn-audit-dr"},
                }
            ],
        },
    )
    client("efs").create_file_system(
        CreationToken="learn", Tags=[{"Key": "Name", "Value": "learn-files"}]
    )
    tables = client("dynamodb")
    tables.create_table(
        TableName="learn-sessions",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.update_continuous_backups(
        TableName="learn-sessions",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


def fill_recovery():
    client("cloudformation").create_stack(
        StackName="learn-services",
        TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
        ),
    )
    machine = client("stepfunctions").create_state_machine(
        name="learn-dr-failover",
        definition=json.dumps(
            {"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}
        ),
        roleArn=role("dr"),
    )["stateMachineArn"]
    events = client("events")
    events.put_rule(
        Name="on-health-event",
        EventPattern=json.dumps({"source": ["aws.health"]}),
        State="DISABLED",
    )
    events.put_targets(
        Rule="on-health-event", Targets=[{"Id": "1", "Arn": machine}]
    )
    kms = client("kms")
    key = kms.create_key(Description="backups")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    client("cloudtrail").create_trail(
        Name="learn-trail", S3BucketName="learn-audit", IsMultiRegionTrail=True
    )
    config = client("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role("config")}
    )
    config.put_config_rule(
        ConfigRule={
            "ConfigRuleName": "ebs-in-backup-plan",
            "Source": {
                "Owner": "AWS",
                "SourceIdentifier": "EBS_IN_BACKUP_PLAN",
            },
        }
    )


def fill_network():
    vpcs = {
        region: client("ec2", region).create_vpc(CidrBlock=cidr)["Vpc"]
        for region, cidr in ((WEST, "10.20.0.0/16"), (CENTRAL, "10.30.0.0/16"))
    }
    client("ec2").create_vpc_peering_connection(
        VpcId=vpcs[WEST]["VpcId"],
        PeerVpcId=vpcs[CENTRAL]["VpcId"],
        PeerRegion=CENTRAL,
    )


fill_databases()
fill_backup()
fill_traffic()
fill_storage()
fill_recovery()
fill_network()
