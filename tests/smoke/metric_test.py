# SPDX-License-Identifier: Apache-2.0
"""HTTP on the management address: /metrics, /healthz, /readyz."""

import re
import shutil
import subprocess

import pytest

from kit import stun
from kit.lab import PEER4
from kit.relay import ROOT

OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0"}
PROMETHEUS = {"Accept": "text/plain; version=0.0.4"}

PROMISED = """port_rx_packets_total port_rx_bytes_total port_tx_packets_total port_tx_bytes_total
port_rx_missed_total worker_cycles_total step_packets_total step_cycles_total drop_packets_total
punt_packets_total turn_allocations turn_requests_total turn_relayed_packets_total
turn_relayed_bytes_total turn_auth_failures_total mempool_free build_info mempool_size turn_allocations_max
node_draining control_loop_stalls_total""".split()


@pytest.fixture
def traffic(client, peer):
    c, p = client(), peer()
    c.allocate()
    c.permit(PEER4)
    c.send(p.address, b"12345")
    assert p.receive()
    return c, p


@pytest.mark.parametrize("name", PROMISED)
def test_promised_metric(traffic, relay, name):
    assert re.search(rf"^turnpike_{name}[{{ ]", relay.http("/metrics")[2], re.M)


def test_latency_histogram(traffic, relay):
    body = relay.http("/metrics")[2]
    assert re.search(r'^turnpike_forward_latency_seconds_bucket\{.*le="\+Inf"\}', body, re.M)


def test_latency_is_sampled_once_a_burst(traffic, relay):
    c, p = traffic

    def seen():
        return [relay.metric(f"turnpike_forward_latency_seconds_{part}", **labels)
                for part, labels in (("count", {}), ("sum", {}), ("bucket", {"le": "+Inf"}), ("bucket", {"le": "0.1"}))]

    before = seen()
    for _ in range(20):  # each waits for the one before: a burst of one
        c.send(p.address, b"x")
        assert p.receive()
    count, total, infinite, tenth = (b - a for a, b in zip(before, seen()))
    assert 20 <= count <= 24 and count == infinite and tenth >= 19
    assert 0 < total / count < 0.1


def test_only_promised_names_and_few_of_them(traffic, relay):
    """No label holds a session, user or address: what a scrape costs does not grow with the clients."""
    with open(f"{ROOT}/lib/metric/list.h") as f:
        known = {name: set(re.findall(r'"(\w+)"', labels))
                 for name, labels in re.findall(r'^METRIC\(\w+, "(\w+)", .*?\{([^}]*)\}', f.read(), re.M)}
    lines = [line for line in relay.http("/metrics")[2].splitlines() if not line.startswith("#")]
    for line in lines:
        name, _, labels = line.partition(" ")[0].partition("{")
        family = re.sub(r"_(total|info|bucket|sum|count)$", "", name.removeprefix("turnpike_"))
        assert set(re.findall(r'(\w+)="', labels)) <= known[family] | {"le"}, line
    assert not set().union(*known.values()) & {"session", "user", "address", "client", "peer"}
    assert len(lines) < 600


@pytest.mark.parametrize("headers", [OPENMETRICS, PROMETHEUS, {}], ids=["openmetrics", "prometheus", "none"])
def test_content_type_and_end(relay, headers):
    status, got, body = relay.http("/metrics", headers=headers)
    kind = got.get("Content-Type", "")
    assert status == 200
    # The end mark is a must of OpenMetrics, and a comment in the older text format.
    assert body.endswith("# EOF\n")
    assert ("openmetrics" in kind) == (headers is OPENMETRICS)


def test_promtool(traffic, relay):
    assert shutil.which("promtool"), "tools/deps installs it"
    body = relay.http("/metrics", headers=PROMETHEUS)[2]
    done = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_sample_twice(traffic, relay):
    names = [line.rpartition(" ")[0] for line in relay.http("/metrics")[2].splitlines()
             if not line.startswith("#")]
    assert len(names) == len(set(names))


def test_relayed_counters(traffic, relay):
    c, p = traffic

    def sent():
        body = relay.http("/metrics")[2]
        found = re.findall(r'^turnpike_turn_relayed_(packets|bytes)_total\{direction="([^"]+)"\} (\d+)', body, re.M)
        return {(k, d): int(v) for k, d, v in found}

    before = sent()
    for _ in range(10):
        c.send(p.address, b"1234567")
        assert p.receive()
    after = sent()
    grown = {k: after[k] - before[k] for k in after if after[k] != before[k]}
    assert sorted(grown.values()) == [10, 70], grown


def test_requests_by_method_and_code(client, relay):
    before = relay.metric("turnpike_turn_requests_total", method="refresh", code="437")
    client().refresh()
    assert relay.metric("turnpike_turn_requests_total", method="refresh", code="437") == before + 1


def test_allocations_gauge(client, relay):
    before = relay.metric("turnpike_turn_allocations")
    many = [client() for _ in range(3)]
    for c in many:
        c.allocate()
    assert relay.metric("turnpike_turn_allocations") == before + 3
    many[0].refresh(0)
    assert relay.metric("turnpike_turn_allocations") == before + 2


def test_drops_agree_with_the_control_socket(client, relay):
    client().send_raw(b"\xff" * 30)
    assert relay.dropped("not_turn") == relay.metric("turnpike_drop_packets_total", reason="not_turn") > 0


def test_counters_only_rise(relay):
    def counters():
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
                for line in relay.http("/metrics")[2].splitlines()
                if not line.startswith("#") and "_total" in line}

    before = counters()
    after = counters()
    assert all(after[k] >= v for k, v in before.items())


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health(relay, path):
    assert relay.http(path)[0] == 200


@pytest.mark.parametrize("path", ["/", "/metrics/../etc/passwd", "/nothing", "/metricsx"])
def test_other_paths(relay, path):
    assert relay.http(path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods(relay, method):
    assert relay.http("/metrics", method=method)[0] in (404, 405)


def test_scrapes_do_not_disturb_the_relay(client, relay):
    c = client()
    for _ in range(20):
        relay.http("/metrics")
        assert c.exchange(stun.encode(stun.BINDING, stun.REQUEST)).cls == stun.SUCCESS
