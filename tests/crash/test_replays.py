#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Replays, many of them, and what may happen meanwhile: live traffic, the
end of the process, an API server that is another one (F24, F27, F28).

The journals are written by the test: so many removals have waited out an
outage, and Fairway starts.
"""

import collections
import json
import pathlib
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import harness  # noqa: E402
import journal_file  # noqa: E402
from harness import CONFIGMAPS, JSON, MERGE_PATCH, configmap, pod  # noqa: E402
from test_journal import HEALTH, Base  # noqa: E402

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
QPS = 1000
BURST = 50


class Replays(Base):
    config = (HEALTH + "journal: {maxFileBytes: 32Mi, "
              f"replayQPS: {QPS}, replayBurst: {BURST}}}\n")

    def setUp(self):
        super().setUp()
        self.folder = self.tmp / "fw"
        self.identity = self.own_identity()
        self.fairway.stop()

    def own_identity(self):
        """Whose Fairway's own credentials are, as a record says it."""
        name = "own-000000"
        self.sim.preload("pods", "argo", prefix="own-", count=1,
                         finalizers=[harness.POD_FINALIZER], deleted=True)
        _, stream = self.held(name=name)
        intent, = journal_file.read_folder(self.folder)[-1].opened
        self.come_back()
        self.assert_status(stream, 200)
        self.sim.admin("DELETE", "/history")
        return intent.identity

    def pods(self):
        """All that are there: {name: metadata}."""
        items = self.sim.admin("POST", "/request", {
            "method": "GET",
            "path": "/api/v1/namespaces/argo/pods"})["body"]["items"]
        return {item["metadata"]["name"]: item["metadata"] for item in items}

    def journal(self, pods):
        """Of an outage in which all of these were to be released."""
        for path in self.folder.glob("*.journal*"):
            path.unlink()
        writer = journal_file.Writer(number=1, journal_id=bytes(16))
        writer.snapshot()
        now = time.time_ns() // 1000
        for i, (name, metadata) in enumerate(sorted(pods.items())):
            if i % 2:
                uid, kind = metadata["uid"], STRATEGIC
                body = {"uid": uid, "$deleteFromPrimitiveList/finalizers":
                        metadata["finalizers"]}
            else:
                uid, kind = "", MERGE
                body = {"finalizers": None,
                        "resourceVersion": metadata["resourceVersion"]}
            writer.open(journal_file.Intent(
                id=(1 << 32) + i + 1, target=pod(name), is_own=True,
                identity=self.identity, content_type=kind, uid=uid, opened_at=now,
                body=json.dumps({"metadata": body}).encode()))
        path = self.folder / "00000001.journal"
        path.write_bytes(writer.bytes(1 << 20))
        path.chmod(0o600)

    def effects(self):
        return [effect for effect in self.sim.history()
                if effect["finalizersGone"]]

    def assert_each_once(self, count):
        names = collections.Counter(
            effect["name"] for effect in self.effects())
        self.assertEqual(set(names.values()), {1})
        self.assertEqual(len(names), count)

    def wait_effects(self, count):
        harness.poll(lambda: len(self.effects()) >= count,
                     f"there were not {count} replays")

    # --- F27 ---------------------------------------------------------------

    def test_ten_thousand_and_live_traffic(self):
        count = 10_000
        self.make_pods(count)
        self.sim.preload("pods", "argo", prefix="live-", count=100,
                         finalizers=[harness.POD_FINALIZER], deleted=True)
        pods = self.pods()
        self.journal({name: metadata for name, metadata in pods.items()
                      if not name.startswith("live-")})
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), count)
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        # One after the other, while replays go on.
        for i in range(100):
            name = f"live-{i:06}"
            body = json.dumps({"metadata": {
                "finalizers": None, "uid": pods[name]["uid"]}}).encode()
            self.assert_status(client.request(
                "PATCH", pod(name), [MERGE_PATCH], body), 200)
            self.assert_status(client.request(
                "POST", CONFIGMAPS, [JSON], configmap(f"x-{i}")), 201)
        self.assertGreater(self.metric("fairway_intents"), 0,
                           "nothing was left to compare with")
        self.wait_metric("fairway_intents", 0)
        self.assertEqual(self.ended("done"), count)
        self.assert_each_once(count + 100)
        self.assert_paced()

    def assert_paced(self):
        """Never more in a second than is configured."""
        times = [effect["usec"] for effect in self.effects()
                 if not effect["name"].startswith("live-")]
        for first, last in zip(times, times[QPS + BURST + 10:]):
            self.assertGreater(last - first, 1_000_000)

    # --- F24 ---------------------------------------------------------------

    def test_the_process_ends_while_it_replays(self):
        count = 300
        self.make_pods(count)
        self.journal(self.pods())
        for number in signal.SIGTERM, signal.SIGKILL, signal.SIGTERM:
            before = len(self.effects())
            # So slow that it cannot be done before.
            self.sim.fault(delayMs=100, match={"verb": "patch"})
            self.restart()
            self.wait_effects(before + 10)
            self.fairway.process.send_signal(number)
            if number == signal.SIGKILL:
                self.fairway.process.wait()
                self.fairway.pipe.close()
            else:
                self.fairway.is_told = True
                self.assertEqual(self.fairway.stop(), 0)
            self.sim.no_faults()
        self.assertLess(len(self.effects()), count)
        self.restart()
        self.wait_metric("fairway_intents", 0)
        self.assert_each_once(count)

    # --- F28 ---------------------------------------------------------------

    def test_an_api_server_with_another_store(self):
        """Names are the same, and nothing else is."""
        count = 20
        self.make_pods(count)
        self.journal(self.pods())
        port = self.sim.port
        self.sim.stop()
        self.sim = harness.Kubesim(self.tmp / "sim", "--seed", "2",
                                   listen=f"127.0.0.1:{port}")
        self.sim.preload("configmaps", "argo", prefix="c-", count=1000)
        self.make_pods(count)
        self.restart()
        self.wait_metric("fairway_intents", 0)
        self.assertEqual(self.effects(), [])
        self.assertEqual(self.ended("recreated"), count // 2)
        self.assertEqual(self.ended("conflict"), count // 2)


if __name__ == "__main__":
    harness.main()
