#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""fairway sweep on a real API server: thousands of pods, killed in between.

    sweep_cluster.py KUBECONFIG [CONTEXT] [--pods N] [--kills N]

Makes N pods (5000) of workflows that are gone, finished, deleted, alive and so
on, in a namespace of its own; sweeps with just the rights that docs/deploy/
gives, killed again and again at random, until a sweep comes to its end; then
looks at every pod: all that should be gone is, and nothing else. At last the
latency of others is measured without a sweep, and beside one at its default
rate. Where Workflows are not served, a definition is made for the time.
A garbage collector would delete the pods whose workflow is gone, and so unsettle
them: kube-controller-manager must not run, or not that of it.
"""

import argparse
import collections
import concurrent.futures
import base64
import http.client
import json
import os
import pathlib
import random
import re
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from cluster import Admin

HERE = pathlib.Path(__file__).resolve().parent
DEPLOY = HERE.parent.parent / "docs/deploy/sweep/rbac.yaml"
FAIRWAY = os.environ.get("FAIRWAY") or os.path.join(
    os.environ.get("top_builddir", "."), "fairway")

POD_FINALIZER = "workflows.argoproj.io/status"
OURS = "fairway.dev/pods-released"
FOREIGN = "example.com/other"
LABEL = "workflows.argoproj.io/"
LONG_AGO = "2026-01-01T00:00:00Z"

# What is made: of 100 pods so many, and whether their finalizer goes.
KINDS = {
    "gone": (40, True), "again": (4, True), "finished": (15, True),
    "labelled": (8, True), "deleted": (12, True),
    "lives": (8, False), "running": (4, False), "kept": (3, False),
    "instance": (3, False), "foreign": (2, False), "now": (1, False)}


class Api:
    """The API server as the kubeconfig has it; a connection a thread."""

    def __init__(self, flat, folder):
        cluster = flat["clusters"][0]["cluster"]
        user = flat["users"][0]["user"]
        url = urllib.parse.urlsplit(cluster["server"])
        self.server, self.host, self.port = cluster["server"], url.hostname, \
            url.port or 443
        self.ca = cluster["certificate-authority-data"]
        self.tls = ssl.create_default_context(
            cadata=base64.b64decode(self.ca).decode())
        self.fields = {}
        if "token" in user:
            self.fields["authorization"] = "Bearer " + user["token"]
        else:
            parts = []
            for kind in "certificate", "key":
                parts.append(folder / f"client.{kind}")
                parts[-1].touch(mode=0o600)
                parts[-1].write_bytes(base64.b64decode(
                    user[f"client-{kind}-data"]))
            self.tls.load_cert_chain(*parts)
        self.local = threading.local()

    def ask(self, method, path, body=None, media="application/json"):
        for attempt in range(5):
            connection = getattr(self.local, "connection", None)
            if not connection:
                connection = self.local.connection = \
                    http.client.HTTPSConnection(
                        self.host, self.port, context=self.tls, timeout=60)
            try:
                connection.request(
                    method, path, None if body is None else json.dumps(body),
                    {**self.fields, "content-type": media})
                answer = connection.getresponse()
                text = answer.read()
            except (OSError, http.client.HTTPException):
                self.local.connection = None
                continue
            if answer.status != 429:
                return answer.status, json.loads(text)
            time.sleep(1)
        raise SystemExit(f"{method} {path}: no answer")

    def must(self, method, path, body=None, media="application/json"):
        status, answer = self.ask(method, path, body, media)
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer}")
        return answer

    def each(self, path):
        token = ""
        while True:
            page = self.must("GET", f"{path}?limit=500" + (
                f"&continue={token}" if token else ""))
            yield from page["items"]
            token = page["metadata"].get("continue")
            if not token:
                return


class Population:
    """Workflows and pods, and which of them may lose their finalizer."""

    def __init__(self, api, space, pods):
        self.api = api
        self.workflows = "/apis/argoproj.io/v1alpha1/namespaces/" \
                         f"{space}/workflows"
        self.pods = f"/api/v1/namespaces/{space}/pods"
        self.plan = [(kind, i) for kind, (share, _) in KINDS.items()
                     for i in range(max(2, pods * share // 100))]

    def make_workflow(self, kind, number):
        body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                "metadata": {"name": f"{kind}-{number:03}", "labels": {}},
                "spec": {}, "status": {"phase": "Running"}}
        if kind == "finished":
            body["metadata"]["labels"][LABEL + "completed"] = "true"
            body["status"] = {"phase": "Succeeded", "finishedAt": LONG_AGO}
        if kind == "deleted":
            body["metadata"]["finalizers"] = [OURS]
        return self.api.must("POST", self.workflows, body)["metadata"]["uid"]

    def make_pod(self, kind, number, workflow, uid):
        labels = {LABEL + "workflow": workflow}
        annotations = {}
        if kind == "labelled":
            labels[LABEL + "completed"] = "true"
        if kind == "instance":
            labels[LABEL + "controller-instanceid"] = "another"
        if kind == "kept":
            annotations["fairway.dev/keep-finalizers"] = "true"
        name = f"{kind}-{number:05}"
        self.api.must("POST", self.pods, {
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": name, "labels": labels, "annotations": annotations,
                "finalizers": [FOREIGN] + (
                    [] if kind == "foreign" else [POD_FINALIZER]),
                "ownerReferences": [{
                    "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                    "name": workflow, "uid": uid, "controller": True}]},
            "spec": {"serviceAccountName": "sweep",
                     "automountServiceAccountToken": False,
                     "containers": [{"name": "main", "image": "none"}]}})
        at = "2099-01-01T00:00:00Z" if kind == "now" else LONG_AGO
        self.api.must("PATCH", f"{self.pods}/{name}/status", {"status": {
            "phase": "Running" if kind == "running" else "Succeeded",
            "conditions": [{"type": "Ready", "status": "False",
                            "lastTransitionTime": at}]}},
            "application/merge-patch+json")

    def owner_kind(self, kind):
        return {"labelled": "lives", "running": "gone", "kept": "gone",
                "instance": "gone", "foreign": "gone", "now": "gone"}.get(
                    kind, kind)

    def make(self):
        uids = {}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            wanted = sorted({(self.owner_kind(kind), number % 20)
                             for kind, number in self.plan})
            for place, uid in zip(wanted, pool.map(
                    lambda place: self.make_workflow(*place), wanted)):
                uids[place] = uid

            def one(kind_and_number):
                kind, number = kind_and_number
                owner = self.owner_kind(kind), number % 20
                self.make_pod(kind, number, f"{owner[0]}-{owner[1]:03}",
                              uids[owner])

            for _ in pool.map(one, self.plan):
                pass
        for kind, number in uids:
            if kind in ("gone", "again", "deleted"):
                self.api.must("DELETE",
                              f"{self.workflows}/{kind}-{number:03}")
            if kind == "again":
                self.make_workflow(kind, number)

    def check(self):
        """Every pod as it should be; returns what is wrong."""
        wrong = collections.Counter()
        seen = collections.Counter()
        for item in self.api.each(self.pods):
            kind = item["metadata"]["name"].split("-")[0]
            left = item["metadata"].get("finalizers", [])
            wanted = [FOREIGN]
            if kind != "foreign" and not KINDS[kind][1]:
                wanted = [FOREIGN, POD_FINALIZER]
            seen[kind] += 1
            wrong[f"{kind}: {left}"] += left != wanted
        for kind, count in collections.Counter(
                kind for kind, _ in self.plan).items():
            wrong[f"{kind}: not there"] += count - seen[kind]
        for item in self.api.each(self.workflows):
            if item["metadata"]["name"].startswith("deleted-"):
                wrong[f"workflow {item['metadata']['name']}"] += 1
        return +wrong

    def removals(self):
        return sum(KINDS[kind][1] for kind, _ in self.plan) + len(
            {number % 20 for kind, number in self.plan if kind == "deleted"})


class Sweeper:
    """With the rights of docs/deploy/, and `patch` of workflows."""

    def __init__(self, cluster):
        self.cluster, self.space = cluster, cluster.space
        self.role = f"fairway-sweep-{self.space}"
        text = DEPLOY.read_text().replace("namespace: argo",
                                          f"namespace: {self.space}")
        text = re.sub(r"(?m)^(kind: ClusterRole(?:Binding)?\nmetadata:\n"
                      r"  name: )fairway-sweep$", rf"\1{self.role}", text)
        text = text.replace("  kind: ClusterRole\n  name: fairway-sweep",
                            f"  kind: ClusterRole\n  name: {self.role}")
        # With --proofs deleted, as the guide says.
        text = text.replace("  verbs: [get, list]", "  verbs: [get, list, "
                            "patch]")
        cluster.call("apply", "-n", self.space, "-f", "-", text=text)
        self.kubeconfig = cluster.kubeconfig_of("fairway-sweep")
        self.record = cluster.folder / "record.jsonl"

    def begin(self, *args):
        return subprocess.Popen(
            [FAIRWAY, "sweep", "--kubeconfig", self.kubeconfig, "-n",
             self.space, "-o", "json", *args], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

    def run(self, *args):
        running = self.begin(*args)
        report = json.loads(running.communicate()[0])
        report["status"] = running.returncode
        return report

    def removed(self):
        if not self.record.exists():
            return 0
        return self.record.read_text().count('"result":"removed"')

    def forget(self):
        self.cluster.call("delete", "clusterrole,clusterrolebinding",
                          self.role, "--ignore-not-found")


def latencies(api, path, seconds):
    """Of four threads that write as fast as they can."""
    took = []
    until = time.monotonic() + seconds

    def worker(number):
        while time.monotonic() < until:
            begun = time.monotonic()
            api.must("PATCH", f"{path}/storm-{number}",
                     {"data": {"at": str(begun)}},
                     "application/merge-patch+json")
            took.append(time.monotonic() - begun)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(worker, i) for i in range(4)]:
            done.result()
    return took


def show(what, took, seconds):
    took.sort()
    print(f"{what}: median {statistics.median(took) * 1000:.2f} ms, p99 "
          f"{took[len(took) * 99 // 100] * 1000:.2f} ms, "
          f"{len(took) / seconds:.0f} a second")


def measure_storm(api, sweeper, population, rounds=6, seconds=2):
    """A sweep that goes on and stands still in turns; the ratio of both."""
    path = population.pods.replace("pods", "configmaps")
    for i in range(4):
        api.must("POST", path, {"apiVersion": "v1", "kind": "ConfigMap",
                                "metadata": {"name": f"storm-{i}"}})
    running = sweeper.begin("--apply", "--record-file", str(sweeper.record),
                            *GENEROUS)
    while not sweeper.removed() and running.poll() is None:
        time.sleep(0.1)
    alone, beside, ratios = [], [], []
    for _ in range(rounds):
        running.send_signal(signal.SIGSTOP)
        first = latencies(api, path, seconds)
        running.send_signal(signal.SIGCONT)
        second = latencies(api, path, seconds)
        alone += first
        beside += second
        ratios.append(statistics.median(second) / statistics.median(first))
    running.kill()
    running.communicate()
    show("others alone", alone, rounds * seconds)
    show("others beside a sweep of 5 a second", beside, rounds * seconds)
    ratio = statistics.median(ratios)
    print(f"ratio of the medians: {ratio:.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f})")
    return ratio


GENEROUS = ("--proofs", "labelled,gone,finished,deleted", "--deleted-for",
            "0s", "--sightings", "1", "--max-removals", "100000",
            "--max-per-namespace", "100000", "--max-share", "100")


def check(api, sweeper, population, kills):
    # Without a word it is too much, and only what was counted is said.
    report = sweeper.run("--apply")
    if report["status"] != 1 or "nothing is removed" not in report["error"]:
        raise SystemExit(f"the caps did not hold: {report.get('error')}")
    report = sweeper.run(*GENEROUS)
    found = len(report["candidates"])
    print(f"found {found} of {report['objects']} objects, kept "
          f"{report['kept']}")
    if found != population.removals() or report["removed"]:
        raise SystemExit(f"{population.removals()} should have been found")
    ratio = measure_storm(api, sweeper, population)
    qps, begun, earlier = 50, time.monotonic(), sweeper.removed()
    args = ("--apply", "--qps", str(qps), "--record-file",
            str(sweeper.record), *GENEROUS)
    for _ in range(kills):
        before = sweeper.removed()
        running = sweeper.begin(*args)
        stop_at = before + random.randint(1, max(2, found // (kills + 2)))
        while sweeper.removed() < stop_at and running.poll() is None:
            time.sleep(0.01)
        running.kill()
        running.communicate()
    report = sweeper.run(*args)
    took = time.monotonic() - begun
    print(f"killed {kills} times; {sweeper.removed() - earlier} removals in "
          f"{took:.0f} s, at most {qps} a second")
    wrong = population.check()
    for what, count in wrong.items():
        print(f"WRONG: {count} {what}")
    if report["status"] or wrong:
        raise SystemExit(report.get("error") or "not as it should be")
    if sweeper.removed() - earlier > qps * took + kills + 1:
        raise SystemExit("faster than it may be")
    if ratio > 2:
        raise SystemExit("others were delayed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kubeconfig")
    parser.add_argument("context", nargs="?")
    parser.add_argument("--pods", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=4)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fairway-sweep.") as name:
        cluster = Admin(args.kubeconfig, args.context, pathlib.Path(name))
        with cluster.workflows(), cluster.in_space("fairway-sweep") as space:
            cluster.call("create", "serviceaccount", "sweep", "-n", space)
            api = Api(cluster.flat, cluster.folder)
            sweeper = Sweeper(cluster)
            try:
                population = Population(api, space, args.pods)
                begun = time.monotonic()
                population.make()
                print(f"made {len(population.plan)} pods in "
                      f"{time.monotonic() - begun:.0f} s", flush=True)
                check(api, sweeper, population, args.kills)
            finally:
                clean(api, sweeper, space)
    print("all as it should be")


def clean(api, sweeper, space):
    """All that was made; finalizers would keep the namespace."""
    sweeper.forget()
    paths = [f"/api/v1/namespaces/{space}/pods",
             f"/apis/argoproj.io/v1alpha1/namespaces/{space}/workflows"]

    def free(path):
        api.ask("PATCH", path, {"metadata": {"finalizers": None}},
                "application/merge-patch+json")
        api.ask("DELETE", path + "?gracePeriodSeconds=0")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for path in paths:
            for _ in pool.map(free, [
                    f"{path}/{item['metadata']['name']}"
                    for item in api.each(path)]):
                pass


if __name__ == "__main__":
    sys.exit(main())
