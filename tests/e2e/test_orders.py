#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator lets run empty, and what an operator ends."""

import json
import subprocess

import harness
import servers
from h2client import Reset

PODS = "/api/v1/namespaces/argo/pods"


class Asking:
    """What test cases with a Fairway share."""

    def run_fairway(self, *words):
        return subprocess.run(
            [harness.FAIRWAY, *words, "--state-dir", self.tmp / "fw"],
            capture_output=True, text=True)

    def order(self, *words, status=0):
        done = self.run_fairway(*words)
        self.assertEqual(done.returncode, status, done)
        return (done.stderr if status else done.stdout).strip()

    def json(self, command):
        return json.loads(self.order(command, "-o", "json"))

    def requests(self, state):
        """Those in that state, as /debug/requests shows them."""
        shown = json.loads(self.fairway.admin_get("/debug/requests"))
        return [item for item in shown["requests"] if item["state"] == state]

    def wait_requests(self, state, count):
        harness.poll(lambda: len(self.requests(state)) == count,
                     f"there were not {count} that are {state}")
        return self.requests(state)

    def refused(self, stream, reason):
        """It was, by Fairway, and was not executed."""
        self.assert_status(stream, 429, "TooManyRequests")
        self.assertEqual(stream.header("x-fairway-reason"), reason)
        self.assertIn(stream.header("retry-after"), ("1", "2"))


class Case(Asking, harness.Case):
    """One LIST runs and does not end; others of the lane wait."""
    config = "lanes:\n- {name: reads, seats: 1}\n"

    def setUp(self):
        super().setUp()
        self.hanging = self.sim.fault(match={"verb": "list"}, delayMs=600000)
        self.running = self.client().open("GET", PODS)
        self.wait_requests("running", 1)
        self.waiting = self.client().open("GET", PODS + "?limit=1")
        self.wait_requests("queued", 1)


class Drain(Case):
    def drained(self):
        return {lane["name"] for lane in self.json("lanes")["lanes"]
                if lane["drained"]}

    def test_a_lane_takes_nothing_new(self):
        self.assertEqual(self.order("drain", "reads"), "reads: drained")
        self.fairway.wait_line("an operator's order.* verb=drain what=reads")
        self.refused(self.client().request("GET", PODS), "drained")
        self.assertEqual(self.drained(), {"reads"})
        self.assertIn("DRAINED", self.order("lanes"))
        self.assertIn('\nfairway_lane_drained{lane="reads"} 1\n',
                      self.fairway.admin_get("/metrics"))
        # Others are taken, and what was here is served.
        self.assert_status(self.client().request(
            "DELETE", PODS + "/none"), 404)
        self.sim.no_faults()
        self.order("kill", "request", self.requests("running")[0]["id"])
        self.assert_status(self.waiting, 200)
        self.assertEqual(self.order("resume", "lane", "reads"),
                         "reads: resumed")
        self.assert_status(self.client().request("GET", PODS), 200)
        self.assertEqual(self.drained(), set())

    def test_a_flow_takes_nothing_new(self):
        # An answer proves who it is: from here on it is a flow of its own.
        client = self.client()
        self.assert_status(client.request("DELETE", PODS + "/none"), 404)
        client.open("GET", "/api/v1/namespaces/other/pods/x")
        item, = self.wait_requests("queued", 2)[1:]
        flow = item["flow"]
        self.assertEqual(self.order("drain", "flow", flow), f"{flow}: drained")
        self.assertIn(f"DRAINED {flow}", self.order("flows"))
        self.assertEqual(self.json("flows")["drained"], [flow])
        self.refused(client.request(
            "GET", "/api/v1/namespaces/other/pods/y"), "drained")
        # In whatever lane, but not another's.
        self.refused(client.request(
            "DELETE", "/api/v1/namespaces/other/pods/y"), "drained")
        self.assert_status(client.request("DELETE", PODS + "/none"), 404)
        self.order("resume")
        self.assert_status(client.request(
            "DELETE", "/api/v1/namespaces/other/pods/y"), 404)
        self.assertIn("is not drained",
                      self.order("resume", "flow", flow, status=1))

    def test_what_cannot_be_done_changes_nothing(self):
        for words, why in (
                (["drain", "none"], "there is no lane none"),
                (["drain", "lane", "none"], "there is no lane none"),
                (["drain", "leader-election"], "leases that wait are lost"),
                (["drain", "flow", "x"], "a flow is a number"),
                (["drain", "upstream", "x:1"], "there is no API server x:1"),
                (["drain", "request", "1"], "say lane NAME"),
                (["kill", "request", "x"], "a request is a number"),
                (["kill", "request", "999"], "there is no request 999"),
                (["kill", "connection", "999"], "there is no connection"),
                (["kill", "flow", "0"], "there is no flow 0"),
                (["kill", "lane", "reads"], "say request ID"),
                (["resume", "request", "1"], "say lane NAME")):
            self.assertIn(why, self.order(*words, status=1), words)
        only = self.json("upstream")["upstream"][0]["endpoint"]
        self.assertIn("is the only API server",
                      self.order("drain", "upstream", only, status=1))
        for words in (["drain"], ["kill"], ["kill", "reads"],
                      ["kill", "request", "1", "2"], ["resume", "a", "b", "c"]):
            self.order(*words, status=64)
        self.assertEqual(self.drained(), set())


