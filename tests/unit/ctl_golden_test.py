# SPDX-License-Identifier: Apache-2.0
"""turnpikectl's output for every command, as text and as JSON. CTL_BLESS=1 writes what it says."""
import json
import re
import shlex

import pytest

from ctl_kit import COMMANDS, DONE, GOLDEN, USAGE, Run, ask, events, examples, same


@pytest.mark.parametrize("name", COMMANDS)
def test_text(name, tmp_path):
    run = ask(tmp_path, COMMANDS[name])
    assert (run.code, run.err) == (DONE, "")
    assert "\033" not in run.out and not any(line != line.rstrip() for line in run.out.split("\n"))
    same(name + ".txt", run.out)


@pytest.mark.parametrize("name", COMMANDS)
def test_json(name, tmp_path):
    run = ask(tmp_path, COMMANDS[name], flags=["-j"])
    assert (run.code, run.err) == (DONE, "")
    method = run.requests[0]["method"]
    assert json.loads(run.out) == examples()[method]
    same(name + ".json", run.out)


def test_events_follow(tmp_path):
    argv = ["events", "follow", "--kind", "allocation", "--kind", "lost", "--user", "alice", "--count", "4"]
    run = ask(tmp_path, argv)
    assert (run.code, run.err) == (DONE, "")
    assert run.requests[0]["params"] == {"kinds": ["allocation", "lost"], "user": "alice"}
    same("events_follow.txt", run.out)
    run = ask(tmp_path, argv, flags=["-j"])
    assert [json.loads(line) for line in run.out.splitlines()] == events()
    same("events_follow.json", run.out)


def test_every_example_has_a_command(tmp_path):
    asked = {ask(tmp_path, argv).requests[0]["method"] for argv in COMMANDS.values()} | {"events.subscribe"}
    assert asked == set(examples())


def test_drops_hides_silent_reasons_unless_asked(tmp_path):
    answers = examples()
    answers["stats.drops"]["workers"][1]["drops"]["bad_ip"] = 0
    assert "bad_ip" not in ask(tmp_path, ["stats", "drops"], answers).out
    assert "bad_ip" in ask(tmp_path, ["stats", "drops", "--all"], answers).out


def test_drops_of_many_workers_are_summed(tmp_path):
    answers = examples()
    first = answers["stats.drops"]["workers"][0]
    answers["stats.drops"]["workers"] = [{**first, "worker": i} for i in range(9)]
    out = ask(tmp_path, ["stats", "drops"], answers).out
    assert "WORKER 0" not in out and "no_permission  10,800" in out


def test_empty_relay(tmp_path):
    answers = {"turn.list": {"allocations": [], "next": None}, "stats.ports": {"ports": []}}
    run = ask(tmp_path, ["turn", "list"], answers)
    assert (run.code, run.out) == (DONE, "0 allocations\n")
    assert ask(tmp_path, ["stats", "ports"], answers).code == DONE


def test_drawing_without_utf8(tmp_path):
    run = ask(tmp_path, ["path", "show"], locale="C")
    assert run.out.isascii()
    same("path_show.ascii.txt", run.out)


def test_drawing_has_every_edge(tmp_path):
    """Each step's row forks or joins as often as it has next steps."""
    steps = examples()["path.show"]["steps"]
    rows = ask(tmp_path, ["path", "show"]).out.split("\n")
    for step, row in zip(steps, rows):
        assert row.split()[0] == step["name"]
        assert sum(row.count(c) for c in "╮┬┤┼") == len(step["next"])


def test_list_of_commands():
    run = Run([])
    assert run.code == USAGE
    same("commands.txt", run.out)
    for argv in [*COMMANDS.values(), ["events", "follow"], ["config", "check"]]:
        assert f"  {argv[0]} {argv[1]} " in run.out
    whole = Run(["--help"])
    assert whole.code == DONE and run.out[run.out.index("Commands"):].split() == whole.out[whole.out.index("Commands"):].split()


def listed():
    """Every command that the program lists: [noun, verb], or [noun]."""
    return [line[2:22].split() for line in (GOLDEN / "commands.txt").read_text().splitlines() if line[:2] == "  "]


@pytest.mark.parametrize("argv", listed(), ids=" ".join)
def test_help(argv):
    run = Run([*argv, "--help"])
    assert run.code == DONE
    for part in [f"Usage: turnpikectl {' '.join(argv)}", "--json", "--socket", "Example:",
                 f"  turnpikectl {' '.join(argv)}"]:
        assert part in run.out.replace("turnpikectl -j ", "turnpikectl ")
    same(f"help_{'_'.join(argv)}.txt", run.out)


@pytest.mark.parametrize("argv", listed(), ids=" ".join)
def test_the_example_is_no_wrong_usage(argv, tmp_path):
    example = re.search(r"Example:\n  turnpikectl (.*)", Run([*argv, "--help"]).out)[1]
    words = shlex.split(re.split("[|>]", example)[0])
    words += ["--once"] * (argv == ["top"]) + ["--count=1"] * ("--watch" in example)
    answers = {k: v for k, v in examples().items() if k != "events.subscribe"}  # which has no end
    run = ask(tmp_path, words, answers, flags=["-t", "1"], cwd=tmp_path)
    assert run.code != USAGE, run.err


def test_every_command_that_lists_can_be_watched():
    """All that only show, and show what may be another in a second."""
    shown = {m["method"] for m in examples()["api.describe"]["methods"] if m["right"] == "show"}
    assert shown  # the example names some
    for argv in [["node", "status"], ["stats", "ports"], ["stats", "steps"], ["stats", "drops"],
                 ["turn", "list"], ["turn", "show"], ["path", "show"], ["api", "describe"]]:
        assert "--watch" in Run([*argv, "--help"]).out, argv


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell):
    run = Run(["completion", shell])
    assert (run.code, run.err) == (DONE, "")
    same(f"completion_{shell}.txt", run.out)
    run = Run(["-j", "completion", shell])
    assert json.loads(run.out) == {"shell": shell, "script": (GOLDEN / f"completion_{shell}.txt").read_text()}
    same(f"completion_{shell}.json", run.out)


def test_list_sorted_and_of_some_columns(tmp_path):
    argv = ["turn", "list", "--sort", "-id", "--columns", "id,client,server,bytes_in"]
    same("turn_list.columns.txt", ask(tmp_path, argv).out)
    same("turn_list.columns.json", ask(tmp_path, argv, flags=["-j"]).out)
