# SPDX-License-Identifier: Apache-2.0
"""A real API server in kubesim's place, for those tests that can do with it.

check_cluster.py runs them, and says by the environment where:

    FAIRWAY_CLUSTER         the folder with kubeconfig, of one context
    FAIRWAY_CLUSTER_SPACE   the namespace; it is ours, and begins empty
    FAIRWAY_CLUSTER_NODE    a Node whose kubelet is our stub, if there is one
    FAIRWAY_CLUSTER_WATCHES how many watches of configmaps there were before,
                            if we may know
    APISERVER_PID           its process: it is stopped itself where else its
                            network stands still

What it is asked as kubesim is asked it does if a real one can do that: its
network is a relay of ours, what it has done is what is there.  Other orders
skip the test.

Admin is the same for programs that kubectl is enough for.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import secrets
import signal
import subprocess
import time
import unittest

import relay
from definitions import definition, wait_established
from h2client import Client, LIMIT, TimedOut

KUBECTL = os.environ.get("KUBECTL") or "kubectl"

FOLDER = os.environ.get("FAIRWAY_CLUSTER")
SPACE = os.environ.get("FAIRWAY_CLUSTER_SPACE", "argo")  # kubesim has that
NODE = os.environ.get("FAIRWAY_CLUSTER_NODE")
WATCHES = os.environ.get("FAIRWAY_CLUSTER_WATCHES")
PID = os.environ.get("APISERVER_PID")

# Controllers', in each namespace.
NOT_OURS = "kube-root-ca.crt", "openshift-service-ca.crt"
MERGE_PATCH = ("content-type", "application/merge-patch+json")
JSON = ("content-type", "application/json")
RESOURCES = {"configmaps": "api/v1", "pods": "api/v1",
             "leases": "apis/coordination.k8s.io/v1"}
ACCOUNT = "fairway-test"  # of its pods; it is there
FILLER = "0123456789abcdef"
RUNS = {"status": {"phase": "Running", "containerStatuses": [
    {"name": "main", "ready": True, "restartCount": 0, "image": "none",
     "imageID": "", "state": {"running": {}}}]}}


def path_of(resource):
    return f"/{RESOURCES[resource]}/namespaces/{SPACE}/{resource}"


def count_watches(metrics):
    """Of the config maps of a namespace."""
    return sum(int(line.split()[-1]) for line in metrics.splitlines()
               if line.startswith("apiserver_longrunning_requests{")
               and 'resource="configmaps",scope="namespace"' in line
               and 'verb="WATCH"' in line)


class Admin:
    """A context of a kubeconfig, whose user may do all, by kubectl."""

    def __init__(self, kubeconfig, context, folder):
        self.folder = folder
        self.space = None  # our namespace, if there is one
        self.path = pathlib.Path(kubeconfig).resolve()
        self.kubectl = [KUBECTL, "--kubeconfig", str(self.path)]
        self.context = context or self.call(
            "config", "current-context").strip()
        self.kubectl += ["--context", self.context]
        self.flat = json.loads(self.call(
            "config", "view", "--minify", "--raw", "--flatten", "-o", "json"))

    def run(self, *args, text=None):
        return subprocess.run([*self.kubectl, *map(str, args)], input=text,
                              text=True, capture_output=True, check=False,
                              timeout=LIMIT)

    def call(self, *args, text=None):
        done = self.run(*args, text=text)
        if done.returncode != 0:
            raise SystemExit(f"kubectl {' '.join(map(str, args))}: "
                             f"{done.stderr.strip()}")
        return done.stdout

    def apply(self, thing):
        self.call("apply", "-f", "-", text=json.dumps(thing))

    def create(self, thing):
        return json.loads(self.call("create", "-f", "-", "-o", "json",
                                    text=json.dumps(thing)))

    def kubeconfig_of(self, account):
        """With a token of a service account, and nothing else."""
        token = self.call("create", "token", account, "-n",
                          self.space).strip()
        path = self.folder / account
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            **self.flat, "users": [{"name": self.flat["users"][0]["name"],
                                    "user": {"token": token}}]}))
        return path

    @contextlib.contextmanager
    def in_space(self, prefix):
        """A new namespace; it goes at the end, with what is in it."""
        self.space = f"{prefix}-{secrets.token_hex(4)}"
        self.call("create", "namespace", self.space)
        try:
            yield self.space
        finally:
            self.call("delete", "namespace", self.space, "--wait=false")

    @contextlib.contextmanager
    def workflows(self):
        """Of Argo, or ours for the time."""
        name = "crd/workflows.argoproj.io"
        if self.run("get", name).returncode == 0:
            yield
            return
        self.apply(definition("workflows", "Workflow"))
        try:
            wait_established(self.kubectl, ["workflows"])
            yield
        finally:
            self.call("delete", name, "--wait=false")


class Cluster:
    def __init__(self, folder):
        document = json.loads(
            (pathlib.Path(FOLDER) / "kubeconfig").read_text())
        cluster = document["clusters"][0]["cluster"]
        user = document["users"][0]["user"]
        host, port = re.match(r"https://\[?([^/]*?)\]?(?::(\d+))?/?$",
                              cluster["server"]).groups()
        self.server_name = cluster.get("tls-server-name", host)
        self.token = user.get("token")
        self.folder = folder
        self.certificate = None
        self.write("ca.crt", cluster["certificate-authority-data"])
        if "client-certificate-data" in user:
            self.certificate = [
                self.write(f"client.{kind}", user[f"client-{kind}-data"])
                for kind in ("certificate", "key")]
        self.target = host, int(port or 443)
        self.relay = relay.Relay(self.target)
        self.port = self.relay.port
        cluster["server"] = f"https://127.0.0.1:{self.port}"
        cluster["tls-server-name"] = self.server_name
        # Named as that of kubesim which the tests want.
        document["contexts"][0]["name"] = "argo"
        document["current-context"] = "argo"
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(document))
        self.listener = self.relay.listener
        self.connections = self.relay.connections
        self.freeze = self.relay.freeze
        self.thaw = self.relay.thaw
        if PID:
            self.freeze = lambda: os.kill(int(PID), signal.SIGSTOP)
            self.thaw = lambda: os.kill(int(PID), signal.SIGCONT)

    def __getattr__(self, name):
        raise unittest.SkipTest(f"a real API server knows no {name}")

    def write(self, name, data):
        path = self.folder / name
        path.write_bytes(base64.b64decode(data))
        return path

    def client(self, token=None, certificate=None, **more):
        """Past Fairway and the relay; as ourselves unless it says as whom."""
        if not token:
            token, certificate = self.token, self.certificate
        return Client(*self.target, cafile=self.folder / "ca.crt",
                      token=token, certificate=certificate,
                      server_name=self.server_name, **more)

    def ask(self, client, method, path, fields=(), body=None):
        answer = client.request(method, path, fields,
                                body and json.dumps(body).encode())
        data = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {data}")
        return json.loads(data)

    def past(self, method, path, body=None, content_type="application/json"):
        """Somebody's request that no outage concerns: code and body."""
        with self.client() as client:
            answer = client.request(
                method, path, [("content-type", content_type)] * bool(body),
                body and json.dumps(body).encode())
            return {"code": answer.status, "body": json.loads(answer.read())}

    def web_tokens(self):
        """Two of one service account, one of another; pods are theirs."""
        accounts = f"/api/v1/namespaces/{SPACE}/serviceaccounts"
        rbac = "rbac.authorization.k8s.io"
        rights = f"/apis/{rbac}/v1/namespaces/{SPACE}"
        other = ACCOUNT + "-other"
        self.want(accounts, {"metadata": {"name": other}})
        self.want(f"{rights}/roles", {
            "metadata": {"name": ACCOUNT}, "rules": [{
                "apiGroups": [""], "resources": ["pods"],
                "verbs": ["get", "list", "patch"]}]})
        self.want(f"{rights}/rolebindings", {
            "metadata": {"name": ACCOUNT},
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": ACCOUNT},
            "subjects": [{"apiGroup": rbac, "kind": "Group",
                          "name": f"system:serviceaccounts:{SPACE}"}]})
        tokens = [self.want(f"{accounts}/{name}/token", {
            "spec": {"expirationSeconds": 3600 + i}})["status"]["token"]
            for i, name in enumerate((ACCOUNT, ACCOUNT, other))]
        until = time.monotonic() + LIMIT
        with self.client(token=tokens[0]) as client:
            while client.request("GET", path_of("pods")).status == 403:
                if time.monotonic() > until:
                    raise TimedOut("a role has no effect")
        return tokens

    def want(self, path, body):
        """Makes it unless it is there."""
        answer = self.past("POST", path, body)
        if answer["code"] == 403:
            raise unittest.SkipTest(answer["body"]["message"])
        if answer["code"] not in (200, 201, 409):
            raise AssertionError(f"{path}: {answer}")
        return answer["body"]

    def items(self, client, resource):
        items = self.ask(client, "GET", path_of(resource))["items"]
        return [item["metadata"] for item in items
                if item["metadata"]["name"] not in NOT_OURS]

    def effects(self, method="POST"):
        """What was made and is there, the latest change last."""
        if method != "POST":
            self.history()
        with self.client() as client:
            items = self.items(client, "configmaps")
        items.sort(key=lambda item: int(item["resourceVersion"]))
        return [item["name"] for item in items]

    def wait_watches(self, count):
        """Until there are so many more than before all tests."""
        if WATCHES is None:
            raise unittest.SkipTest("its metrics are not for us")
        until = time.monotonic() + LIMIT
        with self.client() as client:
            while count_watches(client.request(
                    "GET", "/metrics").read().decode()) != \
                    int(WATCHES) + count:
                if time.monotonic() > until:
                    raise TimedOut(f"there were not {count} watches")

    def preload(self, resource, namespace, prefix="p-", count=1, size=0,
                finalizers=(), deleted=False, node=None, running=False):
        if node and not NODE:
            raise unittest.SkipTest("there is no Node of ours")
        if namespace != SPACE:
            raise unittest.SkipTest(f"a namespace {namespace} is not ours")
        with self.client() as client:
            for i in range(count):
                self.make(client, resource, f"{prefix}{i:06}", size,
                          finalizers)
                if running:
                    self.ask(client, "PATCH",
                             f"{path_of(resource)}/{prefix}{i:06}/status",
                             [MERGE_PATCH], RUNS)
                if deleted:
                    self.ask(client, "DELETE",
                             f"{path_of(resource)}/{prefix}{i:06}")

    def make(self, client, resource, name, size, finalizers):
        body = {"apiVersion": "v1", "metadata": {
            "name": name, "finalizers": list(finalizers)}}
        if resource == "pods":
            body |= pod(name)
            body["metadata"]["finalizers"] = list(finalizers)
        else:
            body |= {"kind": "ConfigMap", "data": {
                "filler": FILLER * (size // len(FILLER))}}
        self.ask(client, "POST", path_of(resource), [JSON], body)

    def log(self, name, lines):
        """Whatever the stub's containers say."""

    def clear(self):
        """Nothing is left for the next test."""
        with self.client() as client:
            for resource in RESOURCES:
                path = path_of(resource)
                for item in self.items(client, resource):
                    if item.get("finalizers"):
                        self.ask(client, "PATCH", f"{path}/{item['name']}",
                                 [MERGE_PATCH],
                                 {"metadata": {"finalizers": None}})
                self.ask(client, "DELETE", path, [JSON], {
                    "kind": "DeleteOptions", "apiVersion": "v1",
                    "gracePeriodSeconds": 0})

    def stop(self):
        try:
            self.listener("accept")
            self.thaw()
            self.clear()
        finally:
            self.relay.close()


def pod(name):
    """One that nobody but the test changes; on the stub's Node, if any."""
    spec = {"serviceAccountName": ACCOUNT,
            "automountServiceAccountToken": False,
            "schedulerName": "nobody",
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": "none", "stdin": True}]}
    if NODE:
        spec["nodeName"] = NODE
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name},
            "spec": spec}
