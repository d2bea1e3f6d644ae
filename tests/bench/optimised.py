# SPDX-License-Identifier: Apache-2.0
"""The build that is measured: release, for this very processor. Imported before anything that wants to
know where programs are."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPTIONS = ["--buildtype=release", "-Dnative=true"]
TARGETS = ["app/turnpiked/turnpiked", "tests/bench/load", "tests/bench/macswap", "tests/bench/pause",
           "tests/bench/sockets", "tests/bench/rooms", "tests/bench/crypto", "tests/bench/handshake", "tests/bench/seat"]


def prepare():
    """Builds unless TURNPIKE_BUILD names what is to be measured."""
    if "TURNPIKE_BUILD" in os.environ:
        return
    folder = os.environ["TURNPIKE_BUILD"] = os.path.join(ROOT, "build-bench")
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        subprocess.run(["meson", "setup", folder, ROOT, *OPTIONS], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "--quiet", *TARGETS], check=True)
