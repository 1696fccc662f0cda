#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Everything that can be shown on a real cluster: make check-cluster.

    check_cluster.py KUBECONFIG [CONTEXT] [--only STEP]...

Each step runs whatever became of the others; the status is 1 if any failed.
What a step needs and is not there is said, and the step is skipped.  In the
environment:

    KUBECTL         kubectl, the program (default: in $PATH)
    APISERVER_PID   its process, on this machine: it is stopped for moments
                    (default: only our way to it stands still)
    KUBELET_STUB    no: make no Node; what needs one is skipped or refused
    KCM             kube-controller-manager, the program (default: none)
    KCM_TOKEN, KCM_FLAGS        see ../clients/kcm.sh
    CLIENTS_FLAGS   of ../clients/run.py
    SWEEP_PODS      pods for sweep_cluster.py (default: 500)

All that is made is in namespaces of its own, but for the objects of `fairway
apf` and the Node; it goes at the end.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "clients"))

import harness  # noqa: E402
from cluster import ACCOUNT, KUBECTL, Admin, count_watches  # noqa: E402
import install  # noqa: E402

SKIPPED = 77
LOOPBACK = r"https://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:|/|$)"

# Of this folder: those that ask no more of the API server than a real one
# does; cluster.py skips single tests that order faults.
NEED_TOKEN = "test_h1", "test_heads"
TESTS = (*NEED_TOKEN, "test_watch", "test_upload", "test_hold",
         "test_drain", "test_slow_reader", "test_kubectl_exec",
         "test_identity", "test_journal", "test_journal_outage",
         "test_reviews", "test_replicas")


class Skip(Exception):
    """Why something cannot be shown here."""


def run(command, **env):
    """Runs it where we are; what it says is seen at once."""
    return subprocess.run([str(word) for word in command], check=False,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "KUBECTL": KUBECTL, **env}
                          ).returncode


class Cluster(Admin):
    """The cluster as its kubeconfig has it, and what is made there."""

    def __init__(self, kubeconfig, context, folder):
        super().__init__(kubeconfig, context, folder)
        (folder / "kubeconfig").write_text(json.dumps(self.flat))
        self.server = self.flat["clusters"][0]["cluster"]["server"]
        self.user = self.flat["users"][0]["user"]
        self.node = None
        self.why_no_node = None

    def watches(self):
        """How many of configmaps there are, if its metrics are for us."""
        done = self.run("get", "--raw", "/metrics")
        return count_watches(done.stdout) if done.returncode == 0 else None

    @contextlib.contextmanager
    def with_node(self):
        """Ours, if one can be made."""
        stub = None
        try:
            name = "fairway-test-" + secrets.token_hex(4)
            stub = self.start_stub(name)
            self.node = name
        except (Skip, install.Missing) as why:
            self.why_no_node = str(why)
        try:
            yield
        finally:
            if stub:
                stub.stop()

    def start_stub(self, name):
        if os.environ.get("KUBELET_STUB") == "no":
            raise Skip("KUBELET_STUB=no")
        # The API server connects to it.
        if not re.match(LOOPBACK, self.server):
            raise Skip("the API server is on another machine than a stub "
                       "for a kubelet would be")
        stub = harness.Process(
            [install.go_program("kubelet-stub"), "--kubeconfig", self.path,
             "--context", self.context, "--node", name],
            "kubelet-stub", "stdout")
        try:
            stub.wait_line("^ready$")
        except AssertionError as error:
            raise Skip(f"no Node can be made: {error}") from error
        return stub


def kubectl_same(cluster, _):
    return run([HERE / "kubectl-same.sh", cluster.path, cluster.context])


def apf(cluster, _):
    return run([HERE / "apf-cluster.sh", cluster.path, cluster.context])


def deploy(cluster, _):
    codes = [run([HERE / f"{name}.py"], KUBECONFIG=str(cluster.path),
                 DEPLOY_CONTEXT=cluster.context)
             for name in ("test_deploy", "test_helm")]
    return next((code for code in codes if code not in (0, SKIPPED)), 0)


def rights(cluster, _):
    return run([HERE / "check_rights.py", cluster.path, cluster.context])


def end_to_end(cluster, _):
    """Each file of tests; those that do not pass say so once more."""
    if not ("token" in cluster.user or
            "client-certificate-data" in cluster.user):
        raise Skip("the context's user has neither a token nor a client "
                   "certificate")
    env = {"FAIRWAY_CLUSTER": str(cluster.folder)}
    if cluster.node:
        env["FAIRWAY_CLUSTER_NODE"] = cluster.node
    watches = cluster.watches()
    if watches is not None:
        env["FAIRWAY_CLUSTER_WATCHES"] = str(watches)
    bad = []
    with cluster.in_space("fairway-e2e") as space:
        cluster.call("create", "serviceaccount", ACCOUNT, "-n", space)
        env["FAIRWAY_CLUSTER_SPACE"] = space
        for name in TESTS:
            print(f"--- {name}", flush=True)
            if name in NEED_TOKEN and "token" not in cluster.user:
                print("skipped: the context's user has no token")
                continue
            if run([HERE / f"{name}.py"], **env) not in (0, SKIPPED):
                bad.append(name)
    if bad:
        print("not as they should be:", *bad)
    return 1 if bad else 0


def sweep(cluster, _):
    return run([HERE / "sweep_cluster.py", cluster.path, cluster.context,
                "--pods", os.environ.get("SWEEP_PODS") or "500"])


def controllers(cluster, _):
    if not os.environ.get("KCM"):
        raise Skip("KCM names no kube-controller-manager")
    if "token" not in cluster.user:
        raise Skip("the context's user has no token")
    return run([HERE.parent / "clients/kcm.sh", cluster.path,
                cluster.context])


def clients(cluster, flags):
    node = ["--node", cluster.node] if cluster.node else []
    return run([HERE.parent / "clients/run.py", "--kubeconfig", cluster.path,
                "--context", cluster.context, *node, *flags])


STEPS = {
    "kubectl": kubectl_same,
    "apf": apf,
    "deploy": deploy,
    "rights": rights,
    "e2e": end_to_end,
    "sweep": sweep,
    "kcm": controllers,
    "clients": clients,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kubeconfig", type=pathlib.Path)
    parser.add_argument("context", nargs="?")
    parser.add_argument("--only", action="append", choices=STEPS)
    args = parser.parse_args()
    flags = os.environ.get("CLIENTS_FLAGS", "").split()
    closing = []
    status = 0
    with tempfile.TemporaryDirectory(prefix="fairway-cluster.") as folder:
        cluster = Cluster(args.kubeconfig, args.context,
                          pathlib.Path(folder))
        with cluster.with_node():
            if cluster.why_no_node:
                closing.append("no exec, attach, port-forward or log: "
                               + cluster.why_no_node)
            for name in args.only or STEPS:
                print(f"\n=== {name}", flush=True)
                try:
                    code = STEPS[name](cluster, flags)
                except Skip as why:
                    code = f"skipped: {why}"
                if code == SKIPPED:
                    code = "skipped"
                if code and not isinstance(code, str):
                    status = 1
                    code = "FAILED"
                closing.append(f"{name}: {code or 'ok'}")
    print("\n" + "\n".join(closing))
    return status


if __name__ == "__main__":
    sys.exit(main())
