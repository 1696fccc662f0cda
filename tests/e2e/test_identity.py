#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who a client is to the API server, by token and by certificate: a table of
credentials and of what is smuggled beside them, over HTTP/2 and HTTP/1.1,
before kubesim and before a real API server with RBAC; authorities that
change, certificates that end, two people on one Fairway, kubectl."""

import base64
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import unittest

import certificates
import cluster
import h1peer
import harness
from certificates import Authority, DAY
from cluster import JSON, SPACE
from harness import CONFIGMAPS, configmap

GROUP = "authentication.k8s.io"
WHOAMI = f"/apis/{GROUP}/v1/selfsubjectreviews"
REVIEW = json.dumps({"kind": "SelfSubjectReview",
                     "apiVersion": f"{GROUP}/v1"}).encode()
CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"
KNOWN = "system:authenticated"
GATEWAY = f"system:serviceaccount:{SPACE}:fairway-gateway"
CLIENT = f"system:serviceaccount:{SPACE}:client"
ALICE = [("CN", "alice"), ("O", "team-a"), ("O", "team-b"),
         ("kubernetesUID", "uid-1")]
CONFIG = """identity:
  clientCAFile: {bundle}
  refusedUsers: ["system:*", nobody, "robot:*"]
  refusedGroups: ["system:*", "outcasts"]
{more}"""


def digest(certificate):
    """What the API server calls a certificate's credential id."""
    text = certificate.read_text()
    leaf = re.search("-----BEGIN.*?END CERTIFICATE-----", text, re.S).group(0)
    octets = ssl.PEM_cert_to_DER_cert(leaf)
    return "X509SHA256=" + hashlib.sha256(octets).hexdigest()


class Kubesim:
    """Tokens and rights at kubesim."""

    def __init__(self, case):
        self.sim = case.sim

    def token(self, name):
        token = f"{name}-token"
        self.sim.admin("POST", "/tokens", {
            "add": f"{token}=system:serviceaccount:{SPACE}:{name};"
                   f"system:serviceaccounts,system:serviceaccounts:{SPACE}"})
        return token

    def allow(self, user, verb, resource, names=(None,), group="",
              namespace=None):
        for name in names:
            what = {"user": user, "verb": verb, "group": group,
                    "resource": resource, "name": name,
                    "namespace": namespace}
            self.sim.admin("POST", "/grants", {
                key: value for key, value in what.items()
                if value is not None})


class RealCluster:
    """… at a real API server, by RBAC."""

    def __init__(self, case):
        self.sim = case.sim
        self.count = 0
        self.case = case
        asked = {"spec": {"resourceAttributes": {
            "group": "rbac.authorization.k8s.io", "verb": "create",
            "resource": "clusterrolebindings"}}}
        if not self.ask("POST", "/apis/authorization.k8s.io/v1/"
                        "selfsubjectaccessreviews", [JSON],
                        asked)["status"]["allowed"]:
            case.skipTest("the context's user may not give rights")

    def ask(self, *args):
        with self.sim.client() as client:
            return self.sim.ask(client, *args)

    def token(self, name):
        accounts = f"/api/v1/namespaces/{SPACE}/serviceaccounts"
        with self.sim.client() as client:
            client.request("POST", accounts, [JSON], json.dumps({
                "metadata": {"name": name}}).encode())
        return self.ask("POST", f"{accounts}/{name}/token", [JSON],
                        {"spec": {}})["status"]["token"]

    def allow(self, user, verb, resource, names=(None,), group="",
              namespace=None):
        del namespace  # a ClusterRole's rights are for all
        self.count += 1
        api = "/apis/rbac.authorization.k8s.io/v1"
        name = f"{SPACE}-{self.count}"
        rule = {"apiGroups": [group], "resources": [resource],
                "verbs": [verb]}
        if names != (None,):
            rule["resourceNames"] = list(names)
        made = {"clusterroles": {"rules": [rule]}, "clusterrolebindings": {
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io",
                        "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io",
                          "kind": "User", "name": user}]}}
        for kind, body in made.items():
            self.ask("POST", f"{api}/{kind}", [JSON],
                     {"metadata": {"name": name}, **body})
            self.case.addCleanup(self.ask, "DELETE", f"{api}/{kind}/{name}")


