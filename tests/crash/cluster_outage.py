#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real API server, or its etcd, stands still in the middle of a
controller's work (story.py), and goes on; then it is killed, with Fairway.

    KUBECONFIG=FILE APISERVER_PID=N ETCD_PID=N cluster_outage.py

CONTEXT (argo) is whose removals they are, ADMIN_CONTEXT (admin) makes the
objects: config maps in NAMESPACE (argo), which is there. What has no process
id is skipped.  `make check-cluster-outage` runs it; it stops these processes
for some seconds, so nobody else should need the cluster.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "clients")]

import harness  # noqa: E402
import install  # noqa: E402
from client import UnixClient  # noqa: E402
from informer import Informer  # noqa: E402
from ledger import LABEL, Object  # noqa: E402
from story import Story  # noqa: E402
from world import OTHERS, OURS  # noqa: E402

REMOVALS = int(os.environ.get("REMOVALS", "1000"))
PARTITION = float(os.environ.get("PARTITION", "20"))
NAMESPACE = os.environ.get("NAMESPACE", "argo")
CONFIG = ("apiVersion: fairway.dev/v1alpha1\n"
          "kind: Configuration\n"
          "cleartext: {{address: 'unix:{socket}', credentials: Own}}\n"
          "limits: {{pingAfter: 2s, pingTimeout: 1s}}\n"
          "{more}")
HASTY = ("health: {probeInterval: 200ms, probeIntervalAway: 100ms,"
         " probeTimeout: 1s}\n")


class ClusterOutageBase(Story, unittest.TestCase):
    collection = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    token = None  # Fairway's own credentials

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-outage."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.socket = self.tmp / "s"
        self.fairway = self.start_ours()
        # It has nothing to do with what is tested: it brings us in.
        self.start("admin", os.environ.get("ADMIN_CONTEXT", "admin"),
                   self.tmp / "a")
        self.admin = UnixClient(self.tmp / "a", None)
        self.addCleanup(self.admin.close)
        self.prefix = f"outage-{os.getpid()}-{self._testMethodName[-4:]}-"
        self.addCleanup(self.clean)

    def make_all(self):
        for _ in range(REMOVALS // 100):
            self.create(100)
        self.prepare(REMOVALS // 100 * 100)

    def start_ours(self):
        return self.start(
            "fw", os.environ.get("CONTEXT", "argo"), self.socket, HASTY)

    def start(self, name, context, socket, more=""):
        config = self.tmp / f"{name}.yaml"
        config.write_text(CONFIG.format(socket=socket, more=more))
        fairway = harness.Fairway(
            self.tmp / name, os.environ["KUBECONFIG"], "--config", config,
            context=context)
        self.addCleanup(lambda: self.assertIn(
            fairway.stop(), (0, -signal.SIGKILL)))
        return fairway

    def ask(self, method, paths, body=None, content_type=None):
        """All at once; their answers."""
        streams = [self.admin.open(
            method, path,
            [("content-type", content_type or "application/json")]
            if body else [], json.dumps(body).encode() if body else None)
            for path in paths]
        for stream in streams:
            stream.wait_over()
            self.assertLess(stream.status, 300, bytes(stream.data))
        return [json.loads(stream.read()) for stream in streams]

    def create(self, count):
        return self.ask("POST", [self.collection] * count, {
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": {"generateName": self.prefix,
                         "finalizers": [OURS, OTHERS]}})

    def items(self):
        return [item for item in
                self.ask("GET", [self.collection])[0]["items"]
                if item["metadata"]["name"].startswith(self.prefix)]

    def objects(self):
        return [Object(item["metadata"]["name"], item["metadata"]["uid"],
                       item["metadata"]["resourceVersion"],
                       item["metadata"].get("finalizers", []))
                for item in self.items()]

    def touch(self, name):
        return False

    def clean(self):
        paths = [f"{self.collection}/{obj.name}" for obj in self.objects()]
        for at in range(0, len(paths), 100):
            self.ask("PATCH", paths[at:at + 100],
                     {"metadata": {"finalizers": None}},
                     "application/merge-patch+json")
            self.ask("DELETE", paths[at:at + 100])

    def assert_removed(self):
        """Ours are, with their labels; others' are not."""
        for item in self.items():
            metadata = item["metadata"]
            self.assertEqual(metadata["finalizers"], [OTHERS])
            self.assertEqual(metadata["labels"][LABEL], "true")


class ClusterOutage(ClusterOutageBase):
    def stand_still(self, name, is_away):
        if not os.environ.get(name):
            self.skipTest(f"no {name}")
        pid = int(os.environ[name])
        self.make_all()

        def stop():
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)
            if is_away:
                self.fairway.wait_line("health=away")

        self.go_away(stop)
        self.come_back(lambda: os.kill(pid, signal.SIGCONT))
        self.assert_removed()

    def test_the_api_server(self):
        self.stand_still("APISERVER_PID", True)

    def test_etcd(self):
        self.stand_still("ETCD_PID", False)


