# SPDX-License-Identifier: Apache-2.0
"""Lines of the table: what was measured, the target it has, and whether it is met."""


def row(group, name, value, unit, most=None, least=None, note=""):
    """`most` or `least` is the target."""
    met = None
    if most is not None:
        met = value <= most
    elif least is not None:
        met = value >= least
    target = f"≤ {most:g}" if most is not None else f"≥ {least:g}" if least is not None else ""
    return {"group": group, "name": name, "value": value, "unit": unit, "target": target, "met": met, "note": note}


def _number(value):
    if isinstance(value, str):
        return value
    if value and abs(value) < 10:
        return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}"


def show(rows, out):
    """The table, group by group."""
    group = None
    for r in rows:
        if r["group"] != group:
            group = r["group"]
            print(f"\n{group}", file=out)
        mark = {True: "met", False: "NOT MET", None: ""}[r["met"]]
        line = f"  {r['name']:<58}{_number(r['value']):>11} {r['unit']:<9}{r['target']:>9}  {mark:<8}{r['note']}"
        print(line.rstrip(), file=out)
