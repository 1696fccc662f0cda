# SPDX-License-Identifier: Apache-2.0
"""Kinds that an API server is taught for a test: any object of them is right.

Workflows of Argo, where Argo's own definitions are not there."""

import subprocess
import time

# kubectl takes what the API server has not written yet for an error.
NOT_YET = "accessor error"


def definition(plural, kind, scope="Namespaced", has_status=False):
    version = {"name": "v1alpha1", "served": True, "storage": True,
               "schema": {"openAPIV3Schema": {
                   "type": "object",
                   "x-kubernetes-preserve-unknown-fields": True}}}
    if has_status:
        version["subresources"] = {"status": {}}
    return {"apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.argoproj.io"},
            "spec": {"group": "argoproj.io", "scope": scope,
                     "names": {"plural": plural, "singular": kind.lower(),
                               "kind": kind, "listKind": kind + "List"},
                     "versions": [version]}}


def wait_established(kubectl, names, seconds=60):
    """Until they are served; `kubectl` is the beginning of a command."""
    until = time.monotonic() + seconds
    while True:
        done = subprocess.run(
            [*kubectl, "wait", "--for=condition=Established",
             f"--timeout={seconds}s",
             *(f"crd/{name}.argoproj.io" for name in names)],
            check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        if done.returncode == 0:
            return
        if NOT_YET not in done.stderr or time.monotonic() > until:
            raise SystemExit(f"{', '.join(names)}: {done.stderr.strip()}")
