"""Lists every recovery point of some accounts and Regions, a thread for each.

Prints JSON: how many, the SHA-256 of their sorted ARNs, CPU seconds of this
process with and without its imports, and its peak memory in KiB.
Usage: refresh.py ENDPOINT_URL ACCOUNT,... REGION...
"""

import hashlib
import json
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

# Where the points are that are counted: the world goes on meanwhile.
VAULT = "bulk-vault"
ENDPOINT, ACCOUNTS, REGIONS = sys.argv[1], sys.argv[2], sys.argv[3:]
PLACES = [(a, r) for a in ACCOUNTS.split(",") for r in REGIONS]


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def client(account, region):
    return boto3.session.Session().client(
        "backup",
        region_name=region,
        endpoint_url=ENDPOINT,
        aws_access_key_id=f"AKIA{account}READ",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 2, "mode": "standard"}),
    )


def arns(place):
    backup = client(*place)
    found = []
    vaults = backup.get_paginator("list_backup_vaults")
    for page in vaults.paginate():
        for vault in page["BackupVaultList"]:
            points = backup.get_paginator(
                "list_recovery_points_by_backup_vault"
            )
            for page in points.paginate(
                BackupVaultName=vault["BackupVaultName"],
                PaginationConfig={"PageSize": 1000},
            ):
                found += [
                    point["RecoveryPointArn"]
                    for point in page["RecoveryPoints"]
                    if point["BackupVaultName"] == VAULT
                ]
    return found


imported, begun = cpu(), time.monotonic()
with ThreadPoolExecutor(len(PLACES)) as pool:
    found = sorted(arn for arns in pool.map(arns, PLACES) for arn in arns)
digest = hashlib.sha256()
for arn in found:
    digest.update(arn.encode() + b"\n")
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "count": len(found),
            "hash": digest.hexdigest(),
            "cpu": cpu(),
            "cpu_after_start": cpu() - imported,
            "wall": time.monotonic() - begun,
            "peak_kib": usage.ru_maxrss,
        }
    )
)
