# SPDX-License-Identifier: Apache-2.0
"""turn list: order, limit, columns, many."""
import json
import time

import pytest

from ctl_kit import DONE, USAGE, ask, examples, pages


def test_limit_comes_after_sorting(tmp_path):
    """The first of all, not the first that the relay gave."""
    run = ask(tmp_path, ["turn", "list", "--sort", "-id", "--limit", "2"], pages(1000), flags=["-j"])
    assert [a["id"] for a in json.loads(run.out)["allocations"]] == [999, 998]
    assert all({"sort", "columns"}.isdisjoint(r["params"]) for r in run.requests)


def numbers(*values):
    one = examples()["turn.list"]["allocations"][0]
    return {"turn.list": {"allocations": [{**one, "id": i + 1, **v} for i, v in enumerate(values)], "next": None}}


@pytest.mark.parametrize("key, values, rising", [
    ("bytes_in", [5, 1000, 7], [1, 3, 2]),
    ("user", ["b10", "b9", "a"], [3, 2, 1]),
    ("relays", [["b"], ["a", "z"], []], None),
    ("peers", [2, 2, 2], [1, 2, 3]),
    ("client", [None, "x", 5], None),
])
def test_sort(key, values, rising, tmp_path):
    answers = numbers(*({key: v} for v in values))

    def ids(sort):
        run = ask(tmp_path, ["turn", "list", "--sort", sort], answers, flags=["-j"])
        assert run.code == DONE
        return [a["id"] for a in json.loads(run.out)["allocations"]]
    assert rising is None or ids(key) == rising
    falling = ids("-" + key)
    assert sorted(falling) == [1, 2, 3]
    if rising and len(set(map(str, values))) == 3:
        assert falling == rising[::-1]


def test_columns(tmp_path):
    run = ask(tmp_path, ["turn", "list", "--columns", "user,id"])
    assert run.out.split("\n")[0].split() == ["USER", "ID"]
    run = ask(tmp_path, ["turn", "list", "--columns", "user,id"], flags=["-j"])
    assert [list(a) for a in json.loads(run.out)["allocations"]] == [["user", "id"]] * 2


@pytest.mark.parametrize("option", ["--sort=nope", "--columns=id,nope", "--columns=id,,user", "--sort=-"])
def test_unknown_column(option, tmp_path):
    run = ask(tmp_path, ["turn", "list", option])
    assert run.code == USAGE and "packets_in" in run.err and run.requests == []


def test_watched_rates_are_sorted(tmp_path):
    """Of a list that is watched, what was sorted are the rates."""
    before = numbers({"packets_in": 9_000_000}, {"packets_in": 0})["turn.list"]
    after = numbers({"packets_in": 9_000_000}, {"packets_in": 5000})["turn.list"]
    replies = iter([before, after])
    run = ask(tmp_path, ["turn", "list", "--watch", "--count=2", "--sort=-packets_in", "--columns=id,packets_in"],
              {"turn.list": lambda _: next(replies)})
    first, second = run.out.split("\n\n")
    assert [line.split()[0] for line in first.split("\n")[2:4]] == ["1", "2"]
    assert [line.split()[0] for line in second.split("\n")[2:4]] == ["2", "1"]


def test_watching_many_is_not_slow(tmp_path):
    """Rates of n sessions take n looks, not n squared: 20,000 of them would take minutes."""
    start = time.monotonic()
    run = ask(tmp_path, ["turn", "list", "--watch", "--count=2", "--columns=id"], pages(20000, 1000))
    assert run.code == DONE and run.out.count("20,000 allocations") == 2
    assert time.monotonic() - start < 30
