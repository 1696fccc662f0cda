#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/deploy/: what Kubernetes is given. Without a cluster: the files are
whole, kustomize takes them, Fairway takes its configuration and its options,
pods meet the Pod Security Standard `restricted`, and what one file says of
another is so. With $DEPLOY_CONTEXT, a context of $KUBECONFIG whose user may
do all, an API server is asked by a dry run."""

import functools
import os
import pathlib
import re
import secrets
import shlex
import shutil
import ssl
import subprocess
import sys
import tempfile
import unittest

try:
    import yaml
except ImportError as error:
    print(f"{error.name} is not installed")
    sys.exit(77)

BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
SOURCE = pathlib.Path(os.environ.get("top_srcdir", ".")).resolve()
DEPLOY = SOURCE / "docs" / "deploy"
FAIRWAY = BUILD / "fairway"
KUBECTL = shutil.which(os.environ.get("KUBECTL") or "kubectl")
BASES = ("gateway", "sweep")
# Whose Deployments have a Fairway that serves.
SERVERS = (("argo-sidecar", "workflow-controller"), ("gateway", "fairway"),
           ("in-cluster-sidecar", "controller-manager"))

# What the sidecar is put into: the parts of Argo's Deployment that must stay.
CONTROLLER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller}
spec:
  selector: {matchLabels: {app: workflow-controller}}
  template:
    metadata: {labels: {app: workflow-controller}}
    spec:
      serviceAccountName: argo
      securityContext: {runAsNonRoot: true}
      containers:
      - name: workflow-controller
        image: controller
        command: [workflow-controller]
        args: [--namespaced]
        env: [{name: LEADER_ELECTION_IDENTITY, value: me}]
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          runAsNonRoot: true
          capabilities: {drop: [ALL]}
          seccompProfile: {type: RuntimeDefault}
        volumeMounts: [{name: own, mountPath: /own}]
      volumes: [{name: own, emptyDir: {}}]
"""
# The same for a program that takes no kubeconfig, as kubebuilder calls it.
MANAGER = CONTROLLER.replace("{name: workflow-controller}",
                             "{name: controller-manager}").replace(
                                 "- name: workflow-controller",
                                 "- name: manager")
KUSTOMIZATION = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: argo
resources: [controller.yaml]
components: [{component}]
images: [{{name: fairway, newName: registry.example.com/fairway, newTag: "1"}}]
"""
PATCHED_SWEEP = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [{base}]
"""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=60)


def documents(text):
    return [each for each in yaml.safe_load_all(text) if each]


def kustomize(folder):
    done = run(KUBECTL, "kustomize", str(folder))
    assert done.returncode == 0, done.stderr
    return done.stdout


def relative(name, folder):
    """kustomize wants it so."""
    return os.path.relpath(DEPLOY / name, folder)


@functools.cache
def sidecar(more="", component="argo-sidecar", controller=CONTROLLER):
    """Argo's Deployment with the component, as text."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        (folder / "controller.yaml").write_text(controller)
        (folder / "kustomization.yaml").write_text(KUSTOMIZATION.format(
            component=relative(component, folder)) + more)
        return kustomize(folder)


def in_cluster():
    """The same, for a program that takes no kubeconfig."""
    return sidecar("", "in-cluster-sidecar", MANAGER)


def sweep(more):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        (folder / "kustomization.yaml").write_text(
            PATCHED_SWEEP.format(base=relative("sweep", folder)) + more)
        return kustomize(folder)


def certificate():
    """The gateway's, with the component that issues it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        block, = guide_blocks("resources: [fairway/docs/deploy/gateway]")
        (folder / "kustomization.yaml").write_text(
            block.replace("fairway/docs/deploy", relative("", folder)))
        every = documents(kustomize(folder))
    return next(each for each in every if each["kind"] == "Certificate")


