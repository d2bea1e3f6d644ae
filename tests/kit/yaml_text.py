# SPDX-License-Identifier: Apache-2.0
"""YAML out: maps, lists and scalars, block style for maps, flow style for the rest."""

import json


def scalar(value):
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)  # JSON is flow-style YAML
    if isinstance(value, bool) or value is None or isinstance(value, (int, float)):
        return json.dumps(value)
    return json.dumps(str(value))


def dump(value, indent=0):
    out = []
    for key, item in value.items():
        pad = "  " * indent
        if isinstance(item, dict) and item:
            out.append(f"{pad}{key}:\n{dump(item, indent + 1)}")
        elif isinstance(item, list) and item and isinstance(item[0], dict):
            rows = "".join(f"{pad}  - {scalar(row)}\n" for row in item)
            out.append(f"{pad}{key}:\n{rows}")
        else:
            out.append(f"{pad}{key}: {scalar(item)}\n")
    return "".join(out)
