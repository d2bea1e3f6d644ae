# SPDX-License-Identifier: Apache-2.0
"""The alert rules, each with a case that fires it and one that just does not; the dashboard; what both ask for."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "config/alerts.yaml"
BOARD = ROOT / "config/grafana.json"
WHO = 'job="turnpike",instance="a"'


def counter(per_minute):
    return f"0+{per_minute}x180"


def gauge(value):
    return f"{value}+0x180"


def worker(name, busy_share):
    return {f'worker_cycles_total{{worker="{name}",state="busy"}}': counter(round(6e10 * busy_share)),
            f'worker_cycles_total{{worker="{name}",state="idle"}}': counter(round(6e10 * (1 - busy_share)))}


def latency(fast, slow):
    """Bursts a minute below 500 µs and below 1 ms."""
    return {f'forward_latency_seconds_bucket{{port="wan",queue="0",le="{le}"}}': counter(n)
            for le, n in (("0.0005", fast), ("0.001", fast + slow), ("+Inf", fast + slow))}


def traffic(packets=60000, **rest):
    return {'port_rx_packets_total{port="wan",queue="0"}': counter(packets), **rest}


def drops(reason, per_minute):
    return traffic(**{f'drop_packets_total{{worker="0",reason="{reason}"}}': counter(per_minute)})


def allocate(code, per_minute, draining=0):
    return {'turn_requests_total{method="allocate",code="200"}': counter(600), "node_draining": gauge(draining),
            f'turn_requests_total{{method="allocate",code="{code}"}}': counter(per_minute)}


def talking(packets, allocations):
    return {'turn_relayed_packets_total{direction="to_peer"}': counter(packets),
            'turn_allocations{transport="udp",family="ipv4"}': gauge(allocations)}


# Name → series that fire it, series that do not. "up" is Prometheus' own; the rest are turnpike_….
CASES = {
    "TurnpikeDown": ({"up": gauge(0)}, {"up": gauge(1)}),
    "TurnpikeRestarting": (
        {'control_loop_work_total{kind="idle"}': "0+100x70 0+100x5 0+100x120"},
        {'control_loop_work_total{kind="idle"}': "0+100x85 0+100x120"}),
    "TurnpikeDraining": ({"node_draining": gauge(1)}, {"node_draining": "0x80 1x100"}),
    "TurnpikeControlLoopStalls": ({"control_loop_stalls_total": counter(1)}, {"control_loop_stalls_total": gauge(90)}),
    "TurnpikeVersionsDiffer": (
        {'build_info{version="1",dpdk="x"}': "1x3000", 'build_info{version="2",dpdk="x"}': "1x3000"},
        {'build_info{version="1",dpdk="x"}': "1x3000", 'build_info{version="1",dpdk="y"}': "1x3000"}),
    "TurnpikePortLinkDown": ({'port_up{port="wan"}': gauge(0)}, {'port_up{port="wan"}': gauge(1)}),
    "TurnpikeReceiveMissed": (
        traffic(**{'port_rx_missed_total{port="wan"}': counter(100)}),
        traffic(**{'port_rx_missed_total{port="wan"}': counter(50)})),
    "TurnpikeBuffersLow": (
        {'mempool_free{pool="p",socket="0"}': gauge(819), 'mempool_size{pool="p",socket="0"}': gauge(8191)},
        {'mempool_free{pool="p",socket="0"}': gauge(820), 'mempool_size{pool="p",socket="0"}': gauge(8191)}),
    "TurnpikeWorkerBusy": (worker("0", 0.9), worker("0", 0.8)),
    "TurnpikeWorkersUneven": (
        {**worker("0", 0.7), **worker("1", 0.1), **worker("2", 0.1)},
        {**worker("0", 0.5), **worker("1", 0.01), **worker("2", 0.01)}),
    "TurnpikeLatencyHigh": (latency(980, 20), latency(995, 5)),
    "TurnpikeOwnDrops": (drops("tx_full", 120), drops("no_permission", 120)),
    "TurnpikeDropsHigh": (
        drops("no_permission", 7000),
        {**drops("no_permission", 2000), 'drop_packets_total{worker="0",reason="tx_full"}': counter(7000)}),
    "TurnpikeAuthFailures": (
        {'turn_auth_failures_total{reason="integrity"}': counter(700),
         'turn_auth_failures_total{reason="user"}': counter(700)},
        {'turn_auth_failures_total{reason="missing"}': counter(9000),
         'turn_auth_failures_total{reason="stale"}': counter(9000)}),
    "TurnpikeAllocationsNearLimit": (
        {'turn_allocations{transport="udp",family="ipv4"}': gauge(60), "turn_allocations_max": gauge(100),
         'turn_allocations{transport="udp",family="ipv6"}': gauge(31)},
        {'turn_allocations{transport="udp",family="ipv4"}': gauge(90), "turn_allocations_max": gauge(100)}),
    "TurnpikeRequestsRefused": (allocate("508", 60), allocate("508", 60, draining=1)),
    "TurnpikeNothingRelayed": (talking(0, 11), talking(1, 11)),
    "TurnpikePuntRefused": (
        {'punt_packets_total{class="new",result="refused"}': counter(4000)},
        {'punt_packets_total{class="new",result="refused"}': counter(2000),
         'punt_packets_total{class="new",result="taken"}': counter(4000)}),
}
AT = {"TurnpikeVersionsDiffer": "1d1h"}  # the rest: after 90 minutes


def series(name):
    bare, _, labels = name.partition("{")
    labels = labels.rstrip("}")
    return f"{bare if bare == 'up' else 'turnpike_' + bare}{{{','.join(filter(None, [labels, WHO]))}}}"


def rules_run(folder, groups):
    """promtool's test of the rules: (series, expression, value, when) each."""
    tests = [{"interval": "1m", "input_series": [{"series": series(k), "values": v} for k, v in given.items()],
              "promql_expr_test": [{"expr": expr, "eval_time": when, "exp_samples": [{"labels": "{}", "value": value}]}]}
             for given, expr, value, when in groups]
    file = folder / "rules_test.yaml"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def firing(name):
    return f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) or vector(0)'


