"""Reads the wire envelope of Larder, from nothing but envelope.md, and checks every fixture.

    python3 spec/read_envelope.py [envelope-fixtures.json]
"""

import base64
import json
import math
import re
import struct
import sys
import zlib
from pathlib import Path

FORMATS = ["json", "tagged-json", "text", "bytes", "none"]
MAX_DEPTH = 1000
COMPRESSED, ENCRYPTED = 2, 4
CODECS = {1: "gzip", 2: "brotli", 3: "lz4", 4: "zstd"}
MAX_LENGTH = 64 * 1024 * 1024
NUMBERS = ("NaN", "Infinity", "-Infinity", "-0")
ELEMENT_SIZES = {
    "Int8Array": 1, "Uint8Array": 1, "Uint8ClampedArray": 1, "Int16Array": 2, "Uint16Array": 2,
    "Int32Array": 4, "Uint32Array": 4, "Float32Array": 4, "Float64Array": 8,
    "BigInt64Array": 8, "BigUint64Array": 8, "Buffer": 1, "DataView": 1, "ArrayBuffer": 1,
}
BINARY_KINDS = {
    re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower().replace("big-", "big"): name for name in ELEMENT_SIZES
}


class Undecodable(Exception):
    """Its argument is the reason, in the words of the fixtures."""


def need(condition, reason):
    if not condition:
        raise Undecodable(reason)


def read_envelope(data):
    need(len(data) >= 37, "too-short")
    magic, envelope_version, payload_format, flags, payload_at = struct.unpack_from("<BBBBI", data, 0)
    need(magic == 0xC1, "no-envelope")
    need(envelope_version == 1, "unknown-version")
    need(flags & ~7 == 0, "reserved-flag")
    need(payload_format < len(FORMATS), "unknown-format")
    created, fresh, stale, payload_length, version_length = struct.unpack_from("<dddIB", data, 8)
    need(37 + version_length <= payload_at, "bad-version")
    need(payload_at + payload_length == len(data), "wrong-length")
    need(flags & 1 == 0 or FORMATS[payload_format] == "bytes", "bad-flag")
    need(not any(math.isnan(time) for time in (created, fresh, stale)), "bad-time")
    version = data[37:37 + version_length]
    need(all(0x21 <= byte <= 0x7E for byte in version), "bad-version")
    entry = {"format": FORMATS[payload_format], "createdAt": created, "freshUntil": fresh, "staleUntil": stale}
    entry |= {"version": version.decode("ascii"), "tags": [], "indexes": {}}
    read_attributes(data[37 + version_length:payload_at], entry)
    payload = data[payload_at:]
    need(entry["format"] != "none", "no-value")
    if flags & ENCRYPTED:
        refuse_sealed(payload)
    if flags & COMPRESSED:
        payload = unpacked(payload)
    entry["value"] = read_payload(entry["format"], flags, payload)
    return entry


def refuse_sealed(data):
    """Python's standard library has no AES: this is a reader without keys, which says why it cannot read."""
    need(len(data) >= 2, "bad-encryption")
    scheme, id_length = data[0], data[1]
    need(len(data) >= 2 + id_length + 24 + 16 and scheme == 1, "bad-encryption")
    need(1 <= id_length <= 64 and all(0x21 <= byte <= 0x7E for byte in data[2:2 + id_length]), "bad-encryption")
    raise Undecodable("unknown-key")


def unpacked(data):
    need(len(data) >= 9, "bad-compression")
    codec, checksum, length = struct.unpack_from("<BII", data, 0)
    need(codec in CODECS, "unknown-codec")
    need(length <= MAX_LENGTH, "bad-compression")
    # Python's standard library has gzip alone.
    need(CODECS[codec] == "gzip", "unknown-codec")
    try:
        # 31: with gzip's header. One byte more than there should be is enough to see that there is more.
        inflate = zlib.decompressobj(31)
        payload = inflate.decompress(data[9:], length + 1)
    except zlib.error:
        raise Undecodable("bad-compression") from None
    need(inflate.eof and len(payload) == length and zlib.crc32(payload) == checksum, "bad-compression")
    return payload


def read_attributes(data, entry):
    at = 0
    while at < len(data):
        need(at + 5 <= len(data), "bad-attribute")
        kind, length = struct.unpack_from("<BI", data, at)
        body = data[at + 5:at + 5 + length]
        need(len(body) == length, "bad-attribute")
        read_attribute(kind, body, entry)
        at += 5 + length


def read_attribute(kind, body, entry):
    if kind == 1:
        entry["tags"].append(utf8(body, "bad-attribute"))
    elif kind == 2:
        need(len(body) >= 4, "bad-attribute")
        end = 4 + struct.unpack_from("<I", body)[0]
        need(end <= len(body), "bad-attribute")
        entry["indexes"][utf8(body[4:end], "bad-attribute")] = utf8(body[end:], "bad-attribute")
    elif kind == 3:
        need(len(body) == 8, "bad-attribute")
        entry["loadMillis"] = struct.unpack("<d", body)[0]
    elif kind == 4:
        entry["contentType"] = utf8(body, "bad-attribute")
    elif kind == 5:
        entry["etag"] = utf8(body, "bad-attribute")
    elif kind == 6:
        entry["lastModified"] = utf8(body, "bad-attribute")


def utf8(data, reason):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Undecodable(reason) from None


