#!/usr/bin/env python3
"""Reduces botocore's official service models to the operations in use.

Run it with the pinned botocore of tests/python/requirements.txt:

    python3 assets/models/extract.py

Each service becomes one file beside this script, without documentation text.
Members keep their official order (XML depends on it), so they are written as
a list of [name, reference] pairs. The botocore version is kept in each file.
"""

import gzip
import json
import pathlib

import botocore
import botocore.session

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(botocore.__file__).parent / "data"

# signing name -> (botocore folder, operations in use)
SERVICES = {
    "sts": ("sts", "GetCallerIdentity AssumeRole"),
    "backup": (
        "backup",
        "ListBackupVaults DescribeBackupVault ListRecoveryPointsByBackupVault"
        " ListRecoveryPointsByResource DescribeRecoveryPoint"
        " GetRecoveryPointRestoreMetadata ListBackupJobs DescribeBackupJob"
        " StartBackupJob ListCopyJobs DescribeCopyJob StartCopyJob"
        " ListRestoreJobs DescribeRestoreJob StartRestoreJob"
        " ListProtectedResources DescribeProtectedResource ListBackupPlans"
        " GetBackupPlan ListTags CreateBackupVault ListBackupSelections"
        " GetBackupSelection GetBackupVaultAccessPolicy"
        " ListBackupJobSummaries ListCopyJobSummaries ListRestoreJobSummaries"
        " ListRestoreTestingPlans GetRestoreTestingPlan"
        " ListRestoreTestingSelections ListFrameworks DescribeFramework"
        " DescribeRegionSettings DescribeGlobalSettings DeleteRecoveryPoint"
        " UpdateBackupPlan CreateLegalHold CancelLegalHold GetLegalHold"
        " ListLegalHolds",
    ),
    "rds": (
        "rds",
        "DescribeDBInstances DescribeDBClusters DescribeGlobalClusters"
        " DescribeDBSnapshots DescribeDBClusterSnapshots"
        " DescribeDBInstanceAutomatedBackups DescribeEvents"
        " PromoteReadReplica CreateDBSnapshot CopyDBSnapshot"
        " CopyDBClusterSnapshot RebootDBInstance SwitchoverReadReplica"
        " RestoreDBInstanceFromDBSnapshot RestoreDBInstanceToPointInTime"
        " CreateDBInstance DeleteDBInstance ModifyDBInstance"
        " ListTagsForResource DeleteDBSnapshot FailoverGlobalCluster"
        " SwitchoverGlobalCluster DescribeDBSubnetGroups",
    ),
    "route53": (
        "route53",
        "ListHostedZones GetHostedZone ListResourceRecordSets"
        " ChangeResourceRecordSets GetChange ListHealthChecks GetHealthCheck"
        " GetHealthCheckStatus CreateHealthCheck UpdateHealthCheck",
    ),
    "monitoring": (
        "cloudwatch",
        "DescribeAlarms GetMetricData GetMetricStatistics SetAlarmState"
        " PutMetricData DescribeAlarmHistory PutMetricAlarm ListMetrics",
    ),
    "ec2": (
        "ec2",
        "DescribeRegions DescribeSnapshots DescribeVolumes DescribeImages"
        " DescribeInstances ListSnapshotsInRecycleBin ListImagesInRecycleBin"
        " DescribeVpcPeeringConnections DescribeTransitGatewayAttachments"
        " DescribeTransitGatewayPeeringAttachments DeleteSnapshot"
        " DescribeRouteTables DescribeSecurityGroups",
    ),
    "s3": (
        "s3",
        "ListBuckets GetBucketLocation GetBucketVersioning"
        " GetBucketReplication GetObjectLockConfiguration GetBucketTagging"
        " GetBucketEncryption ListObjectVersions PutObject GetObject",
    ),
    "elasticfilesystem": (
        "efs",
        "DescribeFileSystems DescribeReplicationConfigurations"
        " DescribeBackupPolicy",
    ),
    "fsx": ("fsx", "DescribeFileSystems DescribeBackups"),
    "dynamodb": (
        "dynamodb",
        "ListTables DescribeTable DescribeContinuousBackups ListBackups"
        " ListTagsOfResource RestoreTableToPointInTime",
    ),
    "route53-recovery-control-config": (
        "route53-recovery-control-config",
        "ListClusters ListControlPanels ListRoutingControls ListSafetyRules",
    ),
    "route53-recovery-cluster": (
        "route53-recovery-cluster",
        "ListRoutingControls GetRoutingControlState"
        " UpdateRoutingControlStates",
    ),
    "arc-region-switch": (
        "arc-region-switch",
        "ListPlans ListPlansInRegion GetPlan GetPlanInRegion"
        " GetPlanEvaluationStatus ListPlanExecutions StartPlanExecution"
        " GetPlanExecution ListPlanExecutionEvents ApprovePlanExecutionStep"
        " UpdatePlanExecutionStep CancelPlanExecution",
    ),
    "globalaccelerator": (
        "globalaccelerator",
        "ListAccelerators ListListeners ListEndpointGroups"
        " UpdateEndpointGroup",
    ),
    "cloudfront": ("cloudfront", "ListDistributions"),
    "cloudformation": ("cloudformation", "DescribeStacks"),
    "ecs": (
        "ecs",
        "ListClusters ListServices DescribeServices UpdateService",
    ),
    "autoscaling": (
        "autoscaling",
        "DescribeAutoScalingGroups UpdateAutoScalingGroup",
    ),
    "lambda": ("lambda", "ListFunctions GetFunctionConfiguration"),
    "sqs": ("sqs", "ReceiveMessage"),
    "states": (
        "stepfunctions",
        "ListStateMachines ListExecutions StartExecution DescribeExecution",
    ),
    "events": ("events", "ListRules ListTargetsByRule EnableRule DisableRule"),
    "iam": ("iam", "SimulatePrincipalPolicy"),
    "kms": ("kms", "ListKeys DescribeKey"),
    "config": (
        "config",
        "DescribeConfigRules DescribeComplianceByConfigRule"
        " GetComplianceDetailsByConfigRule GetDiscoveredResourceCounts"
        " DescribeConfigurationRecorderStatus",
    ),
    "health": ("health", "DescribeEvents DescribeAffectedEntities"),
    "cloudtrail": ("cloudtrail", "LookupEvents DescribeTrails GetTrailStatus"),
    "organizations": ("organizations", "ListAccounts"),
    "tagging": ("resourcegroupstaggingapi", "GetResources"),
}

