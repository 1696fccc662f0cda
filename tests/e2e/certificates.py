# SPDX-License-Identifier: Apache-2.0
"""Authorities and client certificates, good ones and bad ones, by openssl."""

import datetime
import subprocess

CONFIG = """
oid_section = oids
[oids]
kubernetesUID = 1.3.6.1.4.1.57683.2
[req]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = name
[name]
{name}
[ca]
default_ca = authority
[authority]
database = {folder}/index.txt
rand_serial = yes
new_certs_dir = {folder}
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
policy = any
preserve = yes
unique_subject = no
x509_extensions = extensions
[any]
commonName = optional
organizationName = optional
kubernetesUID = optional
[extensions]
{extensions}
"""
DAY = datetime.timedelta(days=1)
CLIENT = "clientAuth"


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True,
                   stdin=subprocess.DEVNULL, capture_output=True)


def clock(when):
    return when.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """A CA in a folder of its own; `parent`: one that vouches for it."""

    def __init__(self, folder, parent=None):
        self.folder = folder
        self.parent = parent
        folder.mkdir()
        (folder / "index.txt").write_text("")
        self.file = folder / "ca.crt"
        self.key = folder / "ca.key"
        name = [("CN", folder.name)]
        if parent:
            parent.issue("ca", name, folder=folder,
                         extensions="basicConstraints = critical,CA:TRUE\n"
                                    "keyUsage = critical,keyCertSign\n")
            return
        config = self.config(name, "", folder)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                "-config", config, "-keyout", self.key, "-out", self.file,
                "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")

    def config(self, name, extensions, folder):
        lines = "\n".join(f"{i}.{key} = {value}"
                          for i, (key, value) in enumerate(name))
        path = folder / "openssl.cnf"
        path.write_text(CONFIG.format(name=lines, folder=self.folder,
                                      extensions=extensions))
        return path

    def issue(self, stem, name, usage=CLIENT, begin=-DAY, end=DAY,
              folder=None, extensions=None):
        """(certificate with its chain, key); `name`: pairs, in order."""
        folder = folder or self.folder
        if extensions is None:
            extensions = "basicConstraints = CA:FALSE\n"
            if usage:
                extensions += f"extendedKeyUsage = {usage}\n"
        config = self.config(name, extensions, folder)
        files = [folder / f"{stem}.{end}" for end in ("crt", "key", "csr")]
        now = datetime.datetime.now(datetime.timezone.utc)
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-config", config,
                "-keyout", files[1], "-out", files[2])
        openssl("ca", "-batch", "-notext", "-config", config,
                "-startdate", clock(now + begin),
                "-enddate", clock(now + end),
                "-in", files[2], "-out", files[0])
        if self.parent:
            with open(files[0], "a", encoding="ascii") as chain:
                chain.write(self.file.read_text())
        return files[0], files[1]