class Kill(Case):
    def test_one_that_waits_was_not_executed(self):
        item, = self.requests("queued")
        self.assertEqual(self.order("kill", "request", item["id"]),
                         f"request {item['id']}: 1 ended")
        self.refused(self.waiting, "killed")
        self.assertEqual(len(self.requests("running")), 1)

    def test_one_that_runs_is_reset_and_gives_its_seat_back(self):
        item, = self.requests("running")
        self.sim.no_faults()
        self.order("kill", "request", item["id"])
        self.fairway.wait_line("verb=kill what=\"?request .*result=done")
        with self.assertRaises(Reset):
            self.running.read()
        self.assert_status(self.waiting, 200)
        harness.poll(lambda: not self.requests("running"), "it still runs")

    def test_a_connection_goes_with_all_that_it_has(self):
        client = self.client()
        streams = [client.open("GET", PODS) for _ in range(3)]
        self.wait_requests("queued", 4)
        connection = self.requests("queued")[-1]["connection"]
        self.assertEqual(self.order("kill", "connection", connection),
                         f"connection {connection}: 3 ended")
        for stream in streams:
            with self.assertRaises((Reset, harness.Closed)):
                stream.read()
        self.wait_requests("queued", 1)

    def test_a_flow_goes_and_others_stay(self):
        flow = self.requests("queued")[0]["flow"]
        self.sim.no_faults()
        self.assertIn(f"flow {flow}: ", self.order("kill", "flow", flow))
        harness.poll(lambda: not self.requests("queued"), "it still waits")
        # It may come again: kill is no drain.
        self.assert_status(self.client().request("GET", PODS + "/x"), 404)


class Upstream(Asking, servers.Case):
    def test_a_drained_one_is_left(self):
        self.start_fairway(self.urls())
        client = self.client()
        self.get(client)
        first = self.served().index(1)
        watch = client.open("GET", PODS + "?watch=true")
        self.assert_status(watch, 200)
        address = self.urls()[first].removeprefix("https://")
        self.assertEqual(self.order("drain", "upstream", address),
                         f"{address}: drained")
        # Its watch ends whole, and what comes now goes to the other.
        self.assertEqual(watch.read(), b"")
        self.get(client)
        self.get(self.client())
        self.assertEqual(self.served()[first], 1)
        self.assertEqual(self.served()[1 - first], 2)
        shown = {item["endpoint"]: item["drained"]
                 for item in self.json("upstream")["upstream"]}
        self.assertTrue(shown.pop(address))
        self.assertEqual(list(shown.values()), [False])
        self.assertIn("DRAINED", self.order("upstream"))
        self.assertIn(f'\nfairway_endpoint_drained{{endpoint="{address}"}} 1\n',
                      self.fairway.admin_get("/metrics"))
        self.assertIn("is the only API server",
                      self.order("drain", "upstream",
                                 self.urls()[1 - first][8:], status=1))
        self.order("resume", "upstream", address)
        for _ in range(2):
            self.get(self.client())
        self.assertEqual(self.served()[first], 2)


class Config(Asking, harness.Case):
    config = "total: {max: 20}\n"

    def test_what_runs_and_what_a_file_would_be(self):
        file = self.tmp / "fairway.yaml"
        shown = self.order("config", "show")
        self.assertIn("\n  max: 20\n", shown)
        self.assertIn("\nlanes:\n", shown)
        self.assertIn(shown, self.fairway.admin_get("/configz"))
        done = subprocess.run([harness.FAIRWAY, "config", "show", file],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.strip(), shown)
        # What is shown is itself such a file.
        again = self.tmp / "again.yaml"
        again.write_text(done.stdout)
        done = subprocess.run([harness.FAIRWAY, "config", "show", again],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.strip(), shown)
        self.assertEqual(json.loads(self.order(
            "config", "show", "-o", "json"))["configuration"].strip(), shown)

    def test_what_cannot_be_shown(self):
        file = self.tmp / "wrong.yaml"
        file.write_text("nonsense: 1\n")
        for words, status in ((["show", file], 2), (["show", "a", "b"], 64),
                              (["defaults", "x"], 64), (["show", "/no"], 2),
                              (["frobnicate"], 64), ([], 64)):
            done = subprocess.run([harness.FAIRWAY, "config", *words],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, status, (words, done))


if __name__ == "__main__":
    harness.main()
