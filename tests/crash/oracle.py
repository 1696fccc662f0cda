# SPDX-License-Identifier: Apache-2.0
"""What must be true after any number of crashes.

    Oracle(ledger, history, intents, ends, world).check() -> [complaint]

It knows what clients asked for and were told (ledger), every request that
took effect (history), every intent that was durable and how it ended (read
from the journal's files when a process had died), and what others did.
"""

import collections

from world import label_is_set

# Ends that say that the finalizer is gone, by whomever.
SAYS_GONE = {"done", "gone", "removed", "recreated"}


class Oracle:
    def __init__(self, ledger, history, intents, ends, world,
                 is_direct=False):
        self.is_direct = is_direct  # there was no Fairway
        self.removals = ledger.removals()
        self.others = [request for request in ledger.requests.values()
                       if request.kind != "removal"]
        self.intents = intents  # id: [Intent]: what it said, in order
        self.ends = ends        # id: end
        self.world = world
        self.complaints = []
        self.history = history
        self.by_audit = collections.defaultdict(list)
        self.by_digest = collections.defaultdict(list)
        self.by_uid = collections.defaultdict(list)
        self.by_name = collections.defaultdict(list)
        for effect in history:
            self.by_audit[effect["auditID"]].append(effect)
            self.by_digest[effect["bodySha256"]].append(effect)
            self.by_uid[effect["uid"]].append(effect)
            self.by_name[effect["name"]].append(effect)
        # Retries of one removal have one body.
        self.by_body = collections.defaultdict(list)
        for removal in self.removals:
            self.by_body[(removal.path, removal.body)].append(removal)
        self.audits = {request.audit_id
                       for request in ledger.requests.values()}

    def complain(self, text, *what):
        self.complaints.append(
            text + "".join(f"\n    {item}" for item in what))

    def check(self):
        for (_, _), asked in self.by_body.items():
            self.check_effects(asked)
        for removal in self.removals:
            self.check_answer(removal)
            self.check_named(removal)
        for request in self.others:
            self.check_other(request)
        for number, versions in self.intents.items():
            self.check_end(number, versions)
        self.check_strangers()
        return self.complaints

    # --- what took effect --------------------------------------------------

    def check_effects(self, asked):
        removal = asked[0]
        effects = [effect for effect in self.by_digest[removal.digest]
                   if effect["path"] == removal.path]
        for effect in effects:
            is_replay = effect["auditID"] not in self.audits
            if effect["uid"] != removal.object.uid:
                self.complain("a removal met another object", removal, effect)
            if effect["user"] != removal.user:
                self.complain("a removal went with other rights", removal,
                              effect)
            if is_replay and \
                    not set(effect["finalizersGone"]) <= set(removal.names):
                self.complain("a replay took a foreign finalizer", removal,
                              effect)
            if removal.label and not label_is_set(effect["labels"]):
                self.complain("a label was lost", removal, effect)
        changed = [effect for effect in effects
                   if effect["finalizersGone"]]
        if len(changed) > 1:
            self.complain("a removal was done twice", removal, *changed,
                          "all that met it:", *self.by_uid[removal.object.uid])

    def check_strangers(self):
        """Whatever else took finalizers: somebody who is known here."""
        digests = {removal.digest for removal in self.removals}
        for effect in self.history:
            if effect["user"] == "admin" or not effect["finalizersGone"] or \
                    effect["bodySha256"] in digests:
                continue
            # onConflict: Rebase writes a body of its own.
            wanted = {name for removal in self.removals
                      if removal.object.uid == effect["uid"]
                      and removal.user == effect["user"]
                      for name in removal.names}
            if not set(effect["finalizersGone"]) <= wanted:
                self.complain("nobody asked for this", effect)

    # --- what clients were told --------------------------------------------

    def check_answer(self, removal):
        if removal.told != "answer":
            return
        effects = self.by_audit[removal.audit_id]
        if removal.status == 200 and not effects:
            self.complain("a success was made up", removal)
        if removal.promises and effects:
            self.complain("Retry-After, and it was executed", removal,
                          *effects)
        if removal.status in (500, 502) and removal.is_plain and \
                not self.is_direct:
            self.complain("Argo would give it up", removal)
        if removal.status == 404 and not self.was_gone(removal):
            self.complain("it was there", removal)

    def was_gone(self, removal):
        """The object as it was meant is not there any more."""
        return any(effect["change"] == "deleted"
                   for effect in self.by_uid[removal.object.uid])

    def check_other(self, request):
        effects = self.by_audit[request.audit_id]
        if len(effects) > 1 or \
                (request.kind == "create" and
                 len(self.by_digest[request.digest]) > 1):
            self.complain("done twice", request,
                          *self.by_digest[request.digest])
        if request.status in (200, 201) and request.method != "GET" and \
                not effects:
            self.complain("a success was made up", request)
        if request.promises and effects:
            self.complain("Retry-After, and it was executed", request,
                          *effects)

    # --- intents -----------------------------------------------------------

    def check_named(self, removal):
        if not removal.intent:
            return
        versions = self.intents.get(removal.intent)
        if removal.status not in (429, 503, 504):
            self.complain("an intent with another answer", removal)
        if versions is None:
            self.complain("an intent was named and not durable", removal)
        elif not any((intent.target, intent.body, intent.content_type) ==
                     (removal.path, removal.body, removal.content_type)
                     for intent in versions) and \
                removal.key not in self.adopters(versions):
            self.complain("an intent is not what was asked", removal,
                          *versions)

    def adopters(self, versions):
        """Requests that an intent can have become of, by key: whoever wants
        the same of the object by that name adopts it."""
        wanted = {(removal.path, removal.token)
                  for intent in versions for removal in
                  self.by_body.get((intent.target, intent.body), [])}
        return {removal.key: removal for removal in self.removals
                if (removal.path, removal.token) in wanted}

    def check_end(self, number, versions):
        asked = list(self.adopters(versions).values())
        end = self.ends.get(number)
        if not asked:
            self.complain("an intent that nobody asked for", *versions)
        elif end is None:
            self.complain("an intent was neither carried out nor closed",
                          *versions, *asked)
        elif not any(self.is_true(end, removal) for removal in asked):
            self.complain(f"{number} ended as {end}, which is not true",
                          *versions, *asked,
                          *self.by_name[asked[0].object.name])

    def is_true(self, end, removal):
        """Of one of those who asked for it."""
        uid = removal.object.uid
        name = removal.object.name
        if end == "done":
            return bool(self.by_digest[removal.digest]) or self.is_lost(
                removal)
        if end == "gone":
            return any(effect["change"] == "deleted"
                       for effect in self.by_name[name])
        if end == "removed":
            return self.is_lost(removal)
        if end == "recreated":
            return bool(self.world.uids.get(name, set()) - {uid})
        if end == "conflict":
            return bool(self.by_name[name])
        if end == "refused":
            return removal.user in self.world.denied
        if end == "superseded":
            return any(other.path == removal.path and
                       other.token == removal.token
                       for other in self.removals if other is not removal)
        if end == "withdrawn":
            return removal.told != "answer" or removal.status in (429, 503)
        return False

    def is_lost(self, removal):
        """Somebody took those finalizers from that object."""
        gone = {name for effect in self.by_uid[removal.object.uid]
                for name in effect["finalizersGone"]}
        return set(removal.names) <= gone
