#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The cache of a real controller (client-go's informer) behind Fairway, while
the way to the API server is cut for PARTITION (20) seconds: it is told of all
that it missed, and does not LIST again.

It is cut in each manner of netns.py, and once kubesim stands still.
"""

import collections
import os
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "crash")]
sys.dont_write_bytecode = True

import netns  # noqa: E402

if __name__ == "__main__":
    netns.enter()

import harness  # noqa: E402
import install  # noqa: E402
from behind import Behind  # noqa: E402
from harness import CONFIGMAPS  # noqa: E402
from informer import Informer  # noqa: E402

PARTITION = float(os.environ.get("PARTITION", "20"))


class Cache(Behind):
    config = "upstream: {tlsServerName: localhost}\n"

    def setUp(self):
        super().setUp()
        self.make("before")
        self.informer = Informer(self.fairway.kubeconfig)
        self.addCleanup(self.informer.stop)
        self.informer.wait_line("^added before$")
        self.informer.wait_line("^synced$")
        self.informer.wait_watch()
        self.begun = self.counters()

    def make(self, name):
        answer = self.sim.past("POST", CONFIGMAPS, {
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"name": name}})
        self.assertEqual(answer["code"], 201)

    def counters(self):
        """What the API server was asked for."""
        counters = collections.Counter()
        for item in self.sim.admin("GET", "/counters"):
            if item["resource"] == "configmaps":
                counters[item["verb"]] += item["count"]
        return counters

    def assert_no_list(self):
        self.assertEqual(self.informer.lists(), self.informer.lists_at_first)
        self.assertEqual(self.counters()["list"], self.begun["list"])

    def cut(self, cut, heal, orders=True):
        cut()
        until = time.monotonic() + PARTITION
        if orders:
            self.make("meanwhile")
        self.informer.read_until(until)
        heal()
        if not orders:
            self.make("meanwhile")
        self.informer.wait_line("^added meanwhile$")
        self.make("after")
        self.informer.wait_line("^added after$")
        self.assert_no_list()

    def test_packets_are_dropped(self):
        self.cut(self.network.drop, self.network.heal)

    def test_connections_are_refused(self):
        self.cut(self.network.reject, self.network.heal)

    def test_there_is_no_way(self):
        self.cut(self.network.unreachable, self.network.heal)

    def test_the_link_is_down(self):
        self.cut(self.network.link_down, self.network.heal)

    def test_answers_do_not_come_back(self):
        self.cut(self.network.half_open, self.network.heal)

    def test_the_api_server_stands_still(self):
        self.cut(self.sim.freeze, self.sim.thaw, orders=False)


if __name__ == "__main__":
    try:
        install.go_program("informer")
    except install.Missing as missing:
        print(f"SKIPPED: {missing}")
        sys.exit(77)
    harness.main()
