"""Validates the JSON document on stdin against the JSON schema in argv[1]."""

import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = [
    f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
    for error in validator.iter_errors(json.load(sys.stdin))
]
print("\n".join(wrong))
sys.exit(bool(wrong))
