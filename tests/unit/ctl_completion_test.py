# SPDX-License-Identifier: Apache-2.0
"""What shells complete: the program's answers, and bash and zsh themselves, as a person at the keyboard."""
import os
import re
import shutil
import subprocess

import pytest

from ctl_kit import COMMANDS, DONE, PROGRAM, FakeRelay, Run, examples


def words(*line):
    run = Run(["completion", "words", "--", "\n".join(line)])
    assert run.code == DONE and run.err == ""
    return [row.split("\t")[0] for row in run.out.splitlines()]


def helped(*argv):
    """Options that --help tells of."""
    return set(re.findall(r"^ +(?:-., )?(--[a-z-]+)", Run([*argv, "--help"]).out, re.M))


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    path = tmp_path_factory.mktemp("relay") / "s"
    with FakeRelay(path):
        yield path


def test_every_noun_and_verb():
    nouns = words("")
    assert nouns == words()
    listed = re.findall(r"^  (\S+) (\S*) ", Run([]).out, re.M)
    assert {noun for noun, _ in listed} == set(nouns)
    for noun in nouns:
        verbs = [verb for n, verb in listed if n == noun and verb]
        if verbs:
            assert words(noun, "") == verbs


@pytest.mark.parametrize("argv", [*COMMANDS.values(), ["config", "check"], ["top"]], ids=" ".join)
def test_every_option(argv):
    argv = argv[:1] if argv[0] == "top" else argv[:2]
    assert {*words(*argv, "-"), "--usage", "--version"} == helped(*argv)


@pytest.mark.parametrize("line, offered", [
    (["tu"], ["turn"]),
    (["turn", "sh"], ["show"]),
    (["zzz"], []),
    (["zzz", ""], None),  # what is not known is not counted
    (["log", "level", ""], ["error", "warn", "info", "debug"]),
    (["log", "level", "w"], ["warn"]),
    (["log", "level", "warn", "--j"], ["--json"]),
    (["-j", "turn", "de"], ["delete"]),
    (["-s", "/x", "turn", "de"], ["delete"]),
    (["--socket=/x", "turn", "de"], ["delete"]),
    (["--socket", "=", "/x", "turn", "de"], ["delete"]),
    (["-t", "3", "turn", "de"], ["delete"]),
    (["top", "--view", "q"], ["queues"]),
    (["top", "--view=q"], ["--view=queues"]),
    (["top", "--view", "="], ["queues", "workers", "drops", "sessions"]),
    (["top", "--view", "=", "q"], ["queues"]),
    (["top", "--once", "--vi"], ["--view"]),
    (["turn", "list", "--sort", "-b"], ["-bytes_in", "-bytes_out"]),
    (["turn", "list", "--columns", "id,us"], ["id,user"]),
    (["config", "check", ""], [":files"]),
    (["-s", ""], [":files"]),
    (["turn", "show", "7", "--w"], ["--watch"]),
    (["--json=", ""], None),
    (["="], []),
    (["-"], ["--socket", "--json", "--timeout", "--help"]),
], ids=str)
def test_words(line, offered):
    assert words(*line) == (words("") if offered is None else offered)


def test_ids_of_the_relay(relay):
    assert words("-s", str(relay), "turn", "show", "") == ["7", "12"]
    assert words("-s", str(relay), "turn", "delete", "1") == ["12"]
    assert words("-s", str(relay), "turn", "list", "--user", "al") == ["alice"]
    assert words("-s", str(relay) + "x", "turn", "show", "") == []  # and not a word of complaint


def test_rooms_of_the_relay(relay):
    assert words("-s", str(relay), "room", "show", "") == ["arena", "lobby"]
    assert words("-s", str(relay), "player", "list", "lo") == ["lobby"]
    assert words("-s", str(relay), "player", "move", "lobby", "alice", "--to", "a") == ["arena"]


def test_what_a_relay_says_is_clean(tmp_path):
    answers = examples()
    for r in answers["room.list"]["rooms"]:
        r["room"] = "a\033[2J$(reboot)"
    for a in answers["turn.list"]["allocations"]:
        a["user"] = "a\033[2J\nb\t$(reboot)"
    with FakeRelay(tmp_path / "s", answers):
        run = Run(["completion", "words", "--", f"-s\n{tmp_path}/s\nturn\nshow\n"])
        assert len(run.out.splitlines()) == 2 and "\033" not in run.out
        assert words("-s", f"{tmp_path}/s", "turn", "list", "--user", "") == []
        assert words("-s", f"{tmp_path}/s", "room", "show", "") == []


BASH = """
complete() { :; }  # bash-completion need not be here
eval "$(turnpikectl completion bash)"
unset -f complete
complete -p >/dev/null
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
_turnpikectl
printf '%s\\n' "${COMPREPLY[@]}"
"""


def in_bash(*line, cwd=None):
    env = {"PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "--norc", "-c", BASH, "bash", "turnpikectl", *line], env=env, cwd=cwd,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.split()


def test_bash(relay, tmp_path):
    assert in_bash("turn", "") == ["list", "show", "delete"]
    assert in_bash("tu") == ["turn"]
    assert in_bash("-s", str(relay), "turn", "show", "") == ["7", "12"]
    assert in_bash("turn", "list", "--columns", "=", "id,cl") == ["id,client"]
    assert in_bash("zzzz") == []
    (tmp_path / "turnpike.yaml").touch()
    assert in_bash("config", "check", "turn", cwd=tmp_path) == ["turnpike.yaml"]


def test_bash_registers():
    script = 'eval "$(turnpikectl completion bash)"; complete -p turnpikectl'
    env = {"PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "--norc", "-c", script], env=env, capture_output=True, text=True, timeout=30)
    assert done.stdout == "complete -F _turnpikectl turnpikectl\n"


ZSH = """
words=("$@") CURRENT=$#
compdef() { :; }
_files() { print :files }
_describe() { print -rl -- "${(@P)4}" }
eval "$(turnpikectl completion zsh)"
_turnpikectl
"""


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh(relay):
    def in_zsh(*line):
        env = {"PATH": f"{os.path.dirname(PROGRAM)}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", "turnpikectl", *line], env=env, capture_output=True,
                              text=True, timeout=30)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        return done.stdout.splitlines()
    assert subprocess.run(["zsh", "-f", "-n"], input=Run(["completion", "zsh"]).out, text=True).returncode == 0
    assert in_zsh("turn", "sh") == ["show:Tells the story of an allocation"]
    assert in_zsh("-s", str(relay), "turn", "show", "") == [
        "7:alice at 198.18.0.2:40000", "12:1799999999:bob at [2001:2::2]:40001"]
    assert in_zsh("config", "check", "") == [":files"]
    assert in_zsh("top", "--view=wo") == ["--view=workers:"]
