# SPDX-License-Identifier: Apache-2.0
"""The manual pages as built: they name all that the programs know, and read without a complaint."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ["TURNPIKE_BUILD"])
PAGES = ["turnpiked.8", "turnpikectl.1", "turnpike.yaml.5"]
SECTIONS = {
    "turnpiked.8": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SIGNALS", "EXIT STATUS", "FILES", "EXAMPLES",
                    "SEE ALSO"],
    "turnpikectl.1": ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "FILES",
                      "EXAMPLES", "SEE ALSO"],
    "turnpike.yaml.5": ["NAME", "DESCRIPTION", "KEYS", "RELOADING", "FILES", "EXAMPLES", "SEE ALSO"],
}


def source(path):
    return (ROOT / path).read_text()


def roff(page):
    return (BUILD / "tools/man" / page).read_text()


def plain(text):
    """roff without fonts and escapes of characters."""
    for escape, meant in ((r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\e", "\\")):
        text = text.replace(escape, meant)
    return re.sub(r"\\f.|\\&", "", text)


def section(page, name):
    found = re.search(rf'^\.SH "?{name}"?\n(.*?)(?=^\.SH |\Z)', roff(page), re.M | re.S)
    assert found, f"{page} has no section {name}"
    return plain(found[1])


def example(page, name):
    """Text between `.\\" example: NAME` and `.\\" end`, as a reader would copy it."""
    return plain(re.search(rf'^\.\\" example: {name}\n(.*?)^\.\\" end$', roff(page), re.M | re.S)[1])


def program(name, *argv):
    done = subprocess.run([BUILD / f"app/{name}/{name}", *argv], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES)
def test_sections(page):
    for name in SECTIONS[page]:
        assert section(page, name).strip()


@pytest.mark.parametrize("page", PAGES)
def test_no_mark_is_left(page):
    assert not re.search(r"@\w+@", roff(page))


@pytest.mark.parametrize("page", PAGES)
def test_reads_without_a_complaint(page):
    checkers = [["mandoc", "-Tlint", "-Wwarning"], ["groff", "-ww", "-man", "-Tutf8", "-z"]]
    checkers = [c for c in checkers if shutil.which(c[0])]
    if not checkers:
        pytest.skip("neither mandoc nor groff")
    for command in checkers:
        done = subprocess.run([*command, BUILD / "tools/man" / page], capture_output=True, text=True)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def key_rows():
    return re.findall(r'^\t\{"(\w+)", (CONF_\w+)', source("app/turnpiked/settings.c"), re.M)


def test_every_key():
    told = re.findall(r"^\.TP\n([\w.\[\]]+)\n", section("turnpike.yaml.5", "KEYS"), re.M)
    parts = re.findall(r"^\.SS (\w+)$", section("turnpike.yaml.5", "KEYS"), re.M)
    words = {word.replace("[]", "") for key in told for word in key.split(".")}
    assert len(key_rows()) > 50
    assert {key for key, _ in key_rows()} == words | set(parts)
    # A name may stand in several tables: each row has a place of its own, sections and plain maps apart.
    lists = sum(key.endswith("[]") for key in told)
    assert len(told) == sum(kind != "CONF_MAP" for _, kind in key_rows()) + lists


@pytest.mark.parametrize("key, words", [
    ("turn.limits.bits_per_second", "number from 0 to 1000000000000 (also 64k, 4M, 1G); default 0"),
    ("ports[].device", "text of 1 to 255 bytes; required"),
    ("cores.idle", "one of poll, pause or sleep; default pause"),
    ("turn.relay_ports", "LOW-HIGH, from 1024 to 65535; default 49152-65535"),
    ("turn.deny_peers", "list: text; default [default]"),
])
def test_a_key_says_type_bounds_and_default(key, words):
    assert f".TP\n{key}\n({words})\n" in section("turnpike.yaml.5", "KEYS")


def test_every_key_that_can_be_reloaded():
    """`part.*` stands for each key of that part; a key's file goes with the key, a list's members with the list."""
    live = set(re.findall(r'LIVE(?:_IF)?\("([\w.]+)"', source("app/turnpiked/control/config_diff.c")))
    taken = section("turnpike.yaml.5", "RELOADING").split("All else")[0]
    told = set(re.findall(r"\b(?:\w+\.)+(?:\*|\w+)", taken))
    for key in live:
        assert told & {key, key.rsplit(".", 1)[0] + ".*", key.split(".")[0] + ".*"}, f"{key} is told nowhere"
    keys = re.findall(r"^\.TP\n([\w.\[\]]+)\n", section("turnpike.yaml.5", "KEYS"), re.M)
    keys = {re.sub(r"(?<=secret)_file$", "", key.split("[]")[0]) for key in keys}
    for words in told:
        meant = {key for key in keys if key == words or words.endswith("*") and key.startswith(words[:-1])}
        assert meant and meant <= live, f"{words}: {meant - live or 'no such key'}"


def test_every_option_of_the_relay():
    code, text = program("turnpiked", "--help")
    options = set(re.findall(r"(?<!\w)--?[a-zA-Z][\w-]*", text))
    assert code == 0 and "--check" in options
    assert options <= set(re.findall(r"--?[a-zA-Z][\w-]*", section("turnpiked.8", "OPTIONS")))


def commands():
    _, text = program("turnpikectl")
    return re.findall(r"^  (\w+ \w+)", text, re.M)


def test_every_command():
    text = section("turnpikectl.1", "COMMANDS")
    assert len(commands()) > 10
    for command in commands():
        assert re.search(rf"^\.TP\n{command}\b", text, re.M), command


def test_every_option_of_every_command():
    everywhere = section("turnpikectl.1", "OPTIONS")
    for command in commands():
        _, text = program("turnpikectl", *command.split(), "--help")
        own = re.search(rf"^\.TP\n{command}\b.*?(?=^\.TP|^\.SS|\Z)", section("turnpikectl.1", "COMMANDS"),
                        re.M | re.S)[0].split("Example:")[0]
        for option in re.findall(r"--[a-z]+", text.split("Example:")[0]):
            assert option in own or option in everywhere, f"{command} {option}"


def test_every_exit_status():
    told = re.findall(r"^\.B (\d)$", section("turnpikectl.1", "EXIT STATUS"), re.M)
    names = re.search(r"enum ctl_exit \{([^}]*)\}", source("app/turnpikectl/ctl.h"))[1].split(",")
    assert told == [str(i) for i in range(len(names))]


@pytest.mark.parametrize("title, file, pattern, form", [
    ("CONTROL SOCKET", "lib/api/list.c", r'^\t\{"(\w+\.\w+)", API_', "{}"),
    ("METRICS", "lib/metric/list.h", r'^METRIC\(\w+, "(\w+)"', "turnpike_{}"),
    ("REASONS TO DROP", "app/turnpiked/path/path.h", r'^\tX\(\w+, "(\w+)"', "{}"),
])
def test_every_row(title, file, pattern, form):
    names = re.findall(pattern, source(file), re.M)
    assert len(names) > 10
    for name in names:
        assert re.search(rf"^\.TP\n{re.escape(form.format(name))}(_total|_info)?\b", section("turnpiked.8", title),
                         re.M), name


@pytest.mark.parametrize("name", ["least", "two"])
def test_examples_of_the_configuration_are_right(name, tmp_path):
    (tmp_path / "turn.secret").write_text("s3cret\n")
    text = example("turnpike.yaml.5", name)
    if os.sysconf("SC_NPROCESSORS_CONF") < 5:
        text = text.replace("[1, 2, 3, 4]", "[1]")
    (tmp_path / "a.yaml").write_text(text)
    assert program("turnpikectl", "config", "check", tmp_path / "a.yaml")[0] == 0
