#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A token that is replaced while a request is held: it leaves with the new
one, if the old one was that of the token file."""

import pathlib
import shutil
import tempfile

import harness
from harness import CONFIGMAPS, JSON, configmap, web_token

USER = "system:serviceaccount:argo:argo-controller;system:serviceaccounts"


class Base(harness.Case):
    old, new = "old-token", "new-token"

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-e2e."))
        self.addCleanup(shutil.rmtree, self.tmp)
        self.clients = []
        (self.tmp / "sim").mkdir()
        self.sim = harness.Kubesim(
            self.tmp / "sim", "--token", f"{self.old}={USER}",
            "--token", f"other-token={USER}")
        self.addCleanup(self.end_sim)
        self.token_file = self.tmp / "token"
        self.token_file.write_text(self.old + "\n")
        kubeconfig = self.tmp / "kubeconfig"
        kubeconfig.write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: argo\n"
            "clusters: [{name: sim, cluster: {"
            f'server: "https://127.0.0.1:{self.sim.port}", '
            f"certificate-authority: {self.tmp}/sim/ca.crt}}}}]\n"
            "users: [{name: argo, user: "
            f"{{tokenFile: {self.token_file}}}}}]\n"
            "contexts: [{name: argo, "
            "context: {cluster: sim, user: argo}}]\n")
        self.fairway = harness.Fairway(self.tmp / "fw", kubeconfig)
        self.addCleanup(self.end_fairway)

    def replace_token(self):
        # As the kubelet does it: another file under the same name.
        fresh = self.tmp / "token.new"
        fresh.write_text(self.new + "\n")
        fresh.rename(self.token_file)
        self.sim.admin("POST", "/tokens", {"add": f"{self.new}={USER}"})
        self.sim.admin("POST", "/tokens", {"remove": self.old})
        self.sim.admin("POST", "/tokens", {"remove": "other-token"})

    def held(self, token):
        """A request that is held while the tokens change, as answered."""
        client = self.client(token=token)
        self.assert_status(client.request("GET", "/version"), 200)
        self.sim.listener("refuse")
        self.sim.connections("reset")
        self.fairway.wait_line("health=suspect")
        stream = client.open("POST", CONFIGMAPS, [JSON], configmap("x"))
        client.ping()
        self.replace_token()
        self.sim.listener("accept")
        stream.wait_over()
        return stream


class FreshToken(Base):
    def test_the_file_s_earlier_token_is_replaced(self):
        self.assert_status(self.held(self.old), 201)
        self.assertEqual(self.sim.effects(), ["x"])

    def test_anybody_else_s_is_not(self):
        self.assert_status(self.held("other-token"), 401)
        self.assertEqual(self.sim.effects(), [])


class Renewed(Base):
    """Tokens that say whom they name: the same one."""
    old, new = (web_token(iss="https://k", sub="a", exp=n) for n in (1, 2))

    def test_the_earlier_one_is_replaced(self):
        self.assert_status(self.held(self.old), 201)
        self.assertEqual(self.sim.effects(), ["x"])


class Another(Base):
    """… and somebody else."""
    old, new = (web_token(iss="https://k", sub=sub) for sub in "ab")

    def test_the_earlier_one_is_not_replaced(self):
        self.assert_status(self.held(self.old), 401)
        self.assertEqual(self.sim.effects(), [])


if __name__ == "__main__":
    harness.main()
