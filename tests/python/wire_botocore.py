"""Answers, line by line, what botocore makes of our requests and responses.

A line on stdin is a case in JSON; the line on stdout is botocore's view:

* request: our input and our bytes. Botocore serializes the input; "differs"
  says where our bytes mean something else, "request" has botocore's bytes.
* response: our bytes. "output" is what botocore's parser reads.
* fault: our bytes. "code", "message" and "fields" are what it reads.
"""

import base64
import datetime
import io
import json
import math
import pathlib
import sys
import urllib.parse
from xml.etree import ElementTree

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from botocore.awsrequest import create_request_object, prepare_request_dict

FOLDERS = {
    "elasticfilesystem": "efs",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
UTC = datetime.timezone.utc
loader = botocore.loaders.Loader()
services = {}
parsers = {}
serializers = {}


def operation(case):
    name = case["service"]
    if name not in services:
        folder = FOLDERS.get(name, name)
        if name.startswith("made-up"):
            model = made_up(case["protocol"])
        else:
            model = loader.load_service_model(folder, "service-2")
        services[name] = botocore.model.ServiceModel(model, folder)
    return services[name].operation_model(case["operation"])


def made_up(protocol):
    """The service with every trait that the official ones in use lack."""
    folder = pathlib.Path(__file__).parent.parent / "shapes"
    model = json.loads((folder / "made_up.json").read_text())
    model["metadata"]["protocol"] = protocol
    for name, one in model["operations"].items():
        one["name"] = name
        one["errors"] = [{"shape": shape} for shape in one["errors"]]
    for shape in model["shapes"].values():
        if "members" in shape:
            shape["members"] = dict(shape["members"])
        for member in shape.get("members", {}).values():
            if protocol == "smithy-rpc-v2-cbor":
                # Smithy has no other names there; botocore's serializer
                # would use them, its parser would not
                member.pop("locationName", None)
    return model


def native(shape, value):
    """Our value in botocore's types."""
    kind = shape.type_name
    if kind == "structure":
        return {k: native(shape.members[k], v) for k, v in value.items()}
    if kind == "list":
        return [native(shape.member, v) for v in value]
    if kind == "map":
        return {k: native(shape.value, v) for k, v in value.items()}
    if kind == "blob":
        return base64.b64decode(value)
    if kind == "timestamp":
        return datetime.datetime.fromisoformat(value)
    if kind in ("float", "double"):
        return float(value)
    return value


def ours(shape, value):
    """A value of botocore's types in ours."""
    kind = shape.type_name
    if kind == "structure":
        return {k: ours(shape.members[k], v) for k, v in value.items()}
    if kind == "list":
        return [ours(shape.member, v) for v in value]
    if kind == "map":
        return {k: ours(shape.value, v) for k, v in value.items()}
    if kind == "blob":
        value = value.read() if hasattr(value, "read") else value
        value = value.encode() if isinstance(value, str) else value
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        text = value.astimezone(UTC).isoformat()
        return text.replace("+00:00", "Z")
    if kind in ("float", "double") and not isinstance(value, str):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def tree(element):
    """XML with the order of differently named siblings taken out, and the
    more than one way to write a number."""
    children = sorted((tree(e) for e in element), key=lambda t: t[0])
    text = number(element.text or "")
    return (element.tag, sorted(element.attrib.items()), text, children)


def pairs(text):
    return sorted(urllib.parse.parse_qsl(text, keep_blank_values=True))


def meaning(protocol, body):
    if not body:
        return None
    if protocol in ("query", "ec2"):
        # numbers may be written in more than one way
        return [(k, number(v)) for k, v in pairs(body.decode())]
    if protocol == "rest-xml":
        return tree(ElementTree.fromstring(body))
    if protocol == "smithy-rpc-v2-cbor":
        parser = botocore.parsers.RpcV2CBORParser()
        stream = parser.get_peekable_stream_from_bytes(body)
        # NaN is not equal to itself, its repr is
        return json.dumps(
            parser.parse_data_item(stream), default=repr, sort_keys=True
        )
    return json.loads(body)


def has_raw_payload(shape):
    """Whether the body is text or bytes as they are."""
    payload = shape and shape.serialization.get("payload")
    return payload and shape.members[payload].type_name in ("string", "blob")


def number(text):
    try:
        return float(text) if "." in text or "e" in text.lower() else text
    except ValueError:
        return text


def request(case):
    op = operation(case)
    protocol = case["protocol"]
    if protocol not in serializers:
        serializers[protocol] = botocore.serialize.create_serializer(
            protocol, include_validation=False
        )
    given = {}
    if op.input_shape is not None:
        given = native(op.input_shape, case["input"])
    made = serializers[protocol].serialize_to_request(given, op)
    wanted_headers = dict(made["headers"])
    prepare_request_dict(made, "https://aws.example")
    sent = create_request_object(made).prepare()
    url = urllib.parse.urlsplit(sent.url)
    body = sent.body or b""
    body = body.encode() if isinstance(body, str) else bytes(body)

    mine = case["request"]
    my_url = urllib.parse.urlsplit(mine["uri"])
    my_body = base64.b64decode(mine["body"])
    my_headers = {k.lower(): v for k, v in mine["headers"]}
    differs = []

    def compare(what, theirs, our):
        if theirs != our:
            differs.append(f"{what}: botocore {theirs!r}, ours {our!r}")

    compare("method", sent.method, mine["method"])
    compare("path", url.path, my_url.path)
    compare("query", pairs(url.query), pairs(my_url.query))
    for key, value in wanted_headers.items():
        compare(key, value, my_headers.get(key.lower()))
    if protocol.startswith("rest-") and has_raw_payload(op.input_shape):
        compare("body", body, my_body)
    else:
        compare("body", meaning(protocol, body), meaning(protocol, my_body))
    uri = url.path + ("?" + url.query if url.query else "")
    return {
        "differs": differs,
        "request": {
            "method": sent.method,
            "uri": uri,
            "headers": [
                [k, v if isinstance(v, str) else v.decode()]
                for k, v in sent.headers.items()
            ],
            "body": base64.b64encode(body).decode(),
        },
    }


def received(case):
    response = case["response"]
    return {
        "status_code": response["status"],
        # botocore gets these from urllib3, in a case-insensitive dictionary
        "headers": botocore.compat.HTTPHeaders.from_dict(
            {k.lower(): v for k, v in response["headers"]}
        ),
        "body": base64.b64decode(response["body"]),
        "context": {},
    }


def parser_of(case):
    protocol = case["protocol"]
    if protocol not in parsers:
        parsers[protocol] = botocore.parsers.create_parser(protocol)
    return parsers[protocol]


def response(case):
    op = operation(case)
    shape = op.output_shape
    if shape is not None and case["protocol"] == "query":
        # a service that moved on to CBOR keeps its old wrapper
        shape.serialization.setdefault("resultWrapper", op.name + "Result")
    elif shape is not None:
        shape.serialization.pop("resultWrapper", None)
    got = received(case)
    if op.has_streaming_output:
        # botocore hands such bodies on unread
        got["body"] = io.BytesIO(got["body"])
    parsed = parser_of(case).parse(got, shape)
    about = parsed.pop("ResponseMetadata")
    output = ours(shape, parsed) if shape is not None else {}
    for name in list(output):
        # botocore makes an empty map of no headers at all
        place = shape.members[name].serialization.get("location")
        if place == "headers" and not output[name]:
            del output[name]
    return {"output": output, "request_id": about.get("RequestId")}


def fault(case):
    op = operation(case)
    parser = parser_of(case)
    parsed = parser.parse(received(case), op.output_shape)
    shape = op.service_model.shape_for(case["shape"])
    modeled = parser.parse(received(case), shape)
    error = parsed["Error"]
    return {
        "code": error["Code"],
        "message": error["Message"],
        "side": error.get("Type"),
        "fields": ours(shape, modeled),
        "request_id": parsed["ResponseMetadata"].get("RequestId"),
    }


KINDS = {"request": request, "response": response, "fault": fault}


def main():
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8")
    for line in lines:
        case = json.loads(line)
        try:
            answer = KINDS[case["kind"]](case)
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")


main()
