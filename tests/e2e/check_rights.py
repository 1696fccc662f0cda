#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rights of docs/deploy/ on a real API server: all that is needed and
nothing more. A step of check_cluster.py:

    check_rights.py KUBECONFIG CONTEXT [FLOW...]

The context's user may do all. Each flow runs with exactly the rules of its
manifest, and again without each verb of them, one by one: then it must fail,
and say so. What is made is in a namespace of its own, but for the definition
of Workflows where there is none; all goes at the end.
"""

import contextlib
import datetime
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import time

import yaml

import harness
from cluster import Admin

SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
DEPLOY = SOURCE / "docs" / "deploy"
FINALIZER = harness.POD_FINALIZER
LABEL = "workflows.argoproj.io/"


class Cluster(Admin):
    def may(self, account, right):
        """As the API server itself says."""
        group, resource, verb, names = right
        resource, _, subresource = resource.partition("/")
        attributes = {"namespace": self.space, "verb": verb, "group": group,
                      "resource": resource, "subresource": subresource,
                      "name": names[0] if names else ""}
        if verb.split(":")[0] == "impersonate":
            del attributes["namespace"]
        review = self.create({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": f"system:serviceaccount:{self.space}:{account}",
                     "resourceAttributes": attributes}})
        return review["status"]["allowed"]


class Rights:
    """A service account whose Role is written anew; a ClusterRole if its
    rights are for what is in no namespace."""

    def __init__(self, cluster, account, kind="Role"):
        self.cluster, self.account, self.kind = cluster, account, kind
        space = cluster.space
        # Of all that is in no namespace the names are ours, too.
        self.name = account if kind == "Role" else space
        self.scope = ["-n", space] if kind == "Role" else []
        cluster.call("create", "serviceaccount", account, "-n", space)
        self.give(())
        cluster.call("create", f"{kind}binding".lower(), self.name,
                     *self.scope, f"--{kind}={self.name}".lower(),
                     f"--serviceaccount={space}:{account}")

    def remove(self):
        for kind in self.kind, f"{self.kind}binding":
            self.cluster.call("delete", kind, self.name, *self.scope)

    def give(self, rights):
        """(group, resource, verb, names): these and no others."""
        self.cluster.apply({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": self.kind,
            "metadata": {"name": self.name, **(
                {"namespace": self.cluster.space} if self.scope else {})},
            "rules": [{"apiGroups": [group], "resources": [resource],
                       "verbs": [verb], "resourceNames": list(names)}
                      for group, resource, verb, names in rights]})

    def wait(self, right, wanted):
        """Until it is in force, or no more."""
        harness.poll(lambda: self.cluster.may(self.account, right) == wanted,
                     f"{right} is not {wanted}")


def rights_of(path):
    """Of the roles there, each verb by itself."""
    return [(group, resource, verb, tuple(rule.get("resourceNames", ())))
            for role in yaml.safe_load_all(path.read_text())
            for rule in role.get("rules", ())
            if "resources" in rule
            for group in rule["apiGroups"] for resource in rule["resources"]
            for verb in rule["verbs"]]


# --- the sweep ---------------------------------------------------------------

def make_pods(cluster, number):
    """One that its label gives up, one whose Workflow is gone."""
    workflow = cluster.create({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
        "metadata": {"name": f"w{number}", "namespace": cluster.space},
        "spec": {}})
    uid = workflow["metadata"]["uid"]
    pods = []
    for name, owner, owner_uid, labels in (
            (f"labelled-{number}", f"w{number}", uid,
             {LABEL + "completed": "true"}),
            (f"gone-{number}", "nobody", secrets.token_hex(16), {})):
        pod = cluster.create({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": name, "namespace": cluster.space,
                "finalizers": [FINALIZER],
                "labels": {LABEL + "workflow": owner, **labels},
                "ownerReferences": [{
                    "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
                    "name": owner, "uid": owner_uid, "controller": True}]},
            "spec": {"containers": [{"name": "main", "image": "none"}]}})
        cluster.call("patch", "pod", name, "-n", cluster.space,
                     "--subresource=status", "--type=merge", "-p", json.dumps(
                         {"status": {"phase": "Succeeded", "conditions": [{
                             "type": "Ready", "status": "False",
                             "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}))
        pods.append(pod["metadata"]["name"])
    return pods


def sweep(cluster, kubeconfig, number):
    """Whether it does all that it is for; what it says if not."""
    pods = make_pods(cluster, number)
    cluster.call("patch", "configmap", "fairway-sweep", "-n", cluster.space,
                 "--type=merge", "-p", '{"data":null}')
    done = subprocess.run(
        [harness.FAIRWAY, "sweep", "--kubeconfig", kubeconfig, "-n",
         cluster.space, "--qps", "100", "--max-share", "100", "--apply", "-o",
         "json", "--sightings-in", f"{cluster.space}/fairway-sweep",
         # Where there is a garbage collector it has just deleted one of them.
         "--settled-for", "0s"],
        capture_output=True, text=True, check=False, timeout=120)
    left = [name for name in pods if FINALIZER in cluster.run(
        "get", "pod", name, "-n", cluster.space, "-o",
        "jsonpath={.metadata.finalizers}").stdout]
    events = cluster.call("get", "events", "-n", cluster.space, "-o",
                          "jsonpath={.items[*].involvedObject.name}").split()
    kept = cluster.call("get", "configmap", "fairway-sweep", "-n",
                        cluster.space, "-o", "jsonpath={.data}")
    for name in pods:
        cluster.run("patch", "pod", name, "-n", cluster.space, "--type=merge",
                    "-p", '{"metadata":{"finalizers":null}}')
        cluster.run("delete", "pod", name, "-n", cluster.space, "--force",
                    "--grace-period=0", "--wait=false")
    said = done.stderr.strip() or done.stdout.strip()
    return (done.returncode == 0 and not left and set(pods) <= set(events)
            and bool(kept)), said


def check_each(account, rights, flow):
    """A flow with all of them, and without each: (whether it worked, what
    was said). True: not as it should be."""
    account.give(rights)
    for right in rights:
        account.wait(right, True)
    worked, said = flow(0)
    print(f"with all of {len(rights)}: {'works' if worked else said}")
    bad = not worked
    for number, right in enumerate(rights, 1):
        account.give([each for each in rights if each != right])
        account.wait(right, False)
        worked, said = flow(number)
        told = "403" in said or "orbidden" in said
        group, resource, verb, _ = right
        print(f"without {verb} {resource}{'.' if group else ''}{group}: "
              + ("it works: NOT NEEDED" if worked else
                 "fails" + ("" if told else " and does not say why")
                 + f": {said.splitlines()[-1][:200] if said else ''}"),
              flush=True)
        bad |= worked or not told
        account.give(rights)
        account.wait(right, True)
    return bad


def check_sweep(cluster):
    rights = rights_of(DEPLOY / "sweep" / "rbac.yaml")
    cluster.call("create", "configmap", "fairway-sweep", "-n", cluster.space)
    account = Rights(cluster, "fairway-sweep")
    kubeconfig = cluster.kubeconfig_of("fairway-sweep")
    print("the sweep")
    return check_each(account, rights,
                      lambda number: sweep(cluster, kubeconfig, number))


# --- the gateway ---------------------------------------------------------------

def check_gateway(cluster):
    """Alone no right at all: /readyz is everybody's, and clients bring
    theirs."""
    Rights(cluster, "fairway")
    client = Rights(cluster, "client")
    right = ("", "configmaps", "list", ())
    client.give([right])
    client.wait(right, True)
    token = json.loads(cluster.kubeconfig_of("client").read_text())["users"][
        0]["user"]["token"]
    path = f"/api/v1/namespaces/{cluster.space}/configmaps"
    fairway = harness.Fairway(
        cluster.folder / "fw", cluster.kubeconfig_of("fairway"),
        context=cluster.flat["current-context"])
    try:
        answers = []
        for each in (token, fairway.token):
            connection = harness.Client("127.0.0.1", fairway.port,
                                        cafile=fairway.cafile, token=each)
            answers.append(connection.request("GET", path).status)
            connection.close()
        said = subprocess.run(
            [harness.FAIRWAY, "status", "-o", "json", "--state-dir",
             cluster.folder / "fw"], capture_output=True, text=True,
            check=True, timeout=60).stdout
    finally:
        fairway.stop()
    upstream, = json.loads(said)["upstream"]
    print(f"the gateway without any right: a client's token gets {answers[0]}"
          f", its own {answers[1]}; the API server is {upstream['health']}, "
          f"{upstream['failedProbes']} failed probes")
    return (answers != [200, 403] or upstream["health"] != "up" or
            upstream["failedProbes"] != 0)


def issue(folder, user, group):
    """An authority, and a certificate of it."""
    def openssl(*args):
        subprocess.run(["openssl", *args], cwd=folder, check=True,
                       capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt",
            "-days", "2", "-subj", "/CN=clients")
    openssl("req", *key, "-keyout", "client.key", "-out", "client.csr",
            "-subj", f"/O={group}/CN={user}")
    (folder / "ext").write_text("extendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", "client.csr", "-CA", "ca.crt", "-CAkey",
            "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "ext",
            "-out", "client.crt")
    return folder / "client.crt", folder / "client.key"


@contextlib.contextmanager
def for_certificates(cluster, name, rights):
    """A gateway whose account has none of these rights yet: it, and what a
    client of those names gets of a resource."""
    names = {resource: each[0] for _, resource, _, each in rights if each}
    user, group = names["users"], names["groups"]
    folder = cluster.folder / name
    folder.mkdir()
    certificate = issue(folder, user, group)
    # What the user may in any case.
    cluster.call("create", "role", name, "-n", cluster.space, "--verb=list",
                 "--resource=configmaps,secrets")
    cluster.call("create", "rolebinding", name, "-n", cluster.space,
                 f"--role={name}", f"--group={group}")
    account = Rights(cluster, f"fairway-{name}", "ClusterRole")
    config = folder / "fairway.yaml"
    config.write_text("apiVersion: fairway.dev/v1alpha1\n"
                      "kind: Configuration\n"
                      f"identity: {{clientCAFile: {folder}/ca.crt}}\n")
    fairway = harness.Fairway(
        folder / "fw", cluster.kubeconfig_of(f"fairway-{name}"),
        "--config", config, context=cluster.flat["current-context"])

    def get(resource):
        client = harness.Client("127.0.0.1", fairway.port,
                                cafile=fairway.cafile,
                                certificate=certificate)
        answer = client.request(
            "GET", f"/api/v1/namespaces/{cluster.space}/{resource}")
        text = answer.read().decode(errors="replace")
        client.close()
        return answer.status == 200, f"{answer.status} {text}"

    try:
        yield account, get
    finally:
        fairway.stop()
        account.remove()


def check_certificates(cluster):
    """Who shows a certificate is who it says, by these rights alone."""
    rights = rights_of(DEPLOY / "gateway-certificates" / "clusterrole.yaml")
    print("the gateway, for certificates")
    with for_certificates(cluster, "certificates", rights) as (account, get):
        return check_each(account, rights, lambda _: get("configmaps"))


def check_constrained(cluster):
    """... and by the narrower verbs, for no more than they say."""
    version = json.loads(cluster.call("get", "--raw", "/version"))
    if int(version["minor"].rstrip("+")) < 36:
        print("no constrained impersonation before 1.36")
        return False
    rights = [
        right for right in rights_of(
            DEPLOY / "gateway-constrained" / "clusterrole.yaml")
        if right[2] == "impersonate:user-info" or right[1:3] == (
            "configmaps", "impersonate-on:user-info:list")]
    print("the gateway, for certificates, by constrained impersonation")
    with for_certificates(cluster, "constrained", rights) as (account, get):

        def flow(number):
            """The API server remembers a yes for ten seconds."""
            until = time.monotonic() + 15
            while True:
                worked, said = get("configmaps")
                if not number or not worked or time.monotonic() > until:
                    return worked, said

        bad = check_each(account, rights, flow)
        worked, said = get("secrets")
        print("Secrets, which the user may list: "
              + ("THEY ARE THERE" if worked else said[:200]))
        return bad or worked or "impersonate-on:user-info:list" not in said


def renewed(cluster, name):
    """When a Lease was, in seconds; None: there is none."""
    said = cluster.run("get", "lease", name, "-n", cluster.space, "-o",
                       "jsonpath={.spec.renewTime}").stdout
    return datetime.datetime.fromisoformat(
        said.replace("Z", "+00:00")).timestamp() if said else None


def check_replicas(cluster):
    """A replica keeps its Lease for longer than one lasts, or says why not."""
    account = Rights(cluster, "fairway-replicas")
    kubeconfig = cluster.kubeconfig_of("fairway-replicas")

    def flow(number):
        folder = cluster.folder / f"replica-{number}"
        folder.mkdir()
        config = folder / "fairway.yaml"
        config.write_text(
            "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
            "preset: gateway\n"
            f"replicas: {{divide: true, name: r{number}, group: g{number}, "
            f"namespace: {cluster.space}, leaseDuration: 3s}}\n")
        fairway = harness.Fairway(folder / "fw", kubeconfig, "--config",
                                  config, context=cluster.flat[
                                      "current-context"])
        seen = []

        def is_decided():
            seen.append(renewed(cluster, f"r{number}"))
            times = [each for each in seen if each]
            return trouble() or times and times[-1] - times[0] > 6

        def trouble():
            found = re.search(r"\[-\]replicas: (.*)", fairway.admin_get(
                "/readyz?verbose"))
            return found and found.group(1)

        try:
            harness.poll(is_decided, "its Lease is neither kept nor lost")
            return not trouble(), trouble() or ""
        finally:
            fairway.stop()

    print("the gateway's replicas")
    return check_each(account, rights_of(
        DEPLOY / "gateway" / "replicas.yaml"), flow)


FLOWS = {
    "gateway": check_gateway,
    "certificates": check_certificates,
    "constrained": check_constrained,
    "replicas": check_replicas,
    "sweep": check_sweep,
}


def main():
    with tempfile.TemporaryDirectory(prefix="fairway-rights.") as folder:
        cluster = Cluster(sys.argv[1], sys.argv[2], pathlib.Path(folder))
        with cluster.workflows(), cluster.in_space("fairway-rights"):
            bad = [name for name in sys.argv[3:] or FLOWS
                   if FLOWS[name](cluster)]
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
