# SPDX-License-Identifier: Apache-2.0
"""What Python's official client does to an API server, as a transcript.

../run.py compares those of two servers.  HTTP/1.1 is all that it speaks.
"""

import argparse
import json
import sys

import kubernetes
from kubernetes import client, config, stream, watch
from kubernetes.client.exceptions import ApiException

OURS = "made-by=us"
ANYTHING = object()


class Transcript:
    """What was asked, what came back, and of which type the errors were."""

    def __init__(self):
        self.api = client.ApiClient()

    def section(self, name):
        print(f"\n# {name}")

    def step(self, name, do, expected=None):
        """expected: the HTTP status of an error; None: success."""
        print(f"\n== {name}")
        status = None
        try:
            result = do()
            if result is not None:
                print(self.text(result))
        except ApiException as error:
            status = error.status
            print(f"error {type(error).__name__} {error.status} "
                  f"{error.reason}")
            for header in sorted((error.headers or {}).items()):
                if header[0].lower() in ("content-type", "retry-after"):
                    print(f"{header[0]}: {header[1]}")
            print(error.body)
        except Exception as error:  # pylint: disable=broad-except
            status = type(error).__name__
            print(f"error {status} {error}")
        if expected is not ANYTHING and status != expected:
            print(f"!! {status}, where {expected} was expected")
        sys.stdout.flush()

    def text(self, result):
        if isinstance(result, (str, int, bool)):
            return str(result)
        return json.dumps(self.api.sanitize_for_serialization(result),
                          indent=1, sort_keys=True)


def configmap(name, labels=None, **data):
    return client.V1ConfigMap(
        metadata=client.V1ObjectMeta(
            name=name, labels={"made-by": "us", **(labels or {})}),
        data=data or {"a": "1"})