def with_certificates(*more):
    """The gateway with the component, and others behind it, as objects."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        components = [relative(each, folder)
                      for each in ("gateway-certificates", *more)]
        (folder / "kustomization.yaml").write_text(
            PATCHED_SWEEP.format(base=relative("gateway", folder)) +
            f"components: [{', '.join(components)}]\n")
        return documents(kustomize(folder))


def guide_blocks(begin):
    text = (SOURCE / "docs" / "deploy.md").read_text()
    found = re.findall(r"```yaml\n(.*?)```", text, re.S)
    return [each for each in found if each.startswith(begin)]


@functools.cache
def objects():
    """All of them, whether kubectl is there or not; without it a sidecar is
    the patch alone."""
    found = []
    for name in BASES:
        for path in sorted((DEPLOY / name).glob("*.yaml")):
            found += documents(path.read_text())
    for name, text in (("argo-sidecar", sidecar),
                       ("in-cluster-sidecar", in_cluster)):
        patch = (DEPLOY / name / "sidecar.yaml").read_text()
        found += documents(text() if KUBECTL else patch)
    return [each for each in found if each.get("kind") and "metadata" in each]


def pod_of(thing):
    spec = thing.get("spec", {})
    if thing["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"] if "template" in spec else None


def pods():
    return [(each["metadata"]["name"], pod_of(each))
            for each in objects() if pod_of(each)]


def ours(pod):
    """The containers of Fairway's image."""
    every = pod.get("initContainers", []) + pod.get("containers", [])
    return [each for each in every
            if each.get("command") == ["/usr/bin/fairway"]]


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m)", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def is_under(path, mounts):
    return any(pathlib.PurePath(path).is_relative_to(each["mountPath"])
               for each in mounts)


def shutdown_of(config):
    """What `shutdown` is with that configuration."""
    defaults = yaml.safe_load(run(FAIRWAY, "config", "defaults").stdout)
    told = dict(defaults["shutdown"])
    if config.get("preset") == "gateway":
        text = (SOURCE / "docs" / "configuration.md").read_text()
        block = text.split("## Preset gateway", 1)[1].split("```")[1]
        told |= yaml.safe_load(block.removeprefix("yaml"))["shutdown"]
    return told | config.get("shutdown", {})


