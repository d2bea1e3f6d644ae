# SPDX-License-Identifier: Apache-2.0
"""config.reload on a living relay: what it tells, what it takes over, what it refuses."""

import json
import os
import signal
import socket
import time

import pytest

from kit.lab import PEER4, RELAY4, merge
from kit.relay import RpcError

CONFIG = {"turn": {"limits": {"allocations": 1000}}}


def until(check, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def reload(relay):
    """Reloads with changes on top of the first configuration; the test's end takes them back."""
    first = relay.config

    def run(changes=None, **params):
        relay.configure(merge(first, changes))
        return relay.call("config.reload", **params)

    yield run
    relay.configure(first)
    relay.call("config.reload")


def row(result, key):
    return next(r for r in result["diff"] if r["key"] == key)


def test_nothing_changed(reload):
    assert reload() == {"changed": [], "restart": [], "diff": [], "dry_run": False}


def test_the_diff_tells_old_and_new(reload):
    done = reload({"node": {"region": "moon"}, "turn": {"limits": {"allocations_per_user": 7}}})
    assert sorted(done["changed"]) == ["node.region", "turn.limits.allocations_per_user"]
    assert row(done, "node.region") == {"key": "node.region", "old": "test", "new": "moon", "applied": "now"}
    assert row(done, "turn.limits.allocations_per_user")["old"] == "0"


def test_dry_run_changes_nothing(relay, reload):
    done = reload({"node": {"region": "moon"}}, dry_run=True)
    assert done["dry_run"] and done["changed"] == ["node.region"]
    assert relay.call("node.status")["region"] == "test"
    assert reload({"node": {"region": "moon"}})["changed"] == ["node.region"]
    assert relay.call("node.status")["region"] == "moon"


def test_secrets_are_not_shown(relay, reload):
    done = reload({"turn": {"users": [{"name": "alice", "password": "tops3cret"},
                                      {"name": "bob", "password": "hunter2"}],
                            "shared_secrets": ["0therSecret"]}})
    assert row(done, "turn.users") == {"key": "turn.users", "old": "[{name: alice}, {name: bob}]",
                                       "new": "changed", "applied": "now"}
    assert row(done, "turn.shared_secrets")["new"] == "changed"
    said = json.dumps(done) + relay.log_tail(200)
    for secret in ("tops3cret", "0therSecret", "hunter2", "s3cret\""):
        assert secret not in said


def test_what_wants_a_restart_is_told_with_the_reason(relay, reload):
    done = reload({"cores": {"idle": "poll"}, "memory": {"megabytes": 300},
                   "turn": {"limits": {"allocations": 5000}}, "node": {"name": "other"}})
    assert sorted(done["restart"]) == ["cores.idle", "memory.megabytes", "turn.limits.allocations"]
    assert all(row(done, key)["reason"] for key in done["restart"])
    assert done["changed"] == ["node.name"] and relay.call("node.status")["name"] == "other"
    assert relay.call("node.status")["turn"]["allocations_max"] == 1000


def test_allocations_up_to_the_tables(relay, reload, client):
    assert reload({"turn": {"limits": {"allocations": 1}}})["changed"] == ["turn.limits.allocations"]
    assert client().allocate().code == 0
    assert client(user="bob", password="hunter2").allocate().code == 508
    reload({"turn": {"limits": {"allocations": 900}}})
    assert client(user="bob", password="hunter2").allocate().code == 0


def test_quota_of_a_user(reload, client):
    reload({"turn": {"limits": {"allocations_per_user": 1}}})
    assert client().allocate().code == 0 and client().allocate().code == 486
    reload()
    assert client().allocate().code == 0


def test_users_come_and_go(reload, client):
    reload({"turn": {"users": [{"name": "carol", "password": "new"}]}})
    assert client(user="carol", password="new").allocate().code == 0
    assert client().allocate().code == 401


def test_a_rate_holds_for_live_allocations(reload, client, peer):
    c, p = client(), peer()
    c.allocate()
    assert c.bind(0x4000, p.address).code == 0
    for data in (b"x" * 1000, b"y" * 1000):
        c.channel_send(0x4000, data)
        assert p.receive()[0] == data
    reload({"turn": {"limits": {"bits_per_second": 8000}}})
    for _ in range(30):
        c.channel_send(0x4000, b"z" * 1000)
    got = 0
    while p.receive(0.3):
        got += 1
    assert got < 15
    reload()
    time.sleep(0.2)
    c.channel_send(0x4000, b"free")
    assert p.receive()[0] == b"free"


def test_denied_peers_end_at_once(reload, client, peer):
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    c.send(p.address, b"before")
    assert p.receive()[0] == b"before"
    reload({"turn": {"deny_peers": ["default", f"{PEER4}/32"]}})
    c.send(p.address, b"after")
    assert p.receive(0.3) is None
    assert c.permit(PEER4).code == 403


def test_relay_ports(reload, client):
    reload({"turn": {"relay_ports": "50000-50009"}})
    c = client()
    c.allocate()
    assert 50000 <= c.relayed[0][1] <= 50009


def test_dscp(relay, reload, client, peer):
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    p.sock.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    for dscp in (10, 34):
        reload({"turn": {"dscp": dscp}})
        c.send(p.address, b"marked")
        p.sock.settimeout(3)
        _, ancillary, _, _ = p.sock.recvmsg(100, 100)
        assert ancillary[0][2][0] >> 2 == dscp


def test_a_listener_opens(reload, client):
    reload({"turn": {"listen": ["udp:3478", "udp:3480"]}})
    assert client(port=3480).allocate().code == 0
    assert client().allocate().code == 0


def test_a_listener_that_closes_keeps_its_allocations(relay, reload, client, peer):
    reload({"turn": {"listen": ["udp:3478", "udp:3481"]}})
    c, p = client(port=3481), peer()
    c.allocate()
    assert c.bind(0x4001, p.address).code == 0
    reload()
    c.channel_send(0x4001, b"goes on")
    assert p.receive()[0] == b"goes on"
    assert c.refresh(600).code == 0
    late = client(port=3481)
    assert late.silent(b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12))
    c.close()
    assert until(lambda: any("3481" in e["listener"] for e in relay.events("listener_closed")))


