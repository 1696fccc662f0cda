# SPDX-License-Identifier: Apache-2.0
"""The API server, as the driver asks it: past Fairway, one request at a time.

Who asks is somebody of kube-system, by impersonation: an administrator's
requests are exempt from priority and fairness, and would take seats away from
what is measured.
"""

import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import urllib.parse

USER = "system:serviceaccount:kube-system:fairway-argo"
GROUPS = "system:serviceaccounts", "system:serviceaccounts:kube-system"
MERGE = "application/merge-patch+json"
GROUP = "/apis/argoproj.io/v1alpha1"
PAGE = 500


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(f"{status}: {text[:300]}")
        self.status = status


def read_context(kubeconfig, context):
    """What kubectl finds there: (server, cluster, user, namespace)."""
    command = [os.environ.get("KUBECTL") or "kubectl", "--kubeconfig",
               str(kubeconfig), "config", "view", "--raw", "--minify",
               "--flatten", "-o", "json"]
    if context:
        command += ["--context", context]
    view = json.loads(subprocess.run(command, stdout=subprocess.PIPE,
                                     check=True).stdout)
    cluster = view["clusters"][0]["cluster"]
    return (cluster["server"].rstrip("/"), cluster, view["users"][0]["user"],
            view["contexts"][0]["context"].get("namespace", "default"))


class Api:
    """Not for several threads."""

    def __init__(self, kubeconfig, context, user=USER, groups=GROUPS):
        server, cluster, account, self.namespace = read_context(
            kubeconfig, context)
        self.address = urllib.parse.urlsplit(server)
        self.tls = ssl.create_default_context(cadata=base64.b64decode(
            cluster["certificate-authority-data"]).decode())
        self.headers = {"Accept": "application/json"}
        if "token" in account:
            self.headers["Authorization"] = "Bearer " + account["token"]
        if "client-certificate-data" in account:
            with tempfile.NamedTemporaryFile() as pair:
                for kind in "certificate", "key":
                    pair.write(base64.b64decode(
                        account[f"client-{kind}-data"]))
                pair.flush()
                self.tls.load_cert_chain(pair.name)
        self.impersonation = [("Impersonate-User", user)] + [
            ("Impersonate-Group", group) for group in groups] if user else []
        self.connection = None

    def ask(self, method, path, body=None, content_type="application/json",
            timeout=60, accept=None):
        """The answer's bytes.  A GET is asked again if the connection was
        closed since the last one."""
        for is_last in (False, True):
            try:
                return self.ask_once(method, path, body, content_type,
                                     timeout, accept)
            except (ConnectionError, http.client.HTTPException) as error:
                self.close()
                if is_last or method != "GET":
                    raise ConnectionError(str(error)) from error
            except OSError:
                self.close()
                raise

    def ask_once(self, method, path, body, content_type, timeout, accept):
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(
                self.address.hostname, self.address.port, context=self.tls)
        connection = self.connection
        connection.timeout = timeout
        if connection.sock:
            connection.sock.settimeout(timeout)
        data = json.dumps(body).encode() if body is not None else b""
        connection.putrequest(method, path)
        for name, value in [*self.headers.items(), *self.impersonation]:
            if name != "Accept" or not accept:
                connection.putheader(name, value)
        if accept:
            connection.putheader("Accept", accept)
        if body is not None:
            connection.putheader("Content-Type", content_type)
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Refused(answer.status, text.decode(errors="replace"))
        return text

    def get(self, path, **more):
        return json.loads(self.ask("GET", path, **more))

    def items(self, path, selector=None):
        """All of a collection, in pages."""
        query = {"limit": PAGE}
        if selector:
            query["labelSelector"] = selector
        while True:
            page = self.get(f"{path}?{urllib.parse.urlencode(query)}")
            yield from page["items"] or ()
            query["continue"] = page["metadata"].get("continue")
            if not query["continue"]:
                return

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None


def core(namespace, resource):
    return f"/api/v1/namespaces/{namespace}/{resource}"


def argo(namespace, resource):
    return f"{GROUP}/namespaces/{namespace}/{resource}"