def shake_hands(client, server, name):
    """In memory; raises what the client does not trust."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    pair = (client.wrap_bio(down, up, server_hostname=name),
            server.wrap_bio(up, down, server_side=True))
    for _ in range(4):
        for each in pair:
            try:
                each.do_handshake()
            except ssl.SSLWantReadError:
                pass
    assert pair[0].version()


def knows_certificates(context):
    """Whether cert-manager is there."""
    return run(KUBECTL, "--context", context, "get", "crd",
               "certificates.cert-manager.io").returncode == 0


def in_a_namespace(context, space, texts):
    """An API server is asked whether it would take them."""
    def kubectl(*args, text=""):
        done = subprocess.run(
            [KUBECTL, "--context", context, *args], input=text, text=True,
            capture_output=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        print(done.stdout, end="")

    kubectl("create", "namespace", space)
    try:
        # Who is not `restricted` is told so in a warning.
        kubectl("label", "namespace", space,
                "pod-security.kubernetes.io/warn=restricted")
        for text in texts:
            kubectl("apply", "--server-side", "--dry-run=server",
                    "--validate=strict", "-f", "-", text=text)
    finally:
        kubectl("delete", "namespace", space, "--wait=false")


class Files(unittest.TestCase):
    def test_each_is_yaml_and_used(self):
        for folder in (*BASES, "argo-sidecar", "in-cluster-sidecar",
                       "cert-manager",
                       "cert-manager-clients", "gateway-certificates",
                       "gateway-constrained"):
            kustomization = yaml.safe_load(
                (DEPLOY / folder / "kustomization.yaml").read_text())
            used = {"kustomization.yaml", *kustomization.get("resources", [])}
            used |= {each["path"] for each in kustomization.get("patches", [])}
            for each in kustomization.get("configMapGenerator", []):
                used |= set(each["files"])
            there = {each.name for each in (DEPLOY / folder).iterdir()}
            self.assertEqual(there, used, folder)
            for name in there:
                self.assertTrue(
                    documents((DEPLOY / folder / name).read_text()), name)

    def test_the_guide_names_each_folder(self):
        guide = (SOURCE / "docs" / "deploy.md").read_text()
        for folder in DEPLOY.iterdir():
            self.assertIn(f"deploy/{folder.name}", guide)

    def test_fairway_takes_the_configurations(self):
        for path in DEPLOY.glob("*/fairway.yaml"):
            done = run(FAIRWAY, "check", str(path))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_with_certificates_it_is_the_same_gateway(self):
        """Its file takes the place of the gateway's, all of it."""
        alone, more = (yaml.safe_load((DEPLOY / folder / "fairway.yaml")
                                      .read_text())
                       for folder in ("gateway", "gateway-certificates"))
        self.assertEqual(list(more.pop("identity")), ["clientCAFile"])
        self.assertEqual(more, alone)

    def test_the_in_cluster_certificate(self):
        """That of the guide is for the address, and its own authority."""
        guide = (SOURCE / "docs" / "deploy.md").read_text()
        command, = re.findall(r"^openssl req .*$", guide, re.M)
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                shlex.split(command), cwd=folder, capture_output=True,
                text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            context = ssl.create_default_context(cafile=folder + "/tls.crt")
            serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            serving.load_cert_chain(folder + "/tls.crt", folder + "/tls.key")
            shake_hands(context, serving, "127.0.0.1")

    def test_the_guides_configurations_too(self):
        head = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
        blocks = guide_blocks("# fairway.yaml")
        self.assertTrue(blocks)
        for block in blocks:
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(head + block)
                file.flush()
                done = run(FAIRWAY, "check", file.name)
                self.assertEqual(done.returncode, 0, done.stderr + block)


    @unittest.skipUnless(KUBECTL, "needs kubectl")
    def test_install_is_the_gateway(self):
        """`make update-install` makes it anew."""
        self.assertEqual(
            documents((DEPLOY / "install.yaml").read_text()),
            documents(kustomize(DEPLOY / "gateway")))


