# SPDX-License-Identifier: Apache-2.0
"""An outage in the middle of a controller's work, whatever the outage is.

A controller removes a finalizer from many objects: some before, some during,
some after. It is killed in the middle and comes back, knowing what it knew;
others change some of the objects meanwhile.  Whoever mixes this in has:

	objects()     what is there now, as Object
	touch(name)   somebody changes it; False: nobody can now
	collection    the path of all of them
	fairway, socket, ledger
"""

import select
import sys
import time

import harness
from client import ClientProcess
from ledger import OWN, Ledger, removal_body
from world import OURS

HEALED_WITHIN = 10  # seconds: the bar


class Story:
    token = OWN

    def prepare(self, count):
        self.before, self.during = count * 3 // 10, count * 4 // 10
        self.ledger = Ledger()
        self.controller = None
        self.touched = set()
        self.all = self.objects()
        self.assertEqual(len(self.all), count)

    # --- the controller ----------------------------------------------------

    def removals(self, objects):
        requests = []
        for obj in objects:
            content_type, body = removal_body("merge", obj, OURS, True)
            requests.append(self.ledger.add(
                kind="removal", method="PATCH",
                path=f"{self.collection}/{obj.name}", token=self.token,
                content_type=content_type, body=body, object=obj,
                names=(OURS,), label=True))
        return requests

    def start_controller(self, objects):
        self.asked = self.removals(objects)
        self.controller = ClientProcess(self.socket, self.asked, 1000)
        self.addCleanup(self.kill_controller)

    def kill_controller(self):
        if not self.controller.is_over:
            for event in self.controller.kill():
                self.ledger.note(event)

    def read_until(self, condition):
        """Takes what the controller reports, until it ends or that holds."""
        until = time.monotonic() + harness.LIMIT
        while not condition() and not self.controller.is_over:
            self.assertLess(time.monotonic(), until)
            if select.select([self.controller], [], [], 1)[0]:
                for event in self.controller.read():
                    self.ledger.note(event)

    def read_to_end(self):
        self.read_until(lambda: False)

    def wait_sent(self, count):
        self.read_until(lambda: sum(
            request.was_sent for request in self.asked) >= count)

    def wait_told(self, count):
        self.read_until(lambda: sum(
            request.told is not None for request in self.asked) >= count)

    # --- what is left ------------------------------------------------------

    def left(self):
        return [obj for obj in self.objects() if OURS in obj.finalizers]

    def wait_gone(self, but=()):
        """All of ours are removed, by whomever, and soon."""
        harness.poll(lambda: {obj.name for obj in self.left()} <= set(but),
                     "finalizers stay")
        took = time.monotonic() - self.back_at
        print(f"\n  all gone {took:.2f} s after the return",
              file=sys.stderr)
        self.assertLess(took, HEALED_WITHIN)

    def assert_all_told(self):
        """Nothing that would make a client give it up for good."""
        for request in self.ledger.removals():
            if request.told == "answer":
                self.assertIn(request.status,
                              (200, 404, 409, 429, 503, 504), request)

    # --- the story ---------------------------------------------------------

    def go_away(self, cut, touched=10):
        """Before and during; at its end the controller is dead."""
        self.start_controller(self.all[:self.before])
        self.wait_told(self.before - 50)
        cut()
        self.kill_controller()
        self.unknown = [request.object for request in self.asked
                        if request.status != 200]
        during = self.all[self.before:self.before + self.during]
        self.start_controller(self.unknown + during)
        self.wait_sent(len(self.asked))
        self.touched = {obj.name for obj in during[:touched]
                        if self.touch(obj.name)}
        self.kill_controller()

    def come_back(self, heal):
        """The controller is there again, before the API server is."""
        self.start_controller(self.unknown + self.all[self.before:])
        self.wait_sent(len(self.unknown) + self.during)
        heal()
        self.back_at = time.monotonic()
        self.read_to_end()
        # What was changed is a conflict; the controller looks again.
        left = self.left()
        names = {obj.name for obj in left}
        self.assertLessEqual(names, self.touched, [
            (request.told, request.status) for request in self.asked
            if request.object.name in names])
        self.start_controller(left)
        self.read_to_end()
        self.wait_gone()
        self.assert_all_told()