def command_of(pid):
    """How it was started, and where it writes to."""
    proc = pathlib.Path(f"/proc/{pid}")

    def words(name):
        return (proc / name).read_bytes().rstrip(b"\0").split(b"\0")

    return {"args": words("cmdline"),
            "env": dict(word.split(b"=", 1) for word in words("environ")),
            "cwd": os.readlink(proc / "cwd"),
            "stdout": os.readlink(proc / "fd/1")}


def start_again(args, env, cwd, stdout):
    with open(stdout, "ab") as log:
        return subprocess.Popen(
            args, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, start_new_session=True).pid


class Killed(ClusterOutageBase):
    """The API server is killed, and Fairway in the same moment; both are
    started again.  It has another process id then: the last line says it."""

    def is_ready(self):
        stream = self.admin.open("GET", "/readyz")
        stream.wait_over()
        return stream.status == 200

    def test_with_fairway(self):
        pid = os.environ.get("APISERVER_PID")
        if not pid:
            self.skipTest("no APISERVER_PID")
        command = command_of(pid)
        self.make_all()

        def kill():
            self.fairway.process.send_signal(signal.SIGKILL)
            os.kill(int(pid), signal.SIGKILL)
            self.fairway.process.wait()
            self.fairway.pipe.close()
            self.fairway = self.start_ours()

        def begin_again():
            os.environ["APISERVER_PID"] = str(start_again(**command))
            harness.poll(self.is_ready, "the API server is not ready")

        self.go_away(kill)
        self.come_back(begin_again)
        self.assert_removed()
        print("APISERVER_PID=" + os.environ["APISERVER_PID"])


class Cache(ClusterOutageBase):
    """A real informer behind Fairway, while the API server stands still for
    PARTITION (20) seconds, as in tests/clients/test_informer.py."""

    def lists(self):
        """That the API server has had, of our collection's kind."""
        stream = self.admin.open("GET", "/metrics")
        stream.wait_over()
        self.assertEqual(stream.status, 200)
        return sum(int(float(line.rpartition(" ")[2]))
                   for line in stream.read().decode().splitlines()
                   if line.startswith("apiserver_request_total{")
                   and 'resource="configmaps"' in line
                   and 'scope="namespace"' in line
                   and 'verb="LIST"' in line)

    def make(self):
        return self.create(1)[0]["metadata"]["name"]

    def test_it_does_not_list_again(self):
        pid = os.environ.get("APISERVER_PID")
        if not pid:
            self.skipTest("no APISERVER_PID")
        try:
            informer = Informer(self.fairway.kubeconfig, NAMESPACE)
        except install.Missing as missing:
            self.skipTest(str(missing))
        self.addCleanup(informer.stop)
        informer.wait_line("^synced$")
        informer.wait_watch()
        informer.wait_line(f"^added {self.make()}$")
        before = self.lists()
        until = time.monotonic() + PARTITION
        os.kill(int(pid), signal.SIGSTOP)
        self.addCleanup(os.kill, int(pid), signal.SIGCONT)
        informer.read_until(until)
        os.kill(int(pid), signal.SIGCONT)
        for _ in range(3):
            informer.wait_line(f"^added {self.make()}$")
        print("\n  " + "\n  ".join(line for line in informer.lines
                                  if not line.startswith("added")))
        self.assertEqual(informer.lists(), informer.lists_at_first)
        self.assertEqual(self.lists(), before)


if __name__ == "__main__":
    if not os.environ.get("KUBECONFIG"):
        sys.exit(__doc__)
    harness.main()