class Pods(unittest.TestCase):
    def test_restricted(self):
        """The Pod Security Standard, for the containers that are ours."""
        self.assertEqual(len(pods()), 4)
        for name, pod in pods():
            whole = pod.get("securityContext", {})
            who = whole | ours(pod)[0]["securityContext"]
            self.assertTrue(who["runAsNonRoot"], name)
            self.assertGreater(who["runAsUser"], 0, name)
            for each in ("hostNetwork", "hostPID", "hostIPC"):
                self.assertNotIn(each, pod)
            for volume in pod.get("volumes", []):
                kinds = set(volume) - {"name"}
                self.assertLessEqual(
                    kinds, {"configMap", "secret", "emptyDir", "projected"})
            self.assertEqual(len(ours(pod)), 1, name)
            own = ours(pod)[0]["securityContext"]
            self.assertIs(own["allowPrivilegeEscalation"], False)
            self.assertIs(own["readOnlyRootFilesystem"], True)
            self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
            profile = own.get("seccompProfile", whole.get("seccompProfile"))
            self.assertEqual(profile, {"type": "RuntimeDefault"})

    def test_resources(self):
        for _, pod in pods():
            resources = ours(pod)[0]["resources"]
            self.assertIn("memory", resources["limits"])
            self.assertNotIn("cpu", resources["limits"])
            self.assertEqual(set(resources["requests"]), {"cpu", "memory"})

    def test_options_exist(self):
        for _, pod in pods():
            args = ours(pod)[0]["args"]
            text = run(FAIRWAY, args[0], "--help").stdout
            for option in args[1:]:
                if option.startswith("-"):
                    self.assertRegex(text, rf"(?m)^ .*{option}\b")

    def test_no_image_is_made_up(self):
        """None is published: the name is the reader's to give."""
        for path in DEPLOY.glob("*/*.yaml"):
            for image in re.findall(r"^\s*image: (.*)$", path.read_text(),
                                    re.M):
                self.assertEqual(image, "fairway", path)

    def test_what_is_mounted_is_what_is_configured(self):
        for folder, name in SERVERS:
            config = yaml.safe_load(
                (DEPLOY / folder / "fairway.yaml").read_text())
            pod = dict(pods())[name]
            own = ours(pod)[0]
            mounts = own["volumeMounts"]
            volumes = {each["name"] for each in pod["volumes"]}
            self.assertLessEqual({each["name"] for each in mounts}, volumes)
            listen = config["listen"]
            for key in ("kubeconfig", "tlsCertFile", "tlsPrivateKeyFile"):
                if key in listen:
                    self.assertTrue(is_under(listen[key], mounts), key)
            self.assertTrue(is_under(own["args"][2], mounts))
            state = {each["name"]: each.get("value")
                     for each in own["env"]}
            self.assertTrue(is_under(state["STATE_DIRECTORY"], mounts))
            # The volume itself is root's: Fairway makes a folder in it.
            self.assertNotIn(state["STATE_DIRECTORY"],
                             [each["mountPath"] for each in mounts])

    def test_ports_of_probes(self):
        for folder, name in SERVERS:
            config = yaml.safe_load(
                (DEPLOY / folder / "fairway.yaml").read_text())
            own = ours(dict(pods())[name])[0]
            ports = {each["name"]: each["containerPort"]
                     for each in own["ports"]}
            for key, probe in own.items():
                if key.endswith("Probe"):
                    get = probe["httpGet"]
                    self.assertIn(get["path"], ("/livez", "/readyz"))
                    self.assertEqual(config["admin"]["address"],
                                     f"0.0.0.0:{ports[get['port']]}")
            self.assertEqual(own["livenessProbe"]["httpGet"]["path"], "/livez")

    def test_time_to_end(self):
        for folder, name in SERVERS:
            shutdown = shutdown_of(yaml.safe_load(
                (DEPLOY / folder / "fairway.yaml").read_text()))
            needs = seconds(shutdown["delay"]) + seconds(shutdown["grace"])
            self.assertGreater(
                dict(pods())[name]["terminationGracePeriodSeconds"], needs)


class Objects(unittest.TestCase):
    def test_labels_are_selected(self):
        found = [each for each in objects()
                 if each["metadata"]["name"] == "fairway"]
        by_kind = {each["kind"]: each["spec"] for each in found
                   if "spec" in each}
        labels = by_kind["Deployment"]["template"]["metadata"]["labels"]
        ports = {each["name"] for each in
                 by_kind["Deployment"]["template"]["spec"]["containers"][0][
                     "ports"]}
        self.assertEqual(by_kind["Service"]["selector"], labels)
        self.assertIn(by_kind["Service"]["ports"][0]["targetPort"], ports)
        for kind, key in (("Deployment", "selector"),
                          ("PodDisruptionBudget", "selector"),
                          ("NetworkPolicy", "podSelector")):
            self.assertEqual(by_kind[kind][key]["matchLabels"], labels)
        for rule in by_kind["NetworkPolicy"]["ingress"]:
            self.assertIn(rule["ports"][0]["port"], ports)

    def test_rights(self):
        """The gateway has those to Leases in its namespace, the sweep what
        the guide says."""
        rights = {}
        for each in objects():
            for rule in each.get("rules", []):
                rights.setdefault(each["metadata"]["name"], set()).add(
                    (*rule["resources"], *rule["verbs"]))
        self.assertEqual(rights, {
            "fairway-replicas": {("leases", "list", "create", "update")},
            "fairway-sweep": {
                ("pods", "get", "list", "patch"), ("workflows", "get", "list"),
                ("events", "create"), ("configmaps", "get", "patch")}})
        bound = {each["roleRef"]["name"] for each in objects()
                 if "roleRef" in each}
        self.assertEqual(bound, set(rights))
        # Of config maps just the one that is there.
        self.assertEqual(
            [rule.get("resourceNames") for each in objects()
             for rule in each.get("rules", [])
             if rule["resources"] == ["configmaps"]], [["fairway-sweep"]])
        self.assertIn(("ConfigMap", "fairway-sweep"),
                      [(each["kind"], each["metadata"]["name"])
                       for each in objects()])

    def test_the_sweep_shows_only(self):
        pod = dict(pods())["fairway-sweep"]
        self.assertNotIn("--apply", ours(pod)[0]["args"])


