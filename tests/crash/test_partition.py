#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The network between Fairway and the API server is cut, in every manner,
while a thousand finalizers are to be removed; the controller dies meanwhile
and comes back.  When the network is there again all of them go, soon, and
nothing else does.

Both are in network namespaces of their own; what is cut is the real way
between two kernels' network stacks.
"""

import collections
import os
import pathlib
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import netns  # noqa: E402

if __name__ == "__main__":
    netns.enter()

import harness  # noqa: E402
from behind import Behind  # noqa: E402
from story import HEALED_WITHIN, Story  # noqa: E402
from world import OTHERS, OURS, PODS, World, label_is_set  # noqa: E402

REMOVALS = int(os.environ.get("REMOVALS", "1000"))


class Partition(Story, Behind):
    collection = PODS

    def setUp(self):
        super().setUp()
        self.world = World(self.sim, None)
        self.sim.preload("pods", "argo", prefix="p-", count=REMOVALS,
                         finalizers=[OURS, OTHERS], deleted=True)
        self.prepare(REMOVALS)

    @property
    def socket(self):
        return self.tmp / "s"

    @property
    def config(self):
        return (f"cleartext: {{address: 'unix:{self.socket}'}}\n"
                "upstream: {tlsServerName: localhost, connectTimeout: 500ms}\n"
                "limits: {pingAfter: 1s, pingTimeout: 300ms}\n"
                "health:\n"
                "  probeInterval: 100ms\n"
                "  probeIntervalAway: 100ms\n"
                "  probeTimeout: 500ms\n")

    def objects(self):
        return self.world.pods()

    def touch(self, name):
        self.world.patch(name, {"annotations": {"touched": "yes"}})
        return True

    def cut_and_heal(self, cut, is_total=True):
        def cut_now():
            cut()
            if is_total:
                self.fairway.wait_line("health=away")

        self.go_away(cut_now)
        self.come_back(self.network.heal)
        self.assert_each_once()

    def assert_each_once(self):
        """Nothing foreign went, nothing twice, no label was lost."""
        gone = collections.Counter()
        for effect in self.sim.history():
            if effect["user"] == "admin":
                continue
            gone.update((effect["uid"], name)
                        for name in effect["finalizersGone"])
            self.assertTrue(label_is_set(effect["labels"]), effect)
        self.assertEqual(gone, {(pod.uid, OURS): 1 for pod in self.all})

    def test_packets_are_dropped(self):
        self.cut_and_heal(self.network.drop)

    def test_connections_are_refused(self):
        self.cut_and_heal(self.network.reject)

    def test_there_is_no_way(self):
        self.cut_and_heal(self.network.unreachable)

    def test_the_link_is_down(self):
        self.cut_and_heal(self.network.link_down)

    def test_answers_do_not_come_back(self):
        """Half open: what was sent takes effect, and nobody hears of it."""
        self.cut_and_heal(self.network.half_open)

    def test_the_controller_stays_dead(self):
        """What it asked for while nobody could do it is done without it."""
        def cut():
            self.network.drop()
            self.fairway.wait_line("health=away")

        self.go_away(cut)
        # It dies with requests that it never wrote, perhaps; not with these.
        asked = {request.object.name for request in self.asked}
        durable = self.fairway_metric("fairway_intents_durable")
        self.assertGreaterEqual(durable, self.during - 100)
        self.network.heal()
        self.back_at = time.monotonic()
        harness.poll(lambda: self.fairway_metric("fairway_intents") == 0,
                     "intents stay open")
        left = {pod.name for pod in self.left()}
        self.assertLessEqual(len(left & asked - self.touched),
                             len(asked) - durable)
        self.assertLess(time.monotonic() - self.back_at, HEALED_WITHIN)
        # What was changed meanwhile is the controller's, when it is back.
        self.back_at = time.monotonic()
        self.start_controller(self.left())
        self.read_to_end()
        self.wait_gone()
        self.assert_each_once()

    def fairway_metric(self, name):
        return int(re.search(rf"^{name} (\d+)$",
                             self.fairway.admin_get("/metrics"),
                             re.M).group(1))

    def test_one_packet_in_five_is_lost(self):
        self.cut_and_heal(lambda: self.network.lose(20), is_total=False)


if __name__ == "__main__":
    harness.main()
