# SPDX-License-Identifier: Apache-2.0
"""Installs the clients of each language into the build folder, once.

Each function returns the command that runs the client, or raises Missing
with the reason.
"""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BUILD = pathlib.Path(
    os.environ.get("top_builddir", ".")).resolve() / "tests/clients"


class Missing(Exception):
    """Why a client cannot be run here."""


def do(what, command, **more):
    """Runs a command that installs; shows what it said if it failed."""
    print(f"installing: {what}", flush=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([str(word) for word in command],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **more)
    if done.returncode != 0:
        print(done.stdout.decode(errors="replace")[-4000:])
        raise Missing(f"cannot install {what}")


def program(name):
    found = shutil.which(name)
    if not found:
        raise Missing(f"no {name}")
    return found


@functools.lru_cache(maxsize=None)
def go_programs():
    """Builds all programs of this module."""
    tool = program("go")
    module = (HERE / "go.mod").read_text()
    needed = re.search(r"(?m)^go (\d+)\.(\d+)", module).groups()
    has = re.search(r"go(\d+)\.(\d+)", subprocess.run(
        [tool, "version"], cwd=HERE, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.DEVNULL, check=False).stdout)
    if not has or tuple(map(int, has.groups())) < tuple(map(int, needed)):
        raise Missing("no Go " + ".".join(needed))
    # kubectl does not start to compare versions without one.
    minor, patch = re.search(r"k8s.io/kubectl v0\.(\d+)\.(\d+)",
                             module).groups()
    version = "k8s.io/component-base/version"
    flags = (f"-X {version}.gitVersion=v1.{minor}.{patch} "
             f"-X {version}.gitMajor=1 -X {version}.gitMinor={minor}")
    do("Go's clients", [tool, "build", "-mod=readonly", "-ldflags", flags,
                        "-o", f"{BUILD}/bin/", "./..."], cwd=HERE)


def go_program(name):
    go_programs()
    return BUILD / "bin" / name


def go():
    return [go_program("go")]


def python():
    """In an environment of its own, with pinned versions."""
    home = BUILD / "python"
    wanted = (HERE / "python/requirements.txt").read_text()
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        do("Python's client", [sys.executable, "-m", "venv", "--clear", home])
        do("Python's client", [home / "bin/pip", "install", "-q", "-r",
                               HERE / "python/requirements.txt"])
        stamp.write_text(wanted)
    return [home / "bin/python", "-B", HERE / "python/client.py"]


def javascript():
    """A copy, since modules are looked for beside the program."""
    npm = program("npm")
    home = BUILD / "javascript"
    home.mkdir(parents=True, exist_ok=True)
    lock = home / "package-lock.json"
    wanted = (HERE / "javascript/package-lock.json").read_text()
    if not (home / "node_modules").is_dir() or not lock.exists() or \
            lock.read_text() != wanted:
        for name in "package.json", "package-lock.json":
            shutil.copyfile(HERE / "javascript" / name, home / name)
        do("JavaScript's client", [npm, "ci", "--no-audit", "--no-fund"],
           cwd=home)
    shutil.copyfile(HERE / "javascript/client.mjs", home / "client.mjs")
    return [program("node"), home / "client.mjs"]


@functools.lru_cache(maxsize=None)
def java():
    """Maven fetches pinned versions; the compiler is called by hand."""
    maven, compiler = program("mvn"), program("javac")
    home = BUILD / "java"
    pom = HERE / "java/pom.xml"
    stamp = home / "installed"
    if not stamp.exists() or stamp.read_text() != pom.read_text():
        shutil.rmtree(home, ignore_errors=True)
        do("Java's client", [maven, "-q", "-B", "-f", pom,
                             "dependency:copy-dependencies",
                             f"-DoutputDirectory={home}/lib"])
        stamp.write_text(pom.read_text())
    do("Java's client", [compiler, "-proc:none",
                         "--release", "17", "-cp", f"{home}/lib/*",
                         "-d", home / "classes",
                         *sorted((HERE / "java").glob("*.java"))])
    return [program("java"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            "-cp", f"{home}/classes:{home}/lib/*", "Main"]


if __name__ == "__main__":
    # install.py PROGRAM: where it is.
    try:
        path = go_program(sys.argv[1])
    except Missing as missing:
        print(f"SKIPPED: {missing}")
        sys.exit(77)
    print(path)
