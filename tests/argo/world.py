# SPDX-License-Identifier: Apache-2.0
"""What a leg needs in the cluster: Argo's kinds, a namespace with the
controller's configuration and the rights of those who act in it, workflows;
and what is there in the end."""

import json
import os
import pathlib
import subprocess
import urllib.parse

from api import MERGE, Refused, argo, core
from definitions import definition, wait_established

FINALIZER = "workflows.argoproj.io/status"
COMPLETED = "workflows.argoproj.io/completed"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
CONFIG_MAP = "workflow-controller-configmap"

# Kinds that the controller watches or writes: (plural, kind, scope).
KINDS = (
    ("workflows", "Workflow", "Namespaced"),
    ("workflowtemplates", "WorkflowTemplate", "Namespaced"),
    ("cronworkflows", "CronWorkflow", "Namespaced"),
    ("clusterworkflowtemplates", "ClusterWorkflowTemplate", "Cluster"),
    ("workflowtasksets", "WorkflowTaskSet", "Namespaced"),
    ("workflowtaskresults", "WorkflowTaskResult", "Namespaced"),
    ("workflowartifactgctasks", "WorkflowArtifactGCTask", "Namespaced"),
)
HAVE_STATUS = "workflowtasksets", "workflowartifactgctasks"


def install_crds(kubeconfig, context, folder):
    """Those of a folder, or ours; they stay."""
    kubectl = [os.environ.get("KUBECTL") or "kubectl", "--kubeconfig",
               str(kubeconfig)]
    if context:
        kubectl += ["--context", context]
    source, text = ["-f", "-"], None
    if folder:
        is_kustomized = (pathlib.Path(folder) / "kustomization.yaml").exists()
        source = ["-k" if is_kustomized else "-f", folder]
    else:
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [
            definition(plural, kind, scope, plural in HAVE_STATUS)
            for plural, kind, scope in KINDS]})
    subprocess.run([*kubectl, "apply", "--server-side", "--force-conflicts",
                    *source], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    wait_established(kubectl, [plural for plural, _, _ in KINDS])


class World:
    """A namespace for one leg.  `admin` makes it, `api` looks at it."""

    def __init__(self, admin, api, name):
        self.admin = admin
        self.api = api
        self.name = name

    # --- what is made ------------------------------------------------------

    def make(self, metrics_port):
        """The controller's own account has its rights already."""
        self.create("/api/v1/namespaces", "v1", "Namespace", self.name)
        self.create(core(self.name, "configmaps"), "v1", "ConfigMap",
                    CONFIG_MAP, data={"config": json.dumps({
                        "metricsConfig": {"enabled": True, "secure": False,
                                          "port": metrics_port}})})
        self.grant("fairway-argo", [
            {"apiGroups": [""], "resources": ["pods", "pods/status"],
             "verbs": ["get", "list", "watch", "patch", "delete",
                       "deletecollection"]},
            {"apiGroups": [""],
             "resources": ["configmaps", "events"],
             "verbs": ["list", "deletecollection"]},
            {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"],
             "verbs": ["get", "list", "deletecollection"]},
            {"apiGroups": ["argoproj.io"], "resources": ["*"],
             "verbs": ["*"]}],
            ["system:node:pod-stub",
             "system:serviceaccount:kube-system:pod-garbage-collector",
             "system:serviceaccount:kube-system:fairway-argo",
             f"system:serviceaccount:{self.name}:executor"])

    def create(self, path, version, kind, name, **more):
        self.admin.ask("POST", path, {
            "apiVersion": version, "kind": kind,
            "metadata": {"name": name}, **more})

    def grant(self, name, rules, users):
        prefix = f"{RBAC}/namespaces/{self.name}"
        version = "rbac.authorization.k8s.io/v1"
        self.create(f"{prefix}/roles", version, "Role", name, rules=rules)
        self.create(f"{prefix}/rolebindings", version, "RoleBinding", name,
                    roleRef={"apiGroup": "rbac.authorization.k8s.io",
                             "kind": "Role", "name": name},
                    subjects=[{"apiGroup": "rbac.authorization.k8s.io",
                               "kind": "User", "name": user}
                              for user in users])

    def submit(self, number, pods, parallel, delete_delay):
        """A Workflow with that many pods, so many at a time."""
        self.api.ask("POST", argo(self.name, "workflows"), {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
            "metadata": {"name": f"wf-{number:04}"},
            "spec": {
                "entrypoint": "all",
                "parallelism": parallel,
                "podGC": {"strategy": "OnPodCompletion",
                          "deleteDelayDuration": delete_delay},
                "templates": [
                    {"name": "all", "steps": [[{
                        "name": "work", "template": "one",
                        "withSequence": {"count": str(pods)}}]]},
                    {"name": "one", "container": {
                        "image": "none", "command": ["work"]}}]}})

    # --- what is there -----------------------------------------------------

    def unfinished(self):
        """How many workflows are not completed."""
        selector = urllib.parse.quote(f"{COMPLETED}!=true")
        page = self.api.get(
            f"{argo(self.name, 'workflows')}?labelSelector={selector}",
            accept="application/json;as=PartialObjectMetadataList;"
                   "g=meta.k8s.io;v=v1")
        return len(page["items"] or ())

    def held_pods(self):
        """Names of the pods that have the finalizer."""
        return [pod["metadata"]["name"]
                for pod in self.api.items(core(self.name, "pods"))
                if FINALIZER in pod["metadata"].get("finalizers", [])]

    def workflows(self):
        """{name: status}"""
        return {item["metadata"]["name"]: item.get("status", {})
                for item in self.api.items(argo(self.name, "workflows"))}

    def remove(self):
        """All of it; in a cluster without a namespace controller the empty
        namespace stays."""
        for name in self.held_pods():
            try:
                self.api.ask("PATCH", f"{core(self.name, 'pods')}/{name}",
                             {"metadata": {"finalizers": None}}, MERGE)
            except Refused as refused:
                if refused.status != 404:
                    raise
        for path in (argo(self.name, "workflows"),
                     argo(self.name, "workflowtaskresults"),
                     core(self.name, "pods"), core(self.name, "events"),
                     core(self.name, "configmaps")):
            self.api.ask("DELETE", path, timeout=300)
        self.admin.ask("DELETE", f"/api/v1/namespaces/{self.name}")
