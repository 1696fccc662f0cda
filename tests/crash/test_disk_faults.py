#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that fails under the program: its system calls fail, kill it, and
find no room (F11, F13, F14; threats J9, J10).

What must hold: the process lives and serves; nobody is promised what is not
on the disk; it is said loudly; and when the disk is well again the journal
is, by itself.
"""

import os
import pathlib
import resource
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import netns  # noqa: E402

if __name__ == "__main__":
    # Ports of its own, too: nobody takes one while it is not listened on.
    netns.enter("--mount", "--net")

import harness  # noqa: E402
import journal_file  # noqa: E402
from harness import CONFIGMAPS, JSON, configmap  # noqa: E402
from test_journal import HEALTH, Base  # noqa: E402

ALWAYS = "journal: {mode: Always, maxFileBytes: 256Ki}\n"
HOLD = ("lanes: [{name: finalizers, waitMax: 300ms, holdMax: 300ms},"
        " {name: writes, waitMax: 300ms, holdMax: 300ms}]\n")
CALLS = ["pwrite64", "fdatasync", "fsync", "fallocate", "renameat",
         "unlinkat"]
PODS = 3


class Faults(Base):
    config = HEALTH + ALWAYS + HOLD

    def restart(self, wrapper=()):
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config",
            self.tmp / "fairway.yaml", wrapper=wrapper)

    def ask(self):
        """Fairway serves, whatever the disk does."""
        client = self.client()
        self.made = getattr(self, "made", 0) + 1
        self.assert_status(client.request(
            "POST", CONFIGMAPS, [JSON], configmap(f"x-{self.made}")), 201)
        return client

    def refused_removal(self, client, name="p-000000"):
        """The answer to one while the API server is away."""
        body = self.body(name)
        self.go_away()
        answer = self.send(client, body, name)
        answer.wait_over()
        self.come_back()
        self.fairway.wait_line("health=(recovering|up)",
                               len(self.fairway.lines))
        return answer

    def send_wide(self, client, count):
        """Removals as large as they may be, of what is not there."""
        body = (b'{"metadata":{"finalizers":null,"resourceVersion":"1"}}'
                + b" " * 3900)
        streams = [self.send(client, body, "none") for _ in range(count)]
        for stream in streams:
            self.assert_status(stream, 404)

    def assert_off(self):
        """It promises nothing, says so, and serves."""
        self.wait_metric("fairway_journal_on", 0)
        self.fairway.wait_line("journal: off")
        client = self.ask()
        answer = self.refused_removal(client)
        self.assertIn(answer.status, (429, 503))
        self.assertIsNone(answer.header("x-fairway-intent"))
        self.assertEqual(self.metric("fairway_journal_on"), 0)
        self.assertIn("journal", self.fairway.admin_get("/readyz?verbose"))

    def assert_on(self):
        self.wait_metric("fairway_journal_on", 1)
        answer = self.refused_removal(self.ask())
        self.assertIsNotNone(answer.header("x-fairway-intent"))


class Injected(Faults):
    """By strace, at the k-th call of a kind; it counts for each thread."""

    def setUp(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("the leak sanitizer does not work under ptrace")
        super().setUp()
        self.make_pods(PODS)

    def orders(self, call, what):
        return ["-f", "-e", f"trace={call}", "-e", f"inject={call}:{what}",
                "-o", self.tmp / "trace"]

    def inject_at_start(self, call, what):
        # -D: the process that we start is Fairway itself.
        self.restart(["strace", "-D", "-qq", *self.orders(call, what)])

    def inject(self, call, what):
        """From now on: what the journal's thread does."""
        tracer = harness.Process(
            ["strace", *self.orders(call, what), "-p", self.fairway.pid],
            "strace")
        self.addCleanup(tracer.stop)
        tracer.wait_line("attached")
        return tracer

    # --- F13, F14: it fails ------------------------------------------------

    def fails_for_good(self, call, error):
        tracer = self.inject(call, f"error={error}:when=1+")
        self.send(self.ask(), self.body("p-000001"), "p-000001").wait_over()
        self.assert_off()
        # The disk is well again.
        tracer.stop()
        self.fairway.wait_line("journal: on again")
        self.assert_on()

    def test_syncs_fail(self):
        self.fails_for_good("fdatasync", "EIO")

    def test_writes_find_no_space(self):
        self.fails_for_good("pwrite64", "ENOSPC")

    def test_writes_are_over_a_quota(self):
        self.fails_for_good("pwrite64", "EDQUOT")

    def test_the_disk_turned_read_only(self):
        self.fails_for_good("pwrite64", "EROFS")

    def test_one_failure_is_made_good(self):
        """A new segment is begun with all that is open; the descriptor that
        failed is not used again."""
        for call in "pwrite64", "fdatasync":
            self.make_pods(1)
            tracer = self.inject(call, "error=EIO:when=1")
            answer = self.refused_removal(self.ask())
            self.assertIsNotNone(answer.header("x-fairway-intent"))
            self.assertEqual(self.metric("fairway_journal_failures_total"),
                             1)
            self.assertEqual(self.metric("fairway_journal_on"), 1)
            self.kill()
            tracer.stop()
            self.restart()
            harness.poll(lambda: self.metadata("p-000000") is None,
                         "the removal is not carried out")

    def test_interrupted_writes_go_on(self):
        self.inject("pwrite64", "error=EINTR:when=1+2")
        self.assert_on()
        self.assertEqual(self.metric("fairway_journal_failures_total"), 0)

    # --- F11: it dies ------------------------------------------------------

    def work(self, is_much):
        """Removals that are held, named, given up, and sent after all."""
        try:
            client = self.client()
            self.assert_status(client.request("GET", "/version"), 200)
            # All at once are more than may be open.
            for _ in range(6 if is_much else 0):
                self.send_wide(client, 20)
            self.go_away()
            streams = [self.send(client, self.body(name), name)
                       for name in self.pods()]
            for stream in streams[:1]:
                stream.wait_over()
            self.come_back()
            for stream in streams[1:]:
                stream.wait_over()
            self.fairway.stop()
        except (harness.Closed, harness.Reset, AssertionError, OSError):
            pass
        self.come_back()

    def pods(self):
        return [f"p-{i:06}" for i in range(PODS)]

    def die_at_start(self, call, k):
        try:
            self.inject_at_start(call, f"signal=KILL:when={k}")
        except AssertionError:
            return True  # it ended without listening
        self.assertEqual(self.fairway.stop(), 0)
        return False

    def die_at_work(self, call, k):
        self.restart()
        tracer = self.inject(call, f"signal=KILL:when={k}")
        # The others are of new segments only.
        self.work(call not in ("pwrite64", "fdatasync"))
        status = self.fairway.process.wait(harness.LIMIT)
        self.fairway.pipe.close()
        tracer.stop()
        return status != 0

    def dies(self, die, call, k):
        """Whether it did; what was durable then is carried out."""
        died = die(call, k)
        durable = {}
        for segment in journal_file.read_folder(self.tmp / "fw"):
            durable = segment.open_ids()
        self.restart()
        self.wait_metric("fairway_intents", 0)
        for intent in durable.values():
            name = intent.target.rpartition("/")[2]
            self.assertIsNone(self.metadata(name), intent)
        self.assertEqual(self.fairway.stop(), 0)
        self.assert_nothing_twice()
        self.make_pods(PODS)
        return died

    def assert_nothing_twice(self):
        effects = [effect["name"] for effect in self.sim.history()
                   if effect["finalizersGone"]]
        self.assertEqual(len(effects), len(set(effects)), effects)
        for name in self.pods():
            if self.metadata(name) is not None:
                self.past("PATCH", name, {"metadata": {"finalizers": None}})
        self.sim.admin("DELETE", "/history")

    def kill_at_each_call(self, die):
        self.fairway.stop()
        deaths = {}
        for call in CALLS:
            k = 1
            while self.dies(die, call, k):
                k += 1
            deaths[call] = k - 1
        print("\n  died at", deaths, file=sys.stderr)
        return deaths

    def test_killed_at_each_call_of_a_start(self):
        deaths = self.kill_at_each_call(self.die_at_start)
        for call in CALLS:
            self.assertGreater(deaths[call], 0)

    def test_killed_at_each_call_of_its_work(self):
        deaths = self.kill_at_each_call(self.die_at_work)
        for call in CALLS:
            self.assertGreater(deaths[call], 0)


