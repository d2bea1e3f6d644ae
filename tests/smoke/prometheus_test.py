# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus scrapes the relay and evaluates config/alerts.yaml: what operators will see."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.parse

import pytest

from kit.relay import ROOT

PORT = 9090
WAIT_S = 60  # most are there within three seconds
pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="no prometheus (tools/deps installs it)")


class Prometheus:
    """A server in the relay's namespace: the relay and a relay that is not there are its targets."""

    def __init__(self, host, folder):
        self.host, self.folder = host, folder
        with open(f"{ROOT}/config/alerts.yaml") as f:
            rules = f.read()
        # Nobody waits half an hour here; that they wait is tested with promtool.
        (folder / "alerts.yaml").write_text(re.sub(r"^( +for: ).*$", r"\g<1>0s", rules, flags=re.M))
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
            "rule_files": ["alerts.yaml"],
            "scrape_configs": [{"job_name": "turnpike",
                                "static_configs": [{"targets": ["127.0.0.1:9478", "127.0.0.1:9"]}]}]}))
        self.process = host.start(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{PORT}", "--log.level=warn"],
            stdout=open(folder / "log", "wb"), stderr=subprocess.STDOUT)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def get(self, path, **query):
        c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
        c.sock = self.host.socket(kind=socket.SOCK_STREAM)
        c.sock.settimeout(5)
        c.sock.connect(("127.0.0.1", PORT))
        c.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(query)}")
        return json.loads(c.getresponse().read())["data"]

    def ask(self, expr):
        """The value of each series that there is now, by its labels."""
        return [(row["metric"], float(row["value"][1])) for row in self.get("query", query=expr)["result"]]

    def alerts(self, name):
        return [a for a in self.get("alerts")["alerts"] if a["labels"]["alertname"] == name and a["state"] == "firing"]

    def wait(self, done):
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            try:
                found = done()
                if found:
                    return found
            except (OSError, ValueError, KeyError, http.client.HTTPException):
                pass  # not up yet
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError(f"not within {WAIT_S} s:\n{(self.folder / 'log').read_text()}")


@pytest.fixture(scope="module")
def prometheus(relay, tmp_path_factory):
    server = Prometheus(relay.lab.relay_host, tmp_path_factory.mktemp("prometheus"))
    server.wait(lambda: server.ask('turnpike_build_info'))
    yield server
    server.stop()


def series():
    """Names as Prometheus has them, of all metrics that do not come with voice."""
    with open(os.path.join(ROOT, "lib/metric/list.h")) as f:
        rows = re.findall(r'^METRIC\(\w+, "(\w+)", METRIC_(\w+)', f.read(), re.M)
    suffix = {"COUNTER": "_total", "INFO": "_info", "GAUGE": "", "HISTOGRAM": "_bucket"}
    return {f"turnpike_{name}{suffix[kind]}" for name, kind in rows}


def test_target_is_up(prometheus):
    def up():
        return {t["labels"]["instance"]: t for t in prometheus.get("targets")["activeTargets"]
                if t["health"] != "unknown"}

    targets = prometheus.wait(lambda: len(up()) == 2 and up())
    assert targets["127.0.0.1:9478"]["health"] == "up" and targets["127.0.0.1:9478"]["lastError"] == ""
    assert targets["127.0.0.1:9"]["health"] == "down"


@pytest.mark.parametrize("name", sorted(n for n in series() if n.startswith((
    "turnpike_port_", "turnpike_worker_", "turnpike_step_", "turnpike_drop_", "turnpike_punt_", "turnpike_forward_",
    "turnpike_turn_allocations", "turnpike_turn_relayed", "turnpike_mempool", "turnpike_build", "turnpike_node",
    "turnpike_control"))))
def test_series_is_there(prometheus, name):
    assert prometheus.wait(lambda: prometheus.ask(name))


def test_type_unit_and_help_are_understood(prometheus):
    facts = prometheus.get("metadata")
    assert facts["turnpike_port_rx_bytes"][0] == {"type": "counter", "unit": "bytes",
                                                  "help": "Bytes received, Ethernet header included."}
    assert facts["turnpike_forward_latency_seconds"][0]["type"] == "histogram"
    assert facts["turnpike_forward_latency_seconds"][0]["unit"] == "seconds"
    assert facts["turnpike_mempool_free"][0]["type"] == "gauge"


def test_what_is_counted_is_what_happened(prometheus, client):
    c = client()
    c.allocate()
    assert prometheus.wait(lambda: prometheus.ask("sum(turnpike_turn_allocations)")[0][1] == 1)
    assert prometheus.wait(lambda: prometheus.ask(
        'turnpike_turn_requests_total{method="allocate",code="200"}')[0][1] >= 1)


def test_rules_are_loaded_and_evaluated(prometheus):
    def rules():
        return [r for g in prometheus.get("rules")["groups"] for r in g["rules"]]

    with open(f"{ROOT}/config/alerts.yaml") as f:
        names = re.findall(r"- alert: (\w+)", f.read())
    assert prometheus.wait(lambda: all(r["health"] == "ok" for r in rules()))
    assert sorted(r["name"] for r in rules()) == sorted(names)


def test_a_relay_that_is_away_is_told(prometheus):
    alert, = prometheus.wait(lambda: prometheus.alerts("TurnpikeDown"))
    assert alert["labels"]["instance"] == "127.0.0.1:9"
    assert alert["annotations"]["summary"] == "127.0.0.1:9: the relay does not answer"


def test_a_drain_is_told_until_it_ends(prometheus, relay):
    assert not prometheus.alerts("TurnpikeDraining")
    assert relay.ctl("node", "drain").returncode == 0
    try:
        alert, = prometheus.wait(lambda: prometheus.alerts("TurnpikeDraining"))
        assert "turnpikectl node resume" in alert["annotations"]["runbook"]
    finally:
        assert relay.ctl("node", "resume").returncode == 0
    prometheus.wait(lambda: not prometheus.alerts("TurnpikeDraining"))


def test_a_cut_wire_is_told(prometheus, lab):
    lab.switch.ip("link", "set", "relay", "down")
    try:
        alert, = prometheus.wait(lambda: prometheus.alerts("TurnpikePortLinkDown"))
        assert alert["labels"]["port"] == "wan" and "port wan is down" in alert["annotations"]["summary"]
    finally:
        lab.switch.ip("link", "set", "relay", "up")
    prometheus.wait(lambda: not prometheus.alerts("TurnpikePortLinkDown"))


def test_nothing_else_is_told(prometheus):
    told = {a["labels"]["alertname"] for a in prometheus.get("alerts")["alerts"] if a["state"] == "firing"}
    # How busy a worker is hangs on whom it shares its core with.
    assert told - {"TurnpikeDown", "TurnpikeWorkerBusy", "TurnpikeLatencyHigh", "TurnpikeControlLoopStalls"} == set()
