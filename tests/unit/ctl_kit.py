# SPDX-License-Identifier: Apache-2.0
"""What the tests of turnpikectl share: the program, a fake relay, one run."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/ctl"
PROGRAM = os.environ.get("TURNPIKECTL", "turnpikectl")
DONE, FAILED, USAGE, UNREACHABLE, DENIED, NOT_FOUND = range(6)

sys.path.insert(0, str(ROOT / "tests/kit"))
from fake_relay import FakeRelay, Refusal, events, examples  # noqa: E402,F401

# Every command, with arguments that its help may recommend.
COMMANDS = {
    "node_status": ["node", "status"],
    "node_drain": ["node", "drain"],
    "node_resume": ["node", "resume"],
    "stats_ports": ["stats", "ports"],
    "stats_steps": ["stats", "steps"],
    "stats_drops": ["stats", "drops"],
    "path_show": ["path", "show"],
    "path_dot": ["path", "dot"],
    "turn_list": ["turn", "list"],
    "turn_show": ["turn", "show", "7"],
    "turn_delete": ["turn", "delete", "7"],
    "room_list": ["room", "list"],
    "room_show": ["room", "show", "arena"],
    "room_create": ["room", "create", "arena", "--nearest", "20", "--range", "50"],
    "room_delete": ["room", "delete", "arena"],
    "player_join": ["player", "join", "lobby", "alice"],
    "player_leave": ["player", "leave", "lobby", "alice"],
    "player_list": ["player", "list", "lobby"],
    "player_mute": ["player", "mute", "lobby", "alice", "--for", "bob"],
    "player_move": ["player", "move", "lobby", "alice", "--to", "arena", "--team", "2"],
    "player_hear": ["player", "hear", "lobby", "alice", "--whisper", "bob", "--whisper", "carol"],
    "player_position": ["player", "position", "arena", "alice", "--at", "12.5,0,-3"],
    "credential_issue": ["credential", "issue", "--name", "alice"],
    "credential_revoke": ["credential", "revoke", "--player", "alice"],
    "credential_allow": ["credential", "allow", "--user", "alice"],
    "capture_start": ["capture", "start", "--session", "7", "--limit", "30s", "-w", "call.pcapng"],
    "capture_stop": ["capture", "stop"],
    "capture_show": ["capture", "show"],
    "config_reload": ["config", "reload"],
    "log_level": ["log", "level"],
    "api_describe": ["api", "describe"],
}


def same(name, text):
    file = GOLDEN / name
    if os.environ.get("CTL_BLESS"):
        file.write_text(text)
    assert text == file.read_text(), f"differs from {file}"


class Run:
    def __init__(self, argv, locale="C.UTF-8", **options):
        env = {"PATH": os.environ["PATH"], "LC_ALL": locale, "TZ": "UTC", "TERM": "xterm"}
        # A sanitized build must be able to say so.
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env.update(options.pop("env", {}))
        done = subprocess.run([PROGRAM, *map(str, argv)], env=env, timeout=60, **options,
                              stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              **({} if "stdout" in options else {"stdout": subprocess.PIPE}))
        self.code = done.returncode
        self.out = (done.stdout or b"").decode()
        self.err = done.stderr.decode()
        assert "Sanitizer" not in self.err and "runtime error" not in self.err, self.err


def ask(path, argv, answers=None, flags=(), **options):
    """One run against a fake relay with these answers (the examples, by default)."""
    path = Path(path) / "s"
    path.unlink(missing_ok=True)
    with FakeRelay(path, answers) as relay:
        run = Run([*flags, "-s", path, *argv], **options)
    run.requests = relay.requests
    return run


def pages(total, most=400):
    """turn.list of a relay with so many allocations, and at most so many a page."""
    one = examples()["turn.list"]["allocations"][0]

    def page(request):
        after = request["params"].get("after", -1)
        n = min(most, request["params"]["limit"])
        ids = range(after + 1, min(total, after + 1 + n))
        return {"allocations": [{**one, "id": i} for i in ids],
                "next": ids[-1] if ids and ids[-1] < total - 1 else None}
    return {"turn.list": page}