def read_payload(payload_format, flags, payload):
    if payload_format == "bytes":
        return {"type": "Buffer" if flags & 1 else "Uint8Array", "hex": payload.hex()}
    text = utf8(payload, "bad-payload")
    if payload_format == "text":
        return string(text)
    try:
        tree = json.loads(text, object_pairs_hook=Members, parse_int=Number, parse_float=Number, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise Undecodable("bad-payload") from None
    value = describe(tree, payload_format == "tagged-json", 1)
    need(value["type"] not in ("undefined", "hole"), "bad-payload")
    return value


class Members(list):
    """The members of a JSON object, in their order."""


class Number(str):
    """A JSON number as it was written."""


def refuse(_constant):
    raise ValueError("no JSON")


def describe(node, tagged, depth):
    if node is None:
        return {"type": "null"}
    if isinstance(node, bool):
        return {"type": "boolean", "is": node}
    if isinstance(node, Number):
        return {"type": "number", "is": float(node)}
    if isinstance(node, str):
        return string(node)
    if isinstance(node, Members) and tagged and any(key == "$larder" for key, _ in node):
        return describe_tag(node, depth)
    need(depth <= MAX_DEPTH, "bad-payload")
    if isinstance(node, Members):
        return {"type": "object", "members": [[key, inner(item, tagged, depth)] for key, item in node]}
    return {"type": "array", "items": [describe(item, tagged, depth + 1) for item in node]}


def inner(node, tagged, depth):
    value = describe(node, tagged, depth + 1)
    need(value["type"] != "hole", "bad-payload")
    return value


def string(text):
    return {"type": "string", "utf16": text.encode("utf-16-be", "surrogatepass").hex()}


def describe_tag(members, depth):
    tag = dict(members)
    kind, bare = tag["$larder"], tag["$larder"] in ("undefined", "hole")
    need(type(kind) is str, "bad-payload")
    need(len(members) == (1 if bare else 2) and ("value" in tag) != bare, "bad-payload")
    if bare:
        return {"type": kind}
    value = tag["value"]
    if kind in ("object", "null-prototype"):
        need(isinstance(value, Members) and depth <= MAX_DEPTH, "bad-payload")
        return {"type": kind, "members": [[key, inner(item, True, depth)] for key, item in value]}
    if kind in ("map", "set"):
        need(isinstance(value, list) and not isinstance(value, Members) and depth <= MAX_DEPTH, "bad-payload")
        return describe_collection(kind, value, depth)
    return describe_scalar(kind, value)


def describe_collection(kind, items, depth):
    if kind == "set":
        return {"type": kind, "items": [inner(item, True, depth) for item in items]}
    need(all(isinstance(pair, list) and len(pair) == 2 for pair in items), "bad-payload")
    return {"type": kind, "entries": [[inner(part, True, depth) for part in pair] for pair in items]}


def describe_scalar(kind, value):
    if kind == "number" and type(value) is str and value in NUMBERS:
        return {"type": kind, "is": float(value)}
    if kind == "bigint" and type(value) is str and re.fullmatch(r"0|-?[1-9][0-9]*", value):
        return {"type": kind, "is": value}
    if kind == "date" and (value is None or (isinstance(value, Number) and abs(float(value)) <= 8.64e15)):
        return {"type": kind, "millis": None if value is None else float(value)}
    if kind == "regexp":
        need(isinstance(value, list) and [type(part) for part in value] == [str, str, Number], "bad-payload")
        return {"type": kind, "source": value[0], "flags": value[1], "lastIndex": float(value[2])}
    need(kind in BINARY_KINDS and type(value) is str, "bad-payload")
    return describe_binary(BINARY_KINDS[kind], value)


def describe_binary(name, text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Undecodable("bad-payload") from None
    need(len(data) % ELEMENT_SIZES[name] == 0, "bad-payload")
    return {"type": name, "hex": data.hex()}


def comparable(value):
    """Numbers as their 8 bytes, so that NaN equals itself and -0 differs from 0."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return struct.pack("<d", value).hex() if type(value) in (int, float) else value


def expected_of(fixture):
    expected = dict(fixture["expected"])
    for name in ("createdAt", "freshUntil", "staleUntil"):
        expected[name] = float(expected[name])
    expected["value"] = numbered(expected["value"])
    return expected


def numbered(value):
    """The fixtures write the number of a description as text, for JSON lacks some."""
    if isinstance(value, dict):
        is_number = value.get("type") == "number"
        return {key: float(item) if is_number and key == "is" else numbered(item) for key, item in value.items()}
    return [numbered(item) for item in value] if isinstance(value, list) else value


def outcome(fixture):
    try:
        return comparable(read_envelope(bytes.fromhex(fixture["hex"])))
    except Undecodable as problem:
        return problem.args[0]


def main(path):
    fixtures = json.loads(Path(path).read_text(encoding="utf-8"))
    checks = [(fixture, comparable(expected_of(fixture))) for fixture in fixtures["decodable"] + fixtures["skipped"]]
    checks += [(fixture, fixture["reason"]) for fixture in fixtures["undecodable"]]
    for fixture in fixtures["compressed"]:
        checks.append((fixture, comparable(expected_of(fixture)) if fixture["codec"] == "gzip" else "unknown-codec"))
    checks += [(fixture, "unknown-key") for fixture in fixtures["encrypted"]]
    failed = 0
    for fixture, expected in checks:
        actual = outcome(fixture)
        if actual != expected:
            failed += 1
            print(f"FAILED {fixture['name']}\n  expected {expected}\n  but read {actual}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed or not checks else 0


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    default = Path(__file__).with_name("envelope-fixtures.json")
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else default))
