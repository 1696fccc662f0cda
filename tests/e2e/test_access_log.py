#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The access log: which requests have a line, and by which ids they are known
elsewhere."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from harness import CONFIGMAPS, MERGE_PATCH, pod, removal
from recorder import Recorder

FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Base(harness.Case):
    def lines(self):
        """Of requests, as dictionaries."""
        return [{key: value.strip('"') for key, value in FIELD.findall(line)}
                for line in self.fairway.lines if "msg=\"request\"" in line]

    def ask(self, count, path="/version"):
        client = self.client()
        for _ in range(count):
            self.assert_status(client.request("GET", path), 200)

    def end(self):
        """All lines, when it has ended."""
        for client in self.clients:
            client.close()
        self.assertEqual(self.fairway.stop(), 0)
        return self.lines()


class Nothing(Base):
    def test_at_info_ordinary_requests_have_none(self):
        self.ask(20)
        self.assertEqual(self.end(), [])


class All(Base):
    config = "log: {accessSample: 100%}\n"

    def test_each_has_one(self):
        self.ask(20)
        lines = self.end()
        self.assertEqual(len(lines), 20)
        for line in self.fairway.lines:
            names = [name for name, _ in FIELD.findall(line)]
            self.assertEqual(len(set(names)), len(names), line)
        for line in lines:
            self.assertEqual(line["level"], "info")
            self.assertEqual((line["path"], line["status"], line["effect"]),
                             ("/version", "200", "None"))

    def test_the_effect_of_a_removal(self):
        self.sim.preload("pods", "argo", prefix="p-", count=1,
                         finalizers=["a/b"], deleted=True)
        self.assert_status(self.client().request(
            "PATCH", pod("p-000000"), [MERGE_PATCH], removal()), 200)
        line, = self.end()
        self.assertEqual((line["effect"], line["lane"]),
                         ("Removes", "finalizers"))


class Names(Base):
    config = "log: {level: debug}\n"

    def test_level_and_flow_are_those_that_are_shown(self):
        self.ask(3, CONFIGMAPS)
        self.sim.fault(match={"verb": "list"}, action="stall")
        self.client().open("GET", CONFIGMAPS)
        shown = {}
        for command in "upstream", "flows":
            harness.poll(lambda: shown.update(json.loads(subprocess.run(
                [harness.FAIRWAY, command, "-o", "json", "--state-dir",
                 self.tmp / "fw"], stdout=subprocess.PIPE,
                check=True).stdout)) or shown[command], f"no {command}")
        line = [line for line in self.end() if line["status"] == "200"][-1]
        self.assertIn(line["upstream_level"],
                      [gate["level"] for gate in shown["gates"]])
        self.assertEqual(line["flow"], shown["flows"][0]["flow"])


class Some(Base):
    config = "log: {accessSample: 25%}\n"

    def test_a_part_of_them(self):
        self.ask(400)
        # Of 100 to be expected; the bounds are six deviations away.
        self.assertIn(len(self.end()), range(48, 153))


class Reloaded(Base):
    config = "log: {level: info}\n"

    def test_it_changes_while_it_runs(self):
        self.ask(5)
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text().replace(
            "info}", "info, accessSample: 100%}"))
        self.fairway.process.send_signal(signal.SIGHUP)
        self.fairway.wait_line("a new configuration")
        self.ask(5)
        self.assertEqual(len(self.end()), 5)


class Ids(Base):
    config = "log: {accessSample: 100%}\n"

    def test_of_the_client_and_of_the_api_server(self):
        client = self.client()
        plain = client.request("GET", "/version")
        self.assert_status(plain, 200)
        own = client.request("GET", "/version", [
            ("audit-id", "chosen"), ("traceparent", TRACE)])
        self.assert_status(own, 200)
        self.assertEqual(own.header("audit-id"), "chosen")
        first, second = self.end()
        self.assertEqual(first["audit_id"], plain.header("audit-id"))
        self.assertEqual(first["traceparent"], "")
        self.assertEqual(second["audit_id"], "chosen")
        self.assertEqual(second["traceparent"], TRACE)

    def test_a_trace_that_is_none_is_not_kept(self):
        self.assert_status(self.client().request(
            "GET", "/version", [("traceparent", "x" * 65)]), 200)
        line, = self.end()
        self.assertEqual(line["traceparent"], "")



class Refused(Base):
    """Fairway's own answers."""

    config = ("log: {accessSample: 100%}\n"
              "lanes: [{name: reads, qps: 0}]\n")

    def test_the_ids_are_the_client_s(self):
        stream = self.client().request("GET", CONFIGMAPS, [
            ("audit-id", "chosen"), ("traceparent", TRACE)])
        self.assert_status(stream, 429)
        self.assertEqual(stream.header("audit-id"), "chosen")
        line, = self.end()
        self.assertEqual((line["audit_id"], line["traceparent"],
                          line["reason"], line["attempts"]),
                         ("chosen", TRACE, "rate-limited", "0"))


class PassedOn(unittest.TestCase):
    """What the API server gets of them: the same bytes."""

    def test_both_headers(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, folder)
        peer = Recorder(folder)
        self.addCleanup(peer.close)
        fairway = harness.Fairway(folder / "fw", peer.kubeconfig)
        self.addCleanup(fairway.stop)
        fields = [("audit-id", "chosen"), ("traceparent", TRACE),
                  ("tracestate", "a=b")]
        with harness.Client("127.0.0.1", fairway.port, cafile=fairway.cafile,
                            token=fairway.token) as client:
            client.request("GET", "/version", fields).wait_over()
        request, = peer.requests
        for name, value in fields:
            self.assertEqual(request.value(name.encode()), value.encode())


if __name__ == "__main__":
    harness.main()
