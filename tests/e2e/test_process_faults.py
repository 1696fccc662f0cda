#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Faults of the process itself: F20 no descriptors left, F21 another clock,
F22 a stop of the whole process, F33 nobody reads the log, F34 slow scrapers,
F35 many idle watches and one restart of the API server."""

import datetime
import http.client
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import harness
from harness import CONFIGMAPS, JSON, configmap

WATCH = CONFIGMAPS + "?watch=true&resourceVersion=1"


def allow_files(count):
    """To this program; Fairway has its limit from before."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (count if hard < 0 else min(count, hard), hard))


class ProcessCase(harness.Case):
    """A Fairway that is started by the test."""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        (self.tmp / "sim").mkdir()
        self.sim = harness.Kubesim(self.tmp / "sim", *self.sim_args)
        self.addCleanup(self.end_sim)

    def start(self, *args, wrapper=(), config=None):
        if config is not None:
            path = self.tmp / "fairway.yaml"
            path.write_text("apiVersion: fairway.dev/v1alpha1\n"
                            "kind: Configuration\n" + config)
            args = [*args, "--config", path]
        self.fairway = harness.Fairway(self.tmp / "fw", self.sim.kubeconfig,
                                       *args, wrapper=wrapper)
        self.addCleanup(self.end_fairway)

    def post(self, client, name):
        self.assert_status(client.request("POST", CONFIGMAPS, [JSON],
                                          configmap(name)), 201)


class Admin:
    """One connection to the admin endpoint, which stays."""

    def __init__(self, fairway):
        self.http = http.client.HTTPConnection(
            "127.0.0.1", fairway.admin_port, timeout=harness.LIMIT)
        self.get("/livez")  # it is accepted

    def get(self, path):
        self.http.request("GET", path)
        answer = self.http.getresponse()
        text = answer.read().decode()
        return answer.status, text

    def value(self, name):
        """Of a metric without labels."""
        _, text = self.get("/metrics")
        return int(re.search(rf"^{name} (\d+)$", text, re.MULTILINE)[1])


class Descriptors(ProcessCase):
    """F20: all that are allowed are in use."""

    def test_what_is_there_goes_on_and_others_come_later(self):
        self.start(wrapper=["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"])
        client = self.client()
        self.post(client, "before")
        crowd = []
        for _ in range(100):
            crowd.append(socket.create_connection(
                ("127.0.0.1", self.fairway.port)))
        for i in range(20):
            self.post(client, f"during-{i}")
        for sock in crowd:
            sock.close()
        harness.poll(self.is_served, "nobody is accepted any more")

    def test_it_pauses_and_does_not_spin(self):
        self.start(wrapper=["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"])
        admin = Admin(self.fairway)
        client = self.client()
        self.post(client, "before")
        crowd = [socket.create_connection(("127.0.0.1", self.fairway.port))
                 for _ in range(300)]
        harness.poll(lambda: admin.value("fairway_accept_pauses_total") > 0,
                     "descriptors never ran out")
        # While a request takes its time, nothing else is to be done.
        began = time.monotonic()
        turns, pauses = self.counted(admin)
        self.sim.fault(match={"verb": "create"}, delayMs=1500, count=1)
        self.post(client, "during")
        more_turns, more_pauses = self.counted(admin)
        turns, pauses = more_turns - turns, more_pauses - pauses
        print(f"{turns} turns and {pauses} pauses while descriptors "
              "were out")
        # It tries again each 100 ms, which takes two turns; the rest is for
        # the request, for the probes and for what is asked here.  One that
        # spins has a hundred thousand in that time.
        self.assertLessEqual(pauses, 2 + (time.monotonic() - began) / 0.1)
        self.assertLess(turns, 2 * pauses + 200)
        for sock in crowd:
            sock.close()

    def test_clients_leave_some_for_the_api_server(self):
        self.start(wrapper=["sh", "-c", 'ulimit -n 64; exec "$@"', "sh"],
                   config="limits: {handshakeTimeout: 300s}\n")
        admin = Admin(self.fairway)
        client = self.client()
        self.post(client, "before")
        crowd = [socket.create_connection(("127.0.0.1", self.fairway.port))
                 for _ in range(300)]
        self.wait_pauses(admin, 0)
        # It is away for a while: whoever comes would have its descriptors.
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.wait_pauses(admin, 3 + admin.value("fairway_accept_pauses_total"))
        self.sim.listener("accept")
        self.post(client, "after")
        for sock in crowd:
            sock.close()

    @staticmethod
    def wait_pauses(admin, count):
        harness.poll(lambda: admin.value("fairway_accept_pauses_total")
                     > count, "descriptors never ran out")

    @staticmethod
    def counted(admin):
        return (admin.value("fairway_loop_turns_total"),
                admin.value("fairway_accept_pauses_total"))

    def is_served(self):
        try:
            return self.client().request("GET", "/version").status == 200
        except (OSError, harness.Closed):
            return False