@unittest.skipUnless(KUBECTL, "needs kubectl")
class Kustomize(unittest.TestCase):
    def test_bases(self):
        for name in BASES:
            for each in documents(kustomize(DEPLOY / name)):
                if each["kind"] not in ("Namespace", "ClusterRole",
                                        "ClusterRoleBinding"):
                    self.assertIn("namespace", each["metadata"])

    def test_sidecar(self):
        both = documents(sidecar())
        pod = pod_of(next(each for each in both
                          if each["kind"] == "Deployment"))
        own = pod["initContainers"][0]
        self.assertEqual(own["restartPolicy"], "Always")
        self.assertEqual(own["image"], "registry.example.com/fairway:1")
        self.assertNotIn("readinessProbe", own)
        controller, = pod["containers"]
        env = {each["name"]: each["value"] for each in controller["env"]}
        # What was there stays.
        self.assertEqual(controller["args"], ["--namespaced"])
        self.assertEqual(env["LEADER_ELECTION_IDENTITY"], "me")
        # It goes through Fairway, with no rate of its own, and sees none of
        # its keys.
        config = documents((DEPLOY / "argo-sidecar" / "fairway.yaml")
                           .read_text())[0]
        self.assertEqual(env["KUBECONFIG"], config["listen"]["kubeconfig"])
        self.assertTrue(is_under(env["KUBECONFIG"],
                                 controller["volumeMounts"]))
        self.assertEqual(env["ARGO_QPS"], "-1")
        # Nor does it read single objects behind the LISTs of its account.
        self.assertIn(("writes", ["get"]), [(each["lane"], each["verbs"])
                                            for each in config["rules"]])
        self.assertEqual({each["name"] for each in controller["volumeMounts"]},
                         {"own", "fairway-client"})
        # One user, who may read the kubeconfig.
        for each in (own, controller):
            self.assertNotIn("runAsUser", each["securityContext"])

    def test_certificate(self):
        """Of the Secret that the gateway waits for, for its Service."""
        spec = certificate()["spec"]
        self.assertEqual(spec["issuerRef"]["name"], "my-issuer")
        volumes = {each["name"]: each for each
                   in dict(pods())["fairway"]["volumes"]}
        self.assertEqual(spec["secretName"],
                         volumes["tls"]["secret"]["secretName"])
        self.assertIn("fairway.fairway.svc", spec["dnsNames"])

    def test_gateway_with_certificates(self):
        """It may impersonate whom it names, and do nothing else; and it
        reads what is mounted."""
        found = {(each["kind"], each["metadata"]["name"]): each
                 for each in with_certificates()}
        rules = found["ClusterRole", "fairway-impersonate"]["rules"]
        for rule in rules:
            self.assertEqual(rule["verbs"], ["impersonate"])
            if not rule["resources"][0].startswith("userextras/"):
                self.assertTrue(rule["resourceNames"])
                self.assertNotIn("system:masters", rule["resourceNames"])
        subject, = found["ClusterRoleBinding",
                         "fairway-impersonate"]["subjects"]
        account = found["ServiceAccount", "fairway"]["metadata"]
        self.assertEqual((subject["name"], subject["namespace"]),
                         (account["name"], account["namespace"]))
        config = yaml.safe_load(
            found["ConfigMap", "fairway"]["data"]["fairway.yaml"])
        mounts = pod_of(found["Deployment", "fairway"])["containers"][0][
            "volumeMounts"]
        self.assertTrue(
            is_under(config["identity"]["clientCAFile"], mounts))
        # But for that it is the gateway's.
        alone = yaml.safe_load(
            (DEPLOY / "gateway" / "fairway.yaml").read_text())
        del config["identity"]
        self.assertEqual(config, alone)

    def test_the_constrained_verbs(self):
        """Not the old one beside them, which would be for anything; the same
        users; and nothing by which more rights are got."""
        def roles(*more):
            rules, = [each["rules"] for each in with_certificates(*more)
                      if each["kind"] == "ClusterRole"]
            return rules

        rules = roles("gateway-constrained")
        verbs = {verb for rule in rules for verb in rule["verbs"]}
        self.assertTrue(all(verb.startswith(("impersonate:user-info",
                                             "impersonate-on:user-info:"))
                            for verb in verbs), verbs)
        names = [(rule["resources"], rule.get("resourceNames"))
                 for rule in rules if "impersonate:user-info" in rule["verbs"]]
        self.assertEqual(names, [(rule["resources"],
                                  rule.get("resourceNames"))
                                 for rule in roles()])
        for rule in rules:
            self.assertFalse({"secrets", "serviceaccounts/token", "pods/exec",
                              "*"} & set(rule.get("resources", ())) and
                             rule["apiGroups"] != ["argoproj.io"])

    def test_an_authority_of_its_own(self):
        """Fairway reads its certificate, and not its key."""
        found = {(each["kind"], each["metadata"]["name"]): each
                 for each in with_certificates("cert-manager-clients")}
        authority = found["Certificate", "fairway-client-ca"]["spec"]
        self.assertIs(authority["isCA"], True)
        self.assertIn(("Issuer", authority["issuerRef"]["name"]), found)
        self.assertEqual(
            found["Issuer", "fairway-clients"]["spec"]["ca"]["secretName"],
            authority["secretName"])
        volumes = {each["name"]: each for each in pod_of(
            found["Deployment", "fairway"])["volumes"]}
        self.assertNotIn("configMap", volumes["client-ca"])
        secret = volumes["client-ca"]["secret"]
        self.assertEqual(secret["secretName"], authority["secretName"])
        self.assertEqual([each["key"] for each in secret["items"]],
                         ["tls.crt"])

    def test_the_guides_patches(self):
        volume, apply = guide_blocks("patches:")
        deployment = next(each for each in documents(sidecar(volume))
                          if each["kind"] == "Deployment")
        self.assertEqual(deployment["spec"]["strategy"], {"type": "Recreate"})
        volumes = {each.pop("name"): each
                   for each in pod_of(deployment)["volumes"]}
        self.assertEqual(
            volumes["fairway-state"],
            {"persistentVolumeClaim": {"claimName": "fairway-state"}})
        self.assertIn("configMap", volumes["fairway-config"])
        job = next(each for each in documents(sweep(apply))
                   if each["kind"] == "CronJob")
        self.assertEqual(ours(pod_of(job))[0]["args"][-1], "--apply")

    def test_a_configuration_of_ones_own(self):
        """A kustomization over that which has the component."""
        block, = guide_blocks("resources: [argo]")
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            (folder / "argo").mkdir()
            (folder / "argo/controller.yaml").write_text(CONTROLLER)
            (folder / "argo/kustomization.yaml").write_text(
                KUSTOMIZATION.format(component=relative(
                    "argo-sidecar", folder / "argo")))
            (folder / "kustomization.yaml").write_text(block)
            (folder / "fairway.yaml").write_text("mine")
            every = documents(kustomize(folder))
        config, = [each for each in every if each["kind"] == "ConfigMap"]
        self.assertEqual(config["metadata"]["name"], "fairway")
        self.assertEqual(config["data"], {"fairway.yaml": "mine"})

    def test_in_cluster(self):
        """The controller finds Fairway where others find the API server,
        and Fairway the API server."""
        pod = pod_of(next(each for each in documents(in_cluster())
                          if each["kind"] == "Deployment"))
        own, = pod["initContainers"]
        controller, = pod["containers"]
        self.assertEqual(own["image"], "registry.example.com/fairway:1")
        account = "/var/run/secrets/kubernetes.io/serviceaccount"
        mounts = {each["mountPath"]: each["name"]
                  for each in controller["volumeMounts"]}
        self.assertEqual(mounts, {"/own": "own",
                                  account: "fairway-in-cluster"})
        self.assertNotIn(account,
                         [each["mountPath"] for each in own["volumeMounts"]])
        self.assertEqual(controller["args"], ["--namespaced"])
        env = {each["name"]: each["value"] for each in controller["env"]}
        self.assertEqual(env["LEADER_ELECTION_IDENTITY"], "me")
        config = yaml.safe_load(
            (DEPLOY / "in-cluster-sidecar" / "fairway.yaml").read_text())
        self.assertEqual(config["listen"]["address"], ":".join(
            env["KUBERNETES_SERVICE_" + each] for each in ("HOST", "PORT")))
        volumes = {each.pop("name"): each for each in pod["volumes"]}
        secret = volumes["fairway-tls"]["secret"]["secretName"]
        token, trusted, namespace = volumes["fairway-in-cluster"][
            "projected"]["sources"]
        self.assertEqual(token, {"serviceAccountToken": {"path": "token"}})
        # The certificate without its key.
        self.assertEqual(trusted, {"secret": {
            "name": secret, "items": [{"key": "tls.crt", "path": "ca.crt"}]}})
        self.assertEqual([each["path"] for each
                          in namespace["downwardAPI"]["items"]],
                         ["namespace"])

    def test_in_cluster_behind_a_prefix(self):
        """As kubebuilder's config/default has one."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            (folder / "default").mkdir()
            (folder / "default/controller.yaml").write_text(MANAGER)
            (folder / "default/kustomization.yaml").write_text(
                "resources: [controller.yaml]\nnamePrefix: my-\n")
            (folder / "kustomization.yaml").write_text(
                "resources: [default]\ncomponents: "
                f"[{relative('in-cluster-sidecar', folder)}]\n")
            every = documents(kustomize(folder))
        deployment, = [each for each in every if each["kind"] == "Deployment"]
        self.assertEqual(deployment["metadata"]["name"],
                         "my-controller-manager")
        self.assertEqual(len(ours(pod_of(deployment))), 1)

    def test_an_api_server_takes_them(self):
        """Nothing is made but a namespace, which goes at the end."""
        context = os.environ.get("DEPLOY_CONTEXT")
        if not context:
            self.skipTest("needs an API server: make check-cluster")
        space = "fairway-deploy-" + secrets.token_hex(4)
        texts = [sidecar(), in_cluster(),
                 *(kustomize(DEPLOY / each) for each in BASES),
                 yaml.safe_dump_all(with_certificates()),
                 yaml.safe_dump_all(with_certificates("gateway-constrained")),
                 (DEPLOY / "install.yaml").read_text()]
        if knows_certificates(context):
            texts.append(yaml.safe_dump(certificate()))
            texts.append(yaml.safe_dump_all(
                with_certificates("cert-manager-clients")))
        in_a_namespace(context, space, [
            re.sub("namespace: (argo|fairway)$", f"namespace: {space}", text,
                   flags=re.M) for text in texts])


if __name__ == "__main__":
    unittest.main()
