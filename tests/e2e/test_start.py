#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""B20, B21: files, ports, certificates, keys and tokens that cannot be used:
one clear line each, the exit status, and nothing that was begun."""

import base64
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

import harness

HEAD = "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
CONFIG, FAILED, USAGE = 2, 1, 64


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True,
                   capture_output=True)


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = pathlib.Path(tempfile.mkdtemp(prefix="fairway-start."))
        for name in "a", "b":
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=localhost", "-keyout", cls.tmp / f"{name}.key",
                    "-out", cls.tmp / f"{name}.crt")
        openssl("pkey", "-in", cls.tmp / "a.key", "-aes256", "-passout",
                "pass:secret", "-out", cls.tmp / "encrypted.key")
        (cls.tmp / "empty").write_text("")
        (cls.tmp / "text").write_text("this is no PEM\n")
        (cls.tmp / "large").write_text("x" * (2 << 20))
        cls.write_kubeconfig("kubeconfig", "token: x")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tmp)

    @classmethod
    def write_kubeconfig(cls, name, user, cluster=""):
        (cls.tmp / name).write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: x\n"
            "clusters: [{name: x, cluster: {server: 'https://127.0.0.1:1'"
            f"{cluster}}}}}]\n"
            f"users: [{{name: x, user: {{{user}}}}}]\n"
            "contexts: [{name: x, context: {cluster: x, user: x}}]\n")

    def refuse(self, status, wanted, *args, kubeconfig="kubeconfig",
               lines=1):
        """It ends so, with so many lines, of which the first is wanted."""
        state = self.tmp / "state"
        done = subprocess.run(
            [harness.FAIRWAY, "serve", "--kubeconfig", self.tmp / kubeconfig,
             "--state-dir", state, "--listen", "127.0.0.1:0",
             "--admin-listen", "127.0.0.1:0", *map(str, args)],
            capture_output=True, stdin=subprocess.DEVNULL,
            timeout=harness.LIMIT)
        said = done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode, status, said)
        self.assertEqual(done.stdout, b"")
        self.assertRegex(said, wanted)
        if lines is not None:
            self.assertEqual(said.count("\n"), lines, said)
        self.assertNotIn("BEGIN", said)
        self.assertFalse((state / "admin.sock").exists())
        self.assertFalse((state / "kubeconfig").exists())

    def config(self, content):
        path = self.tmp / "fairway.yaml"
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return "--config", path


class Files(Case):
    """B20, where it is about the file as a whole."""

    def test_empty(self):
        for content in "", "\n\n", "# nothing\n", "---\n":
            self.refuse(CONFIG, "the file is empty; it must begin with",
                        *self.config(content))

    def test_no_file(self):
        self.refuse(CONFIG, "Is a directory", "--config", self.tmp)
        self.refuse(CONFIG, "No such file", "--config", self.tmp / "absent")

    def test_of_a_gigabyte(self):
        args = self.config("")
        os.truncate(args[1], 1 << 30)
        self.refuse(CONFIG, "is larger than 1024 KiB", *args)

    def test_bombs(self):
        bomb = HEAD + "x: &a [1]\n" + "".join(
            f"y{i}: &b{i} [*a, *a, *a]\n" for i in range(9))
        self.refuse(CONFIG, r"fairway.yaml:3:4: .*anchor", *self.config(bomb),
                    lines=None)
        self.refuse(CONFIG, r"fairway.yaml:\d+:\d+: .*deep",
                    *self.config(HEAD + "x: " + "[" * 100000))

    def test_bytes_that_are_no_text(self):
        for content, wanted in (
                (HEAD + "listen:\n\taddress: a\n", "fairway.yaml:4:1: not YAML: .*indent with spaces"),
                (HEAD + "log: {level: \"in\0fo\"}\n", "fairway.yaml:3:"),
                (HEAD.encode() + b"log: {level: \xff}\n", "fairway.yaml:"),
                (HEAD + "log: {level: \u0438\u043d\u0444\u043e}\n",
                 "fairway.yaml:3:14: log.level: must be error, warn"),
                (HEAD.encode("utf-16"), "fairway.yaml:")):
            self.refuse(CONFIG, wanted, *self.config(content), lines=None)

    def test_two_documents(self):
        self.refuse(CONFIG, "fairway.yaml:3:1: ",
                    *self.config(HEAD + "---\n" + HEAD), lines=None)


class Addresses(Case):
    """B21: ports and addresses."""

    def test_ports_that_do_not_exist(self):
        for address in ("127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
                        "127.0.0.1", ":", "[::1:1"):
            self.refuse(USAGE, f"--listen {re.escape(address)}: ",
                        "--listen", address, lines=None)
            self.refuse(CONFIG, "fairway.yaml:3:19: listen.address: must be "
                        "HOST:PORT",
                        *self.config(f"{HEAD}listen: {{address: '{address}'}}"
                                     "\n"))

    def test_one_that_is_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            self.refuse(FAILED, f"give another --listen: listen on {address}: "
                        "Address already in use", "--listen", address)
            self.refuse(FAILED, "give another --admin-listen: .*Address "
                        "already in use", "--admin-listen", address)

    def test_addresses_of_others(self):
        self.refuse(FAILED, "Cannot assign requested address",
                    "--listen", "192.0.2.1:1")
        self.refuse(FAILED, "not an IP address", "--listen",
                    "example.invalid:1")
        self.refuse(CONFIG, "cleartext.address: must be 127.0.0.1:PORT",
                    *self.config(HEAD +
                                 "cleartext: {address: '0.0.0.0:1'}\n"))


class Certificates(Case):
    """B21: what is shown to clients, and whom Fairway trusts."""

    def pair(self, certificate, key):
        return self.config(f"{HEAD}listen: {{tlsCertFile: '{certificate}', "
                           f"tlsPrivateKeyFile: '{key}'}}\n")

    def test_pairs_that_are_none(self):
        tmp = self.tmp
        for certificate, key, wanted in (
                (tmp / "absent", tmp / "a.key",
                 "listen.tlsCertFile: .*absent: cannot be opened: No such"),
                (tmp / "a.crt", tmp / "absent",
                 "listen.tlsPrivateKeyFile: .*absent: cannot be opened"),
                (tmp, tmp / "a.key", "tlsCertFile: .*Is a directory"),
                (tmp / "large", tmp / "a.key", "tlsCertFile: .*larger than"),
                (tmp / "empty", tmp / "a.key", "cannot use the certificate"),
                (tmp / "text", tmp / "a.key", "cannot use the certificate"),
                (tmp / "a.crt", tmp / "empty", "cannot read the key"),
                (tmp / "a.crt", tmp / "a.crt", "cannot read the key"),
                (tmp / "a.crt", tmp / "encrypted.key",
                 "cannot read the key"),
                (tmp / "a.crt", tmp / "b.key",
                 "the key is not the certificate's")):
            self.refuse(CONFIG, wanted, *self.pair(certificate, key))

    def test_half_a_pair(self):
        self.refuse(CONFIG, "tlsPrivateKeyFile",
                    *self.config(f"{HEAD}listen: {{tlsCertFile: "
                                 f"'{self.tmp}/a.crt'}}\n"))

    def test_authorities_that_are_none(self):
        for name, wanted in (("absent", "No such file"),
                             ("empty", "no CA certificate found"),
                             ("text", "no CA certificate found"),
                             ("a.key", "no CA certificate found")):
            path = self.tmp / name
            self.refuse(CONFIG, wanted,
                        *self.config(f"{HEAD}upstream: {{"
                                     f"certificateAuthority: '{path}'}}\n"))
            self.write_kubeconfig("other", "token: x",
                                  f", certificate-authority: '{path}'")
            self.refuse(CONFIG, f"{wanted}|holds no PEM text",
                        kubeconfig="other")

    def test_a_client_certificate_with_another_key(self):
        text = {name: base64.b64encode(
            (self.tmp / name).read_bytes()).decode()
            for name in ("a.crt", "b.key")}
        self.write_kubeconfig(
            "other", f"client-certificate-data: {text['a.crt']}, "
            f"client-key-data: {text['b.key']}")
        self.refuse(CONFIG, "the key is not the certificate's",
                    kubeconfig="other")


class Tokens(Case):
    """B21: Fairway's own token, where it is to lend it."""

    def test_files_that_hold_none(self):
        args = self.config(HEAD + "cleartext: {address: '127.0.0.1:0', "
                           "credentials: Own}\n")
        (self.tmp / "two").write_text("a token\n")
        for name, wanted in (("absent", "No such file"),
                             ("empty", "holds no bearer token"),
                             ("two", "holds no bearer token"),
                             ("large", "is larger than 64 KiB")):
            self.write_kubeconfig("other",
                                  f"tokenFile: '{self.tmp / name}'")
            self.refuse(CONFIG, f"{name}.*{wanted}", *args,
                        kubeconfig="other")


if __name__ == "__main__":
    harness.main()
