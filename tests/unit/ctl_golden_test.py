# SPDX-License-Identifier: Apache-2.0
"""turnpikectl's output for every command, as text and as JSON. CTL_BLESS=1 writes what it says."""
import json
import os

import pytest

from ctl_kit import COMMANDS, DONE, GOLDEN, USAGE, Run, ask, examples


def same(name, text):
    file = GOLDEN / name
    if os.environ.get("CTL_BLESS"):
        file.write_text(text)
    assert text == file.read_text(), f"differs from {file}"


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


def test_every_example_has_a_command(tmp_path):
    asked = {ask(tmp_path, argv).requests[0]["method"] for argv in COMMANDS.values()}
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
    for argv in [*COMMANDS.values(), ["config", "check"]]:
        assert f"  {argv[0]} {argv[1]} " in run.out
    whole = Run(["--help"])
    assert whole.code == DONE and run.out[run.out.index("Commands"):] in whole.out


@pytest.mark.parametrize("argv", [*COMMANDS.values(), ["config", "check"]], ids=" ".join)
def test_help(argv):
    run = Run([*argv[:2], "--help"])
    assert run.code == DONE
    for part in [f"Usage: turnpikectl {argv[0]} {argv[1]}", "--json", "--socket", "Example:",
                 f"{argv[0]} {argv[1]}"]:
        assert part in run.out
    same(f"help_{argv[0]}_{argv[1]}.txt", run.out)