class Certificates:
    """Made once: what clients show."""

    def __init__(self, folder):
        self.first = Authority(folder / "first")
        self.second = Authority(folder / "second")
        self.between = Authority(folder / "between", self.second)
        self.other = Authority(folder / "other")
        self.bundle = folder / "bundle.crt"
        self.write_bundle(self.first, self.second)
        issue = self.first.issue
        self.alice = issue("alice", ALICE)
        self.bob = issue("bob", [("CN", "bob")])
        self.last = issue("last", [("CN", "bob"), ("CN", "alice")])
        self.zoe = issue("zoe", [("CN", "Zoë"), ("O", "naïve")])
        self.chained = self.between.issue("c", [("CN", "carol")])
        self.second_ca = self.second.issue("d", [("CN", "dave")])
        self.any_use = issue("any", [("CN", "bob")], usage=None)
        self.expired = issue("expired", ALICE, begin=-2 * DAY, end=-DAY)
        self.early = issue("early", ALICE, begin=DAY, end=2 * DAY)
        self.foreign = self.other.issue("alice", ALICE)
        self.server = issue("server", ALICE, usage="serverAuth")
        self.nameless = issue("nameless", [("O", "team-a")])
        self.two_uids = issue("uids", ALICE + [("kubernetesUID", "uid-2")])
        self.blank = issue("blank", [("CN", '"alice "')])
        self.control = issue("control", [("CN", r"alice\r\nO")])
        self.blank_group = issue("blanks", [("CN", "alice"),
                                            ("O", '" team-a"')])
        self.masters = issue("masters", [("CN", "alice"),
                                         ("O", "system:masters")])
        self.hidden = issue("hidden", ALICE + [("O", "system:masters")])
        self.account = issue("account", [("CN", CLIENT)])
        self.kcm = issue("kcm", [("CN", "system:kube-controller-manager")])
        self.nodes = issue("nodes", [("CN", "alice"), ("O", "system:nodes")])
        self.nobody = issue("nobody", [("CN", "nobody")])
        self.robot = issue("robot", [("CN", "robot:7")])
        self.outcast = issue("outcast", [("CN", "alice"), ("O", "outcasts")])
        self.mallory = issue("mallory", [("CN", "mallory")])
        self.admins = issue("admins", [("CN", "alice"), ("O", "admins")])

    def write_bundle(self, *authorities):
        fresh = self.bundle.with_suffix(".new")
        fresh.write_text("".join(each.file.read_text()
                                 for each in authorities))
        fresh.rename(self.bundle)