class Clock(ProcessCase):
    """F21: a monotonic clock of another beginning."""

    def test_far_from_zero(self):
        wrapper = ["unshare", "-rT", "--fork", "--kill-child",
                   "--monotonic", "315360000", "--boottime", "315360000"]
        try:
            works = subprocess.run([*wrapper, "true"],
                                   capture_output=True).returncode == 0
        except FileNotFoundError:
            works = False
        if not works:
            self.skipTest("no time namespace can be made")
        self.start(wrapper=[w for w in wrapper if not w.startswith("--fork")
                            and w != "--kill-child"])
        client = self.client()
        for i in range(10):
            self.post(client, f"x-{i}")


class Steps(ProcessCase):
    """F21: the wall clock is set, forwards and back.  Nothing but the times
    of log lines may change."""

    def test_nothing_changes_but_log_times(self):
        library = next(iter(pathlib.Path("/usr/lib").glob(
            "*/faketime/libfaketime.so.1")), None)
        if library is None:
            self.skipTest("libfaketime (faketime) is not installed")
        if os.environ.get("SANITIZED", "no") != "no":
            self.skipTest("a sanitizer's runtime wants to be loaded first")
        self.wall = self.tmp / "clock"
        self.step("+0")
        self.start(wrapper=[
            "env", f"LD_PRELOAD={library}", "DONT_FAKE_MONOTONIC=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1",
            f"FAKETIME_TIMESTAMP_FILE={self.wall}"],
            config="limits: {handshakeTimeout: 3s, pingAfter: 1s, "
            "idleTimeout: 5m}\nlog: {level: debug}\n")
        idle, client = self.client(), self.client()
        self.assert_status(idle.request("GET", "/version"), 200)
        watch = client.open("GET", WATCH)
        self.assertEqual(watch.status, 200)
        for step, seconds in ("+1h", 3600), ("-1h", -3600), ("+0", 0):
            self.sim.fault(match={"verb": "create"}, delayMs=300, count=1)
            stream = client.open("POST", CONFIGMAPS, [JSON],
                                 configmap(f"x{seconds}"))
            client.ping()
            self.step(step)
            # Nothing is over before its time …
            self.assert_status(stream, 201)
            self.assert_status(idle.request("GET", "/version"), 200)
            self.assertIn(b"ADDED", watch.read_line())
            # … and no timer waits for the clock to come back.
            silent = socket.create_connection(
                ("127.0.0.1", self.fairway.port), timeout=harness.LIMIT)
            self.assertEqual(silent.recv(1), b"")
            silent.close()
            self.assertAlmostEqual(self.wall_of_answer() - time.time(),
                                   seconds, delta=600)
        self.assertFalse(any("health=" in line
                             for line in self.fairway.lines))

    def step(self, offset):
        self.wall.write_text(offset + "\n")

    def wall_of_answer(self):
        """What its clock said when it logged the last one, since 1970."""
        line = self.fairway.wait_line(r"status=201", self.seen).string
        self.seen = len(self.fairway.lines)
        text = re.search(r"time=(\S+?)\.", line)[1] + "+0000"
        return datetime.datetime.strptime(
            text, "%Y-%m-%dT%H:%M:%S%z").timestamp()

    seen = 0


class Stopped(ProcessCase):
    """F22: the process stands still for longer than every timer."""

    def test_nobody_is_timed_out(self):
        self.start(config="limits: {pingAfter: 1s, pingTimeout: 100ms, "
                   "progressTimeout: 1s, headerTimeout: 100ms, "
                   "handshakeTimeout: 100ms, firstRequestTimeout: 100ms, "
                   "idleTimeout: 1s}\n"
                   "health: {probeTimeout: 100ms}\n")
        clients = [self.client() for _ in range(3)]
        for client in clients:
            self.assert_status(client.request("GET", "/version"), 200)
        watch = clients[0].open("GET", WATCH)
        self.assertEqual(watch.status, 200)
        fault = self.sim.fault(match={"verb": "create"}, delayMs=500,
                               count=3)
        streams = [client.open("POST", CONFIGMAPS, [JSON],
                               configmap(f"x-{at}"))
                   for at, client in enumerate(clients)]
        self.sim.wait_hits(fault, 3)
        self.fairway.freeze()
        # An answer that takes longer than all of them.
        self.sim.fault(match={"verb": "get"}, delayMs=2500, count=1)
        self.assert_status(self.direct().request(
            "GET", "/api/v1/namespaces/argo"), 200)
        self.fairway.thaw()
        for stream in streams:
            self.assert_status(stream, 201)
        self.post(clients[1], "after")
        self.assertIn(b"ADDED", watch.read_line())
        self.assertFalse(watch.is_over)


class BlockedLog(ProcessCase):
    """F33: standard error is a pipe that nobody reads, or is closed."""

    def flood(self, count):
        client = self.client()
        for i in range(count):
            self.assert_status(client.request("GET", "/version?" + "x" * 500),
                               200)

    def test_lines_are_dropped_and_counted(self):
        self.start("--log-level", "debug")
        # More than a pipe takes; nothing is read from it meanwhile.
        self.flood(400)
        metrics = self.fairway.admin_get("/metrics")
        dropped = next(line for line in metrics.splitlines() if
                       line.startswith("fairway_log_lines_dropped_total"))
        self.assertGreater(int(dropped.split()[1]), 0)

    def test_closed_is_no_reason_to_end(self):
        self.start("--log-level", "debug")
        self.fairway.pipe.close()
        self.flood(20)
        self.fairway.process.terminate()
        self.assertEqual(self.fairway.process.wait(timeout=harness.LIMIT), 0)


