# SPDX-License-Identifier: Apache-2.0
"""A program on a terminal that one can type into and look at: tmux."""
import os
import shlex
import signal
import subprocess
import time

PATIENCE_S = 20  # for what comes at once on an idle machine


class Terminal:
    """`argv` in a tmux of its own, `columns` by `rows`. When it has ended, the screen shows `ended CODE`."""

    def __init__(self, folder, argv, columns=80, rows=24, **env):
        self.socket = os.path.join(str(folder), "tmux")
        os.makedirs(folder, exist_ok=True)
        setting = {"LC_ALL": "C.UTF-8", "TERM": "screen", **env}
        if "ASAN_OPTIONS" in os.environ:  # at a hang-up the leak check of a program with threads spins for ever
            setting["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"] + ":detect_leaks=0"
        words = ["env", *(f"{k}={v}" for k, v in setting.items()), *map(str, argv)]
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows,
                  f"echo before; {shlex.join(words)}; echo ended $?; stty -a; exec sleep 1000",
                  env={**os.environ, "LC_ALL": "C.UTF-8"})

    def tmux(self, *words, **options):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, words)], check=True, capture_output=True,
                              text=True, timeout=30, **options).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        panes = subprocess.run(["tmux", "-S", self.socket, "list-panes", "-F", "#{pane_pid}"], capture_output=True, text=True)
        left = subprocess.run(["pgrep", "-P", panes.stdout.strip() or "0"], capture_output=True, text=True).stdout.split()
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=30)
        until = time.monotonic() + 3
        while any(os.path.exists(f"/proc/{pid}") for pid in left) and time.monotonic() < until:
            time.sleep(0.02)
        for pid in left:  # nobody outlives its terminal
            if os.path.exists(f"/proc/{pid}"):
                os.kill(int(pid), signal.SIGKILL)

    def keys(self, *keys):
        """Names as tmux has them ("Enter", "Escape", "PageDown"), or text."""
        for key in keys:
            self.tmux("send-keys", key)

    def screen(self, colours=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else [])).split("\n")[:-1]

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def wait(self, seen):
        """The screen, once seen(lines) is true."""
        until = time.monotonic() + PATIENCE_S
        while True:
            lines = self.screen()
            if seen(lines):
                return lines
            assert time.monotonic() < until, "\n".join(lines)
            time.sleep(0.05)

    def wait_text(self, *texts):
        return self.wait(lambda lines: all(any(text in line for line in lines) for text in texts))

    def child(self):
        """Process id of the program."""
        shell = self.tmux("list-panes", "-F", "#{pane_pid}").strip()
        return int(subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True, check=True).stdout.split()[0])
