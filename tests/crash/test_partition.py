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
import select
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import netns  # noqa: E402

if __name__ == "__main__":
    netns.enter()

import harness  # noqa: E402
from client import ClientProcess  # noqa: E402
from ledger import OWN, Ledger, removal_body  # noqa: E402
from world import OTHERS, OURS, PODS, World  # noqa: E402

REMOVALS = int(os.environ.get("REMOVALS", "1000"))
BEFORE, DURING, AFTER = (REMOVALS * share // 10 for share in (3, 4, 3))
HEALED_WITHIN = 10  # seconds: the bar


class Partition(harness.Case):
    config = ("cleartext: {{address: 'unix:{socket}'}}\n"
              "upstream: {{tlsServerName: localhost, connectTimeout: 500ms}}\n"
              "limits: {{pingAfter: 1s, pingTimeout: 300ms}}\n"
              "health:\n"
              "  probeInterval: 100ms\n"
              "  probeIntervalAway: 100ms\n"
              "  probeTimeout: 500ms\n")

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-cut."))
        self.addCleanup(harness.shutil.rmtree, self.tmp)
        self.clients = []
        self.network = netns.Network()
        self.addCleanup(self.network.close)
        (self.tmp / "sim").mkdir()
        self.sim = harness.Kubesim(
            self.tmp / "sim", listen=f"{netns.SERVER}:0",
            admin=f"{netns.ORDERS}:0", wrapper=self.network.inside)
        self.addCleanup(self.end_sim)
        self.world = World(self.sim, None)
        self.ledger = Ledger()
        self.controller = None
        self.start_fairway()
        self.sim.preload("pods", "argo", prefix="p-", count=REMOVALS,
                         finalizers=[OURS, OTHERS], deleted=True)
        self.pods = self.world.pods()
        self.network_is_back = None

    def start_fairway(self):
        self.socket = self.tmp / "s"
        path = self.tmp / "fairway.yaml"
        path.write_text("apiVersion: fairway.dev/v1alpha1\n"
                        "kind: Configuration\n"
                        + self.config.format(socket=self.socket))
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.sim.kubeconfig, "--config", path)
        self.addCleanup(self.end_fairway)

    # --- the controller ----------------------------------------------------

    def removals(self, pods):
        requests = []
        for pod in pods:
            content_type, body = removal_body("merge", pod, OURS, True)
            requests.append(self.ledger.add(
                kind="removal", method="PATCH", path=f"{PODS}/{pod.name}",
                token=OWN, content_type=content_type, body=body, object=pod,
                names=(OURS,), label=True))
        return requests

    def start_controller(self, pods):
        self.asked = self.removals(pods)
        self.controller = ClientProcess(self.socket, self.asked, 1000)
        self.addCleanup(self.kill_controller)

    def kill_controller(self):
        if not self.controller.is_over:
            for event in self.controller.kill():
                self.ledger.note(event)

    def read_until(self, condition):
        """Takes what the controller reports; True: it holds."""
        until = time.monotonic() + harness.LIMIT
        while not condition():
            if self.controller.is_over:
                return False
            self.assertLess(time.monotonic(), until)
            if select.select([self.controller], [], [], 1)[0]:
                for event in self.controller.read():
                    self.ledger.note(event)
        return True

    def count_sent(self):
        return sum(request.was_sent for request in self.asked)

    def count_told(self):
        return sum(request.told is not None for request in self.asked)

    # --- the API server ----------------------------------------------------

    def left(self):
        return [pod for pod in self.world.pods() if OURS in pod.finalizers]

    def wait_gone(self):
        """All of ours are removed, by whomever; how long it took."""
        harness.poll(lambda: not self.left(), "finalizers stay")
        took = time.monotonic() - self.network_is_back
        print(f"\n  all gone {took:.2f} s after the network was back",
              file=sys.stderr)
        self.assertLess(took, HEALED_WITHIN)

    def assert_nothing_else(self):
        """Nothing foreign went, nothing twice, no label was lost."""
        gone = collections.Counter()
        for effect in self.sim.history():
            if effect["user"] == "admin":
                continue
            gone.update((effect["uid"], name)
                        for name in effect["finalizersGone"])
            self.assertEqual(
                effect["labels"]["workflows.argoproj.io/completed"], "true")
        self.assertEqual(gone, {(pod.uid, OURS): 1 for pod in self.pods
                                if pod.name not in self.touched})

    # --- the story ---------------------------------------------------------

    def run_story(self, cut, touched=10, is_total=True):
        """Before, during, after; the controller dies in the middle."""
        self.start_controller(self.pods[:BEFORE])
        self.read_until(lambda: self.count_told() >= BEFORE - 50)
        cut()
        if is_total:
            self.fairway.wait_line("health=away")
        during = self.pods[BEFORE:BEFORE + DURING]
        self.kill_controller()
        unknown = [request.object for request in self.asked
                   if request.status != 200]
        self.start_controller(unknown + during)
        self.read_until(lambda: self.count_sent() == len(self.asked))
        # Others change some of them; the controller does not see it yet.
        self.touched = {pod.name for pod in during[:touched]}
        for name in self.touched:
            self.world.patch(name, {"annotations": {"touched": "yes"}})
        self.kill_controller()
        self.start_controller(unknown + during
                              + self.pods[BEFORE + DURING:])
        self.read_until(
            lambda: self.count_sent() >= len(unknown) + DURING)

    def return_and_reconcile(self):
        """The network is back; the controller does what is left."""
        self.network.heal()
        self.network_is_back = time.monotonic()
        self.read_until(lambda: False)
        left = self.left()
        self.assertLessEqual({pod.name for pod in left}, self.touched)
        self.touched = {pod.name for pod in left}
        self.start_controller(left)
        self.read_until(lambda: False)
        self.wait_gone()
        self.assert_all_told()
        history = {effect["name"] for effect in self.sim.history()
                   if effect["user"] != "admin"}
        self.assertEqual(history, {pod.name for pod in self.pods})

    def assert_all_told(self):
        for request in self.ledger.removals():
            if request.told == "answer":
                self.assertIn(request.status,
                              (200, 404, 409, 429, 503, 504), request)

    def test_packets_are_dropped(self):
        self.run_story(self.network.drop)
        self.return_and_reconcile()

    def test_connections_are_refused(self):
        self.run_story(self.network.reject)
        self.return_and_reconcile()

    def test_there_is_no_way(self):
        self.run_story(self.network.unreachable)
        self.return_and_reconcile()

    def test_the_link_is_down(self):
        self.run_story(self.network.link_down)
        self.return_and_reconcile()

    def test_answers_do_not_come_back(self):
        """Half open: what was sent takes effect, and nobody hears of it."""
        self.run_story(self.network.half_open)
        self.return_and_reconcile()

    def test_one_packet_in_five_is_lost(self):
        self.run_story(lambda: self.network.lose(20), is_total=False)
        self.return_and_reconcile()


if __name__ == "__main__":
    harness.main()
