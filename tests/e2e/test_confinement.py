#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What Fairway takes from itself once it is open: that each call and file is
refused as it should be, that all threads have lost them, that it is said, and
that a folder which is named later needs a restart. That everything else still
works is shown by all other tests: they run with it."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from test_reload import BAD, GOOD, HEAD, replace

CONFINED = harness.BUILD / "tests/e2e/confined"

ALLOWED = "connect", "thread"
REFUSED = ("bind", "chroot", "code", "io_uring", "keys", "kill", "limit",
           "listen", "made-code", "netlink", "packets", "terminal", "undo",
           "unshare")
DEADLY = "clone", "exec", "fork", "other-memory", "ptrace"


def confined(*args):
    done = subprocess.run([CONFINED, *args], capture_output=True, text=True,
                          check=False, timeout=60)
    if done.returncode == 77:
        raise unittest.SkipTest(done.stdout.strip())
    return done


class Calls(unittest.TestCase):
    def test_what_it_needs_is_left(self):
        for call in ALLOWED:
            done = confined(call)
            self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), call)

    def test_the_rest_is_refused(self):
        for call in REFUSED:
            done = confined(call)
            self.assertEqual((done.returncode, done.stdout), (0, "EPERM\n"),
                             call)

    def test_foreign_code_is_the_end(self):
        for call in DEADLY:
            self.assertEqual(confined(call).returncode, -signal.SIGSYS, call)

    def test_the_library_finds_its_way_to_threads(self):
        self.assertEqual(confined("clone3").stdout, "ENOSYS\n")

    def test_a_failed_check_still_aborts(self):
        self.assertEqual(confined("abort").returncode, -signal.SIGABRT)


class Files(unittest.TestCase):
    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        for name in "read", "keep", "other", "elsewhere":
            (self.tmp / name).mkdir()
            (self.tmp / name / "file").touch()

    def open(self, path, read="read/file"):
        return confined(self.tmp / read, self.tmp / "keep",
                        self.tmp / path).stdout.strip()

    def test_folders(self):
        self.open("read/file")  # skips all of it, not one path
        for path, said in {
                "read/file": "ok", "read/more": "ENOENT", "keep/file": "ok",
                "keep/more": "ok", "other/file": "EACCES",
                "other/more": "ENOENT"}.items():
            with self.subTest(path):
                self.assertEqual(self.open(path), said)
        self.assertTrue((self.tmp / "read/file").exists())
        self.assertFalse((self.tmp / "keep/file").exists())

    def test_nothing_is_made_where_it_reads(self):
        self.open("read/made")
        self.open("made")
        self.assertFalse((self.tmp / "read/made").exists())
        self.assertFalse((self.tmp / "made").exists())

    def test_links_that_are_swapped(self):
        """A ConfigMap's ..data: what it is today, and what may be
        tomorrow."""
        (self.tmp / "read/..1").mkdir()
        (self.tmp / "read/..1/file.yaml").touch()
        (self.tmp / "read/..2").mkdir()
        (self.tmp / "read/..2/file.yaml").touch()
        (self.tmp / "read/..data").symlink_to("..1")
        (self.tmp / "read/file.yaml").symlink_to("..data/file.yaml")
        (self.tmp / "elsewhere/link").symlink_to(self.tmp / "other/file")
        self.assertEqual(self.open("read/..2/file.yaml", "read/file.yaml"),
                         "ok")
        self.assertEqual(self.open("other/file", "elsewhere/link"), "ok")
        self.assertEqual(self.open("read/file", "elsewhere/link"), "EACCES")

    def test_a_folder_that_is_missing_opens_none(self):
        self.assertEqual(self.open("other/file", "none/file"), "EACCES")
        self.assertEqual(self.open("elsewhere/file", "none/a/file"), "EACCES")


