#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an operator asks a running Fairway, and tells it to do."""

import http.client
import json
import os
import signal
import socket
import subprocess

import harness


class Case(harness.Case):
    def ask(self, path, **headers):
        """(answer, text) from the admin endpoint."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.fairway.admin_port, timeout=harness.LIMIT)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def get(self, path, **headers):
        answer, text = self.ask(path, **headers)
        return answer.status, text

    def run_fairway(self, command, *args):
        return subprocess.run(
            [harness.FAIRWAY, command, "--state-dir", self.tmp / "fw", *args],
            capture_output=True, text=True)

    def order(self, *words, status=0):
        done = self.run_fairway(*words)
        self.assertEqual(done.returncode, status, done)
        return (done.stderr if status else done.stdout).strip()

    def table(self, command):
        """The rows that `fairway COMMAND` shows, by their first column."""
        done = self.run_fairway(command)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for line in done.stdout.splitlines():
            self.assertLessEqual(len(line), 80)
        rows = [line.split() for line in done.stdout.splitlines()]
        return {row[0]: row[1:] for row in rows if row}

    def json(self, command):
        return json.loads(self.run_fairway(command, "-o", "json").stdout)


class Checks(Case):
    def test_each_may_be_asked_alone(self):
        for path in ("/livez/loop", "/readyz/loop", "/readyz/upstream",
                     "/readyz/config", "/readyz/certificate",
                     "/readyz/credentials", "/readyz/journal",
                     "/healthz/shutdown"):
            self.assertEqual(self.get(path), (200, "ok"), path)
        for path in ("/livez/shutdown", "/readyz/none", "/readyz/",
                     "/readyz/loop/", "/readyzloop", "/metrics/x"):
            self.assertEqual(self.get(path)[0], 404, path)
        self.assertEqual(self.get("/livez?verbose"),
                         (200, "[+]loop ok\nlivez check passed\n"))

    def test_what_does_not_count_fails_alone(self):
        self.sim.stop()
        harness.poll(lambda: self.get("/readyz/upstream") ==
                     (503, "upstream: away\n"), "it is still there")
        self.assertEqual(self.get("/readyz"), (200, "ok"))


class ThisMachine(Case):
    """What is for it, a web page must not get through its browser."""

    LOCAL = ("/configz", "/debug/requests", "/page.css", "/page.js",
             "/page.json")

    def test_a_name_of_others_gets_nothing(self):
        for host in ("evil.example", "evil.example:7480", "127.0.0.1.evil.c",
                     "localhost.evil.c", "1.evil"):
            for path in self.LOCAL:
                status, text = self.get(path, Host=host)
                self.assertEqual(status, 403, (host, path))
                self.assertIn("from this machine only", text)
            self.assertIn("/metrics\n", self.get("/", Host=host)[1])
            self.assertEqual(self.get("/metrics", Host=host)[0], 200)

    def test_its_own_names_get_all(self):
        for host in ("127.0.0.1", "127.0.0.1:7480", "localhost",
                     "localhost:1", "[::1]:7480"):
            for path in self.LOCAL:
                self.assertEqual(self.get(path, Host=host)[0], 200, host)
            self.assertIn("<!doctype html>", self.get("/", Host=host)[1])

    def test_a_browser_is_told_what_it_may(self):
        for path, kind in (("/", "text/html; charset=utf-8"),
                           ("/page.css", "text/css; charset=utf-8"),
                           ("/page.js", "text/javascript; charset=utf-8"),
                           ("/page.json", "application/json")):
            answer, text = self.ask(path)
            self.assertEqual(answer.headers["content-type"], kind)
            self.assertEqual(int(answer.headers["content-length"]),
                             len(text.encode()))
            self.assertEqual(
                answer.headers["content-security-policy"],
                "default-src 'none'; script-src 'self'; style-src 'self'; "
                "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'")
            self.assertEqual(answer.headers["x-content-type-options"],
                             "nosniff")
            self.assertEqual(answer.headers["cache-control"], "no-store")
            self.assertEqual(answer.headers["referrer-policy"],
                             "no-referrer")
        json.loads(text)


class ForEverybody(Case):
    """What is for this machine, where the configuration allows it to all."""

    config = "admin: {pages: Anywhere}\n"

    def test_it_may_be_asked_for_by_any_name(self):
        for path in ThisMachine.LOCAL:
            self.assertEqual(self.get(path, Host="fairway.argo.svc:7480")[0],
                             200, path)
        self.assertIn("<!doctype html>", self.get("/", Host="a.example")[1])

    def test_a_reload_takes_it_back(self):
        file = self.tmp / "fairway.yaml"
        file.write_text(file.read_text().replace("Anywhere", "Local"))
        self.fairway.wait_line("a new configuration")
        self.assertEqual(self.get("/configz", Host="a.example")[0], 403)
        self.assertEqual(self.get("/configz")[0], 200)


class Leaving(Case):
    config = "shutdown: {delay: 1h}\n"

    def end(self):
        self.fairway.process.send_signal(signal.SIGTERM)
        self.fairway.is_told = True

    def test_one_may_be_left_out(self):
        self.end()
        self.fairway.wait_line("ending: not ready any more")
        self.assertEqual(self.get("/readyz"), (503, "shutting down"))
        self.assertEqual(self.get("/readyz/shutdown"),
                         (503, "shutdown: has begun\n"))
        self.assertEqual(self.get("/readyz?exclude=shutdown"), (200, "ok"))
        said = self.get("/readyz?verbose&exclude=shutdown&exclude=none")[1]
        self.assertIn("[+]shutdown excluded: ok\n", said)
        self.assertIn("warn: some of what is excluded is no check\n", said)
        self.assertEqual(self.get("/livez"), (200, "ok"))
        self.end()


class Shown(Case):
    """What waits and runs, at a lane of one seat."""
    config = "lanes:\n- {name: reads, seats: 1}\n"
    path = "/api/v1/namespaces/argo/pods"

    def setUp(self):
        super().setUp()
        self.sim.fault(match={"verb": "list"}, delayMs=600000)
        client = self.client()
        self.streams = [client.open("GET", self.path) for _ in range(3)]
        harness.poll(lambda: self.count("queued") == 2, "nothing waits")

    def count(self, what):
        return sum(flow[what] for flow in self.json("flows")["flows"])

    def test_flows(self):
        flow, = self.json("flows")["flows"]
        self.assertEqual(
            (flow["lane"], flow["namespace"], flow["queued"], flow["running"]),
            ("reads", "argo", 2, 1))
        row = self.table("flows")[flow["flow"]]
        self.assertEqual(row[:4], ["reads", "argo", "2", "1"])

    def test_a_flow_has_a_row_for_each_of_its_lanes(self):
        self.sim.fault(match={"verb": "create"}, delayMs=600000)
        self.client().open("POST", harness.CONFIGMAPS, [harness.JSON],
                           harness.configmap("c"))
        harness.poll(lambda: len(self.json("flows")["flows"]) == 2,
                     "there are not two rows")
        rows = self.json("flows")["flows"]
        self.assertEqual([(row["lane"], row["queued"], row["running"])
                          for row in rows],
                         [("reads", 2, 1), ("writes", 0, 1)])
        self.assertEqual(len({row["flow"] for row in rows}), 1)

    def test_requests(self):
        status, text = self.get("/debug/requests")
        self.assertEqual(status, 200)
        shown = json.loads(text)
        self.assertEqual(shown["count"], 3)
        self.assertEqual([item["state"] for item in shown["requests"]],
                         ["queued", "queued", "running"])
        for item in shown["requests"]:
            self.assertEqual((item["lane"], item["verb"], item["path"]),
                             ("reads", "list", self.path))
        self.assertEqual(shown["requests"][0]["keptBy"], "lane-seats")
        self.assertNotIn(self.fairway.token, text)

    def test_lanes(self):
        row = self.table("lanes")["reads"]
        self.assertEqual(row[0], "queued")
        self.assertEqual(row[2:6], ["1", "of", "1", "2"])
        lane = next(lane for lane in self.json("lanes")["lanes"]
                    if lane["name"] == "reads")
        self.assertEqual((lane["queued"], lane["seatsMax"]), (2, 1))

    def test_upstream(self):
        endpoint, = self.json("upstream")["upstream"]
        self.assertEqual(endpoint["health"], "up")
        self.assertEqual(endpoint["connections"]["bulk"], 1)
        self.assertIn(endpoint["endpoint"], self.table("upstream"))


class Orders(Case):
    """What is told to it, and that it is written down."""
    path = "/api/v1/namespaces/argo/pods"

    def paused(self):
        return {lane["name"] for lane in self.json("lanes")["lanes"]
                if lane["paused"]}

    def test_a_lane_waits_until_it_is_resumed(self):
        client = self.client()
        self.assertEqual(self.order("pause", "reads"), "reads: paused")
        self.fairway.wait_line("an operator's order.* verb=pause what=reads "
                               r"uid=\d+ pid=\d+ result=done")
        self.assertEqual(self.paused(), {"reads"})
        self.assertEqual(self.table("lanes")["reads"][0], "PAUSED")
        metrics = self.get("/metrics")[1]
        self.assertIn('\nfairway_lane_paused{lane="reads"} 1\n', metrics)
        self.assertIn('\nfairway_lane_paused{lane="writes"} 0\n', metrics)
        stream = client.open("GET", self.path)
        harness.poll(lambda: self.json("flows")["flows"], "nothing waits")
        # Others are not in its way, nor is what waits.
        answer = client.request("PATCH", harness.pod("none"),
                                [harness.MERGE_PATCH], harness.removal())
        self.assert_status(answer, 404)
        shown, = json.loads(self.get("/debug/requests")[1])["requests"]
        self.assertEqual((shown["state"], shown["keptBy"]),
                         ("queued", "pause"))
        self.assertEqual(self.order("resume", "reads"), "reads: resumed")
        self.assert_status(stream, 200)
        self.assertEqual(self.paused(), set())

    def test_all_lanes_but_exempt_ones(self):
        self.assertNotIn("leader-election", self.order("pause"))
        self.assertEqual(len(self.paused()), 7)
        stream = self.client().request(
            "GET", harness.LEASES + "/none")
        self.assert_status(stream, 404)
        self.order("resume")
        self.assertEqual(self.paused(), set())

    def test_what_cannot_be_done_changes_nothing(self):
        self.assertIn("there is no lane none",
                      self.order("pause", "none", status=1))
        self.assertIn("leases that wait are lost",
                      self.order("pause", "leader-election", status=1))
        self.assertIn("not loud", self.order("log-level", "loud", status=1))
        self.order("pause", "a", "b", status=64)
        self.order("reload", "x", status=64)
        self.assertEqual(self.paused(), set())
        self.fairway.wait_line("verb=pause what=none .* result=refused")

    def test_log_level(self):
        self.assertEqual(self.order("log-level"), "log level: info")
        self.assertEqual(self.order("log-level", "debug"),
                         "log level: debug")
        self.assert_status(self.client().request("GET", "/version"), 200)
        self.fairway.wait_line("level=debug msg=\"?request")
        self.assertEqual(self.order("log-level", "error"),
                         "log level: error")
        # Who changed something is told whatever the level.
        self.fairway.wait_line("level=error .*verb=log-level what=error")


class OtherUser(Case):
    """One that may write to the socket is not heard, either."""

    def pause_as_another(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be another user")
        for path in (self.tmp, self.tmp / "fw"):
            path.chmod(0o755)
        path = self.tmp / "fw/admin.sock"
        path.chmod(0o666)
        pid = os.fork()
        if not pid:
            try:
                os.setuid(65534)
                with socket.socket(socket.AF_UNIX) as peer:
                    peer.connect(str(path))
                    peer.sendall(b'{"verb":"pause"}\n')
                    os._exit(7 if peer.recv(1) else 0)
            except (ConnectionResetError, BrokenPipeError):
                os._exit(0)
            finally:
                os._exit(8)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def test_is_not_heard(self):
        self.assertEqual(self.pause_as_another(), 0)
        self.assertFalse(any(lane["paused"]
                             for lane in self.json("lanes")["lanes"]))


class Reload(Case):
    config = "total: {max: 20}\n"

    def test_what_is_wrong_is_said(self):
        self.assertEqual(self.order("reload"), "read again")
        file = self.tmp / "fairway.yaml"
        file.write_text(file.read_text() + "nonsense: 1\n")
        self.assertIn("nonsense", self.order("reload", status=1))
        self.assert_status(self.client().request("GET", "/version"), 200)


if __name__ == "__main__":
    harness.main()
