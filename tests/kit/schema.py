# SPDX-License-Identifier: Apache-2.0
"""A result held against what api.describe says of it: nothing missing, nothing more."""

TYPES = {"text": str, "int": int, "bool": bool, "object": dict, "list": list, "real": (int, float)}


def fits(value, name):
    return isinstance(value, TYPES[name]) and (name == "bool" or not isinstance(value, bool))


def mistakes(fields, value, place=""):
    """What is wrong, a line each."""
    if not isinstance(value, dict):
        return [f"{place}: no object"]
    out = [f"{place}{name}: not in the table" for name in value.keys() - {f["name"] for f in fields}]
    for f in fields:
        out += _member(f, value, place)
    return out


def _member(f, value, place):
    at = place + f["name"]
    if f["name"] not in value:
        return [] if f.get("optional") else [f"{at}: missing"]
    got = value[f["name"]]
    if got is None:
        return [] if f.get("null") else [f"{at}: null"]
    if not fits(got, f["type"]):
        return [f"{at}: {got!r} is no {f['type']}"]
    if "fields" in f:
        rows = got if f["type"] == "list" else [got]
        return [m for i, item in enumerate(rows) for m in mistakes(f["fields"], item, f"{at}[{i}].")]
    if "of" in f:
        values = got.values() if f["type"] == "object" else got
        return [f"{at}: {v!r} is no {f['of']}" for v in values if not fits(v, f["of"])]
    return []
