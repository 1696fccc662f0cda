#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/deploy/helm/: helm takes the chart, its schema refuses what is wrong,
and it makes what the kustomize folders make; the values for Argo's chart are
the sidecar of the component. With $DEPLOY_CONTEXT, a context of $KUBECONFIG
whose user may do all, an API server is asked by a dry run.

$HELM, or helm in $PATH, is the program; without it all but Argo's values is
skipped."""

import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError as error:
    print(f"{error.name} is not installed")
    sys.exit(77)

import test_deploy
from test_deploy import DEPLOY, FAIRWAY, KUBECTL, documents, ours, pod_of, run

CHART = DEPLOY / "helm" / "fairway"
HELM = shutil.which(os.environ.get("HELM") or "helm")
# Which labels a chart adds to those of the folders.
OF_HELM = ("app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
           "app.kubernetes.io/version", "helm.sh/chart")
CLIENTS = ("--set", "gateway.clientCertificates.enabled=true,"
           "gateway.clientCertificates.users={alice,argo-controller},"
           "gateway.clientCertificates.groups={argo-admins}")
ALL = ("--set", "sidecar.enabled=true,sweep.enabled=true,sweep.apply=true,"
       "gateway.tls.certManager.enabled=true,"
       "gateway.clientCertificates.enabled=true,"
       "gateway.clientCertificates.users={alice,argo-controller},"
       "gateway.clientCertificates.groups={argo-admins},"
       "gateway.clientCertificates.impersonation=SubjectAccessReview,"
       "gateway.clientCertificates.certManager.enabled=true,"
       "gateway.tokens=TokenReview,"
       "gateway.tls.certManager.issuerRef.name=me")


def template(*args, release="fairway", space="fairway"):
    # A helm that was not built by its own rules takes a cluster for v1.20.
    return run(HELM, "template", release, str(CHART), "--namespace", space,
               "--kube-version", "1.30.0", *args)


def rendered(*args, **more):
    done = template(*args, **more)
    assert done.returncode == 0, done.stderr
    return documents(done.stdout)


def bare(thing):
    """Without what only a chart says, and defaults that it spells out."""
    if isinstance(thing, dict):
        return {key: bare(value) for key, value in thing.items()
                if key not in (*OF_HELM, "imagePullPolicy") and
                not (key == "type" and value == "ClusterIP")}
    if isinstance(thing, list):
        each = [bare(each) for each in thing]
        # Patches put volumes first.
        if all(isinstance(one, dict) and "name" in one for one in each):
            each.sort(key=lambda one: one["name"])
        return each
    return thing


def by_kind(things):
    return {(each["kind"], each["metadata"]["name"]): each for each in things}


def without_apply(rules):
    kept = [{**each, "verbs": [verb for verb in each["verbs"]
                               if verb in ("get", "list")]}
            for each in rules]
    return [each for each in kept if each["verbs"]]


def parsed_config(thing):
    return yaml.safe_load(thing["data"]["fairway.yaml"])


@unittest.skipUnless(HELM, "needs helm, in $HELM or $PATH")
class Chart(unittest.TestCase):
    def test_lint(self):
        for args in (), ALL:
            done = run(HELM, "lint", "--strict", str(CHART), *args)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_versions(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        said = run(FAIRWAY, "version").stdout.split()[1]
        self.assertEqual(chart["appVersion"], said)

    def test_the_schema_refuses(self):
        for wrong in ("gateway.replicas=0", "gateway.replicas=two",
                      "gateway.replica=2", "image.repository=",
                      "image.pullPolicy=Sometimes",
                      "gateway.tls.certManager.enabled=true",
                      "gateway.clientCertificates.enabled=true",
                      "gateway.clientCertificates.groups={system:masters}",
                      "gateway.clientCertificates.impersonation=Allow",
                      "gateway.tokens=Yes",
                      "gateway.clientCertificates.constrained.rules=null",
                      "gateway.clientCertificates.constrained.rules[0].verbs="
                      "{impersonate:user-info}",
                      "gateway.tls.secretName=Not_A_Name",
                      "gateway.service.port=0", "gateway.config.kind=Other",
                      "sweep.aply=true", "sweep.apply=1",
                      "sweep.namespace=-"):
            done = template("--set", wrong)
            self.assertNotEqual(done.returncode, 0, wrong)
            self.assertIn("schema", done.stderr, wrong)

    def test_replicas_have_room(self):
        """One more in an update included; or their floors are too much."""
        for more, is_taken in (
                (("gateway.replicas=3",), True),
                (("gateway.replicas=4",), False),
                (("gateway.replicas=4", "gateway.config.replicas.max=5"),
                 True),
                (("gateway.replicas=2", "gateway.config.replicas.max=2"),
                 False),
                (("gateway.replicas=9",
                  "gateway.config.replicas.divide=false"), True)):
            done = template(*[word for each in more
                              for word in ("--set", each)])
            self.assertEqual(done.returncode == 0, is_taken, done.stderr)
            if not is_taken:
                self.assertIn("gateway.config.replicas.max", done.stderr)

    def test_every_value_has_a_rule(self):
        """Nothing is in values.yaml that the schema would not see."""
        def walk(values, schema, path):
            for key, value in values.items():
                rule = schema["properties"].get(key)
                self.assertIsNotNone(rule, f"{path}.{key}")
                if isinstance(value, dict) and "properties" in rule:
                    self.assertIs(rule["additionalProperties"], False)
                    walk(value, rule, f"{path}.{key}")

        walk(yaml.safe_load((CHART / "values.yaml").read_text()),
             json.loads((CHART / "values.schema.json").read_text()), "")

    def test_the_readme_has_every_value(self):
        """With its default, and no other."""
        def leaves(values, path=""):
            for key, value in values.items():
                if isinstance(value, dict) and value and key != "resources":
                    yield from leaves(value, f"{path}{key}.")
                else:
                    yield path + key, value

        rows = dict(re.findall(r"^\| `([a-zA-Z.]+)` \| (.*?) \|",
                               (CHART / "README.md").read_text(), re.M))
        values = dict(leaves(yaml.safe_load(
            (CHART / "values.yaml").read_text())))
        self.assertEqual(list(rows), list(values))
        for path, value in values.items():
            if path.endswith(".resources"):
                for each in (*value["requests"].values(),
                             *value["limits"].values()):
                    self.assertIn(each, rows[path])
            elif value != "" and not path.endswith(".rules"):
                shown = value if isinstance(value, str) else json.dumps(value)
                self.assertEqual(rows[path], f"`{shown}`", path)

    @unittest.skipUnless(KUBECTL, "needs kubectl")
    def test_the_gateway_is_that_of_the_folder(self):
        self.assert_same(by_kind(rendered()), by_kind(documents(
            test_deploy.kustomize(DEPLOY / "gateway"))))

    @unittest.skipUnless(KUBECTL, "needs kubectl")
    def test_with_certificates_too(self):
        """All of it: the volume, the configuration, and the rights."""
        self.assert_same(by_kind(rendered(*CLIENTS)),
                         by_kind(test_deploy.with_certificates()))
        self.assert_same(
            by_kind(rendered(*CLIENTS, "--set", "gateway.clientCertificates."
                             "certManager.enabled=true")),
            by_kind(test_deploy.with_certificates("cert-manager-clients")))
        self.assert_same(
            by_kind(rendered(*CLIENTS, "--set", "gateway.clientCertificates."
                             "constrained.enabled=true")),
            by_kind(test_deploy.with_certificates("gateway-constrained")))

    def assert_same(self, mine, theirs):
        """But for labels, the namespace, and who names the image."""
        del theirs["Namespace", "fairway"]
        self.assertEqual(set(mine), set(theirs))
        for key, thing in theirs.items():
            with self.subTest(key):
                got = bare(mine[key])
                if thing["kind"] == "ConfigMap":
                    self.assertEqual(parsed_config(got), parsed_config(thing))
                    continue
                if thing["kind"] == "Deployment":
                    own, = ours(pod_of(got))
                    own["image"] = "fairway"
                got["metadata"].pop("labels")
                thing["metadata"].pop("labels", None)
                self.assertEqual(got, bare(thing))

    def test_what_it_asks_about_clients(self):
        """Only with the right to ask, and the right only if it asks."""
        reviews = {"subjectaccessreviews": "authorization.k8s.io",
                   "tokenreviews": "authentication.k8s.io"}
        for more, identity, wanted in (
                (("--set", "gateway.tokens=TokenReview"),
                 {"tokens": "TokenReview"}, ["tokenreviews"]),
                ((*CLIENTS, "--set", "gateway.clientCertificates."
                  "impersonation=SubjectAccessReview"),
                 {"impersonation": "SubjectAccessReview"},
                 ["subjectaccessreviews"]),
                (ALL, {"impersonation": "SubjectAccessReview",
                       "tokens": "TokenReview"}, list(reviews))):
            things = by_kind(rendered(*more))
            config = parsed_config(things["ConfigMap", "fairway"])["identity"]
            config.pop("clientCAFile", None)
            self.assertEqual(config, identity)
            self.assertEqual(
                things["ClusterRole", "fairway-reviews"]["rules"],
                [{"apiGroups": [reviews[each]], "resources": [each],
                  "verbs": ["create"]} for each in wanted])
            self.assertIn(("ClusterRoleBinding", "fairway-reviews"), things)
        for more in (), CLIENTS:
            self.assertNotIn(("ClusterRole", "fairway-reviews"),
                             by_kind(rendered(*more)))

    def test_certificates_of_clients(self):
        """For an empty list there is no rule: it would be for everybody."""
        things = by_kind(rendered(*CLIENTS, "--set",
                                  "gateway.clientCertificates.uids={u-1}"))
        self.assertIn(
            {"apiGroups": ["authentication.k8s.io"], "resources": ["uids"],
             "verbs": ["impersonate"], "resourceNames": ["u-1"]},
            things["ClusterRole", "fairway-impersonate"]["rules"])
        things = by_kind(rendered(
            *ALL, "--set", "gateway.clientCertificates.groups=null"))
        rules = things["ClusterRole", "fairway-impersonate"]["rules"]
        self.assertNotIn(["groups"], [each["resources"] for each in rules])
        for each in rules:
            if each["resources"] == ["users"]:
                self.assertTrue(each["resourceNames"])

    @unittest.skipUnless(KUBECTL, "needs kubectl")
    def test_the_sweep_is_that_of_the_folder(self):
        theirs = by_kind(documents(test_deploy.kustomize(DEPLOY / "sweep")))
        mine = by_kind(rendered("--set", "sweep.enabled=true",
                                "--set", "gateway.enabled=false",
                                space="argo"))
        self.assertEqual(set(mine), set(theirs))
        for key, thing in theirs.items():
            with self.subTest(key):
                got = bare(mine[key])
                if thing["kind"] == "CronJob":
                    own, = ours(pod_of(got))
                    own["image"] = "fairway"
                if thing["kind"] in ("ClusterRole", "Role"):
                    # Only to look: the folder's has what --apply needs too.
                    thing["rules"] = without_apply(thing["rules"])
                got["metadata"].pop("labels")
                thing["metadata"].pop("labels", None)
                self.assertEqual(got, bare(thing))

    def test_the_sweep_of_one_namespace(self):
        things = by_kind(rendered(
            "--set", "sweep.enabled=true,sweep.namespace=theirs,"
            "sweep.apply=true"))
        role = things["Role", "fairway-sweep"]
        self.assertEqual(role["metadata"]["namespace"], "theirs")
        self.assertIn("patch", role["rules"][0]["verbs"])
        self.assertEqual(things["RoleBinding", "fairway-sweep"]["metadata"][
            "namespace"], "theirs")
        args = ours(pod_of(things["CronJob", "fairway-sweep"]))[0]["args"]
        self.assertEqual(args[-3:], ["--namespace", "theirs", "--apply"])
        self.assertIn(("Role", "fairway-sweep-sightings"), things)
        said = run(FAIRWAY, "sweep", "--help").stdout
        for word in args:
            if word.startswith("-"):
                self.assertIn(word, said)

    def test_the_sweep_of_deleted_workflows(self):
        """It may patch Workflows only where it is to."""
        for more, patches in (("", False), (",sweep.apply=true", True)):
            things = by_kind(rendered(
                "--set", "sweep.enabled=true,sweep.deletedWorkflows=true" +
                more))
            rule, = [each for each in things["ClusterRole", "fairway-sweep"][
                "rules"] if each["resources"] == ["workflows"]]
            self.assertEqual("patch" in rule["verbs"], patches)
            args = ours(pod_of(things["CronJob", "fairway-sweep"]))[0]["args"]
            self.assertIn("labelled,gone,finished,deleted", args)
        things = by_kind(rendered("--set",
                                  "sweep.enabled=true,sweep.apply=true"))
        for rule in things["ClusterRole", "fairway-sweep"]["rules"]:
            if rule["resources"] == ["workflows"]:
                self.assertNotIn("patch", rule["verbs"])

    def test_fairway_takes_the_configurations(self):
        things = by_kind(rendered(
            *ALL, "--set", "gateway.config.log.level=debug,"
            "sidecar.config.shutdown.grace=20s"))
        for name, key, value in (
                ("fairway", "log", {"level": "debug", "format": "json"}),
                ("fairway-sidecar", "shutdown", {"grace": "20s"})):
            config = things["ConfigMap", name]
            self.assertEqual(parsed_config(config)[key], value)
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(config["data"]["fairway.yaml"])
                file.flush()
                done = run(FAIRWAY, "check", file.name)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_sidecars_configuration_is_that_of_the_folder(self):
        """Its rule for single reads as well; but for the time to end, which
        is what Argo's chart leaves."""
        theirs = yaml.safe_load((
            DEPLOY / "argo-sidecar" / "fairway.yaml").read_text())
        things = by_kind(rendered(*ALL))
        mine = parsed_config(things["ConfigMap", "fairway-sidecar"])
        self.assertEqual(mine.pop("shutdown"), {"grace": "15s"})
        self.assertEqual(mine, theirs)
        self.assertEqual([each["name"] for each in mine["rules"]], ["gets"])

    def test_the_certificate(self):
        things = by_kind(rendered(
            *ALL, "--set", "gateway.tls.certManager.dnsNames={a.example}"))
        spec = things["Certificate", "fairway"]["spec"]
        self.assertEqual(spec["secretName"], "fairway-tls")
        self.assertEqual(spec["dnsNames"],
                         ["fairway.fairway.svc", "fairway.fairway",
                          "a.example"])
        if KUBECTL:
            ours_ = test_deploy.certificate()["spec"]
            for key in "privateKey", "usages":
                self.assertEqual(spec[key], ours_[key])

    def test_another_release(self):
        things = by_kind(rendered(*ALL, release="edge", space="there"))
        self.assertIn(("Deployment", "edge-fairway"), things)
        for (kind, _), thing in things.items():
            if not kind.startswith("ClusterRole"):
                self.assertEqual(thing["metadata"]["namespace"], "there")
        labels = pod_of(things["Deployment", "edge-fairway"])
        self.assertEqual(labels["serviceAccountName"], "edge-fairway")

    def test_an_api_server_takes_it(self):
        context = os.environ.get("DEPLOY_CONTEXT")
        if not context:
            self.skipTest("needs an API server: make check-cluster")
        space = "fairway-helm-" + secrets.token_hex(4)
        knows = test_deploy.knows_certificates(context)
        test_deploy.in_a_namespace(context, space, [
            yaml.safe_dump_all(
                each for each in rendered(*ALL, *more, space=space)
                if each["apiVersion"] != "cert-manager.io/v1" or knows)
            for more in ((), ("--set", f"sweep.namespace={space}"))])


class ArgosChart(unittest.TestCase):
    """Its values say what the component's patch says."""

    def setUp(self):
        values = yaml.safe_load((
            DEPLOY / "helm" / "argo-workflows-values.yaml").read_text())
        self.values = values["controller"]
        patch = yaml.safe_load((
            DEPLOY / "argo-sidecar" / "sidecar.yaml").read_text())
        self.pod = pod_of(patch)

    def test_containers(self):
        self.assertEqual(self.values["extraInitContainers"],
                         self.pod["initContainers"])
        controller, = self.pod["containers"]
        self.assertEqual(self.values["extraEnv"], controller["env"])
        self.assertEqual(self.values["volumeMounts"],
                         controller["volumeMounts"])

    def test_pod(self):
        self.assertEqual(self.values["podSecurityContext"],
                         self.pod["securityContext"])
        volumes = self.values["volumes"]
        chart = yaml.safe_load((CHART / "values.yaml").read_text())
        self.assertEqual(
            volumes[0]["configMap"]["name"],
            chart["sidecar"]["configMapName"])
        volumes[0]["configMap"]["name"] = "fairway"
        self.assertEqual(volumes, self.pod["volumes"])


if __name__ == "__main__":
    unittest.main()
