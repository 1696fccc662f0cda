#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A removal is under way when the API server stands still, its client ends,
and Fairway is killed.

Whether the API server still does what it was sent by a Fairway that is no
more, when it goes on, is up to it: both are right.
"""

import json
import signal

import cluster
import harness
import test_journal
from harness import MERGE_PATCH, POD_FINALIZER, pod
from test_journal import STRATEGIC

OTHERS = "example.com/other"
LATE = "example.com/late"
NAMED = {"$deleteFromPrimitiveList/finalizers": [POD_FINALIZER]}


class OutageBase(test_journal.Base):
    config = test_journal.HEALTH + "journal: {mode: Always}\n"

    def stand_still(self):
        self.sim.freeze()
        self.addCleanup(self.sim.thaw)

    def under_way(self, patch, *guards, media=STRATEGIC):
        """Sent, durable, and nobody is left who knows of it."""
        stored = self.metadata()
        body = patch | {guard: stored[guard] for guard in guards}
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        self.stand_still()
        client.open("PATCH", pod("p-000000"), [media],
                    json.dumps({"metadata": body}).encode())
        self.wait_metric("fairway_intents_durable", 1)
        client.close()

    def reload(self, wait):
        """With the intent open."""
        path = self.tmp / "fairway.yaml"
        lines = [line for line in path.read_text().splitlines()
                 if not line.startswith("lanes:")]
        path.write_text("\n".join(
            [*lines, f"lanes: [{{name: finalizers, waitMax: {wait}}}]\n"]))
        self.fairway.process.send_signal(signal.SIGHUP)
        self.fairway.wait_line("a new configuration")

    def killed(self, by_now=lambda: None):
        """Ends Fairway; the API server goes on; then starts it again."""
        self.kill()
        self.sim.thaw()
        by_now()
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 1)

    def wait_end(self, *ends):
        """The intent has one of them."""
        self.wait_metric("fairway_intents", 0)
        end = self.fairway.wait_line(r"removal ended.* end=(\S+)").group(1)
        self.assertIn(end, ends)
        return end

    def add(self, name):
        """Somebody adds a finalizer."""
        stored = self.metadata()
        self.past("PATCH", body={"metadata": {
            "resourceVersion": stored["resourceVersion"],
            "finalizers": [*stored.get("finalizers", []), name]}})

    def finalizers(self):
        return self.metadata().get("finalizers", [])


class Outage(OutageBase):
    def test_it_is_carried_out(self):
        self.make_pods()
        self.under_way({"finalizers": None}, "uid", "resourceVersion",
                       media=MERGE_PATCH)
        self.killed()
        self.wait_end("done", "gone")
        self.assertIsNone(self.metadata())

    def test_also_when_fairway_is_there_before_the_api_server(self):
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS])
        self.under_way(NAMED, "uid", "resourceVersion")
        self.kill()
        self.restart()
        self.assertEqual(self.metric("fairway_intents_found_total"), 1)
        self.sim.thaw()
        self.wait_end("done", "removed")
        self.assertEqual(self.finalizers(), [OTHERS])

    def test_a_foreign_finalizer_that_came_meanwhile_stays(self):
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS], deleted=False)
        self.under_way(NAMED, "uid")
        self.killed(lambda: self.add(LATE))
        self.wait_end("done")
        self.assertEqual(self.finalizers(), [OTHERS, LATE])

    def test_with_a_version_it_is_left_to_its_client(self):
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS], deleted=False)
        self.under_way(NAMED, "uid", "resourceVersion")
        self.killed(lambda: self.add(LATE))
        end = self.wait_end("conflict", "removed")
        self.assertEqual(
            self.finalizers(), [POD_FINALIZER] * (end == "conflict") +
            [OTHERS, LATE])

    def test_an_object_of_the_same_name_is_not_touched(self):
        self.make_pods()
        self.under_way(NAMED, "uid")

        def recreate():
            self.sim.past("PATCH", pod("p-000000"),
                          {"metadata": {"finalizers": None}}, MERGE_PATCH[1])
            self.assertIsNone(self.metadata())
            self.make_pods()

        self.killed(recreate)
        self.wait_end("recreated")
        self.assertEqual(self.finalizers(), [POD_FINALIZER])

    def test_a_reload_changes_nothing(self):
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS])
        self.under_way(NAMED, "uid", "resourceVersion")
        self.reload("100s")
        self.kill()
        self.restart()
        self.reload("110s")
        self.sim.thaw()
        self.wait_end("done", "removed")
        self.assertEqual(self.finalizers(), [OTHERS])


class Together(OutageBase):
    """Fairway and the API server are killed in one moment."""

    sim_args = (*OutageBase.sim_args, "--keep")

    def setUp(self):
        super().setUp()
        if cluster.FOLDER:
            self.skipTest("tests/crash/cluster_outage.py kills a real one")

    def kill_both(self, when):
        """When it has taken a removal, or has done it."""
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS])
        body = NAMED | {"uid": self.metadata()["uid"]}
        stalled = self.sim.fault(action="stall", when=when,
                                 match={"verb": "patch"})
        client = self.client()
        self.assert_status(client.request("GET", "/version"), 200)
        client.open("PATCH", pod("p-000000"), [STRATEGIC],
                    json.dumps({"metadata": body}).encode())
        self.sim.wait_hits(stalled, 1)
        self.wait_metric("fairway_intents_durable", 1)
        self.fairway.process.send_signal(signal.SIGKILL)
        self.sim.kill()
        self.kill()

    def assert_done_once(self):
        self.wait_end("done")
        self.assertEqual(self.finalizers(), [OTHERS])
        gone = [name for effect in self.sim.history()
                if effect["method"] == "PATCH"
                for name in effect["finalizersGone"]]
        self.assertEqual(gone, [POD_FINALIZER])

    def test_before_it_was_done(self):
        self.kill_both("before")
        self.sim.begin_again()
        self.assertEqual(self.finalizers(), [POD_FINALIZER, OTHERS])
        self.restart()
        self.assert_done_once()

    def test_when_it_was_done_and_nobody_had_heard(self):
        self.kill_both("after")
        self.sim.begin_again()
        self.assertEqual(self.finalizers(), [OTHERS])
        self.restart()
        self.assert_done_once()

    def test_what_is_forgotten_is_not_kept(self):
        """The crash tests go by it: objects and numbers stay, and go on."""
        self.make_pods(finalizers=[POD_FINALIZER, OTHERS])
        file = self.sim.folder / "kept"
        client = self.client()
        for _ in range(20):
            client.request("PATCH", pod("p-000000"), [MERGE_PATCH],
                           b'{"metadata":{"labels":{"x":"y"}}}')
            client.request("PATCH", pod("p-000000"), [MERGE_PATCH],
                           b'{"metadata":{"labels":{"x":null}}}')
        before, size = self.metadata(), file.stat().st_size
        effects = len(self.sim.history())
        self.sim.admin("DELETE", "/history")
        self.assertLess(file.stat().st_size, size / 5)
        self.sim.kill()
        self.sim.begin_again()
        self.assertEqual(self.metadata(), before)
        self.assertEqual(self.sim.history(), [])
        answer = self.client().request(
            "PATCH", pod("p-000000"), [MERGE_PATCH],
            b'{"metadata":{"labels":{"x":"z"}}}')
        self.assert_status(answer, 200)
        effect, = self.sim.history()
        self.assertEqual(effect["seq"], effects)
        self.assertEqual(int(effect["resourceVersion"]),
                         int(before["resourceVersion"]) + 1)

    def test_fairway_is_there_first(self):
        self.kill_both("before")
        self.restart()
        self.fairway.wait_line("health=away")
        self.sim.begin_again()
        self.assert_done_once()


if __name__ == "__main__":
    harness.main()