def alerts():
    return re.split(r"^ *- alert: ", RULES.read_text(), flags=re.M)[1:]


def test_each_alert_has_its_cases():
    assert sorted(block.split()[0] for block in alerts()) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_alert(tmp_path, name):
    fires, rests = CASES[name]
    when = AT.get(name, "90m")
    code, text = rules_run(tmp_path, [(fires, firing(name), 1, when), (rests, firing(name), 0, when)])
    assert code == 0, text


def test_a_healthy_relay_is_quiet(tmp_path):
    healthy = {}
    for _, rests in CASES.values():
        healthy.update({k: v for k, v in rests.items() if "x3000" not in v})
    healthy.update({"node_draining": gauge(0), "control_loop_stalls_total": gauge(0), **worker("0", 0.5),
                    **worker("1", 0.4), **worker("2", 0.4), 'drop_packets_total{worker="0",reason="tx_full"}': gauge(3),
                    'turn_requests_total{method="allocate",code="508"}': gauge(1)})
    code, text = rules_run(tmp_path, [(healthy, "count(ALERTS) or vector(0)", 0, "90m")])
    assert code == 0, text


def test_rules_are_rules():
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_alert_tells_what_to_do():
    with open(ROOT / "app/turnpikectl/README.md") as f:
        known = set(re.findall(r"^### (\w+)\.(\w+)$", f.read(), re.M))
    for block in alerts():
        text = {k: v for k, v in re.findall(r'^ +(summary|description|runbook): "(.+)"$', block, re.M)}
        assert set(text) == {"summary", "description", "runbook"}, block
        assert re.search(r"severity: (critical|warning|info)\}", block)
        told = set(re.findall(r"`turnpikectl (?:-\w+ )?(\w+) (\w+)", text["runbook"]))
        assert told and told <= known, (block.split()[0], told - known)


def check(*files):
    done = subprocess.run([ROOT / "tools/metric-check", *files], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_rules_and_dashboard_ask_for_what_there_is():
    code, text = check()
    assert code == 0, text


@pytest.mark.parametrize("expr, mistake", [
    ("turnpike_port_rx_packets", "no metric turnpike_port_rx_packets"),
    ("sum by (room) (turnpike_turn_allocations)", "no metric here has a label room"),
    ('turnpike_port_up{queue="0"}', "turnpike_port_up has no label queue"),
    ("rate(turnpike_port_up)", "expected type range vector"),
    ("vector(1)", "asks for no metric"),
])
def test_a_mistake_is_found(tmp_path, expr, mistake):
    board = tmp_path / "board.json"
    board.write_text(json.dumps({"panels": [{"title": "row", "panels": [{"title": "one", "targets": [{"expr": expr}]}]}]}))
    rules = tmp_path / "rules.yaml"
    rules.write_text(f"groups:\n  - name: a\n    rules:\n      - alert: One\n        expr: {expr}\n")
    for file in (board, rules):
        code, text = check(file)
        assert code == 1 and mistake in text, text


def test_dashboard_is_whole():
    board = json.loads(BOARD.read_text())
    panels = board["panels"]
    assert len({p["id"] for p in panels}) == len(panels)
    taken = set()
    for p in panels:
        at = p["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, p["title"]
        taken |= cells
        assert p["type"] == "row" or (p["description"] and p["fieldConfig"]["defaults"]["unit"])