class Session:
    """One client that talks to one server about one namespace."""

    def __init__(self, namespace, node):
        self.namespace = namespace
        self.node = node
        self.core = client.CoreV1Api()
        self.transcript = Transcript()
        self.step = self.transcript.step

    def run(self):
        made = []
        self.step("create the namespace", lambda: made.append(
            self.core.create_namespace(client.V1Namespace(
                metadata=client.V1ObjectMeta(name=self.namespace)))))
        if not made:
            return 1
        self.objects()
        self.patches()
        self.errors()
        self.pages()
        self.finalizers()
        self.watches()
        self.others()
        self.pod()
        self.impersonation()
        self.expired()
        self.end()
        return 0

    def patch(self, name, body, content_type, **more):
        """With a content type of one's own choice, as programs do it."""
        return self.core.patch_namespaced_config_map(
            name, self.namespace, body,
            _content_type=content_type, **more)

    def objects(self):
        core, space = self.core, self.namespace
        self.step("version", lambda: client.VersionApi().get_code())
        self.step("groups", lambda: client.ApisApi().get_api_versions())
        self.step("create", lambda: core.create_namespaced_config_map(
            space, configmap("one")))
        self.step("create, dry run", lambda: core.create_namespaced_config_map(
            space, configmap("dry"), dry_run="All"))
        self.step("get", lambda: core.read_namespaced_config_map(
            "one", space))

        def replace():
            one = core.read_namespaced_config_map("one", space)
            one.data["a"] = "\u00e9\u4e2d"
            return core.replace_namespaced_config_map("one", space, one)

        self.step("replace", replace)
        self.step("list", lambda: core.list_namespaced_config_map(
            space, label_selector=OURS))
        self.step("list, none", lambda: core.list_namespaced_config_map(
            space, label_selector="nobody=has"))

        def big():
            text = "x" * (1 << 20)
            core.create_namespaced_config_map(space,
                                              configmap("big", x=text))
            read = core.read_namespaced_config_map("big", space)
            core.delete_namespaced_config_map("big", space)
            return read.data["x"] == text

        self.step("1 MiB", big)

    def patches(self):
        self.step("merge patch", lambda: self.patch(
            "one", {"data": {"b": "2"}}, "application/merge-patch+json"))
        self.step("strategic merge patch", lambda: self.patch(
            "one", {"metadata": {"labels": {"x": "y"}}},
            "application/strategic-merge-patch+json"))
        self.step("JSON patch", lambda: self.patch(
            "one", [{"op": "test", "path": "/data/b", "value": "2"},
                    {"op": "remove", "path": "/data/b"}],
            "application/json-patch+json"))
        self.step("JSON patch, failing test", lambda: self.patch(
            "one", [{"op": "test", "path": "/data/a", "value": "x"}],
            "application/json-patch+json"), 422)
        apply = {"apiVersion": "v1", "kind": "ConfigMap",
                 "metadata": {"name": "applied",
                              "labels": {"made-by": "us"}},
                 "data": {"a": "1"}}
        kind = "application/apply-patch+yaml"
        self.step("apply", lambda: self.patch(
            "applied", apply, kind, field_manager="first"), ANYTHING)
        other = {**apply, "data": {"a": "2"}}
        self.step("apply, conflict", lambda: self.patch(
            "applied", other, kind, field_manager="second"), ANYTHING)
        self.step("apply, forced", lambda: self.patch(
            "applied", other, kind, field_manager="second", force=True),
            ANYTHING)

    def errors(self):
        core, space = self.core, self.namespace
        self.step("404", lambda: core.read_namespaced_config_map(
            "none", space), 404)
        self.step("404 of a path", lambda: client.CustomObjectsApi()
                  .list_namespaced_custom_object(
                      "nothing.example.com", "v1", space, "nothings"), 404)
        self.step("409, exists", lambda: core.create_namespaced_config_map(
            space, configmap("one")), 409)

        def stale():
            one = core.read_namespaced_config_map("one", space)
            self.patch("one", {"data": {"z": "1"}},
                       "application/merge-patch+json")
            core.replace_namespaced_config_map("one", space, one)

        self.step("409, stale", stale, 409)
        self.step("413", lambda: core.create_namespaced_config_map(
            space, configmap("big", x="x" * (4 << 20))), 413)
        self.step("422", lambda: core.create_namespaced_config_map(
            space, configmap("Not_A_Name")), 422)

        # A client that gives up: the next request is served as ever.
        def gives_up():
            try:
                for _ in watch.Watch().stream(
                        core.list_namespaced_config_map, space,
                        label_selector="nobody=has",
                        _request_timeout=(5, 0.2)):
                    pass
            except Exception as error:  # pylint: disable=broad-except
                return type(error).__name__
            return "ended"

        self.step("a client that gives up", gives_up)

    def pages(self):
        core, space = self.core, self.namespace

        def many():
            for i in range(25):
                core.create_namespaced_config_map(
                    space, configmap(f"page-{i:02}", {"page": "yes"}))

        def pages():
            lines = []
            token = None
            while True:
                page = core.list_namespaced_config_map(
                    space, label_selector="page=yes", limit=10,
                    _continue=token)
                lines.append(" ".join(item.metadata.name
                                      for item in page.items))
                token = page.metadata._continue
                if not token:
                    return "\n".join(lines)

        self.step("create many", many)
        self.step("pages", pages)
        self.step("wrong token", lambda: core.list_namespaced_config_map(
            space, limit=10, _continue="nonsense"), 400)
        self.step("delete many",
                  lambda: core.delete_collection_namespaced_config_map(
                      space, label_selector="page=yes") and None)

    def finalizers(self):
        core, space = self.core, self.namespace

        def create():
            held = configmap("held")
            held.metadata.finalizers = ["example.com/a", "example.com/b"]
            core.create_namespaced_config_map(space, held)
            core.delete_namespaced_config_map("held", space)
            return core.read_namespaced_config_map("held", space)

        def update():
            held = core.read_namespaced_config_map("held", space)
            held.metadata.finalizers.remove("example.com/a")
            return core.replace_namespaced_config_map("held", space, held)

        self.step("delete what is held", create)
        self.step("let go of one", update)
        self.step("let go, stale", lambda: self.patch(
            "held", {"metadata": {"resourceVersion": "1",
                                  "finalizers": None}},
            "application/merge-patch+json"), 409)
        self.step("let go of the last", lambda: self.patch(
            "held", [{"op": "test", "path": "/metadata/finalizers/0",
                      "value": "example.com/b"},
                     {"op": "remove", "path": "/metadata/finalizers/0"}],
            "application/json-patch+json"))
        self.step("it is gone", lambda: core.read_namespaced_config_map(
            "held", space), 404)

    def change(self):
        """Four events."""
        self.core.create_namespaced_config_map(
            self.namespace, configmap("watched", {"watch": "me"}))
        for value in "2", "3":
            self.patch("watched", {"data": {"a": value}},
                       "application/merge-patch+json")
        self.core.delete_namespaced_config_map("watched", self.namespace)

    def watches(self):
        core, space = self.core, self.namespace
        selected = {"label_selector": "watch=me"}

        def since():
            return core.list_namespaced_config_map(
                space, **selected).metadata.resource_version

        def events(version, number, **more):
            lines = []
            watching = watch.Watch()
            for event in watching.stream(
                    core.list_namespaced_config_map, space,
                    resource_version=version, **selected, **more):
                item = event["object"]
                lines.append(f"{event['type']} {item.metadata.name} "
                             f"{item.data}")
                if len(lines) == number:
                    watching.stop()
            return "\n".join([*lines, "ended"])

        def past():
            version = since()
            self.change()
            return events(version, 4)

        # What the server ends the client resumes by itself.
        def resumes():
            version = since()
            lines = [events(version, 1, timeout_seconds=1)]
            self.change()
            lines.append(events(version, 4))
            return "\n".join(lines)

        self.step("watch", past)
        self.step("watch that ends and is resumed", resumes)

    def others(self):
        space = self.namespace
        self.step("lease", lambda: client.CoordinationV1Api()
                  .create_namespaced_lease(space, client.V1Lease(
                      metadata=client.V1ObjectMeta(name="l"),
                      spec=client.V1LeaseSpec(holder_identity="me"))))
        self.step("custom resource", lambda: client.CustomObjectsApi()
                  .create_namespaced_custom_object(
                      "argoproj.io", "v1alpha1", space, "workflows",
                      {"apiVersion": "argoproj.io/v1alpha1",
                       "kind": "Workflow", "metadata": {"name": "w"},
                       "spec": {"entrypoint": "a"}}), ANYTHING)
        self.step("may I", lambda: client.AuthorizationV1Api()
                  .create_self_subject_access_review(
                      client.V1SelfSubjectAccessReview(
                          spec=client.V1SelfSubjectAccessReviewSpec(
                              resource_attributes=client
                              .V1ResourceAttributes(
                                  verb="create", resource="pods",
                                  namespace=space)))), ANYTHING)

    def pod(self):
        core, space = self.core, self.namespace
        self.step("create a service account",
                  lambda: core.create_namespaced_service_account(
                      space, client.V1ServiceAccount(
                          metadata=client.V1ObjectMeta(name="us"))))
        self.step("create a pod", lambda: core.create_namespaced_pod(
            space, client.V1Pod(
                metadata=client.V1ObjectMeta(name="x"),
                spec=client.V1PodSpec(
                    node_name=self.node, scheduler_name="nobody",
                    service_account_name="us",
                    automount_service_account_token=False,
                    termination_grace_period_seconds=0,
                    containers=[client.V1Container(
                        name="main", image="none")]))))
        self.step("it runs", lambda: core.patch_namespaced_pod_status(
            "x", space, {"status": {"phase": "Running"}}) and None)

        def exec_in(name, *command):
            return lambda: stream.stream(
                core.connect_get_namespaced_pod_exec, name, space,
                command=list(command), stdin=False, stdout=True,
                stderr=True, tty=False)

        def cat():
            talk = stream.stream(
                core.connect_get_namespaced_pod_exec, "x", space,
                command=["cat"], stdin=True, stdout=True, stderr=True,
                tty=False, _preload_content=False)
            said = ""
            for i in range(3):
                talk.write_stdin(f"line {i}\n")
                line = talk.readline_stdout(timeout=60)
                said += f"{line}\n"
            talk.close()
            return said

        # Where no kubelet answers, each is refused, and that is compared.
        answered = None if self.node else ANYTHING
        self.step("exec", exec_in("x", "echo", "hello", "you"), answered)
        self.step("exec, status 3", exec_in("x", "exit", "3"), answered)
        self.step("exec, a talk", cat, answered)
        self.step("exec, no such pod", exec_in("none", "cat"), ANYTHING)
        self.step("log", lambda: core.read_namespaced_pod_log("x", space),
                  answered)

        def follow():
            lines = []
            log = core.read_namespaced_pod_log(
                "x", space, follow=True, _preload_content=False)
            for line in log:
                lines.append(line.decode())
                if len(lines) == 3:
                    break
            log.close()
            return "".join(lines)

        self.step("log that follows", follow, answered)
        self.step("delete the pod", lambda: core.delete_namespaced_pod(
            "x", space) and None)

    def impersonation(self):
        self.transcript.section("impersonation")
        nobody = client.ApiClient()
        nobody.set_default_header("Impersonate-User",
                                  "fairway-test-nobody")
        core = client.CoreV1Api(nobody)
        self.step("403", lambda: core.list_namespaced_config_map(
            self.namespace), 403)
        self.step("403 to write", lambda: core.delete_namespaced_config_map(
            "one", self.namespace), 403)

    def expired(self):
        self.transcript.section("expired")

        def read():
            for _ in watch.Watch().stream(
                    self.core.list_namespaced_config_map, self.namespace,
                    resource_version="1", timeout_seconds=1):
                pass

        self.step("410", read, ANYTHING)

    def end(self):
        self.transcript.section("the end")
        self.step("delete the namespace", lambda:
                  self.core.delete_namespace(self.namespace) and None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubeconfig")
    parser.add_argument("--context")
    parser.add_argument("--namespace")
    parser.add_argument("--node")
    args = parser.parse_args()
    config.load_kube_config(args.kubeconfig, args.context)
    print(f"kubernetes {kubernetes.__version__}")
    return Session(args.namespace, args.node).run()


if __name__ == "__main__":
    sys.exit(main())
