# SPDX-License-Identifier: Apache-2.0
"""What the tests of `fairway sweep` have in common: objects, and sweeps."""

import json
import subprocess

import harness
from harness import JSON, POD_FINALIZER, pod

PODS = "/api/v1/namespaces/argo/pods"
WORKFLOWS = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"
ARGO = "system:serviceaccount:argo:argo-controller"
LABEL = "workflows.argoproj.io/"
CONFIGMAPS = harness.CONFIGMAPS
MERGE = ("content-type", "application/merge-patch+json")
# Sweeps right behind each other count.
AT_ONCE = "  sightingInterval: 0s\n  sightingsIn: argo/sightings\n"
LONG_AGO = "2026-01-01T00:00:00Z"


class Sweep(harness.Case):
    """A test of sweeps, each with a kubesim and a Fairway."""

    def make(self, path, body):
        stream = self.direct().request("POST", path, [JSON],
                                       json.dumps(body).encode())
        self.assertEqual(stream.status, 201, bytes(stream.data))
        return json.loads(stream.read())["metadata"]["uid"]

    def change(self, path, patch):
        """By the admin, whom no fault meets."""
        self.assert_status(self.direct().request(
            "PATCH", path, [MERGE], json.dumps(patch).encode()), 200)

    def read(self, path):
        """None: it is not there."""
        stream = self.direct().request("GET", path)
        return json.loads(stream.read()) if stream.status == 200 else None

    def make_workflow(self, name, labels=None, finalizers=(), status=None):
        stream = self.direct().request("POST", WORKFLOWS, [JSON], json.dumps({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": name, "labels": labels or {},
                         "finalizers": list(finalizers)},
            "spec": {}, "status": status or {}}).encode())
        self.assertEqual(stream.status, 201, bytes(stream.data))
        return json.loads(stream.read())["metadata"]["uid"]

    def drop_workflow(self, name):
        self.assert_status(
            self.direct().request("DELETE", f"{WORKFLOWS}/{name}"), 200)

    def make_pod(self, name, workflow, uid, phase="Succeeded", labels=None,
                 finalizers=(POD_FINALIZER,), annotations=None,
                 changed=LONG_AGO, direct=None):
        body = {
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {
                "name": name, "finalizers": list(finalizers),
                "annotations": annotations or {},
                "labels": {LABEL + "workflow": workflow, **(labels or {})},
                "ownerReferences": [{
                    "apiVersion": "argoproj.io/v1alpha1",
                    "kind": "Workflow", "name": workflow, "uid": uid,
                    "controller": True}]},
            "spec": {"containers": [{"name": "main", "image": "none"}]}}
        direct = direct or self.direct()
        stream = direct.request("POST", PODS, [JSON],
                                json.dumps(body).encode())
        self.assertEqual(stream.status, 201, bytes(stream.data))
        body = json.loads(stream.read())
        body["status"] = {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": "False",
                            "lastTransitionTime": changed}]}
        self.assert_status(direct.request(
            "PUT", pod(name) + "/status", [JSON],
            json.dumps(body).encode()), 200)

    def finalizers(self, name):
        stream = self.direct().request("GET", pod(name))
        if stream.status == 404:
            return None
        return json.loads(stream.read())["metadata"].get("finalizers", [])

    def command(self, *args, through="fairway"):
        config = (self.fairway if through == "fairway" else
                  self.sim).kubeconfig
        context = [] if through == "fairway" else ["--context", "argo"]
        return [str(word) for word in (
            harness.FAIRWAY, "sweep", *args, "--kubeconfig", config, *context)]

    def sweep(self, *args, through="fairway", status=0):
        done = subprocess.run(
            self.command("--qps", "1000", *args, through=through),
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def report(self, *args, **more):
        return json.loads(self.sweep("-o", "json", *args, **more).stdout)

    def proofs(self, report):
        return {item["name"]: (item["proof"], item["result"])
                for item in report["candidates"]}

    def patches(self):
        """Of objects, in order; not of what sweeps keep for themselves."""
        return [item for item in self.sim.history()
                if item["method"] == "PATCH" and
                not item["path"].startswith(f"{CONFIGMAPS}/sightings")]

    def begin_sweep(self, *args):
        """One that is under way; its standard output can be read later."""
        return subprocess.Popen(
            self.command("-o", "json", "--apply", "--max-share", "100", *args,
                         through="sim"),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def wait_patches(self, count):
        harness.poll(lambda: len(self.patches()) >= count,
                     f"never {count} patches")

    def write_config(self, text):
        path = self.tmp / "sweep.yaml"
        path.write_text("apiVersion: fairway.dev/v1alpha1\n"
                        "kind: Configuration\nsweep:\n" + text)
        return path
