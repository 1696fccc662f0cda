# SPDX-License-Identifier: Apache-2.0
"""Programs that are started again when they end, as the kubelet does it."""

import signal
import subprocess
import threading
import time

LONGEST = 300  # seconds of back-off
GRACE = 30  # seconds from SIGTERM to SIGKILL


def back_off(ends):
    """How long after its nth end a container is started again."""
    return 0 if ends <= 1 else min(10 * 2 ** (ends - 2), LONGEST)


class Container:
    """One program.  What it says goes into a file."""

    def __init__(self, name, command, log, env=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.log = log
        self.env = env
        self.process = None
        self.kills = 0  # by us
        self.exits = []  # (when, status) of those by itself
        self.is_killed = False
        self.is_over = threading.Event()
        self.lock = threading.Lock()  # of its starts and its last end
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.begin()
        self.thread.start()
        return self

    def begin(self):
        self.is_killed = False
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=self.env)

    def run(self):
        ends = 0
        while True:
            status = self.process.wait()
            if self.is_over.is_set():
                return
            ends += 1
            if not self.is_killed:
                self.exits.append((time.time(), status))
            self.is_over.wait(back_off(ends))
            with self.lock:
                if self.is_over.is_set():
                    return
                self.begin()

    def kill(self):
        """kill -9, if it runs."""
        if self.process.poll() is None:
            self.is_killed = True
            self.kills += 1
            self.process.kill()
            return True
        return False

    def stop(self):
        """For good."""
        with self.lock:
            self.is_over.set()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.thread.ident:
            self.thread.join()

    def wait_said(self, text, limit=60):
        """Until its log has that."""
        until = time.monotonic() + limit
        while text.encode() not in self.log.read_bytes():
            if self.process.poll() is not None:
                raise RuntimeError(
                    f"{self.name} ended with {self.process.returncode}; "
                    f"see {self.log}")
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not say {text!r}")
            time.sleep(0.1)

    def last_line(self):
        lines = self.log.read_bytes().splitlines()
        return lines[-1].decode(errors="replace") if lines else ""
