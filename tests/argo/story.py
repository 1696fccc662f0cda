# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a leg, and when."""

import os
import signal
import time

# Seconds after the first workflow.  Each program is killed three times: while
# all is well, while the API server is away, and both at once.
STORY = (
    (20, "kill", "controller"),
    (45, "stop", "server"),
    (55, "kill", "controller"),
    (75, "resume", "server"),
    (100, "kill", "fairway"),
    (130, "stop", "server"),
    (140, "kill", "fairway"),
    (160, "resume", "server"),
    (190, "kill", "controller"),
    (190, "kill", "fairway"),
)


class Story:
    """Plays it step by step; `programs` are those that there are."""

    def __init__(self, programs, server_pid, say):
        self.programs = programs
        self.server_pid = server_pid
        self.say = say
        self.steps = [step for step in STORY
                      if (step[2] in programs if step[1] == "kill"
                          else server_pid)]
        self.is_stopped = False

    def play(self, since):
        """Does what is due; `since` is when the first workflow came."""
        while self.steps and time.monotonic() - since >= self.steps[0][0]:
            _, what, whom = self.steps.pop(0)
            self.say(f"{what} {whom}")
            if what == "kill":
                if not self.programs[whom].kill():
                    self.say(f"{whom} does not run")
            else:
                self.signal(what == "stop")

    def signal(self, is_stopped):
        os.kill(self.server_pid,
                signal.SIGSTOP if is_stopped else signal.SIGCONT)
        self.is_stopped = is_stopped

    def end(self):
        """Whatever happened, the API server goes on."""
        if self.is_stopped:
            self.signal(False)
