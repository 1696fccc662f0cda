#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""F19: little memory.  What waits is bounded by Fairway's own budget, which
refuses before the process runs out; and if that is too large for what there
is, the process may end: what was journaled survives.

The limit is one of the process (RLIMIT_DATA: what it may write to), which ends
it where a cgroup's would kill it.
"""

import collections
import os
import pathlib
import re
import signal

import harness
import test_journal
from harness import CONFIGMAPS, JSON, POD_FINALIZER, configmap

BODY = 56 << 10  # one fits into a stream's window
MIB = 1 << 20


def limited(mib):
    return ["sh", "-c", f'ulimit -d {mib << 10}; exec "$@"', "sh"]


class MemoryBase(test_journal.Base):
    def setUp(self):
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("a sanitizer needs more")
        super().setUp()

    def data(self):
        """What the limit is about; None: it has ended."""
        try:
            status = pathlib.Path(
                f"/proc/{self.fairway.pid}/status").read_text()
            return int(re.search(r"VmData:\s+(\d+)", status)[1]) >> 10
        except (OSError, TypeError):
            return None

    def flood(self, count, clients=4):
        """Creates that have to wait, with a body each: as much as it takes."""
        filler = {"filler": "x" * BODY}
        streams = []
        try:
            clients = [self.client() for _ in range(clients)]
            for i in range(count):
                client = clients[i % len(clients)]
                stream = client.open("POST", CONFIGMAPS, [JSON], end=False)
                client.queue(stream, configmap(f"flood-{i}", filler))
                streams.append(stream)
                client.drain()
            for client in clients:
                client.ping()  # it has taken all that it takes
        except (OSError, harness.Closed):
            pass  # it has ended, or the connection
        return streams


class Enough(MemoryBase):
    """The limit is above the budget, and the flood far above both."""

    config = test_journal.HEALTH + (
        "limits: {maxMemoryBytes: 16Mi}\n"
        "hold: {maxBytes: 8Mi, maxSmallBytes: 2Mi}\n")
    wrapper = limited(40)
    COUNT = 1000  # 56 MB

    def test_the_budget_refuses_and_nothing_is_lost(self):
        self.make_pods(count=2)
        held, removal = self.held()
        streams = self.flood(self.COUNT)
        print(self.data(), "MiB", end=" ")
        told = collections.Counter(
            stream.status for stream in streams if stream.headers)
        self.assertEqual(set(told), {429})
        self.assertGreater(told[429], self.COUNT // 2)
        for stream in streams:
            if stream.headers:
                self.assertIn(stream.header("x-fairway-reason"),
                              ("queue-full", "gave-way", "too-many"))
                self.assertTrue(stream.header("retry-after"))
        # What is small, and more important, still finds a place.
        other = self.send(held, self.body("p-000001"), "p-000001")
        held.ping()
        self.wait_metric("fairway_intents_durable", 2)
        self.come_back()
        self.assert_status(removal, 200)
        self.assert_status(other, 200)
        for stream in streams:
            self.assertIn(stream.status, (201, 429))
        created = sum(stream.status == 201 for stream in streams)
        self.assertGreater(created, 0)
        # Each of those once, and of what was refused none.
        self.assertEqual(len(self.sim.effects("POST")), created)
        self.assertEqual(self.fairway.process.poll(), None)


class TooLittle(MemoryBase):
    """The budget is far above the limit: a mistake."""

    config = test_journal.HEALTH + (
        "limits: {maxMemoryBytes: 1Gi}\n"
        "hold: {maxBytes: 1Gi}\n"
        "lanes: [{name: writes, queueBytes: 1Gi}]\n")
    wrapper = limited(32)

    def test_what_was_journaled_survives(self):
        self.make_pods()
        self.held()
        for _ in range(20):
            if self.fairway.process.poll() is None:
                self.flood(300)
        # It ends, or serves nobody any more; a cgroup would kill it.
        self.fairway.process.send_signal(signal.SIGKILL)
        self.assertIn(self.fairway.process.wait(),
                      (-signal.SIGABRT, -signal.SIGKILL))
        self.fairway.pipe.close()
        self.come_back()
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 1)
        self.wait_ended("done")
        self.assertIsNone(self.metadata())


if __name__ == "__main__":
    harness.main()
