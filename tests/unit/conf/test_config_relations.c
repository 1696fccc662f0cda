/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong between several keys, or legal and unwise. */
#include "tests/unit/conf/broken.h"

#include <criterion/criterion.h>

#include "base/util.h"

Test(config_errors, what_must_be_there)
{
	static const struct broken CASES[] = {
		{ "lanes:\n"
		  "- order: 1\n",
			"f:4:3: lanes[0]: \"name\" is missing; add \"name: "
			"...\"\n" },
		{ "lanes:\n"
		  "- order: 1\n"
		  "- order: 1\n"
		  "- {name: '', order: 1}\n",
			"f:4:3: lanes[0]: \"name\" is missing; add \"name: "
			"...\"\n"
			"f:5:3: lanes[1]: \"name\" is missing; add \"name: "
			"...\"\n"
			"f:6:10: lanes[2].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"\"\n" },
		{ "lanes:\n"
		  "- name: x\n",
			"f:4:3: lanes[0]: \"order\" is missing; add \"order: "
			"...\"\n" },
		{ "lanes:\n"
		  "- {}\n",
			"f:4:3: lanes[0]: \"name\" is missing; add \"name: "
			"...\"\n"
			"f:4:3: lanes[0]: \"order\" is missing; add \"order: "
			"...\"\n" },
		{ "rules:\n"
		  "- name: x\n",
			"f:4:3: rules[0]: \"lane\" is missing; add \"lane: "
			"...\"\n" },
		{ "rules:\n"
		  "- lane: writes\n",
			"f:4:3: rules[0]: \"name\" is missing; add \"name: "
			"...\"\n" },
		{ "rules:\n"
		  "- name: ~\n"
		  "  lane: writes\n",
			"f:4:3: rules[0]: \"name\" is missing; add \"name: "
			"...\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, replicas_need_a_seat_each)
{
	static const struct broken CASES[] = {
		{ "preset: gateway\n"
		  "replicas:\n"
		  "  divide: true\n"
		  "  max: 9\n",
			"f:6:8: replicas.max: 9 replicas need a seat each, "
			"and streams's wideListSeats is 8; raise that, or "
			"lower max\n"
			"f:6:8: replicas.max: 9 replicas need a seat each, "
			"and finalizers's reserveSeats is 8; raise that, or "
			"lower max\n"
			"f:6:8: replicas.max: 9 replicas need a seat each, "
			"and workflow-status's largeWriteSeats is 8; raise "
			"that, or lower max\n"
			"f:6:8: replicas.max: 9 replicas need a seat each, "
			"and writes's largeWriteSeats is 8; raise that, or "
			"lower max\n"
			"f:6:8: replicas.max: 9 replicas need a seat each, "
			"and reads's wideListSeats is 8; raise that, or lower "
			"max\n" },
		{ "preset: gateway\n"
		  "total: {initial: 3, min: 1}\n"
		  "replicas: {divide: true}\n",
			"f:5:11: replicas: 4 replicas need a seat each, and "
			"total.initial is 3; raise that, or lower max\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, names_of_lanes)
{
	static const struct broken CASES[] = {
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: write\n",
			"f:5:9: rules[0].lane: there is no lane \"write\"; "
			"did you mean \"writes\"?\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: nowhere\n",
			"f:5:9: rules[0].lane: there is no lane \"nowhere\"; "
			"add it to \"lanes\"\n" },
		{ "rules:\n"
		  "- name: catch-all\n"
		  "  lane: read\n",
			"f:5:9: rules[0].lane: there is no lane \"read\"; "
			"did you mean \"reads\"?\n" },
		{ "lanes:\n"
		  "- name: finalizers\n"
		  "  overflow: writs\n",
			"f:5:13: lanes[0].overflow: there is no lane "
			"\"writs\"; did you mean \"writes\"?\n" },
		{ "lanes:\n"
		  "- name: a\n"
		  "  order: 9\n"
		  "  flowQPS: 1\n"
		  "  overflow: a\n",
			"f:7:13: lanes[0].overflow: leads back to this lane; "
			"choose one that does not\n" },
		{ "lanes:\n"
		  "- name: a\n"
		  "  order: 9\n"
		  "  flowQPS: 1\n"
		  "  overflow: b\n"
		  "- name: b\n"
		  "  order: 9\n"
		  "  flowQPS: 1\n"
		  "  overflow: a\n",
			"f:7:13: lanes[0].overflow: leads back to this lane; "
			"choose one that does not\n"
			"f:11:13: lanes[1].overflow: leads back to this "
			"lane; choose one that does not\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  overflow: reads\n",
			"f:5:13: lanes[0].overflow: has no meaning without "
			"flowQPS; set it, or remove overflow\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, names_given_twice)
{
	static const struct broken CASES[] = {
		{ "lanes:\n"
		  "- name: a\n"
		  "  order: 9\n"
		  "- name: a\n"
		  "  order: 9\n",
			"f:6:9: lanes[1].name: given twice; the one in line "
			"4 has the same name\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "- name: reads\n"
		  "- name: writes\n",
			"f:6:9: lanes[2].name: given twice; the one in line "
			"4 has the same name\n" },
		{ "rules:\n"
		  "- name: a\n"
		  "  lane: writes\n"
		  "- name: a\n"
		  "  lane: reads\n",
			"f:6:9: rules[1].name: given twice; the one in line "
			"4 has the same name\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, shares_of_all_lanes_together)
{
	static const struct broken CASES[] = {
		{ "lanes:\n"
		  "- name: writes\n"
		  "  minShare: 60%\n"
		  "- name: reads\n"
		  "  minShare: 40%\n",
			"f:7:13: lanes[1].minShare: the minimum shares of "
			"all lanes are 104.0% together; they must not be "
			"above 100%\n" },
		{ "lanes:\n"
		  "- name: leader-election\n"
		  "  minShare: 1%\n",
			"f:5:13: lanes[0].minShare: is for lanes of type "
			"Queued only; remove it\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, numbers_that_contradict_each_other)
{
	static const struct broken CASES[] = {
		{ "total: {min: 10}\n",
			"f:3:14: total.min: must not be above total.initial, "
			"which is 8\n" },
		{ "total: {initial: 100}\n",
			"f:3:18: total.initial: must not be above total.max, "
			"which is 64\n" },
		{ "total:\n"
		  "  max: 4\n"
		  "  initial: 5\n",
			"f:4:8: total.max: must not be below total.initial, "
			"which is 5\n" },
		{ "total: {max: 1}\n",
			"f:3:14: total.max: must not be below total.initial, "
			"which is 8\n" },
		{ "gate: {closedMin: 3s}\n",
			"f:3:19: gate.closedMin: must not be above "
			"gate.closedMax, which is 2s\n" },
		{ "gate: {raiseMax: 100ms}\n",
			"f:3:18: gate.raiseMax: must not be below "
			"gate.raiseMin, which is 250ms\n" },
		{ "retry: {backoffMin: 3s}\n",
			"f:3:21: retry.backoffMin: must not be above "
			"retry.backoffMax, which is 2s\n" },
		{ "limits: {maxMemoryBytes: 32Mi}\n",
			"f:3:26: limits.maxMemoryBytes: must not be below "
			"hold.maxBytes, which is 64Mi\n" },
		{ "hold: {maxBytes: 1Mi}\n",
			"f:3:18: hold.maxBytes: must not be below "
			"hold.maxSmallBytes, which is 16Mi\n" },
		{ "upstream:\n"
		  "  reconnectBackoff:\n"
		  "    max: 10ms\n",
			"f:5:10: upstream.reconnectBackoff.max: must not be "
			"below upstream.reconnectBackoff.min, which is "
			"50ms\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, files_and_addresses_that_contradict_each_other)
{
	static const struct broken CASES[] = {
		{ "listen: {tlsCertFile: a}\n",
			"f:3:23: listen.tlsCertFile: needs "
			"tlsPrivateKeyFile; set both or neither\n" },
		{ "listen: {tlsPrivateKeyFile: a}\n",
			"f:3:29: listen.tlsPrivateKeyFile: needs "
			"tlsCertFile; set both or neither\n" },
		{ "admin: {address: 127.0.0.1:7443}\n",
			"f:3:18: admin.address: is the same as "
			"listen.address; choose another port\n" },
		{ "cleartext: {credentials: Own}\n",
			"f:3:26: cleartext.credentials: is for requests in "
			"cleartext: set address, too, such as "
			"unix:/run/fairway/api.sock\n" },
		{ "cleartext: {address: 127.0.0.1:7443}\n",
			"f:3:22: cleartext.address: is the same as "
			"listen.address; choose another port\n" },
		{ "cleartext: {address: 127.0.0.1:7480}\n",
			"f:3:22: cleartext.address: is the same as "
			"admin.address; choose another port\n" },
		{ "identity: {clientCAFile: ca.crt}\n"
		  "cleartext: {address: 'unix:/a', credentials: Own}\n",
			"f:4:46: cleartext.credentials: Own would lend the "
			"credentials that impersonate clients with "
			"certificates; remove one of cleartext and "
			"identity.clientCAFile\n" },
		{ "identity: {impersonation: SubjectAccessReview}\n",
			"f:3:27: identity.impersonation: is for clients with "
			"certificates: set clientCAFile, too; with tokens the "
			"API server decides itself\n" },
		{ "upstream: {insecureSkipTLSVerify: true, "
		  "certificateAuthority: a}\n",
			"f:3:35: upstream.insecureSkipTLSVerify: makes no "
			"sense with certificateAuthority; remove one of "
			"them\n" },
		{ "upstream:\n"
		  "  servers: [https://a0, https://a1, https://a2, "
		  "https://a3, https://a4, https://a5, https://a6, "
		  "https://a7, https://a8]\n",
			"f:4:12: upstream.servers: must have at most 8 "
			"items, has 9\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, rules_of_people_where_nobody_is_known)
{
	static const struct broken CASES[] = {
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  users: [alice]\n"
		  "  groups: [dev]\n"
		  "  serviceAccounts: ['argo:*']\n",
			"f:6:10: rules[0].users: is known only where Fairway "
			"authenticates its clients (identity); here the API "
			"server does, so use namespaces or userAgents\n"
			"f:7:11: rules[0].groups: is known only where Fairway "
			"authenticates its clients (identity); here the API "
			"server does, so use namespaces or userAgents\n"
			"f:8:20: rules[0].serviceAccounts: is known only where "
			"Fairway asks whose a token is (identity.tokens); "
			"here the API server alone knows, so use namespaces or "
			"userAgents\n" },
		{ "identity: {clientCAFile: ca.crt}\n"
		  "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  users: [alice]\n"
		  "  groups: [dev]\n"
		  "  serviceAccounts: ['argo:*']\n",
			"f:9:20: rules[0].serviceAccounts: is known only where "
			"Fairway asks whose a token is (identity.tokens); "
			"here the API server alone knows, so use namespaces or "
			"userAgents\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, rules_that_never_match)
{
	static const struct broken CASES[] = {
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  resources: [pods]\n"
		  "  nonResourceURLs: [/healthz]\n",
			"f:7:20: rules[0].nonResourceURLs: never match "
			"together with apiGroups, resources, namespaces, "
			"clusterScope or names; make two rules\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  queryHas: [dryRun, limit]\n"
		  "  queryLacks: [limit]\n",
			"f:7:15: rules[0].queryLacks: has something of "
			"queryHas: the rule never matches\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  requests: Resource\n"
		  "  nonResourceURLs: [/healthz]\n",
			"f:7:20: rules[0].nonResourceURLs: never match with "
			"\"requests: Resource\"\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: reads\n"
		  "  requests: NonResource\n"
		  "  namespaces: [a]\n",
			"f:6:13: rules[0].requests: NonResource never "
			"matches together with apiGroups, resources, "
			"namespaces or names\n" },
		{ "rules:\n"
		  "- name: catch-all\n"
		  "  verbs: [get]\n",
			"f:4:1: rules: some requests match no rule; add a "
			"last rule without conditions\n" },
		{ "rules:\n"
		  "- name: catch-all\n"
		  "  requests: Resource\n",
			"f:4:1: rules: some requests match no rule; add a "
			"last rule without conditions\n" },
		{ "log: {verbosity: 3}\n",
			"f:3:7: log.verbosity: unknown key; known here: "
			"level, format, accessSample\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

#define RULE           \
	"rules:\n"      \
	"- name: x\n"    \
	"  lane: reads\n"

Test(config_errors, patterns_that_never_match)
{
	static const struct broken CASES[] = {
		{ RULE "  nonResourceURLs: [healthz, /a*, '/a/*/b', '/*', "
		       "'*', /a]\n",
			"f:6:21: rules[0].nonResourceURLs[0]: never matches: "
			"must begin with \"/\"; \"*\" stands alone or behind "
			"the last \"/\"\n"
			"f:6:30: rules[0].nonResourceURLs[1]: never matches: "
			"must begin with \"/\"; \"*\" stands alone or behind "
			"the last \"/\"\n"
			"f:6:35: rules[0].nonResourceURLs[2]: never matches: "
			"must begin with \"/\"; \"*\" stands alone or behind "
			"the last \"/\"\n" },
		{ RULE "  apiGroups: ['', apps/v1, '*']\n",
			"f:6:19: rules[0].apiGroups[1]: never matches: must "
			"be a group without its version\n" },
		{ RULE "  resources: [Pod, a/b/c, '*/scale', pods/*, '']\n",
			"f:6:15: rules[0].resources[0]: never matches: must "
			"be as in paths, in lower case and the plural: pods, "
			"pods/status\n"
			"f:6:20: rules[0].resources[1]: never matches: must "
			"be as in paths, in lower case and the plural: pods, "
			"pods/status\n"
			"f:6:46: rules[0].resources[4]: never matches: must "
			"be as in paths, in lower case and the plural: pods, "
			"pods/status\n" },
		{ RULE "  namespaces: [argo-*, '', '*', argo]\n",
			"f:6:16: rules[0].namespaces[0]: never matches: must "
			"be the name of a namespace, or \"*\"; what is in none "
			"needs clusterScope\n"
			"f:6:24: rules[0].namespaces[1]: never matches: must "
			"be the name of a namespace, or \"*\"; what is in none "
			"needs clusterScope\n" },
		{ "identity: {tokens: TokenReview}\n" RULE
		  "  serviceAccounts: [argo, 'a:b:c', 'a:*', 'a:b', '*', "
		  "'a:b*']\n",
			"f:7:21: rules[0].serviceAccounts[0]: never matches: "
			"must be namespace:name or namespace:*\n"
			"f:7:27: rules[0].serviceAccounts[1]: never matches: "
			"must be namespace:name or namespace:*\n"
			"f:7:50: rules[0].serviceAccounts[4]: never matches: "
			"must be namespace:name or namespace:*\n"
			"f:7:55: rules[0].serviceAccounts[5]: never matches: "
			"must be namespace:name or namespace:*\n" },
		{ RULE "  userAgents: [argo*]\n"
		       "  names: ['*', p-*]\n",
			"f:6:16: warning: rules[0].userAgents[0]: \"*\" alone "
			"matches anything; in a text it stands for itself "
			"(userAgents are beginnings)\n"
			"f:7:16: warning: rules[0].names[1]: \"*\" alone "
			"matches anything; in a text it stands for itself\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_warnings, rules_behind_those_that_take_all)
{
	static const struct broken CASES[] = {
		{ RULE "  verbs: [create, patch]\n"
		       "  resources: [jobs]\n",
			"f:4:3: warning: rules[0]: never matches: rule "
			"\"writes\" takes all that it could; set a "
			"matchingPrecedence below its 800\n" },
		{ RULE "  verbs: [watch]\n"
		       "  matchingPrecedence: 300\n",
			"f:7:23: warning: rules[0].matchingPrecedence: never "
			"matches: rule \"streams\" takes all that it could; "
			"set a matchingPrecedence below its 200\n" },
		{ RULE "  userAgents: [x]\n"
		       "  matchingPrecedence: 10000\n",
			"f:7:23: warning: rules[0].matchingPrecedence: never "
			"matches: rule \"catch-all\" takes all that it could; "
			"set a matchingPrecedence below its 10000\n" },
		/* What reads is left by the rules before it. */
		{ RULE "  userAgents: [x]\n", "" },
		{ RULE "  verbs: [create, get]\n", "" },
		{ RULE "  verbs: [create]\n"
		       "  nonResourceURLs: [/a]\n", "" },
		/* One in Shadow takes nothing. */
		{ "rules:\n"
		  "- {name: all, lane: reads, matchingPrecedence: 50,\n"
		  "   mode: Shadow}\n"
		  "- {name: x, lane: reads, matchingPrecedence: 50}\n", "" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_warnings, lanes_that_nothing_leads_to)
{
	static const struct broken CASES[] = {
		{ "lanes: [{name: mine, order: 7}]\n",
			"f:3:16: warning: lanes[0].name: no rule and no "
			"overflow leads to this lane\n" },
		{ "lanes:\n"
		  "- {name: mine, order: 7}\n"
		  "- {name: reads, flowQPS: 5, overflow: mine}\n", "" },
		{ "lanes: [{name: mine, order: 7}]\n"
		  "rules: [{name: sweep, lane: mine}]\n", "" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_warnings, what_is_legal_and_unwise)
{
	static const struct broken CASES[] = {
		{ "upstream: {insecureSkipTLSVerify: true}\n",
			"f:3:35: warning: upstream.insecureSkipTLSVerify: "
			"anybody on the way to the API server can read and "
			"change everything, tokens included\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  holdMax: 6m\n",
			"f:5:12: warning: lanes[0].holdMax: is longer than "
			"the 5 minutes after which Argo's health check gives "
			"the controller up\n" },
		{ "lanes:\n"
		  "- name: reads\n"
		  "  waitMax: unlimited\n",
			"f:5:12: warning: lanes[0].waitMax: is longer than "
			"the 5 minutes after which Argo's health check gives "
			"the controller up\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  reserveSeats: 9\n",
			"f:5:17: warning: lanes[0].reserveSeats: is more than "
			"the total, which then does not keep this lane in its "
			"bounds\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  seats: 9\n",
			"f:5:10: warning: lanes[0].seats: is more than total "
			"and reserve together: it never keeps anything\n" },
		{ "total: {adaptive: true}\n"
		  "lanes:\n"
		  "- name: reads\n"
		  "  wideListSeats: 64\n",
			"f:6:18: warning: lanes[0].wideListSeats: is as much "
			"as the total: wide LISTs may take all seats\n" },
		{ "total: {max: 20}\n",
			"f:3:14: warning: total.max: without total.adaptive "
			"the total does not grow above total.initial\n" },
		{ "total: {initial: 65, max: 65}\n", "" },
		{ "total: {max: 65, adaptive: false}\n", "" },
		{ "listen: {address: '0.0.0.0:6443'}\n",
			"f:3:19: warning: listen.address: the certificate "
			"that is made without tlsCertFile is for clients on "
			"this machine only\n" },
		{ "audit: {path: /a}\n",
			"f:3:15: warning: audit.path: is not used: "
			"audit.output is not File\n" },
		{ "limits: {maxStreamsPerConnection: 250}\n",
			"f:3:35: warning: limits.maxStreamsPerConnection: "
			"below 1000, clients open more connections while "
			"requests wait\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  qps: 0\n",
			"f:5:8: warning: lanes[0].qps: 0 refuses every "
			"request of this lane\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  minShare: 55%\n",
			"f:5:13: warning: lanes[0].minShare: the minimum "
			"shares of all lanes are 62.0% together, which "
			"leaves little for their order\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  order: 0\n",
			"f:5:10: warning: lanes[0].order: lane \"writes\" "
			"goes before \"finalizers\"\n" },
		{ "lanes:\n"
		  "- name: finalizers\n"
		  "  order: 9\n",
			"f:5:10: warning: lanes[0].order: lane "
			"\"workflow-status\" goes before \"finalizers\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}
