# SPDX-License-Identifier: Apache-2.0
"""The demo's page in Chromium: two tabs talk, and each microphone trouble is told in words of its own."""

import os
import time

import pytest

from kit.relay import ROOT
from kit.room import DOOR, KEY

CONFIG = {"voice": {"tokens": {"keys": [KEY]}, "speakers": 3}}
CONNECTED = "document.getElementById('state').textContent === 'Connected'"
OUT = os.path.join(ROOT, "out")
PHONE = {"viewport": {"width": 360, "height": 740}, "colorScheme": "dark"}
DESK = {"viewport": {"width": 720, "height": 620}, "colorScheme": "light"}


def text(chromium, page, what):
    return chromium.ask("do", page=page, method="textContent", args=[what])


def speaking(name):
    return ("[...document.querySelectorAll('#people li.speaking .name')]"
            f".some((e) => e.textContent.split(' ')[0] === '{name}')")


def shot(chromium, page):
    os.makedirs(OUT, exist_ok=True)
    chromium.ask("do", page=page, method="screenshot", args=[{"path": f"{OUT}/page-{page}.png"}])


def row(relay, name):
    return next(p for p in relay.call("player.list", room="lounge")["players"] if p["player"] == name)


@pytest.fixture
def tabs(chromium, door):
    made = []

    def open_tab(name, browser, options, url=f"{DOOR}/"):
        chromium.ask("page", name=name, browser=browser, url=url, options=options)
        made.append(name)
        return name

    yield open_tab
    for name in made:
        chromium.ask("close", page=name)


def enter(chromium, page):
    for field, value in (("#room", "lounge"), ("#player", page)):
        chromium.ask("do", page=page, method="fill", args=[field, value])
    chromium.ask("do", page=page, method="click", args=["#join"])
    chromium.ask("wait", page=page, text=CONNECTED)


def test_two_tabs_talk(chromium, relay, tabs):
    tabs("ann", "client", DESK)
    tabs("ben", "peer", PHONE)
    for page in ("ann", "ben"):
        enter(chromium, page)
    for page, other in (("ann", "ben"), ("ben", "ann")):
        chromium.ask("wait", page=page, text=speaking(other))
        chromium.ask("wait", page=page, text="/^[0-9.]+ ms$/.test(document.getElementById('round-trip').textContent)")
        chromium.ask("wait", page=page, text="/^[0-9.]+ %$/.test(document.getElementById('lost-out').textContent)")
        chromium.ask("wait", page=page, text=speaking(other))
        shot(chromium, page)
        assert text(chromium, page, "#lost-in").startswith("0.0 % (0 of ")
        assert chromium.ask("errors", page=page) == []

    chromium.ask("do", page="ann", method="click", args=["#mute"])
    assert text(chromium, "ann", "#mute") == "Muted"
    end = time.monotonic() + 10
    while row(relay, "ann")["level_dbov"] > -100:
        assert time.monotonic() < end, "muted, but heard"
        time.sleep(0.05)
    chromium.ask("do", page="ann", method="click", args=["#mute"])
    chromium.ask("wait", page="ben", text=speaking("ann"))

    chromium.ask("do", page="ann", method="click", args=["#leave"])
    chromium.ask("wait", page="ben", text="document.querySelectorAll('#people li').length === 1")
    assert [p["player"] for p in relay.call("player.list", room="lounge")["players"]] == ["ben"]
    enter(chromium, "ann")
    chromium.ask("wait", page="ben", text=speaking("ann"))


def test_it_fits_a_narrow_phone(chromium, tabs):
    tabs("eve", "client", {"viewport": {"width": 320, "height": 600}})
    enter(chromium, "eve")
    wide = chromium.ask("do", page="eve", method="evaluate",
                        args=["document.documentElement.scrollWidth - innerWidth"])
    assert wide <= 0
    unnamed = chromium.ask("do", page="eve", method="evaluate", args=[
        "[...document.querySelectorAll('input, button, meter')].filter((e) => !e.labels?.length && "
        "!e.textContent.trim() && !e.getAttribute('aria-label')).length"])
    assert unnamed == 0


@pytest.mark.parametrize("error, words", [
    ("NotAllowedError", "denied"), ("NotFoundError", "There is no microphone"), ("NotReadableError", "busy")])
def test_microphone_troubles(chromium, tabs, error, words):
    page = tabs(f"mic-{error}", "client", {})
    chromium.ask("do", page=page, method="evaluate", args=[
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }}"])
    chromium.ask("do", page=page, method="click", args=["#join"])
    chromium.ask("wait", page=page, text="!document.getElementById('trouble').hidden")
    assert words in text(chromium, page, "#trouble")
    # Whoever has no voice may listen all the same.
    chromium.ask("do", page=page, method="click", args=["#listen"])
    chromium.ask("wait", page=page, text=CONNECTED)


def test_an_insecure_page_says_so(chromium, tabs):
    page = tabs("insecure", "client", {}, "http://198.18.0.2:8080/")
    chromium.ask("do", page=page, method="click", args=["#join"])
    chromium.ask("wait", page=page, text="!document.getElementById('trouble').hidden")
    assert "https://" in text(chromium, page, "#trouble")


def test_a_wrong_token_is_told(chromium, tabs):
    page = tabs("forger", "client", {}, f"{DOOR}/#room=lounge&player=mallory&token=a.b.c&join=1")
    chromium.ask("wait", page=page, text="!document.getElementById('trouble').hidden")
    assert "token" in text(chromium, page, "#trouble")
