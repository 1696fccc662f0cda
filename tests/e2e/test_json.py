#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each member of what `-o json` says stands in docs/json.md."""

import gzip
import json
import os
import pathlib
import re
import subprocess

import harness
import sweeping
from harness import MERGE_PATCH, POD_FINALIZER, SPACE, pod

SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
PAGE = (SOURCE / "docs/json.md").read_text()
# Members whose own are words of somewhere else.
WORDS = {"rejectedByReason", "keptBy", "ended", "refused", "passedOver",
         "kept"}
PATH = "/api/v1/namespaces/argo/pods/p"


def members(document, found):
    """All of them, however deep."""
    if isinstance(document, list):
        for item in document:
            members(item, found)
    elif isinstance(document, dict):
        for key, value in document.items():
            found.add(key)
            if key not in WORDS:
                members(value, found)
    return found


def section(title):
    """The words in backticks below a heading, and below the first one."""
    parts = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE,
                            re.MULTILINE | re.DOTALL))
    return set(re.findall(r"\w+", " ".join(re.findall(
        r"`([^`]*)`", parts[title]))))


class Asking(harness.Case):
    def run_fairway(self, *args, status=0):
        done = subprocess.run(
            [harness.FAIRWAY, *args, "-o", "json"], capture_output=True,
            text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def assert_told(self, title, text, least):
        found = set()
        for line in text.splitlines():
            members(json.loads(line), found)
        self.assertGreaterEqual(len(found), least, found)
        self.assertEqual(found - section(title), set())


class Running(Asking):
    config = ("preset: gateway\nshutdown: {delay: 0s, grace: 1s}\n"
              "terminating: {stuckAfter: 0s}\n"
              "replicas: {divide: true, name: one, namespace: argo}\n")

    def setUp(self):
        super().setUp()
        self.sim.preload("pods", SPACE, prefix="p-", count=2,
                         finalizers=[POD_FINALIZER])
        self.direct().request("DELETE", pod("p-000001") +
                              "?gracePeriodSeconds=0")

    def hold_removal(self):
        """One in the journal, with its flow; and an object that is stuck."""
        client = self.client()
        self.assert_status(client.request("GET", pod("p-000001")), 200)
        found = json.loads(client.request("GET", pod("p-000000")).read())
        self.sim.listener("refuse")
        self.sim.connections("reset")
        body = json.dumps({"metadata": {"finalizers": None, **{
            guard: found["metadata"][guard]
            for guard in ("uid", "resourceVersion")}}}).encode()
        client.open("PATCH", pod("p-000000"), [MERGE_PATCH], body)
        client.ping()
        harness.poll(lambda: "fairway_intents_durable 1\n" in
                     self.fairway.admin_get("/metrics"),
                     "there is no intent")

    def ask(self, *words):
        return self.run_fairway(*words, "--state-dir", self.tmp / "fw")

    def test_what_runs(self):
        self.hold_removal()
        for command, title, least in (
                ("status", "status, lanes, upstream", 70),
                ("lanes", "status, lanes, upstream", 20),
                ("upstream", "status, lanes, upstream", 15),
                ("flows", "flows", 8), ("stuck", "stuck", 15),
                ("journal", "journal", 10)):
            self.assert_told(title, self.ask(command), least)
        self.assert_told("requests",
                         self.fairway.admin_get("/debug/requests"), 15)
        self.assert_told("Orders", self.ask("pause", "events"), 1)
        self.assert_told("config show", self.ask("config", "show"), 1)


class Alone(Asking):
    def test_what_asks_nobody(self):
        self.assert_told("explain", self.run_fairway("explain", "GET", PATH),
                         16)
        log = self.tmp / "fairway.log"
        log.write_bytes(gzip.decompress(
            (SOURCE / "tests/e2e/recorded/fairway.log.gz").read_bytes()))
        self.assert_told("simulate", self.run_fairway("simulate", log), 25)


class Sweep(sweeping.Sweep, Asking):
    def test_what_may_go_and_what_is_given_back(self):
        self.make_pod("p-gone", "gone", self.make_workflow("gone"))
        self.drop_workflow("gone")
        record = self.tmp / "removed.jsonl"
        self.assert_told("sweep", self.sweep(
            "--apply", "-o", "json", "--record-file", record).stdout, 15)
        self.assert_told("sweep", self.sweep(
            "restore", record, "-o", "json").stdout, 8)


if __name__ == "__main__":
    harness.main()
