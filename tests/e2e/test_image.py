#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The image of build-aux/Containerfile, without a program that makes images:
its root tree is whole, and Fairway runs in it as a user of its own, where
nothing but its state directory can be written to."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

SOURCE = pathlib.Path(os.environ.get("top_srcdir", "."))
USER = "65532"
# $1: the tree.  The mounts end with the namespace.
RUN = """set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
mount -t tmpfs -o uid=0,mode=0777 tmpfs "$1/var/lib/fairway"
mount -t proc proc "$1/proc"
tree=$1
shift
exec chroot --userspec=65532:65532 "$tree" "$@"
"""


def made(folder):
    subprocess.run([SOURCE / "build-aux" / "image-root", harness.FAIRWAY,
                    folder], check=True, stdout=subprocess.DEVNULL)
    return folder


class Image(harness.Case):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        if subprocess.run(["unshare", "--mount", "true"], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("no namespace can be made here")
        super().setUp()
        self.tree = made(self.tmp / "root")
        # mkdtemp's is for its owner only; that of an image is not.
        self.tmp.chmod(0o755)
        folder = self.tree / "etc/fairway"
        shutil.copy(self.sim.folder / "ca.crt", folder)
        (folder / "kubeconfig").write_text(
            self.sim.kubeconfig.read_text().replace(
                str(self.sim.folder), "/etc/fairway"))
        for file in folder.iterdir():
            file.chmod(0o644)

    def start(self, *args):
        inside = harness.Process(
            ["unshare", "--mount", "sh", "-c", RUN, "sh", self.tree, *args],
            "fairway")
        self.addCleanup(inside.stop)
        return inside

    def test_it_runs(self):
        inside = self.start(
            "/usr/bin/fairway", "serve",
            "--kubeconfig", "/etc/fairway/kubeconfig", "--context", "argo",
            "--state-dir", "/var/lib/fairway/state",
            "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
        port = int(inside.wait_line(
            r'msg="?listening.* admin=127\.0\.0\.1:(\d+)').group(1))
        self.assertIn("[+]loop ok",
                      harness.admin_get(port, "/readyz?verbose"))
        status = pathlib.Path(f"/proc/{inside.pid}/status").read_text()
        self.assertEqual(re.search(r"^Uid:\s+(.*)", status, re.M).group(1),
                         "\t".join([USER] * 4))
        self.assertEqual(
            re.search(r"^CapEff:\s+(\S+)", status, re.M).group(1).strip("0"),
            "")
        mounts = pathlib.Path(f"/proc/{inside.pid}/mountinfo").read_text()
        self.assertRegex(mounts, r" / / ro,| /\S* / ro,")
        self.assertEqual(inside.stop(), 0)

    def test_it_has_nothing_else(self):
        programs = [path for path in self.tree.rglob("*")
                    if path.parent.name in ("bin", "sbin")]
        self.assertEqual([path.name for path in programs], ["fairway"])
        self.assertIn("BEGIN CERTIFICATE", (
            self.tree / "etc/ssl/certs/ca-certificates.crt").read_text())
        self.assertIn(f":{USER}:{USER}:",
                      (self.tree / "etc/passwd").read_text())
        self.assertIn(f"USER {USER}:{USER}\n", (
            SOURCE / "build-aux" / "Containerfile").read_text())


if __name__ == "__main__":
    harness.main()
