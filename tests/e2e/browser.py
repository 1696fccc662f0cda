# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven by its DevTools protocol over a pipe.

    with Browser(folder) as browser:
        browser.goto("http://127.0.0.1:7480/")
        browser.eval("document.title")
"""

import base64
import json
import os
import select
import shutil
import subprocess
import time

LIMIT = 120  # a browser's start takes long where others want the machine too

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
    "--remote-debugging-pipe",
]


def program():
    """The path of Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    def __init__(self, folder):
        to_it, self.to_it = os.pipe()
        self.from_it, from_it = os.pipe()
        self.number = 0
        self.rest = b""
        self.said = []  # what the page complained about
        # The protocol's descriptors are 3 and 4.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{to_it} 4>&{from_it}', "sh",
             program(), *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(to_it, from_it), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_it)
        os.close(from_it)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in "Page", "Runtime", "Log":
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.to_it)
        os.close(self.from_it)
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def read(self, until):
        """The next message."""
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.from_it], [], [],
                                              left)[0]:
                raise TimeoutError("the browser does not answer")
            data = os.read(self.from_it, 1 << 16)
            if not data:
                raise AssertionError("the browser ended")
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def note(self, message):
        method = message.get("method")
        if method == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["level"] in ("warning", "error"):
                self.said.append(entry["text"])
        elif method == "Runtime.exceptionThrown":
            self.said.append(json.dumps(message["params"]))
        elif method == "Runtime.consoleAPICalled":
            self.said.append(json.dumps(message["params"]["args"]))

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to_it, json.dumps(request).encode() + b"\0")
        until = time.monotonic() + LIMIT
        while True:
            message = self.read(until)
            if message.get("id") != self.number:
                self.note(message)
            elif "error" in message:
                raise AssertionError(f"{method}: {message['error']}")
            else:
                return message["result"]

    def goto(self, url):
        self.call("Page.navigate", url=url)

    def eval(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer}")
        return answer["result"].get("value")

    def look(self, width, height, theme):
        """As on a screen of that size, with that preference."""
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=width < 700)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": theme}])

    def screenshot(self):
        """A PNG of the whole page."""
        return base64.b64decode(self.call(
            "Page.captureScreenshot", captureBeyondViewport=True)["data"])