class Full(Faults):
    """A file system of its own, that is full."""

    def setUp(self):
        super().setUp()
        self.fairway.stop()
        self.folder = self.tmp / "fw"
        self.make_pods(1)

    def mount(self, options):
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs",
                        self.folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.folder])
        self.folder.chmod(0o700)

    def fill(self):
        """To the last byte."""
        with open(self.folder / "filler", "wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(4096))
            except OSError:
                pass

    def test_no_space_at_the_start(self):
        self.mount("size=128k")
        self.restart()
        self.assert_off()
        subprocess.run(["mount", "-o", "remount,size=4m", self.folder],
                       check=True)
        self.fairway.wait_line("journal: on again")
        self.assert_on()

    def test_no_space_while_it_runs(self):
        """It lives in what it has: two segments, one after the other."""
        self.mount("size=2m")
        self.restart()
        self.fill()
        self.use_segments(5)
        self.assert_on()
        self.assertEqual(self.metric("fairway_journal_failures_total"), 0)

    def test_no_names_left(self):
        self.mount("size=4m,nr_inodes=40")
        self.restart()
        try:
            for i in range(100):
                (self.folder / f"f-{i}").touch()
        except OSError:
            pass
        self.use_segments(5)
        self.assert_on()
        self.assertEqual(self.metric("fairway_journal_failures_total"), 0)

    def number(self):
        """Of the newest segment."""
        return max(segment.number for segment in
                   journal_file.read_folder(self.folder))

    def use_segments(self, count):
        """Removals until so many more were begun."""
        client = self.ask()
        until = self.number() + count
        for _ in range(100):
            self.send_wide(client, 20)
            if self.number() >= until:
                return
        self.fail("no new segment")

class Limited(Faults):
    """RLIMIT_FSIZE: EFBIG, and a signal that kills who does not ignore it."""

    def test_files_may_not_be_so_large(self):
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
        self.make_pods(1)
        self.fairway.stop()
        shutil.rmtree(self.tmp / "fw")
        try:
            self.restart()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        self.assert_off()
        resource.prlimit(self.fairway.pid, resource.RLIMIT_FSIZE, limit)
        self.fairway.wait_line("journal: on again")
        self.assert_on()


if __name__ == "__main__":
    harness.main()
