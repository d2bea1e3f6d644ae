# SPDX-License-Identifier: Apache-2.0
"""Who may what: every method of api.describe from every caller, cell by cell against the table here."""

import grp
import json
import os
import subprocess
import sys

import pytest

from kit.relay import TURNPIKECTL

GROUP = "daemon"  # a group that Debian always has, and that we are not in
CONFIG = {"control": {"group": GROUP}}

DENIED, OUT = "denied", "out"  # the relay says no; the kernel does not even open the door

# Nobody: another user. The socket's file keeps them out of the control socket; the read socket shows.
CALLERS = {
    "root, control": ("socket", 0, 0),
    "group, control": ("socket", 65534, grp.getgrnam(GROUP).gr_gid),
    "other, control": ("socket", 65534, 65534),
    "root, read": ("read_socket", 0, 0),
    "group, read": ("read_socket", 65534, grp.getgrnam(GROUP).gr_gid),
    "other, read": ("read_socket", 65534, 65534),
}

SHOW = ("may", "may", OUT, "may", "may", "may")
CHANGE = ("may", "may", OUT, DENIED, DENIED, DENIED)

# A new method without a row here fails.
MATRIX = {
    "node.status": SHOW,
    "node.drain": CHANGE,
    "node.resume": CHANGE,
    "config.reload": CHANGE,
    "log.level": CHANGE,
    "stats.ports": SHOW,
    "stats.steps": SHOW,
    "stats.drops": SHOW,
    "stats.load": SHOW,
    "path.show": SHOW,
    "turn.list": SHOW,
    "turn.show": SHOW,
    "turn.delete": CHANGE,
    "credential.issue": CHANGE,
    "credential.revoke": CHANGE,
    "credential.allow": CHANGE,
    "events.subscribe": SHOW,
    "room.list": SHOW,
    "room.show": SHOW,
    "room.create": CHANGE,
    "room.delete": CHANGE,
    "player.join": CHANGE,
    "player.leave": CHANGE,
    "player.list": SHOW,
    "player.mute": CHANGE,
    "player.move": CHANGE,
    "player.hear": CHANGE,
    "player.position": CHANGE,
    "capture.start": CHANGE,
    "capture.stop": CHANGE,
    "capture.show": CHANGE,
    "api.describe": SHOW,
}

NOBODY = {"room": "nowhere", "player": "nobody"}

PARAMS = {"capture.start": {"session": 999999, "file": "x.pcapng"},
          "turn.show": {"id": 999999}, "turn.delete": {"id": 999999}, "credential.issue": {"name": "x"},
          "credential.revoke": {"jti": "x"}, "credential.allow": {"jti": "x"}, "config.reload": {"dry_run": True},
          "room.show": {"room": "nowhere"}, "room.create": {"room": "matrix"}, "room.delete": {"room": "nowhere"},
          "player.join": {**NOBODY, "offer": "no SDP"}, "player.leave": NOBODY, "player.list": {"room": "nowhere"},
          "player.mute": {**NOBODY, "muted": True}, "player.move": {**NOBODY, "team": 1},
          "player.hear": {**NOBODY, "deaf": True}, "player.position": {**NOBODY, "at": [0, 0, 0]}}

# What is refused, having been let in: a room that is there already, an offer that is none.
LET_IN = {"room.create": (-32003,), "player.join": (-32602,)}

ASK = """
import json, socket, sys
path, uid, gid, *lines = sys.argv[1:]
import os
os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
s = socket.socket(socket.AF_UNIX)
s.settimeout(10)
try:
    s.connect(path)
except PermissionError:
    print(json.dumps("out"))
    sys.exit()
f = s.makefile()
out = []
for line in lines:
    s.sendall(line.encode() + b"\\n")
    answer = json.loads(f.readline())
    while "method" in answer:
        answer = json.loads(f.readline())
    out.append(answer)
print(json.dumps(out))
"""


def ask(path, uid, gid, *requests):
    """Answers of these requests, asked as that user; OUT when the door does not open."""
    lines = [json.dumps({"jsonrpc": "2.0", "id": 1, **r}) for r in requests]
    done = subprocess.run([sys.executable, "-c", ASK, path, str(uid), str(gid), *lines],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def doors(relay):
    """Lets other users reach the sockets' folder, as /run/turnpike does."""
    os.chmod(relay.lab.folder, 0o755)
    return relay.config["control"]


def verdict(answer):
    if answer == OUT:
        return OUT
    code = answer[0].get("error", {}).get("code")
    return DENIED if code == -32001 else "may"


def test_the_matrix_is_whole(relay):
    assert {m["method"] for m in relay.call("api.describe")["methods"]} == set(MATRIX)


def test_rights_of_the_table(relay):
    for m in relay.call("api.describe")["methods"]:
        assert MATRIX[m["method"]] == (SHOW if m["right"] == "show" else CHANGE), m["method"]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("method", MATRIX)
def test_cell(relay, doors, method, caller):
    key, uid, gid = CALLERS[caller]
    answer = ask(doors[key], uid, gid, {"method": method, "params": PARAMS.get(method, {})})
    want = MATRIX[method][list(CALLERS).index(caller)]
    if method == "node.drain" and want == "may":
        relay.call("node.resume")
    assert verdict(answer) == want, answer
    if want == "may":
        error = answer[0].get("error")
        # No such allocation, room or player: it was let in.
        assert error is None or error["code"] in LET_IN.get(method, (-32002,)), answer
    if want == DENIED:
        assert relay.call("node.status")["state"] == "ready"


def test_supplementary_groups_count(relay, doors):
    code = ("import os, socket, sys\n"
            f"os.setgroups([{grp.getgrnam(GROUP).gr_gid}]); os.setgid(65534); os.setuid(65534)\n"
            "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
            "s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"node.resume\"}\\n')\n"
            "print(s.makefile().readline())")
    done = subprocess.run([sys.executable, "-c", code, doors["socket"]], capture_output=True, text=True, timeout=30)
    assert "result" in json.loads(done.stdout), done


def test_unknown_methods_are_told_to_all_alike(doors):
    for key, uid, gid in CALLERS.values():
        answer = ask(doors[key], uid, gid, {"method": "no.such"})
        assert answer == OUT or answer[0]["error"]["code"] == -32601


def test_a_group_that_is_taken_away(relay, doors):
    """A reload with another group takes the rights of those who are connected, too."""
    first = relay.config
    gid = grp.getgrnam(GROUP).gr_gid
    code = ("import os, socket, sys\n"
            f"os.setgroups([]); os.setgid({gid}); os.setuid(65534)\n"
            "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile()\n"
            "for _ in range(2):\n"
            "    s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"node.resume\"}\\n')\n"
            "    print(f.readline(), flush=True); sys.stdin.readline()")
    with subprocess.Popen([sys.executable, "-c", code, doors["socket"]], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as member:
        assert "result" in json.loads(member.stdout.readline())
        member.stdout.readline()
        relay.configure({**first, "control": {**first["control"], "group": "root"}})
        assert relay.call("config.reload")["changed"] == ["control.group"]
        member.stdin.write("\n")
        member.stdin.flush()
        assert json.loads(member.stdout.readline())["error"]["code"] == -32001
        member.stdin.write("\n")
        member.stdin.close()
    relay.configure(first)
    relay.call("config.reload")


def test_the_command_line_says_denied(doors):
    done = subprocess.run([TURNPIKECTL, "-s", doors["read_socket"], "node", "drain"], capture_output=True, text=True)
    assert done.returncode == 4 and GROUP in done.stderr
