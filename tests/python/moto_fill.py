"""Fills a moto server by boto3: what tests/moto.rs then expects to see."""

import json
import sys

import boto3

URL = sys.argv[1]


def client(service, region):
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=URL,
        aws_access_key_id="AKIAMOTOFILL00000000",
        aws_secret_access_key="secret",
    )


def fill_rds(region, name):
    rds = client("rds", region)
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.medium",
        Engine="postgres",
        MasterUsername="root",
        MasterUserPassword="hunter2hunter2",
        AllocatedStorage=20,
        Tags=[{"Key": "DR_Tier", "Value": "Gold"}],
    )
    for number in (1, 2):
        rds.create_db_snapshot(
            DBInstanceIdentifier=name,
            DBSnapshotIdentifier=f"{name}-{number}",
        )


fill_rds("eu-west-1", "learn-db")
fill_rds("eu-central-1", "learn-db-standby")
client("rds", "eu-west-1").create_db_instance_read_replica(
    DBInstanceIdentifier="learn-db-replica",
    SourceDBInstanceIdentifier="learn-db",
)

route53 = client("route53", "us-east-1")
zone = route53.create_hosted_zone(
    Name="learn.example.com", CallerReference="fill"
)["HostedZone"]["Id"]
route53.change_resource_record_sets(
    HostedZoneId=zone,
    ChangeBatch={
        "Changes": [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": "db.learn.example.com",
                    "Type": "CNAME",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "learn-db.example.com"}],
                },
            }
        ]
    },
)

for region, vault in (
    ("eu-west-1", "learn-vault"),
    ("eu-central-1", "learn-vault-dr"),
):
    client("backup", region).create_backup_vault(BackupVaultName=vault)


def fill_storage(region, name):
    ec2 = client("ec2", region)
    volume = ec2.create_volume(
        AvailabilityZone=f"{region}a",
        Size=8,
        TagSpecifications=[
            {
                "ResourceType": "volume",
                "Tags": [{"Key": "Name", "Value": name}],
            }
        ],
    )["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, Description="nightly")
    client("efs", region).create_file_system(CreationToken=name)
    table = client("dynamodb", region)
    table.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.update_continuous_backups(
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    table.create_backup(TableName=name, BackupName=f"{name}-backup")


fill_storage("eu-west-1", "learn-store")
fill_storage("eu-central-1", "learn-store-dr")


def fill_recovery(region):
    cloudformation = client("cloudformation", region)
    cloudformation.create_stack(
        StackName="learn-services",
        TemplateBody=json.dumps(
            {
                "Parameters": {
                    "BootstrapVersion": {
                        "Type": "String",
                        "Default": "/cdk-bootstrap/hnb659fds/version",
                    }
                },
                "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
            }
        ),
    )
    ecs = client("ecs", region)
    ecs.create_cluster(clusterName="learn")
    ecs.register_task_definition(
        family="learn-web",
        containerDefinitions=[{"name": "web", "image": "web", "memory": 64}],
    )
    ecs.create_service(
        cluster="learn",
        serviceName="learn-web",
        taskDefinition="learn-web",
        desiredCount=4,
        tags=[{"key": "app", "value": "learn"}],
    )
    account = client("sts", region).get_caller_identity()["Account"]
    machine = client("stepfunctions", region).create_state_machine(
        name="learn-dr-failover",
        definition=json.dumps(
            {"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}
        ),
        roleArn=f"arn:aws:iam::{account}:role/dr",
    )["stateMachineArn"]
    events = client("events", region)
    events.put_rule(
        Name="on-health-event",
        EventPattern=json.dumps({"source": ["aws.health"]}),
        State="DISABLED",
    )
    events.put_targets(
        Rule="on-health-event", Targets=[{"Id": "1", "Arn": machine}]
    )
    kms = client("kms", region)
    key = kms.create_key(Description="backups")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    s3 = client("s3", region)
    s3.create_bucket(
        Bucket="learn-audit",
        CreateBucketConfiguration={"LocationConstraint": region},
    )
    trails = client("cloudtrail", region)
    trails.create_trail(
        Name="learn-trail", S3BucketName="learn-audit", IsMultiRegionTrail=True
    )
    config = client("config", region)
    config.put_configuration_recorder(
        ConfigurationRecorder={
            "name": "default",
            "roleARN": f"arn:aws:iam::{account}:role/config",
        }
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


fill_recovery("eu-west-1")

vpcs = {
    region: client("ec2", region).create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
    for region, cidr in (
        ("eu-west-1", "10.20.0.0/16"),
        ("eu-central-1", "10.30.0.0/16"),
    )
}
peering = client("ec2", "eu-west-1").create_vpc_peering_connection(
    VpcId=vpcs["eu-west-1"],
    PeerVpcId=vpcs["eu-central-1"],
    PeerRegion="eu-central-1",
)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
client("ec2", "eu-central-1").accept_vpc_peering_connection(
    VpcPeeringConnectionId=peering
)
