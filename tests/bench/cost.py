#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the memory of terminating objects and the journal cost a request that
needs neither, by Fairway's defaults.

Printed are instructions in user space for each request (callgrind), which no
other program on the machine disturbs: of all of it, and of the functions by
which the two are entered, with what these call.  The bar is 1.02, for the
memory of all that is read and written; the journal reads the bodies of finalizer
removals, and of nothing else.  `mode: Off` reads them too.

Debian packages: nghttp2-client valgrind python3
"""

import glob
import os
import re
import subprocess

import speed

BAR = 1.02
FEW, MANY = 1000, 3000
KINDS = "get", "patch"  # the PATCH is a removal
# Where they are entered; none of them calls another one of these.
PARTS = {
    "memory": ("passing_begin", "passing_bytes", "passing_end",
               "policy_recall"),
    "journal": ("removal_may_be_replayed", "intents_consider", "intents_next",
                "intents_adopt", "intents_answered", "intents_release",
                "intents_note_token", "intents_run", "intents_hand_over"),
}


class Cost(speed.Bench):
    def inclusive(self):
        """Of each function, in the load that was measured last."""
        dumps = glob.glob(os.path.join(self.work, "cg.fairway.*"))
        # The last one that was ordered; the process's end writes another.
        dumps.sort(key=os.path.getmtime)
        text = subprocess.run(
            ["callgrind_annotate", "--inclusive=yes", "--auto=no",
             "--threshold=100", dumps[-1]], capture_output=True, text=True,
            check=True).stdout
        return {name: int(count.replace(",", "")) for count, name in
                re.findall(r"^\s*([\d,]+) \([^)]*\)  \S+:(\w+) \[", text,
                           re.M)}

    def measure(self, proxy, port, scenario):
        few, n = self.instructions(proxy, port, proxy.process.pid, scenario,
                                   FEW)
        many, m = self.instructions(proxy, port, proxy.process.pid, scenario,
                                    MANY)
        counts = self.inclusive()
        return (many - few) / max(m - n, 1), {
            part: sum(counts.get(name, 0) for name in names) / m
            for part, names in PARTS.items()}

    def run(self):
        self.start_kubesim()
        self.add_fairway()
        fairway, = self.proxies
        port = self.start_counting(fairway)
        shapes = {s.name: s for s in self.scenarios}
        print("instructions of a request, and of these")
        print(f"{'':8}{'all':>10}" + "".join(f"{p:>10}" for p in PARTS)
              + "".join(f"{'with ' + p:>14}" for p in PARTS))
        worst = 0
        for kind in KINDS:
            total, parts = self.measure(fairway, port,
                                        shapes[f"{kind}10x10"])
            without = total - sum(parts.values())
            ratios = [1 + count / without for count in parts.values()]
            worst = max(worst, ratios[0])
            print(f"{kind:8}{total:>10.0f}"
                  + "".join(f"{count:>10.0f}" for count in parts.values())
                  + "".join(f"{ratio:>14.3f}" for ratio in ratios))
        print(f"with the memory at most {worst:.3f} of what it is without: "
              f"{'met' if worst <= BAR else 'MISSED'} ({BAR})")


if __name__ == "__main__":
    speed.main(Cost, __doc__)