# Structures with dozens of members of which a few are in use.
MEMBERS = {
    "PutObjectRequest": "Bucket Key Body ContentType ServerSideEncryption"
    " ExpectedBucketOwner",
    "PutObjectOutput": "ETag ServerSideEncryption",
    "GetObjectRequest": "Bucket Key ExpectedBucketOwner",
    "GetObjectOutput": "Body ContentType ETag ServerSideEncryption",
}

# One Region of each partition: where an endpoint is the same but for the
# Region, the others of the partition follow.
PARTITIONS = {
    "aws": "eu-west-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
}

REFERENCE = (
    "shape location locationName queryName flattened timestampFormat"
    " xmlAttribute xmlNamespace idempotencyToken jsonvalue resultWrapper"
).split()
SHAPE = (
    "type required enum payload exception fault error union document"
    " flattened timestampFormat locationName xmlNamespace sensitive"
).split()
METADATA = (
    "apiVersion protocols targetPrefix jsonVersion xmlNamespace serviceId"
).split()
PAGINATOR = (
    "input_token output_token limit_key result_key more_results"
).split()


def newest(folder, name):
    """The newest API version's file of that name, or nothing."""
    version = max(path for path in (DATA / folder).iterdir())
    packed, plain = version / f"{name}.json.gz", version / f"{name}.json"
    if packed.exists():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return json.loads(plain.read_bytes()) if plain.exists() else {}


def pick(source, keys):
    """The keys in use, where present and not empty."""
    return {k: source[k] for k in keys if source.get(k) not in (None, False)}


