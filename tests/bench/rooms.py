# SPDX-License-Identifier: Apache-2.0
"""Voice rooms: what a delivered packet costs, beside libsrtp2 alone, and what a core takes."""

import json
import os
import subprocess

from daemon import be_urgent
from kit.relay import BUILD, ROOT
from row import row

CPU = 1
BIG, GCM, CM = "10 talkers, 3,000 listeners", "a room of 11, GCM", "a room of 11, CM+SHA1"
ONE, MANY = "a room of 10, 3 slots", "1,000 rooms of 10, 3 slots"
MEMORY = 16384


def _program(name, *args):
    """Lines of a program that has the worker's core before all others."""
    command = ["taskset", "-c", str(CPU), os.path.join(BUILD, "tests/bench", name), *map(str, args)]
    p = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        be_urgent(p.pid)
        out, _ = p.communicate(timeout=240)
    finally:
        p.kill()
    if p.returncode:
        raise RuntimeError(f"{name} ended with {p.returncode}")
    return out.splitlines()


def _libsrtp2():
    """{profile: cycles of sealing one packet}, as few keys as a small room has."""
    words = [line.split() for line in _program("crypto", 11)]
    return {w[0]: float(w[3]) for w in words if len(w) == 4 and w[1] == "libsrtp2"}


def _cost(run, group, name, s, **target):
    note = ", ".join(f"{step} {cycles:.0f}" for step, cycles in s["steps"].items() if cycles >= 0.5)
    run.add(row(group, f"{name}: cycles a delivered packet", s["cycles"], "cycles", note=note, **target))


def _costs(run, scenes):
    group = "Voice rooms, 120 bytes of Opus, relay's own cycles (one worker)"
    theirs = _libsrtp2()
    _cost(run, group, GCM, scenes[GCM], most=250)
    _cost(run, group, CM, scenes[CM], most=400)
    for name, profile, least in ((GCM, "aead_aes_128_gcm", 5), (CM, "aes128_cm_sha1_80", 10)):
        run.add(row(group, f"{name}: libsrtp2's sealing alone / all of ours", theirs[profile] / scenes[name]["cycles"],
                    "times", least=least, note=f"libsrtp2 {theirs[profile]:.0f} cycles in the same run"))
    _cost(run, group, BIG, scenes[BIG])
    _cost(run, group, ONE, scenes[ONE])
    _cost(run, group, MANY, scenes[MANY])
    run.add(row(group, "1,000 rooms / a single one", scenes[MANY]["cycles"] / scenes[ONE]["cycles"], "ratio", most=1.3))


def _paced(run, paced, faults):
    group = "Voice rooms, by the clock (one worker, the crowd on its core)"
    big, many = paced[BIG], paced[MANY]
    run.add(row(group, f"{BIG}: delivered", big["per_s"] / 1e6, "Mpps", least=1.49,
                note=f"{big['own'] * 100:.0f} % of the core is the relay's, {big['load'] * 100:.0f} % with the crowd"))
    run.add(row(group, "packets lost, damaged or out of sequence", faults["faults"] + faults["gaps"], "packets", most=0,
                note=f"of {faults['received']:,}; {faults['opened']:,} opened"))
    run.add(row(group, f"{MANY}, {many['load'] * 100:.0f} % load: latency added p99", many["p99_us"], "µs", most=50,
                note=f"p50 {many['p50_us']:.1f}, p99.9 {many['p99_9_us']:.0f}; {many['per_s'] / 1e6:.2f} Mpps out"))


def measure(run):
    """Rooms small, large and many; handshakes beside."""
    lines = [json.loads(line) for line in _program("rooms", CPU, 5 if run.quick else 15, 0.5 if run.quick else 1)]
    scenes = {x["scene"]: x for x in lines if "scene" in x}
    for name, s in scenes.items():
        run.samples[f"voice, {name}"] = s
    _costs(run, scenes)
    faults = next(x for x in lines if "faults" in x)
    _paced(run, {x["paced"]: x for x in lines if "paced" in x}, faults)
    if faults["faults"] or faults["gaps"]:
        run.faults.append(f"voice rooms: {faults['faults']} wrong, {faults['gaps']} lost")
    control(run)


def control(run):
    """What the control lane does for players."""
    group = "Voice rooms, control lane"
    shaken = json.loads(_program("handshake", 500 if run.quick else 2000)[-1])
    run.add(row(group, "DTLS-SRTP handshakes, the server's side", shaken["server_per_s"], "a second", least=1500))
    size = json.loads(_program("seat", os.path.join(ROOT, "tests/golden/sdp/chromium.offer"))[-1])
    run.add(row(group, f"memory a player, Chromium with {size['slots']} slots", size["player"], "bytes", most=MEMORY,
                note=", ".join(f"{name} {n}" for name, n in size["parts"].items())))