class Running(harness.Case):
    config = ""

    def said(self):
        return self.fairway.wait_line(
            r'msg="?confined"? systemCalls=("[^"]*"|\S+) files=("[^"]*"|\S+) '
            r"landlock=(\d+)")

    def setUp(self):
        super().setUp()
        said = self.said()
        self.has_calls = said.group(1) == "yes"
        self.has_files = said.group(2) == "yes"

    def threads(self, key):
        tasks = pathlib.Path(f"/proc/{self.fairway.pid}/task")
        return {re.search(rf"^{key}:\s+(\S+)", (task / "status").read_text(),
                          re.M).group(1) for task in tasks.iterdir()}

    def needs(self, what, name):
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("sanitizers need more")
        if not what:
            self.skipTest(f"no {name} here: {self.said().group(0)}")

    def test_all_threads(self):
        self.assertEqual(self.threads("NoNewPrivs"), {"1"})
        self.needs(self.has_calls, "seccomp")
        self.assertGreater(len(os.listdir(
            f"/proc/{self.fairway.pid}/task")), 1)
        self.assertEqual(self.threads("Seccomp"), {"2"})

    def test_status_says_so(self):
        done = subprocess.run(
            [harness.FAIRWAY, "status", "--state-dir", self.tmp / "fw"],
            capture_output=True, text=True, check=True, timeout=60)
        words = [word for word, there in
                 (("system calls", self.has_calls), ("files", self.has_files))
                 if there]
        self.assertRegex(done.stdout,
                         rf"(?m)^confined +{', '.join(words) or 'no'}$")

    def other_certificate(self):
        """Our own, in a folder that nobody has named."""
        folder = self.tmp / "later"
        folder.mkdir()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
            check=True, capture_output=True)
        return (f"listen:\n  tlsCertFile: {folder}/tls.crt\n"
                f"  tlsPrivateKeyFile: {folder}/tls.key\n")

    def test_another_folder_needs_a_restart(self):
        self.needs(self.has_files, "Landlock")
        # The configuration's own is that of the whole test.
        home = self.tmp / "home"
        home.mkdir()
        file = home / "fairway.yaml"
        file.write_text(HEAD)
        self.assertEqual(self.fairway.stop(), 0)

        def start():
            self.fairway = harness.Fairway(
                self.tmp / "fw", self.sim.kubeconfig, "--config", file)

        start()
        self.later = self.other_certificate()
        replace(file, HEAD + self.later)
        self.fairway.wait_line(BAD)
        self.fairway.wait_line("Permission denied; a folder that was not "
                               "named or not there at the start needs a "
                               "restart")
        self.assertEqual(self.client().request("GET", "/version").status, 200)
        # Back, and something else is taken as before.
        start_line = len(self.fairway.lines)
        replace(file, HEAD + "log: {level: debug}\n")
        self.fairway.wait_line(GOOD, start_line)
        self.assertEqual(self.fairway.stop(), 0)
        replace(file, HEAD + self.later)
        start()
        self.assertEqual(self.client().request("GET", "/version").status, 200)


class OldKernel(harness.Case):
    """One that knows neither."""

    def setUp(self):
        if not shutil.which("strace") or subprocess.run(
                ["strace", "true"], capture_output=True,
                check=False).returncode != 0:
            self.skipTest("needs strace, and to be let trace")
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("sanitizers do not like to be traced")
        super().setUp()

    def test_it_runs_without(self):
        self.assertEqual(self.fairway.stop(), 0)
        calls = "seccomp", "landlock_create_ruleset"
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig,
            wrapper=["strace", "-D", "-f", "-o", "/dev/null",
                     *(word for call in calls for word in
                       ("-e", f"inject={call}:error=ENOSYS"))])
        self.fairway.wait_line(
            r'confined"? systemCalls="seccomp: .*" files="the kernel has no '
            r'Landlock .*" landlock=0')
        self.assertEqual(self.client().request("GET", "/version").status, 200)


class Off(harness.Case):
    config = "process: {confinement: false, debuggable: true}\n"

    def test_it_keeps_everything(self):
        self.fairway.wait_line(
            'systemCalls="process.confinement is false" '
            'files="process.confinement is false"')
        self.fairway.wait_line("core files and debuggers may have tokens")
        status = pathlib.Path(
            f"/proc/{self.fairway.pid}/status").read_text()
        mine = pathlib.Path("/proc/self/status").read_text()
        for text in (status, mine):
            self.assertIn("Seccomp:", text)
        found = [re.search(r"^Seccomp:\s+(\d)", text, re.M).group(1)
                 for text in (status, mine)]
        self.assertEqual(found[0], found[1])


if __name__ == "__main__":
    harness.main()