def reduced_shape(shape):
    """A shape and the references it makes, official order kept."""
    out = pick(shape, SHAPE)
    for part in ("member", "key", "value"):
        if part in shape:
            out[part] = pick(shape[part], REFERENCE)
    if "members" in shape:
        names = list(shape["members"])
        if "xmlOrder" in shape:
            names.sort(key=shape["xmlOrder"].index)
        out["members"] = [
            [n, pick(shape["members"][n], REFERENCE)] for n in names
        ]
    return out


def narrowed(model):
    """The model with only the members in use of the structures above."""
    for name, names in MEMBERS.items():
        shape = model["shapes"].get(name)
        if shape and "members" in shape:
            kept = shape["members"].items()
            kept = {k: v for k, v in kept if k in names.split()}
            model["shapes"][name] = {**shape, "members": kept}
    return model


def reachable(model, operations):
    """Names of all shapes that these operations can send or answer."""
    waiting, seen = [], set()
    for operation in operations.values():
        for part in ("input", "output"):
            if part in operation:
                waiting.append(operation[part]["shape"])
        waiting += [e["shape"] for e in operation.get("errors", [])]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        shape = model["shapes"][name]
        parts = list(shape.get("members", {}).values())
        parts += [shape[k] for k in ("member", "key", "value") if k in shape]
        waiting += [p["shape"] for p in parts]
    return sorted(seen)


def endpoints(folder):
    """Each partition's endpoint and, where it is fixed, signing Region."""
    found = {}
    for partition, region in PARTITIONS.items():
        client = botocore.session.get_session().create_client(
            folder,
            region_name=region,
            aws_access_key_id="none",
            aws_secret_access_key="none",
        )
        service = client.meta.service_model
        endpoint = client._ruleset_resolver.construct_endpoint(
            service.operation_model(service.operation_names[0]), {}, {}
        )
        schemes = endpoint.properties.get("authSchemes", [{}])
        signs = schemes[0].get("signingRegion", region)
        url = endpoint.url.replace(f".{region}.", ".{region}.")
        found[partition] = [url, None if signs == region else signs]
    return found


def reduced(key, folder, names):
    """One service's model, reduced to these operations."""
    model = newest(folder, "service-2")
    if key == "s3":
        model = narrowed(model)
    pages = newest(folder, "paginators-1").get("pagination", {})
    kept = {n: model["operations"][n] for n in sorted(names.split())}
    metadata = pick(model["metadata"], METADATA)
    metadata.setdefault("protocols", [model["metadata"]["protocol"]])
    metadata["queryCompatible"] = "awsQueryCompatible" in model["metadata"]
    if "xmlNamespace" not in metadata:
        spaces = [o.get("input", {}).get("xmlNamespace") for o in kept.values()]
        metadata["xmlNamespace"] = next((s["uri"] for s in spaces if s), "")
    operations = {}
    for name, operation in kept.items():
        one = {"http": operation["http"]}
        for part in ("input", "output"):
            if part in operation:
                one[part] = pick(operation[part], REFERENCE)
        one["errors"] = [e["shape"] for e in operation.get("errors", [])]
        if name in pages:
            one["paginator"] = pick(pages[name], PAGINATOR)
        operations[name] = one
    shapes = {
        n: reduced_shape(model["shapes"][n]) for n in reachable(model, kept)
    }
    return {
        "source": f"botocore {botocore.__version__}",
        "licence": "Apache-2.0, see NOTICE",
        "signingName": key,
        "metadata": metadata,
        "endpoints": endpoints(folder),
        "operations": operations,
        "shapes": shapes,
    }


def lines(model):
    """JSON with one line an operation and a shape: small, and it diffs."""
    out = []
    for key, value in model.items():
        if key in ("operations", "shapes"):
            rows = ",\n".join(
                f"{json.dumps(n)}:{json.dumps(v, separators=(',', ':'))}"
                for n, v in value.items()
            )
            out.append(f'"{key}":{{\n{rows}\n}}')
        else:
            out.append(f'"{key}":{json.dumps(value, separators=(",", ":"))}')
    return "{\n" + ",\n".join(out) + "\n}\n"


def main():
    for key, (folder, names) in SERVICES.items():
        text = lines(reduced(key, folder, names))
        (HERE / f"{key}.json").write_text(text)
        print(f"{key}: {len(text)} bytes")


if __name__ == "__main__":
    main()