def test_a_closing_listener_is_no_relayed_port(reload, client):
    reload({"turn": {"listen": ["udp:3478", "udp:55000"], "relay_ports": "49152-54000"}})
    client(port=55000).allocate()
    with pytest.raises(RpcError) as e:
        reload({"turn": {"relay_ports": "54001-65535"}})
    assert "55000" in e.value.data["reasons"][0]["text"]


def test_a_relayed_port_is_no_listener(reload, client):
    reload({"turn": {"relay_ports": "50000-50001"}})
    c = client()
    c.allocate()
    port = c.relayed[0][1]
    with pytest.raises(RpcError) as e:
        reload({"turn": {"listen": ["udp:3478", f"udp:{port}"], "relay_ports": "51000-51001"}})
    assert e.value.code == -32003 and e.value.data["reasons"][0]["key"] == "turn.listen"


def test_http_moves(relay, reload):
    def get(port):
        with relay.lab.relay_host.socket(kind=socket.SOCK_STREAM) as s:
            s.settimeout(5)
            s.connect(("127.0.0.1", port))
            s.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
            return s.recv(100)

    reload({"http": {"listen": "127.0.0.1:9479"}})
    assert b"200" in get(9479)
    with pytest.raises(OSError):
        get(9478)
    reload({"http": {"listen": ""}})
    with pytest.raises(OSError):
        get(9479)
    reload()
    assert b"200" in get(9478)


def test_whole_or_not_at_all(relay, reload, client):
    """An address of http.listen that cannot be had: the rest of the file is not taken either."""
    with pytest.raises(RpcError) as e:
        reload({"http": {"listen": "192.0.2.1:9478"}, "node": {"region": "moon"},
                "turn": {"users": [{"name": "zed", "password": "x"}], "listen": ["udp:3482"]}})
    assert e.value.code == -32003
    assert [r["key"] for r in e.value.data["reasons"]] == ["http.listen"]
    assert relay.call("node.status")["region"] == "test"
    assert client().allocate().code == 0
    assert relay.http("/healthz")[0] == 200


def test_mistakes_are_told_all_at_once(relay, reload):
    with pytest.raises(RpcError) as e:
        reload({"nod": {}, "log": {"level": "loud"}, "turn": {"dscp": 99}})
    assert {r["key"] for r in e.value.data["reasons"]} == {"nod", "log.level", "turn.dscp"}
    assert all(r["line"] for r in e.value.data["reasons"])
    done = relay.ctl("config", "reload")
    assert done.returncode == 1
    for word in ("nod", "node", "log.level", "turn.dscp", "line "):
        assert word in done.stderr


def test_the_command_line_draws_a_table(relay, reload):
    reload()
    relay.configure(merge(relay.config, {"node": {"region": "moon"}, "cores": {"idle": "poll"}}))
    dry = relay.ctl("config", "reload", "--dry-run").stdout
    assert "would apply" in dry and "pinned" in dry
    assert relay.call("node.status")["region"] == "test"
    assert "applied" in relay.ctl("config", "reload").stdout


def test_sighup(relay, reload):
    reload()
    relay.configure(merge(relay.config, {"node": {"region": "mars"}}))
    relay.kill(signal.SIGHUP)
    assert until(lambda: relay.call("node.status")["region"] == "mars")
    assert any(e.get("key") == "node.region" and e.get("new") == "mars" for e in relay.events("config_changed"))


def test_log_level(relay, reload):
    reload({"log": {"level": "debug"}})
    assert relay.call("log.level") == {"level": "debug"}
    reload()
    assert relay.call("log.level") == {"level": "info"}


def test_control_group(relay, reload):
    import grp
    other = next(g for g in grp.getgrall() if g.gr_name in ("daemon", "nogroup", "users"))
    reload({"control": {"group": other.gr_name}})
    assert os.stat(relay.config["control"]["socket"]).st_gid == other.gr_gid
    reload()
    assert os.stat(relay.config["control"]["socket"]).st_gid == 0
