# SPDX-License-Identifier: Apache-2.0
"""The machine, made ready for a run and put back."""

import contextlib
import subprocess
import time

HUGEPAGES = "/proc/sys/vm/nr_hugepages"
HUGEPAGES_WANTED = 1024  # of 2 MB: all sides of a comparison are alive at once


def _read(file):
    with open(file) as f:
        return f.read().strip()


def _write(file, value):
    with open(file, "w") as f:
        f.write(str(value))


@contextlib.contextmanager
def prepared():
    """Hugepages while a run lasts."""
    before = int(_read(HUGEPAGES))
    if before < HUGEPAGES_WANTED:
        _write(HUGEPAGES, HUGEPAGES_WANTED)
    try:
        yield
    finally:
        if before < HUGEPAGES_WANTED:
            _write(HUGEPAGES, before)


def tsc_hz():
    """As the kernel calibrated it; 0 where it does not say."""
    for words in (["dmesg"], ["journalctl", "-k", "-o", "cat"]):
        with contextlib.suppress(OSError):
            text = subprocess.run(words, capture_output=True, text=True, check=False).stdout
            for line in text.splitlines():
                if "tsc: Detected" in line:
                    return float(line.split("Detected")[1].split()[0]) * 1e6
    return _tsc_from_cpuinfo()


def _tsc_from_cpuinfo():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("cpu MHz"):
                return float(line.split(":")[1]) * 1e6
    return 0.0


def cpu_seconds(cpu):
    """Busy time of a CPU so far by kind; `softirq` is the network's."""
    with open("/proc/stat") as f:
        for line in f:
            if line.startswith(f"cpu{cpu} "):
                user, nice, system, _, _, irq, softirq, _ = (int(v) / 100 for v in line.split()[1:9])
                return {"user": user + nice, "system": system, "irq": irq, "softirq": softirq,
                        "busy": user + nice + system + irq + softirq, "at": time.monotonic()}
    raise RuntimeError(f"no CPU {cpu}")
