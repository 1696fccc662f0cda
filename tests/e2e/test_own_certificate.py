#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A kubeconfig with a client certificate: TLS ends in Fairway, so it shows
the certificate itself and asks its clients for one of its own CA."""

import ssl

import harness
from harness import CONFIGMAPS, JSON, configmap


class OwnCertificate(harness.Case):
    context = "argo-cert"

    def test_clients_with_its_certificate_are_who_fairway_is(self):
        self.assertIsNone(self.fairway.token)
        answer = self.client().request("POST", CONFIGMAPS, [JSON],
                                       configmap("x"))
        self.assert_status(answer, 201)
        self.assertEqual(self.sim.history()[0]["user"], "argo-cert-user")

    def test_without_one_there_is_no_connection(self):
        # TLS 1.3: the server's no comes behind the handshake.
        try:
            client = self.client(certificate=None)
            stream = client.open("GET", "/version")
            stream.wait_over()
            self.assertIsNone(stream.headers)
        except (OSError, ssl.SSLError):
            pass
        self.assertEqual(self.sim.history(), [])

    def test_nobody_impersonates_with_it(self):
        for name in ("impersonate-user", "impersonate-group",
                     "impersonate-uid", "impersonate-extra-scopes"):
            answer = self.client().request(
                "POST", CONFIGMAPS, [JSON, (name, "system:masters")],
                configmap("x"))
            self.assert_status(answer, 403, "Forbidden")
            self.assertEqual(answer.header("x-fairway-reason"),
                             "impersonation")
        self.assertEqual(self.sim.history(), [])


if __name__ == "__main__":
    harness.main()
