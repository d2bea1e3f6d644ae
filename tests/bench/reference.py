# SPDX-License-Identifier: Apache-2.0
"""The saved run that others are compared with: step by step, as shares of a cost of the same run.

Machines differ, and so do hours on one machine. What is compared is therefore a step's cycles divided by
those of the crowd's own generator in the same sample, which is code that changes seldom.
"""

import json
import os

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json")
DEARER = 1.1
SMALL = 3  # cycles: a step below that is noise


def shares(run):
    """{sample: {step: cycles / the crowd's}}"""
    return {name: {step: cycles / s["crowd_cycles"] for step, cycles in s["steps"].items() if cycles >= SMALL}
            for name, s in run.samples.items() if s.get("crowd_cycles") and "pps" not in s.get("load", {})}


def compare(run):
    """A line for each step that became dearer."""
    if not os.path.exists(FILE):
        return []
    with open(FILE) as f:
        saved = json.load(f)
    out = []
    for name, steps in shares(run).items():
        for step, share in steps.items():
            before = saved["shares"].get(name, {}).get(step)
            if before and share > before * DEARER:
                out.append(f"{name}: step {step} is {share / before:.2f} times as dear as in the reference "
                           f"({saved['facts']['commit']})")
    return out


def save(run, machine):
    with open(FILE, "w") as f:
        json.dump({"facts": machine, "shares": shares(run)}, f, indent=1, sort_keys=True)
        f.write("\n")
