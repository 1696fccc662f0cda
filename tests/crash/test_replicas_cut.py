#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""One of three replicas is cut off from the API server by the network, in
which each has a way of its own, while its clients stay; another one is
killed; demand moves.  ../e2e/replicas.py has the story, and what must be true.
"""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import netns  # noqa: E402

if __name__ == "__main__":
    netns.enter()

import harness  # noqa: E402
import replicas  # noqa: E402
from behind import Behind  # noqa: E402

WAYS = {"fw-a": 0, "fw-b": 1, "fw-c": 2}


class Cut(Behind, replicas.Story):
    ways = len(WAYS)
    # They notice within seconds, as long as they live by them in tests.
    more = replicas.Story.more + (
        "upstream: {tlsServerName: localhost, connectTimeout: 500ms}\n"
        "limits: {pingAfter: 1s, pingTimeout: 1s}\n"
        "health: {probeInterval: 200ms, probeIntervalAway: 200ms}\n")

    def start_sim(self):
        super().start_sim()
        # For those who are no replica.
        self.sim.host = netns.ORDERS

    def kubeconfig_of(self, name):
        path = self.tmp / f"{name}.kubeconfig"
        path.write_text(re.sub(
            r"https://[\d.]+:", f"https://{netns.server(WAYS[name])}:",
            self.sim.kubeconfig.read_text()))
        return path

    def heal(self, name):
        self.network.heal()


class Dropped(Cut):
    def cut(self, name):
        self.network.drop(WAYS[name])

    def test_packets_are_dropped(self):
        self.tell()


class Down(Cut):
    def cut(self, name):
        self.network.link_down(WAYS[name])

    def test_the_link_is_down(self):
        self.tell()


if __name__ == "__main__":
    harness.main()