class NoStandardFiles(ProcessCase):
    """F33: started without standard input, output and error."""

    def test_nothing_else_gets_their_numbers(self):
        config = self.tmp / "fairway.yaml"
        config.write_text("apiVersion: fairway.dev/v1alpha1\n"
                          "kind: Configuration\n"
                          "process: {debuggable: true}\n")
        asked = self.tmp / "fw/admin.sock"
        fairway = subprocess.Popen(
            ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", harness.FAIRWAY,
             "serve", "--config", config, "--context", "argo",
             "--kubeconfig", self.sim.kubeconfig, "--state-dir",
             self.tmp / "fw", "--listen", "127.0.0.1:0",
             "--admin-listen", "127.0.0.1:0"])
        self.addCleanup(fairway.wait)
        self.addCleanup(fairway.terminate)
        harness.poll(asked.exists, "it did not begin")
        for number in range(3):
            self.assertEqual(os.readlink(f"/proc/{fairway.pid}/fd/{number}"),
                             "/dev/null")
        said = subprocess.run(
            [harness.FAIRWAY, "status", "--socket", asked],
            capture_output=True, check=True).stdout
        self.assertIn(b"ready", said)
        silent = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", harness.FAIRWAY, "status",
             "--socket", asked], stderr=subprocess.DEVNULL)
        self.assertEqual(silent.returncode, 1)


class SlowScrapers(ProcessCase):
    """F34: a hundred that ask for metrics and do not read them."""

    def test_requests_do_not_notice(self):
        self.start()
        scrapers = []
        for i in range(100):
            sock = socket.create_connection(
                ("127.0.0.1", self.fairway.admin_port))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            # Half of them never come to the end of their question.
            sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n"
                         + (b"\r\n" if i % 2 else b""))
            scrapers.append(sock)
        client = self.client()
        for i in range(50):
            self.post(client, f"x-{i}")
        self.assertIn("fairway_attempts_total 50",
                      self.fairway.admin_get("/metrics"))
        for sock in scrapers:
            sock.close()


class AdminCrowd(ProcessCase):
    """F34: a thousand connections to the admin endpoint that say nothing, or
    never come to the end of it."""

    def test_neither_clients_nor_scrapers_notice(self):
        allow_files(4096)
        self.start()
        before = Admin(self.fairway).value("process_open_fds")
        crowd = []
        for i in range(1000):
            sock = socket.create_connection(
                ("127.0.0.1", self.fairway.admin_port))
            sock.sendall(b"GET /livez HTTP/1.1\r\nHo" if i % 2 else b"")
            crowd.append(sock)
            if i % 100 == 0:
                self.assertEqual(Admin(self.fairway).get("/livez"),
                                 (200, "ok"))
        client = self.client()
        for i in range(20):
            self.post(client, f"x-{i}")
        admin = Admin(self.fairway)
        self.assertEqual(admin.get("/readyz"), (200, "ok"))
        # Its 64, and what the requests opened.
        self.assertLess(admin.value("process_open_fds"), before + 64 + 16)
        for sock in crowd:
            sock.close()

    def test_a_head_that_is_too_large(self):
        self.start()
        sock = socket.create_connection(
            ("127.0.0.1", self.fairway.admin_port), timeout=harness.LIMIT)
        sock.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n"
                     + b"X: " + b"y" * 10000 + b"\r\n\r\n")
        self.assertIn(b" 431 ", sock.recv(4096).split(b"\r\n")[0])
        sock.close()


class IdleWatches(ProcessCase):
    """F35: thousands of them, and the API server's connections break."""

    sim_args = ("--max-streams", "2000")
    count = 2000

    def test_memory_is_flat_and_all_may_come_again(self):
        self.start(config="hold: {streamStartsQPS: 100000, "
                   "streamStartsBurst: 10000}\n"
                   "limits: {maxStreamsPerConnection: 4000}\n")
        client = self.client()
        sizes = []
        for _ in range(3):
            watches = [client.open("GET", WATCH) for _ in range(self.count)]
            for watch in watches:
                self.assertEqual(watch.status, 200)
            sizes.append(self.fairway.rss())
            self.sim.connections("reset")
            for watch in watches:
                watch.wait_over()
                self.assertTrue(watch.ended)
            harness.poll(lambda: client.request("GET", "/version").status
                         == 200, "it did not come back")
            harness.poll(lambda: client.open("GET", WATCH).status == 200,
                         "no watch can begin")
        # An allocator keeps some; each time as much would be a leak.  A
        # sanitizer keeps all for a while.
        if os.environ.get("SANITIZED", "no") == "no":
            self.assertLess(sizes[2], 1.2 * sizes[1], sizes)


if __name__ == "__main__":
    harness.main()