class Case(harness.Case):
    more = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.certificates = Certificates(cls.folder)

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        self.peers = []
        self.start_sim()
        self.world = (RealCluster if cluster.FOLDER else Kubesim)(self)
        self.set_rights()
        config = self.tmp / "fairway.yaml"
        config.write_text(
            "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n" +
            CONFIG.format(bundle=self.certificates.bundle, more=self.more))
        self.fairway = harness.Fairway(
            self.tmp / "fw", self.gateway_kubeconfig(), "--config", config,
            context="gateway")
        self.addCleanup(self.end_fairway)

    def set_rights(self):
        """Fairway may impersonate some, and nothing else at all."""
        self.gateway_token = self.world.token("fairway-gateway")
        self.client_token = self.world.token("client")
        allow = self.world.allow
        allow(GATEWAY, "impersonate", "users",
              ["alice", "bob", "carol", "dave", "Zoë"])
        allow(GATEWAY, "impersonate", "groups",
              ["team-a", "team-b", "naïve"])
        allow(GATEWAY, "impersonate", "uids", ["uid-1"], group=GROUP)
        allow(GATEWAY, "impersonate", f"userextras/{CREDENTIAL_ID}",
              group=GROUP)
        allow(CLIENT, "impersonate", "users", ["carol"])
        allow(CLIENT, "impersonate", "groups", ["team-a"])
        allow(CLIENT, "impersonate", "uids", ["uid-9"], group=GROUP)
        allow(CLIENT, "impersonate", "userextras/example.com/team", ["red"],
              group=GROUP)
        allow("alice", "list", "configmaps", namespace=SPACE)
        allow("alice", "create", "configmaps", namespace=SPACE)
        allow("bob", "get", "configmaps", namespace=SPACE)

    def gateway_kubeconfig(self):
        ca = (self.sim.folder / "ca.crt").read_bytes()
        at = {"server": f"https://127.0.0.1:{self.sim.port}",
              "certificate-authority-data": base64.b64encode(ca).decode()}
        if cluster.FOLDER:
            at["tls-server-name"] = self.sim.server_name
        path = self.tmp / "gateway.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config",
            "current-context": "gateway",
            "clusters": [{"name": "c", "cluster": at}],
            "contexts": [{"name": "gateway",
                          "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {"token": self.gateway_token}}]}))
        return path

    def end_fairway(self):
        for peer in self.peers:
            peer.close()
        super().end_fairway()

    def h2(self, certificate=None, token=None):
        return self.client(certificate=certificate, token=token)

    def h1(self, certificate=None, token=None):
        peer = h1peer.Client(("127.0.0.1", self.fairway.port),
                             self.fairway.cafile, token=token,
                             certificate=certificate)
        self.peers.append(peer)
        return peer

    def is_user(self, user, certificate):
        """As the certificates' own request says it."""
        self.assertEqual(self.whoami(self.h2(certificate))["username"], user)

    def metric(self, name):
        text = self.fairway.admin_get("/metrics")
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
        self.assertIsNotNone(found, name)
        return float(found.group(1))


# ---- the table ------------------------------------------------------------

class Row:
    """`want`: who it is, or a status and Fairway's reason, None: it is not
    Fairway that says no."""

    def __init__(self, name, want, certificate=None, token=None, fields=(),
                 trailers=(), only=None):
        self.name = name
        self.want = want
        self.certificate = certificate
        self.token = token
        self.fields = list(fields)
        self.trailers = list(trailers)
        self.only = only
        self.is_somebody_else = any(
            key == "impersonate-user" for key, _ in self.fields)


def user(name, *groups, uid=None, extra=None):
    return {"username": name, "groups": [*groups, KNOWN], "uid": uid,
            "extra": extra}


ALICE_IS = user("alice", "team-a", "team-b", uid="uid-1")
CLIENT_IS = {"username": CLIENT}
REFUSED = 403, "impersonation"
TWO = 400, "two-credentials"
NOBODY = 401, "unauthorized"
UNWANTED = 403, "user-refused"
WEBSOCKET = "base64url.bearer.authorization.k8s.io."


def certificates_alone(c):
    return [
        Row("a certificate", ALICE_IS, c.alice),
        Row("no groups, no uid", user("bob"), c.bob),
        Row("of two names the last", user("alice"), c.last),
        Row("names in UTF-8", user("Zoë", "naïve"), c.zoe),
        Row("by an authority between", user("carol"), c.chained),
        Row("by the bundle's second CA", user("dave"), c.second_ca),
        Row("for any use", user("bob"), c.any_use),
        Row("expired", NOBODY, c.expired),
        Row("not yet valid", NOBODY, c.early),
        Row("by another CA", NOBODY, c.foreign),
        Row("a server's", NOBODY, c.server),
        Row("without a name", NOBODY, c.nameless),
        Row("with two uids", NOBODY, c.two_uids),
        Row("a blank at the end of the name", NOBODY, c.blank),
        Row("a line feed in the name", NOBODY, c.control),
        Row("a blank before a group", NOBODY, c.blank_group),
        Row("system:masters", UNWANTED, c.masters),
        Row("system:masters among others", UNWANTED, c.hidden),
        Row("a service account", UNWANTED, c.account),
        Row("a user of the system", UNWANTED, c.kcm),
        Row("a group of the system", UNWANTED, c.nodes),
        Row("a user that is refused", UNWANTED, c.nobody),
        Row("one that begins as those who are", UNWANTED, c.robot),
        Row("a group that is refused", UNWANTED, c.outcast),
        Row("whom Fairway may not impersonate", (403, None), c.mallory),
        Row("a group that it may not", (403, None), c.admins),
    ]


def two_credentials(c, token):
    bearer = ("authorization", f"Bearer {token}")
    return [
        Row("a certificate and a token", TWO, c.alice, token),
        Row("… and an unknown one", TWO, c.alice, "unknown"),
        Row("… and a password", TWO, c.alice,
            fields=[("authorization", "Basic YTpi")]),
        Row("… and nothing but a scheme", TWO, c.alice,
            fields=[("authorization", "Bearer")]),
        Row("… and two tokens", (400, "bad-request"), c.alice, token,
            fields=[bearer]),
        Row("… and a WebSocket's token", TWO, c.alice,
            fields=[("sec-websocket-protocol", f"v4, {WEBSOCKET}eHl6")]),
        Row("an expired certificate and a token", TWO, c.expired, token),
        Row("another CA's certificate and a token", TWO, c.foreign, token),
        Row("a certificate and a proxy's token", ALICE_IS, c.alice,
            fields=[("proxy-authorization", f"Bearer {token}")]),
    ]


def tokens(token):
    return [
        Row("a token", CLIENT_IS, token=token),
        Row("a token that nobody knows", (401, None), token="unknown"),
        Row("no credential", (403, None)),
        Row("a password", (403, None),
            fields=[("authorization", "Basic YTpi")]),
        Row("two tokens", (400, "bad-request"), token=token,
            fields=[("authorization", f"Bearer {token}")]),
        Row("a token, as a user", user("carol"), token=token,
            fields=[("impersonate-user", "carol")]),
        Row("… with a group", user("carol", "team-a"), token=token,
            fields=[("impersonate-user", "carol"),
                    ("impersonate-group", "team-a")]),
        Row("… with a uid", user("carol", uid="uid-9"), token=token,
            fields=[("impersonate-user", "carol"),
                    ("impersonate-uid", "uid-9")]),
        Row("… with an extra value",
            user("carol", extra={"example.com/team": ["red"]}), token=token,
            fields=[("impersonate-user", "carol"),
                    ("impersonate-extra-example.com%2fteam", "red")]),
        Row("a token, as one that it may not", (403, None), token=token,
            fields=[("impersonate-user", "alice")]),
        Row("a token, as a group that it may not", (403, None), token=token,
            fields=[("impersonate-user", "carol"),
                    ("impersonate-group", "system:masters")]),
        Row("a token, as a group alone", (400, None), token=token,
            fields=[("impersonate-group", "team-a")]),
    ]


def smuggled(c, token):
    rows = []
    for name, value in (
            ("impersonate-user", "bob"), ("impersonate-user", ""),
            ("impersonate_user", "bob"), ("impersonate-group", "team-b"),
            ("impersonate_group", "team-b"), ("impersonate-uid", "uid-1"),
            ("impersonate-extra-scopes", "all"),
            ("impersonate-extra-a%2fb", "c"), ("impersonate-other", "x")):
        rows.append(Row(f"a certificate and {name}: {value}", REFUSED,
                        c.alice, fields=[(name, value)]))
    for name in ("Impersonate-User", "IMPERSONATE-USER", "Impersonate_User"):
        rows.append(Row(f"a certificate and {name}", REFUSED, c.alice,
                        fields=[(name, "bob")], only="h1"))
    for name, value in (
            ("x-remote-user", "bob"), ("x_remote_user", "bob"),
            ("x-remote_user", "bob"), ("x-remote-group", "system:masters"),
            ("x-remote-uid", "uid-9"), ("x-remote-extra-scopes", "all"),
            ("x-forwarded-client-cert", "Subject=bob")):
        rows.append(Row(f"a certificate and {name}", ALICE_IS, c.alice,
                        fields=[(name, value)]))
        rows.append(Row(f"a token and {name}", CLIENT_IS, token=token,
                        fields=[(name, value)]))
    rows.append(Row("a certificate and X-Remote-User", ALICE_IS, c.alice,
                    fields=[("X-Remote-User", "bob")], only="h1"))
    for name, value in (
            ("impersonate-user", "bob"), ("impersonate-group", "team-b"),
            ("impersonate-uid", "uid-9"), ("x-remote-user", "bob"),
            ("x_remote_group", "system:masters"),
            ("authorization", f"Bearer {token}")):
        rows.append(Row(f"a certificate, and {name} behind the body",
                        ALICE_IS, c.alice, trailers=[(name, value)]))
    rows.append(Row("a token, and impersonate-user behind the body",
                    CLIENT_IS, token=token,
                    trailers=[("impersonate-user", "carol")]))
    rows.append(Row("a field that Connection names", (400, None), c.alice,
                    fields=[("Impersonate-User", "bob"),
                            ("Connection", "impersonate-user")], only="h1"))
    return rows


def table(c, token):
    return [*certificates_alone(c), *two_credentials(c, token),
            *tokens(token), *smuggled(c, token)]


def ask_h2(client, row):
    if not row.trailers:
        answer = client.request("POST", WHOAMI, [JSON, *row.fields], REVIEW)
        return answer, answer.read()
    answer = client.open("POST", WHOAMI, [JSON, *row.fields], end=False)
    answer.send(REVIEW)
    client.conn.send_headers(answer.id, row.trailers, end_stream=True)
    client.flush()
    answer.wait_over()
    return answer, answer.read()


def ask_h1(client, row):
    if not row.trailers:
        answer = client.request("POST", WHOAMI, [JSON, *row.fields], REVIEW)
        return answer, answer.body
    client.ask("POST", WHOAMI, [JSON, ("Transfer-Encoding", "chunked"),
                                *row.fields])
    text = "".join(f"{name}: {value}\r\n" for name, value in row.trailers)
    client.sendall(b"%x\r\n%s\r\n0\r\n%s\r\n" % (
        len(REVIEW), REVIEW, text.encode()))
    answer = client.read_answer("POST")
    return answer, answer.body


def header(answer, name):
    return (answer.value if isinstance(answer, h1peer.Answer)
            else answer.header)(name)


class Table(Case):
    def check(self, row, answer, body):
        if not isinstance(row.want, dict):
            status, reason = row.want
            self.assertEqual(answer.status, status, body)
            self.assertEqual(header(answer, "x-fairway-reason"), reason)
            self.assertEqual(json.loads(body)["kind"], "Status")
            return
        self.assertEqual(answer.status, 201, body)
        said = json.loads(body)["status"]["userInfo"]
        want = dict(row.want)
        if row.certificate and not row.is_somebody_else:
            want["extra"] = {CREDENTIAL_ID: [digest(row.certificate[0])]}
        for key, value in want.items():
            if key == "groups":
                self.assertEqual(sorted(said[key]), sorted(value))
            else:
                self.assertEqual(said.get(key), value, key)

    def run_rows(self, protocol, connect, ask):
        rows = [row for row in table(self.certificates, self.client_token)
                if row.only in (None, protocol)]
        self.assertGreater(len(rows), 60)
        for row in rows:
            with self.subTest(row=row.name):
                client = connect(row.certificate, row.token)
                self.check(row, *ask(client, row))
                client.close()

    def test_over_http2(self):
        self.run_rows("h2", self.h2, ask_h2)

    def test_over_http1(self):
        self.run_rows("h1", self.h1, ask_h1)


# ---- what a row does not show ---------------------------------------------

class Rights(Case):
    def test_a_certificate_has_its_users_rights_and_no_others(self):
        alice, bob = self.h2(self.certificates.alice), self.h2(
            self.certificates.bob)
        self.assert_status(alice.request("POST", CONFIGMAPS, [JSON],
                                         configmap("x")), 201)
        self.assert_status(alice.request("GET", CONFIGMAPS), 200)
        self.assert_status(bob.request("GET", CONFIGMAPS + "/x"), 200)
        for client, path in ((alice, CONFIGMAPS + "/x"), (bob, CONFIGMAPS)):
            answer = client.request("GET", path)
            self.assert_status(answer, 403, "Forbidden")
            self.assertIsNone(answer.header("x-fairway-reason"))

    def test_fairway_itself_may_do_nothing(self):
        """Or a header too few would be somebody's rights."""
        direct = self.sim.client(token=self.gateway_token)
        self.clients.append(direct)
        for method, path in (("GET", CONFIGMAPS), ("GET", "/api/v1/nodes")):
            self.assert_status(direct.request(method, path), 403)

    def test_two_people_on_one_fairway_are_never_mixed_up(self):
        people = {"alice": self.certificates.alice,
                  "bob": self.certificates.bob,
                  "dave": self.certificates.second_ca}
        clients = {name: self.h2(certificate)
                   for name, certificate in people.items()}
        token = self.h2(token=self.client_token)
        for _ in range(20):
            asked = [(name, client.open("POST", WHOAMI, [JSON], REVIEW))
                     for name, client in clients.items() for _ in range(5)]
            asked.append((CLIENT, token.open("POST", WHOAMI, [JSON], REVIEW)))
            for name, answer in asked:
                answer.wait_over()
                said = json.loads(answer.read())["status"]["userInfo"]
                self.assertEqual(said["username"], name)

    def test_a_watch_and_a_large_body_are_the_users_too(self):
        body = configmap("large", {"filler": "x" * 200000})
        alice = self.h2(self.certificates.alice)
        self.assert_status(alice.request("POST", CONFIGMAPS, [JSON], body),
                           201)
        answer = self.h2(self.certificates.bob).request(
            "GET", CONFIGMAPS + "?watch=true")
        self.assert_status(answer, 403, "Forbidden")

    def kubectl(self, name, *args, **more):
        """With that certificate, as a user's own kubeconfig has it."""
        kubectl = os.environ.get("KUBECTL") or shutil.which("kubectl")
        if not kubectl:
            self.skipTest("there is no kubectl")
        certificate, key = getattr(self.certificates, name)
        return subprocess.run(
            [kubectl, "--kubeconfig", "/dev/null", "--server",
             f"https://127.0.0.1:{self.fairway.port}",
             "--certificate-authority", self.fairway.cafile,
             "--client-certificate", certificate, "--client-key", key,
             "--cache-dir", self.tmp / "cache", "--namespace", SPACE, *args],
            check=False, capture_output=True, timeout=harness.LIMIT,
            stdin=subprocess.DEVNULL, env={**os.environ, **more})

    def test_kubectl_is_who_its_certificate_says(self):
        done = self.kubectl("alice", "auth", "whoami", "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)["status"]["userInfo"]
        self.assertEqual(said["username"], "alice")
        self.assertEqual(said["uid"], "uid-1")
        self.assertIn("team-b", said["groups"])

    def test_kubectl_exec_is_the_users_too(self):
        """By WebSocket and by SPDY; on a real API server with our stub for a
        kubelet."""
        self.sim.preload("pods", SPACE, prefix="p-", count=1, running=True,
                         node="n1")
        for name in "alice", "bob":
            self.world.allow(name, "get", "pods", namespace=SPACE)
        for verb in "create", "get":
            self.world.allow("alice", verb, "pods/exec", namespace=SPACE)
        for websockets in "true", "false":
            more = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": websockets}
            done = self.kubectl("alice", "exec", "p-000000", "--", "echo",
                                "hi", **more)
            self.assertEqual((done.returncode, done.stdout), (0, b"hi\n"),
                             done.stderr)
            done = self.kubectl("bob", "exec", "p-000000", "--", "echo", "hi",
                                **more)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(b'User "bob" cannot', done.stderr)

    def test_an_upgrade_is_the_users_too(self):
        """kubesim: Fairway itself may not exec."""
        self.sim.preload("pods", SPACE, prefix="p-", count=1, running=True,
                         node="n1")
        self.world.allow("alice", "create", "pods/exec", namespace=SPACE)
        path = (f"/api/v1/namespaces/{SPACE}/pods/p-000000/exec"
                "?command=cat&stdin=true")
        fields = [("Connection", "Upgrade"), ("Upgrade", "SPDY/3.1"),
                  ("X-Stream-Protocol-Version", "v4.channel.k8s.io")]
        for name, status in (("alice", 101), ("bob", 403)):
            peer = self.h1(getattr(self.certificates, name))
            self.assertEqual(
                peer.request("POST", path, fields).status, status)


class Changes(Case):
    def test_an_authority_that_goes_takes_its_certificates_with_it(self):
        c = self.certificates
        self.addCleanup(c.write_bundle, c.first, c.second)
        alice, dave = self.h2(c.alice), self.h2(c.second_ca)
        self.assertEqual(self.whoami(alice)["username"], "alice")
        self.assertEqual(self.whoami(dave)["username"], "dave")
        start = len(self.fairway.lines)
        c.write_bundle(c.second)
        self.fairway.wait_line("a new certificate for clients", start)
        for client in (alice, self.h2(c.alice)):
            answer = client.request("POST", WHOAMI, [JSON], REVIEW)
            self.assert_status(answer, 401, "Unauthorized")
            self.assertEqual(answer.header("x-fairway-reason"),
                             "unauthorized")
        self.assertEqual(self.whoami(dave)["username"], "dave")
        start = len(self.fairway.lines)
        c.write_bundle(c.second, c.first, c.other)
        self.fairway.wait_line("a new certificate for clients", start)
        self.assertEqual(self.whoami(alice)["username"], "alice")
        self.is_user("alice", c.foreign)

    def test_half_a_bundle_changes_nothing(self):
        c = self.certificates
        self.addCleanup(c.write_bundle, c.first, c.second)
        text = c.bundle.read_text()
        for broken in ("", text[:-200], "nothing of the kind\n"):
            start = len(self.fairway.lines)
            c.bundle.write_text(broken)
            self.fairway.wait_line("certificate for clients cannot be used",
                                   start)
            self.is_user("alice", c.alice)
            self.is_user("dave", c.second_ca)
        self.assertGreaterEqual(self.metric(
            'fairway_credential_reloads_total{side="downstream",'
            'result="failure"}'), 3)

    def test_a_certificate_that_ends_is_nobodys_on_an_old_connection(self):
        client = self.h2(self.certificates.first.issue(
            "brief", [("CN", "bob")], end=datetime.timedelta(seconds=4)))
        self.assertEqual(self.whoami(client)["username"], "bob")
        harness.poll(lambda: client.request(
            "POST", WHOAMI, [JSON], REVIEW).status == 401,
            "the certificate did not end")

    @unittest.skipIf(cluster.FOLDER, "it needs an API server that is away")
    def test_what_waited_is_nobodys_when_its_authority_has_gone(self):
        c = self.certificates
        self.addCleanup(c.write_bundle, c.first, c.second)
        alice, dave = self.h2(c.alice), self.h2(c.second_ca)
        self.world.allow("dave", "create", "configmaps", namespace=SPACE)
        self.whoami(alice), self.whoami(dave)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=suspect")
        asked = [client.open("POST", CONFIGMAPS, [JSON], configmap(name))
                 for client, name in ((alice, "a"), (dave, "d"))]
        alice.ping(), dave.ping()
        start = len(self.fairway.lines)
        c.write_bundle(c.second)
        self.fairway.wait_line("a new certificate for clients", start)
        self.sim.listener("accept")
        for answer in asked:
            answer.wait_over()
        self.assert_status(asked[0], 401, "Unauthorized")
        self.assertEqual(asked[0].header("x-fairway-reason"), "unauthorized")
        self.assert_status(asked[1], 201)
        self.assertEqual(self.sim.effects(), ["d"])
        # … and its seat was given back.
        self.assertEqual(self.whoami(dave)["username"], "dave")
        self.assertEqual(self.metric("fairway_current_exchanges"), 0)

    def test_who_is_refused_can_change(self):
        client = self.h2(self.certificates.robot)
        self.world.allow(GATEWAY, "impersonate", "users", ["robot:7"])
        answer = client.request("POST", WHOAMI, [JSON], REVIEW)
        self.assert_status(answer, 403, "Forbidden")
        start = len(self.fairway.lines)
        path = self.tmp / "fairway.yaml"
        path.write_text(path.read_text().replace(', "robot:*"', ""))
        self.fairway.wait_line("a new configuration", start)
        self.assertEqual(self.whoami(client)["username"], "robot:7")

    def test_it_is_counted_and_logged(self):
        c = self.certificates
        self.is_user("alice", c.alice)
        for certificate in (c.expired, c.masters):
            self.h2(certificate).request("POST", WHOAMI, [JSON], REVIEW)
        counted = "fairway_client_certificates_total"
        for result in "accepted", "invalid", "refused":
            self.assertEqual(
                self.metric(f'{counted}{{result="{result}"}}'), 1)
        self.fairway.wait_line("certificate is refused.*expired")
        self.fairway.wait_line(
            "certificate is refused.*user=alice.*system:masters")

    def test_a_flood_of_bad_ones_is_no_flood_of_lines(self):
        """The counter has all of them, the log the first ten a minute."""
        refused = 30
        for _ in range(refused):
            self.h2(self.certificates.expired).request(
                "POST", WHOAMI, [JSON], REVIEW)
        counted = 'fairway_client_certificates_total{result="invalid"}'
        self.assertEqual(self.metric(counted), refused)
        self.is_user("alice", self.certificates.alice)
        self.fairway.read_lines(0)
        self.assertEqual(sum("certificate is refused" in line
                             for line in self.fairway.lines), 10)


class Lanes(Case):
    more = """rules:
- {name: alices, lane: events, matchingPrecedence: 50, users: [alice]}
- {name: a-team, lane: writes, matchingPrecedence: 60, groups: [naïve]}
"""

    def test_a_rule_knows_users_and_groups(self):
        for certificate, token, lane in (
                (self.certificates.alice, None, "events"),
                (self.certificates.zoe, None, "writes"),
                (self.certificates.bob, None, "reads"),
                (None, self.client_token, "reads")):
            answer = self.h2(certificate, token).request(
                "POST", WHOAMI, [JSON], REVIEW)
            self.assert_status(answer, 201)
            self.assertEqual(answer.header("x-fairway-lane"), lane)


if __name__ == "__main__":
    harness.main()
