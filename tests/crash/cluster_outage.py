#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real API server, or its etcd, stands still in the middle of a
controller's work (story.py), and goes on.

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
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "e2e"))

import harness  # noqa: E402
from client import UnixClient  # noqa: E402
from ledger import LABEL, Object  # noqa: E402
from story import Story  # noqa: E402
from world import OTHERS, OURS  # noqa: E402

REMOVALS = int(os.environ.get("REMOVALS", "1000"))
NAMESPACE = os.environ.get("NAMESPACE", "argo")
CONFIG = ("apiVersion: fairway.dev/v1alpha1\n"
          "kind: Configuration\n"
          "cleartext: {{address: 'unix:{socket}', credentials: Own}}\n"
          "limits: {{pingAfter: 2s, pingTimeout: 1s}}\n"
          "{more}")
HASTY = ("health: {probeInterval: 200ms, probeIntervalAway: 100ms,"
         " probeTimeout: 1s}\n")


class ClusterOutage(Story, unittest.TestCase):
    collection = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
    token = None  # Fairway's own credentials

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-outage."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.socket = self.tmp / "s"
        self.fairway = self.start(
            "fw", os.environ.get("CONTEXT", "argo"), self.socket, HASTY)
        # It has nothing to do with what is tested: it brings us in.
        self.start("admin", os.environ.get("ADMIN_CONTEXT", "admin"),
                   self.tmp / "a")
        self.admin = UnixClient(self.tmp / "a", None)
        self.addCleanup(self.admin.close)
        self.prefix = f"outage-{os.getpid()}-{self._testMethodName[-4:]}-"
        self.addCleanup(self.clean)
        for _ in range(REMOVALS // 100):
            self.create(100)
        self.prepare(REMOVALS // 100 * 100)

    def start(self, name, context, socket, more=""):
        config = self.tmp / f"{name}.yaml"
        config.write_text(CONFIG.format(socket=socket, more=more))
        fairway = harness.Fairway(
            self.tmp / name, os.environ["KUBECONFIG"], "--config", config,
            context=context)
        self.addCleanup(lambda: self.assertEqual(fairway.stop(), 0))
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
        self.ask("POST", [self.collection] * count, {
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

    # --- outages -----------------------------------------------------------

    def stand_still(self, name, is_away):
        if not os.environ.get(name):
            self.skipTest(f"no {name}")
        pid = int(os.environ[name])

        def stop():
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)
            if is_away:
                self.fairway.wait_line("health=away")

        self.go_away(stop)
        self.come_back(lambda: os.kill(pid, signal.SIGCONT))
        for item in self.items():
            metadata = item["metadata"]
            self.assertEqual(metadata["finalizers"], [OTHERS])
            self.assertEqual(metadata["labels"][LABEL], "true")

    def test_the_api_server(self):
        self.stand_still("APISERVER_PID", True)

    def test_etcd(self):
        self.stand_still("ETCD_PID", False)


if __name__ == "__main__":
    if not os.environ.get("KUBECONFIG"):
        sys.exit(__doc__)
    harness.main()
