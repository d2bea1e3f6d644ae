# SPDX-License-Identifier: Apache-2.0
"""What machine a run was made on."""

import os
import platform
import subprocess
import time

from kit.relay import ROOT


def _output(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _field(file, name):
    with open(file) as f:
        for line in f:
            if line.startswith(name):
                return line.split(":", 1)[1].strip()
    return ""


def gather():
    changed = _output("git", "-C", ROOT, "status", "--porcelain", "-uno")
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_kb": int(_field("/proc/meminfo", "MemTotal").split()[0]),
        "hugepages": int(_field("/proc/meminfo", "HugePages_Total")),
        "kernel": platform.release(),
        "dpdk": _output("pkg-config", "--modversion", "libdpdk"),
        "commit": _output("git", "-C", ROOT, "rev-parse", "--short", "HEAD") + ("+" if changed else ""),
        "load_average": os.getloadavg()[0],
    }
