# SPDX-License-Identifier: Apache-2.0
"""turnpikectl and the control socket of a living relay."""

import json
import os
import socket
import subprocess

import pytest

from kit.lab import PEER4
from kit.relay import ROOT, TURNPIKECTL, RpcError


def test_node_status(relay):
    done = relay.ctl("node", "status")
    assert done.returncode == 0 and "lab" in done.stdout
    status = json.loads(relay.ctl("-j", "node", "status").stdout)
    assert status["name"] == "lab" and status["state"] == "ready"
    assert status["ports"][0]["up"] and status["ports"][0]["driver"] == "net_af_xdp"
    assert status["pid"] == relay.process.pid


@pytest.mark.parametrize("words", [["stats", "ports"], ["stats", "steps"], ["stats", "drops"], ["path", "dot"],
                                   ["turn", "list"], ["node", "status"]])
def test_shows(relay, words):
    done = relay.ctl(*words)
    assert done.returncode == 0 and done.stdout and not done.stderr


def test_turn_list_show_delete(relay, client):
    c = client()
    c.allocate()
    c.permit(PEER4)
    rows = json.loads(relay.ctl("-j", "turn", "list").stdout)["allocations"]
    mine = next(r for r in rows if r["client"] == "%s:%d" % c.address)
    assert mine["relays"] == ["%s:%d" % c.relayed[0]]
    assert PEER4 in relay.ctl("turn", "show", mine["id"]).stdout
    assert relay.ctl("turn", "delete", mine["id"]).returncode == 0
    assert relay.ctl("turn", "show", mine["id"]).returncode == 5
    assert c.refresh().code == 437
    c.relayed = []


def test_credential_issue(relay, client):
    issued = json.loads(relay.ctl("-j", "credential", "issue", "--name", "zoe", "--ttl", 60).stdout)
    assert client(user=issued["username"], password=issued["password"]).allocate().code == 0


@pytest.mark.parametrize("words,code", [
    (["turn", "show", "999999"], 5),
    (["turn", "delete", "999999"], 5),
    (["no", "such"], 2),
    (["turn", "show"], 2),
    ([], 2),
])
def test_exit_codes(relay, words, code):
    assert relay.ctl(*words).returncode == code


def test_not_reachable(tmp_path):
    done = subprocess.run([TURNPIKECTL, "-s", str(tmp_path / "none"), "node", "status"], capture_output=True)
    assert done.returncode == 3


def test_read_socket_shows(relay):
    assert relay.call("node.status", socket_key="read_socket")["name"] == "lab"


@pytest.mark.parametrize("method,params", [("turn.delete", {"id": 1}), ("node.drain", {}),
                                           ("config.reload", {}), ("credential.issue", {"name": "x"})])
def test_read_socket_changes_nothing(relay, method, params):
    with pytest.raises(RpcError) as e:
        relay.call(method, socket_key="read_socket", **params)
    assert e.value.code == -32001
    assert relay.call("node.status")["state"] == "ready"


def test_read_socket_and_the_command_line(relay):
    done = subprocess.run([TURNPIKECTL, "-s", relay.config["control"]["read_socket"], "node", "drain"],
                          capture_output=True)
    assert done.returncode == 4


def test_socket_modes(relay):
    assert os.stat(relay.config["control"]["socket"]).st_mode & 0o007 == 0


@pytest.mark.parametrize("line,code", [
    ("rubbish", -32700),
    ("[]", -32600),
    ('{"jsonrpc":"2.0","id":1}', -32600),
    ('{"jsonrpc":"2.0","id":1,"method":"no.such"}', -32601),
    ('{"jsonrpc":"2.0","id":1,"method":"turn.show","params":{}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"turn.show","params":{"id":"x"}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"turn.show","params":{"id":-4}}', -32602),
    ('{"jsonrpc":"2.0","id":1,"method":"node.status","params":[1]}', -32602),
    ("[" * 5000, -32700),
])
def test_bad_requests(relay, line, code):
    answer = json.loads(relay.exchange_line(line))
    assert answer["error"]["code"] in (code, -32600, -32602) and answer["jsonrpc"] == "2.0"
    assert relay.call("node.status")["state"] == "ready"


def test_ids_are_repeated(relay):
    for i in (7, "seven", None):
        answer = json.loads(relay.exchange_line(json.dumps(
            {"jsonrpc": "2.0", "id": i, "method": "node.status"})))
        assert answer.get("id") == i


def test_many_requests_on_one_connection(relay):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(relay.config["control"]["socket"])
        s.sendall(b"".join(b'{"jsonrpc":"2.0","id":%d,"method":"node.status"}\n' % i for i in range(200)))
        lines = s.makefile()
        assert [json.loads(lines.readline())["id"] for _ in range(200)] == list(range(200))


def test_a_silent_and_a_greedy_client_disturb_nobody(relay, client):
    idle = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    for s in idle:
        s.connect(relay.config["control"]["socket"])
    greedy = socket.socket(socket.AF_UNIX)
    greedy.connect(relay.config["control"]["socket"])
    greedy.setblocking(False)
    try:
        for _ in range(20000):
            greedy.send(b'{"jsonrpc":"2.0","id":1,"method":"stats.drops"}\n')
    except OSError:
        pass
    assert client().allocate().code == 0
    assert relay.call("node.status")["state"] == "ready"
    for s in idle + [greedy]:
        s.close()


def test_log_level(relay):
    assert relay.call("log.level", level="debug") == {"level": "debug"}
    assert relay.call("log.level") == {"level": "debug"}
    assert relay.call("log.level", level="info") == {"level": "info"}


def test_api_describes_itself(relay):
    methods = {m["method"]: m for m in relay.call("api.describe")["methods"]}
    for name in ("node.status", "node.drain", "node.resume", "config.reload", "log.level", "stats.ports",
                 "stats.steps", "stats.drops", "path.show", "turn.list", "turn.show", "turn.delete",
                 "credential.issue"):
        assert name in methods
    assert methods["turn.delete"]["right"] == "change"


def test_paging(relay, client):
    many = [client() for _ in range(7)]
    for c in many:
        c.allocate()
    seen, after = [], None
    while True:
        page = relay.call("turn.list", limit=3, **({} if after is None else {"after": after}))
        assert len(page["allocations"]) <= 3
        seen += [a["id"] for a in page["allocations"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == 7 and seen == sorted(seen)


def test_list_of_a_user(relay, client):
    client().allocate()
    client(user="bob", password="hunter2").allocate()
    assert {a["user"] for a in relay.call("turn.list", user="bob")["allocations"]} == {"bob"}


def test_the_readme_draws_the_path_that_is_walked(relay):
    drawing = relay.ctl("path", "show").stdout.split("\n\n")[0].strip("\n")
    with open(os.path.join(ROOT, "README.md")) as f:
        assert f"```\n{drawing}\n```" in f.read()
