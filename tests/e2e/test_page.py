#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The live page in a real browser: it shows what /metrics says.

    PAGE_PICTURES=DIR   keeps the screenshots there
    PAGE_SECONDS=N      works for so long before it looks
"""

import os
import pathlib
import re
import sys
import time

import browser
import harness
from harness import (CONFIGMAPS, JSON, MERGE_PATCH, SPACE, configmap, pod,
                     removal)

if not browser.program():
    print("Chromium is not installed")
    sys.exit(77)

SIZES = {"phone": (390, 844), "wall": (1920, 1080)}
SECONDS = float(os.environ.get("PAGE_SECONDS", 0))

# A cell of lane, API server or gate, and its metric.
LANE = {
    "submitted": "fairway_submitted_requests_total",
    "queued": "fairway_current_inqueue_requests",
    "parked": "fairway_current_parked_requests",
    "running": "fairway_current_executing_requests",
    "seats": "fairway_current_executing_seats",
    "rejected": "fairway_rejected_requests_total",
    "upstreamRefusals": "fairway_upstream_refusals_total",
}
ENDPOINT = {
    "executingSeats": "fairway_endpoint_executing_seats",
    "limitSeats": "fairway_endpoint_limit_seats",
    "throttled": "fairway_endpoint_throttled_total",
    "failedProbes": "fairway_endpoint_failed_probes_total",
}
GATE = {
    "executing": "fairway_gate_executing_requests",
    "limit": "fairway_gate_limit_requests",
    "refusals": "fairway_gate_refusals_total",
}

ROWS = """Object.fromEntries([...document.querySelectorAll('#%s tbody tr')]
    .map((tr) => [tr.dataset.key, Object.fromEntries([...tr.cells]
        .map((cell) => [cell.dataset.field, cell.dataset.value]))]))"""


class Page(harness.Case):
    config = ("terminating: {stuckAfter: 0s}\n"
              "lanes:\n- {name: reads, seats: 2, queueRequests: 12}\n")

    def preload(self):
        self.sim.preload("pods", SPACE, prefix="p-", count=300,
                         finalizers=[harness.POD_FINALIZER])
        self.sim.preload("configmaps", SPACE, prefix="c-", count=50)
        self.direct().request("DELETE", pod("p-000299") +
                              "?gracePeriodSeconds=0")
        self.sim.fault(match={"verb": "list"}, delayMs=30, jitterMs=40)
        self.sim.fault(match={"verb": "create"}, action="status", code=429,
                       retryAfter=1, pf=True, count=4)

    def work(self):
        """Wide lists, and beside them removals and whatever else."""
        client = self.client()
        client.request("GET", pod("p-000299"))
        until = time.monotonic() + SECONDS
        turn = 0
        while not turn or time.monotonic() < until:
            streams = [client.open("GET", f"/api/v1/namespaces/{SPACE}/pods")
                       for _ in range(2 + turn % 7)]
            streams += [client.open(
                "PATCH", pod(f"p-{i:06}"), [MERGE_PATCH], removal())
                for i in range(4 * turn % 280, 4 * turn % 280 + 4)]
            streams.append(client.open("POST", CONFIGMAPS, [JSON],
                                       configmap(f"x-{turn}")))
            for stream in streams:
                stream.wait_over()
            turn += 1

    def crowd(self):
        """Lists that stay: some at the API server, some in the queue, and
        one too many."""
        self.sim.fault(match={"verb": "list"}, action="stall")
        client = self.client()
        for _ in range(24):
            client.open("GET", CONFIGMAPS)

    def metrics(self):
        """{name: [(labels, value)]}"""
        found = {}
        for name, labels, value in re.findall(
                r"^(\w+)(?:\{(.*)\})? (\S+)$",
                self.fairway.admin_get("/metrics"), re.MULTILINE):
            found.setdefault(name, []).append(
                (dict(re.findall(r'(\w+)="([^"]*)"', labels)),
                 float(value)))
        return found

    def expected(self, members, label):
        """What cells should say, by what `label` makes of the labels."""
        metrics = self.metrics()
        rows = {}
        for member, name in members.items():
            for labels, value in metrics[name]:
                row = rows.setdefault(label(labels), {})
                row[member] = row.get(member, 0) + value
        return rows

    def shown(self, page, table, members):
        return {key: {member: float(cells[member]) for member in members}
                for key, cells in page.eval(ROWS % table).items()}

    def assert_shows(self, page, table, members, label):
        """In the end: the page asks every 2 seconds."""
        def is_so():
            self.want = self.expected(members, label)
            self.want.pop("-", None)
            self.have = self.shown(page, table, members)
            return self.want == self.have
        try:
            harness.poll(is_so, "")
        except harness.TimedOut:
            self.assertEqual(self.have, self.want)
        self.assertTrue(self.have)

    def take(self, page, name):
        picture = page.screenshot()
        self.assertTrue(picture.startswith(b"\x89PNG"))
        if os.environ.get("PAGE_PICTURES"):
            folder = pathlib.Path(os.environ["PAGE_PICTURES"])
            folder.mkdir(exist_ok=True)
            (folder / f"{name}.png").write_bytes(picture)

    def assert_looks(self, page):
        """At each size and theme: nothing is wider than the screen."""
        grounds = set()
        for name, (width, height) in SIZES.items():
            for theme in "light", "dark":
                page.look(width, height, theme)
                self.assertEqual(page.eval("innerWidth"), width)
                self.assertLessEqual(
                    page.eval("document.documentElement.scrollWidth"), width)
                grounds.add(page.eval(
                    "getComputedStyle(document.body).backgroundColor"))
                self.take(page, f"{name}-{theme}")
        self.assertEqual(len(grounds), 2)

    def test_shows_what_the_metrics_say(self):
        self.preload()
        with browser.Browser(self.tmp / "chromium") as page:
            page.look(*SIZES["wall"], "light")
            page.goto(f"http://127.0.0.1:{self.fairway.admin_port}/")
            self.work()
            self.crowd()
            self.assert_shows(page, "t-lanes", LANE,
                              lambda labels: labels["lane"])
            self.assertGreater(self.have["reads"]["queued"], 0)
            self.assertGreater(self.have["reads"]["rejected"], 0)
            self.assertGreater(self.have["writes"]["upstreamRefusals"], 0)
            self.assert_shows(page, "t-upstream", ENDPOINT,
                              lambda labels: labels["endpoint"])
            self.assert_shows(page, "t-gates", GATE, lambda labels:
                              f"{labels['endpoint']} {labels['level']}")
            stuck, = page.eval(ROWS % "t-stuck").values()
            self.assertIn("p-000299", stuck["name"])
            harness.poll(lambda: page.eval(
                "document.querySelectorAll('#p-arrivals .line').length"),
                "nothing is drawn")
            self.assert_looks(page)
            self.assertEqual(page.said, [])

    def test_says_when_nobody_answers(self):
        with browser.Browser(self.tmp / "chromium") as page:
            page.goto(f"http://127.0.0.1:{self.fairway.admin_port}/")
            state = "document.getElementById('state')?.textContent || ''"
            harness.poll(lambda: page.eval(state) == "ready", "not ready")
            self.fairway.stop()
            harness.poll(lambda: "no answer" in page.eval(state),
                         "it does not say so")


if __name__ == "__main__":
    harness.main()
