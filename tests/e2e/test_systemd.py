#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""build-aux/systemd/: systemd takes the unit and finds little that it leaves
open, what it says of Fairway is so, and Fairway asks the kernel for nothing
that it takes away. It is not run under systemd here."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
UNIT = SOURCE / "build-aux" / "systemd" / "fairway.service"
PROGRAM = "/usr/bin/fairway"
# Of 100: what is left is the network, and RLIMIT_NOFILE, which it raises.
EXPOSURE = "14"


def run(*command):
    return subprocess.run([str(word) for word in command], check=False,
                          capture_output=True, text=True, timeout=60)


def settings():
    """Key to values, in their order."""
    found = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def calls_of(name):
    """Those of a set, as systemd-analyze prints it."""
    found = set()
    said = run("systemd-analyze", "syscall-filter", name).stdout
    for line in said.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= calls_of(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return found


def allowed():
    """The calls that SystemCallFilter= leaves."""
    found = set()
    for value in settings()["SystemCallFilter"]:
        is_taken = value.startswith("~")
        for word in value.removeprefix("~").split():
            calls = calls_of(word) if word.startswith("@") else {word}
            found = found - calls if is_taken else found | calls
    return found


class Unit(unittest.TestCase):
    def test_what_it_says_of_fairway(self):
        start, = settings()["ExecStart"]
        program, command, *rest = start.split()
        self.assertEqual(program, PROGRAM)
        said = run(harness.FAIRWAY, command, "--help").stdout
        for word in rest:
            if word.startswith("-"):
                self.assertRegex(said, rf"(?m)^ .*{word}\b")

    def test_the_user_is_made(self):
        users = (UNIT.parent / "fairway.sysusers").read_text().split()
        self.assertEqual(users[:2], ["u", settings()["User"][0]])

    @unittest.skipUnless(shutil.which("systemd-analyze"),
                         "needs systemd-analyze")
    def test_systemd_takes_it(self):
        with tempfile.TemporaryDirectory() as name:
            copy = pathlib.Path(name) / UNIT.name
            text = UNIT.read_text().replace(
                PROGRAM, str(harness.FAIRWAY.resolve()))
            copy.write_text(text)
            done = run("systemd-analyze", "verify", "--man=no", copy)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            done = run("systemd-analyze", "security", "--offline=true",
                       f"--threshold={EXPOSURE}", copy)
            self.assertEqual(done.returncode, 0, done.stdout)


class Kernel(harness.Case):
    def setUp(self):
        for program in "strace", "systemd-analyze":
            if not shutil.which(program):
                self.skipTest(f"needs {program}")
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("sanitizers ask for more, and not under strace")
        if run("strace", "true").returncode != 0:
            self.skipTest("strace may not trace here")
        super().setUp()

    def test_it_asks_for_nothing_that_is_refused(self):
        trace = self.tmp / "trace"
        fairway = harness.Fairway(
            self.tmp / "traced", self.sim.kubeconfig,
            wrapper=["strace", "-D", "-f", "-o", trace])
        try:
            client = harness.Client("127.0.0.1", fairway.port,
                                    cafile=fairway.cafile,
                                    token=fairway.token)
            self.clients.append(client)
            self.assertEqual(client.request("GET", "/version").status, 200)
            fairway.admin_get("/metrics")
            done = run(harness.FAIRWAY, "status", "--state-dir",
                       self.tmp / "traced")
            self.assertEqual(done.returncode, 0, done.stderr)
        finally:
            self.assertEqual(fairway.stop(), 0)
        text = trace.read_text()
        asked = set(re.findall(r"^\d+ +(\w+)\(", text, re.M))
        self.assertGreater(len(asked), 30)
        self.assertEqual(asked - allowed(), set())
        families = set(re.findall(r" socket\((AF_\w+)", text))
        self.assertLessEqual(
            families, set(settings()["RestrictAddressFamilies"][0].split()))
        self.assertNotRegex(text, r"PROT_WRITE\|PROT_EXEC")
        # ProcSubset=pid, ProtectHome and PrivateDevices hide these.
        self.assertNotRegex(text, r'open\w*\([^"]*"/(proc/sys|sys)/')


if __name__ == "__main__":
    harness.main()
