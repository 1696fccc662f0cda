/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with one value or key. */
#include "tests/unit/conf/broken.h"

#include <criterion/criterion.h>

#include "base/util.h"

Test(config_errors, unknown_keys_and_the_one_that_was_meant)
{
	static const struct broken CASES[] = {
		{ "lisen: {}\n",
			"f:3:1: lisen: unknown key; did you mean "
			"\"listen\"?\n" },
		{ "listen: {adress: 127.0.0.1:1}\n",
			"f:3:10: listen.adress: unknown key; did you mean "
			"\"address\"?\n" },
		{ "limits:\n"
		  "  maxHeadres: 5\n",
			"f:4:3: limits.maxHeadres: unknown key; did you mean "
			"\"maxHeaders\"?\n" },
		{ "nothing: 1\n", "f:3:1: nothing: unknown key; remove it\n" },
		{ "log:\n"
		  "  Level: info\n",
			"f:4:3: log.Level: unknown key; did you mean "
			"\"level\"?\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  minshare: 3%\n",
			"f:5:3: lanes[0].minshare: unknown key; did you mean "
			"\"minShare\"?\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: writes\n"
		  "  distinguisherMethod:\n"
		  "    typ: ByUser\n",
			"f:7:5: rules[0].distinguisherMethod.typ: unknown "
			"key; did you mean \"type\"?\n" },
		{ "status: {}\n", "f:3:1: status: unknown key; remove it\n" },
		{ "1: 2\n", "f:3:1: 1: unknown key; remove it\n" },
		{ "\"\": 1\n", "f:3:1: \"\": unknown key; remove it\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, mappings_lists_and_text_in_each_others_place)
{
	static const struct broken CASES[] = {
		{ "listen: []\n",
			"f:3:9: listen: must be a mapping, is a list\n" },
		{ "listen: text\n",
			"f:3:9: listen: must be a mapping, is text\n" },
		{ "lanes: {}\n",
			"f:3:8: lanes: must be a list, is a mapping\n" },
		{ "lanes: writes\n",
			"f:3:8: lanes: must be a list, is text; write it as "
			"[...]\n" },
		{ "lanes:\n"
		  "- writes\n"
		  "- [x]\n"
		  "- ~\n",
			"f:4:3: lanes[0]: must be a mapping, is text\n"
			"f:5:3: lanes[1]: must be a mapping, is a list\n"
			"f:6:3: lanes[2]: must be a mapping, is empty\n" },
		{ "listen:\n"
		  "  address: [a]\n",
			"f:4:12: listen.address: must be HOST:PORT, is a "
			"list\n" },
		{ "listen:\n"
		  "  address: {host: a}\n",
			"f:4:12: listen.address: must be HOST:PORT, is a "
			"mapping\n" },
		{ "upstream:\n"
		  "  servers: https://a\n",
			"f:4:12: upstream.servers: must be a list, is text; "
			"write it as [...]\n" },
		{ "upstream:\n"
		  "  servers: [[https://a]]\n",
			"f:4:13: upstream.servers[0]: must be an https URL, "
			"is a list\n" },
		{ "upstream:\n"
		  "  servers: [~]\n",
			"f:4:13: upstream.servers[0]: must be an https URL, "
			"is empty\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: writes\n"
		  "  verbs: {get: true}\n"
		  "  namespaces: a\n",
			"f:6:10: rules[0].verbs: must be a list, is a "
			"mapping\n"
			"f:7:15: rules[0].namespaces: must be a list, is "
			"text; write it as [...]\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, booleans)
{
	static const struct broken CASES[] = {
		{ "admin: {enabled: yes}\n",
			"f:3:18: admin.enabled: must be true or false, is "
			"\"yes\"\n" },
		{ "admin: {enabled: \"true\"}\n",
			"f:3:18: admin.enabled: must be true or false, is "
			"\"true\"; write it without quotes\n" },
		{ "admin: {enabled: 1}\n",
			"f:3:18: admin.enabled: must be true or false, is "
			"\"1\"\n" },
		{ "admin: {enabled: True}\n",
			"f:3:18: admin.enabled: must be true or false, is "
			"\"True\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, whole_numbers)
{
	static const struct broken CASES[] = {
		{ "limits: {maxConnections: 0}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is 0\n" },
		{ "limits: {maxConnections: -1}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"-1\"\n" },
		{ "limits: {maxConnections: 1.5}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"1.5\"\n" },
		{ "limits: {maxConnections: 1e3}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"1e3\"\n" },
		{ "limits: {maxConnections: 0x10}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"0x10\"\n" },
		{ "limits: {maxConnections: \"7\"}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"7\"; write it without quotes\n" },
		{ "limits: {maxConnections: many}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"many\"\n" },
		{ "limits: {maxConnections: 99999999999999999999999}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"99999999999999999999999\"\n" },
		{ "limits: {maxConnections: 1000001}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is 1000001\n" },
		{ "limits: {maxConnections: unlimited}\n",
			"f:3:26: limits.maxConnections: must be 1 to "
			"1000000, is \"unlimited\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, seats_and_rates)
{
	static const struct broken CASES[] = {
		{ "total: {initial: 0}\n",
			"f:3:18: total.initial: must be 1 to 10000, is 0\n" },
		{ "total: {initial: 0.999}\n",
			"f:3:18: total.initial: must be 1 to 10000, is "
			"0.999\n" },
		{ "total: {initial: 4.0001}\n",
			"f:3:18: total.initial: must be 1 to 10000, is "
			"\"4.0001\"; write it as in 8 or 2.5\n" },
		{ "total: {initial: 4.}\n",
			"f:3:18: total.initial: must be 1 to 10000, is "
			"\"4.\"; write it as in 8 or 2.5\n" },
		{ "total: {initial: .5}\n",
			"f:3:18: total.initial: must be 1 to 10000, is "
			"\".5\"; write it as in 8 or 2.5\n" },
		{ "total: {initial: 99999999}\n",
			"f:3:18: total.initial: must be 1 to 10000, is "
			"99999999\n" },
		{ "budget: {qps: -1}\n",
			"f:3:15: budget.qps: must be 0 to 1000000, or "
			"unlimited, is \"-1\"; write it as in 8 or 2.5\n" },
		{ "budget: {qps: \"5\"}\n",
			"f:3:15: budget.qps: must be 0 to 1000000, or "
			"unlimited, is \"5\"; write it without quotes\n" },
		{ "budget: {qps: 2000000}\n",
			"f:3:15: budget.qps: must be 0 to 1000000, or "
			"unlimited, is 2000000\n" },
		{ "budget: {qps: infinite}\n",
			"f:3:15: budget.qps: must be 0 to 1000000, or "
			"unlimited, is \"infinite\"; write it as in 8 or "
			"2.5\n" },
		{ "budget: {burst: 5}\n",
			"f:3:17: budget.burst: has no meaning without a "
			"rate; set the qps that it belongs to, or remove "
			"it\n" },
		{ "budget: {qps: unlimited, burst: 5}\n",
			"f:3:33: budget.burst: has no meaning without a "
			"rate; set the qps that it belongs to, or remove "
			"it\n" },
		{ "budget: {qps: 5, burst: 0}\n",
			"f:3:25: budget.burst: must be 1 to 1000000, is 0\n" },
		{ "budget: {qps: x, burst: 5}\n",
			"f:3:15: budget.qps: must be 0 to 1000000, or "
			"unlimited, is \"x\"; write it as in 8 or 2.5\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, shares)
{
	static const struct broken CASES[] = {
		{ "retry: {budget: 10}\n",
			"f:3:17: retry.budget: must be 0% to 100%, is "
			"\"10\"; did you mean \"10%\"?\n" },
		{ "retry: {budget: 101%}\n",
			"f:3:17: retry.budget: must be 0% to 100%, is 101%\n" },
		{ "retry: {budget: 2.55%}\n",
			"f:3:17: retry.budget: must be 0% to 100%, is "
			"\"2.55%\"; write it as in 10% or 2.5%\n" },
		{ "retry: {budget: '%'}\n",
			"f:3:17: retry.budget: must be 0% to 100%, is \"%\"; "
			"write it as in 10% or 2.5%\n" },
		{ "retry: {budget: ten%}\n",
			"f:3:17: retry.budget: must be 0% to 100%, is "
			"\"ten%\"; write it as in 10% or 2.5%\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, durations)
{
	static const struct broken CASES[] = {
		{ "shutdown: {grace: 30}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is \"30\"; did you mean \"30s\"?\n" },
		{ "shutdown: {grace: -1s}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is \"-1s\"; write it as in 250ms, 30s or "
			"1h30m\n" },
		{ "shutdown: {grace: 1d}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is \"1d\"; write it as in 250ms, 30s or "
			"1h30m\n" },
		{ "shutdown: {grace: 61m}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is 61m\n" },
		{ "shutdown: {grace: s}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is \"s\"; write it as in 250ms, 30s or "
			"1h30m\n" },
		{ "shutdown: {grace: 30 s}\n",
			"f:3:19: shutdown.grace: must be a duration from 0s "
			"to 1h, is \"30 s\"; write it as in 250ms, 30s or "
			"1h30m\n" },
		{ "health: {probeInterval: 1ms}\n",
			"f:3:25: health.probeInterval: must be a duration "
			"from 10ms to 1m, is 1ms\n" },
		{ "gate: {closedMin: 2h}\n",
			"f:3:19: gate.closedMin: must be a duration from "
			"100us to 1m, is 2h\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, sizes)
{
	static const struct broken CASES[] = {
		{ "limits: {maxHeaderBytes: 1Ki}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is 1Ki\n" },
		{ "limits: {maxHeaderBytes: 64KB}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is \"64KB\"; write it as in 65536, 64Ki "
			"or 10Mi\n" },
		{ "limits: {maxHeaderBytes: 64 Ki}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is \"64 Ki\"; write it as in 65536, "
			"64Ki or 10Mi\n" },
		{ "limits: {maxHeaderBytes: -64Ki}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is \"-64Ki\"; write it as in 65536, "
			"64Ki or 10Mi\n" },
		{ "limits: {maxHeaderBytes: 0.5Mi}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is \"0.5Mi\"; write it as in 65536, "
			"64Ki or 10Mi\n" },
		{ "limits: {maxHeaderBytes: 99999999999Ti}\n",
			"f:3:26: limits.maxHeaderBytes: must be a size from "
			"8Ki to 1Mi, is \"99999999999Ti\"; write it as in "
			"65536, 64Ki or 10Mi\n" },
		{ "hold: {maxBytes: unlimited}\n",
			"f:3:18: hold.maxBytes: must be a size from 64Ki to "
			"64Gi, is \"unlimited\"; write it as in 65536, 64Ki "
			"or 10Mi\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, words)
{
	static const struct broken CASES[] = {
		{ "log: {level: trace}\n",
			"f:3:14: log.level: must be error, warn, info or "
			"debug, is \"trace\"\n" },
		{ "log: {level: INFO}\n",
			"f:3:14: log.level: must be error, warn, info or "
			"debug, is \"INFO\"; did you mean \"info\"?\n" },
		{ "log: {format: jsn}\n",
			"f:3:15: log.format: must be text or json, is "
			"\"jsn\"; did you mean \"json\"?\n" },
		{ "lanes:\n"
		  "- name: writes\n"
		  "  type: queued\n",
			"f:5:9: lanes[0].type: must be Queued, Exempt or "
			"Streams, is \"queued\"; did you mean \"Queued\"?\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: writes\n"
		  "  verbs: [GET]\n"
		  "  finalizerEffects: [Remove]\n"
		  "  requests: Resources\n"
		  "  duration: Long\n",
			"f:6:11: rules[0].verbs[0]: must be get, list, "
			"watch, create, update, patch, delete, "
			"deletecollection, proxy, connect, head, post, put "
			"or options, is \"GET\"; did you mean \"get\"?\n"
			"f:7:22: rules[0].finalizerEffects[0]: must be None, "
			"Removes, Adds, Mixed or Writes, is \"Remove\"; did "
			"you mean \"Removes\"?\n"
			"f:8:13: rules[0].requests: must be Any, Resource or "
			"NonResource, is \"Resources\"; did you mean "
			"\"Resource\"?\n"
			"f:9:13: rules[0].duration: must be Any, Short or "
			"LongRunning, is \"Long\"\n" },
		{ "rules:\n"
		  "- name: x\n"
		  "  lane: writes\n"
		  "  verbs: ['**']\n",
			"f:6:11: rules[0].verbs[0]: must be get, list, "
			"watch, create, update, patch, delete, "
			"deletecollection, proxy, connect, head, post, put "
			"or options, is \"**\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, names_and_text)
{
	static const struct broken CASES[] = {
		{ "lanes:\n"
		  "- name: Writes\n"
		  "  order: 1\n",
			"f:4:9: lanes[0].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"Writes\"\n" },
		{ "lanes:\n"
		  "- name: ''\n"
		  "  order: 1\n",
			"f:4:9: lanes[0].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"\"\n" },
		{ "lanes:\n"
		  "- name: -x\n"
		  "  order: 1\n",
			"f:4:9: lanes[0].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"-x\"\n" },
		{ "lanes:\n"
		  "- name: "
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxx\n"
		  "  order: 1\n",
			"f:4:9: lanes[0].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxxxxx...\"\n" },
		{ "rules:\n"
		  "- name: a_b\n"
		  "  lane: writes\n",
			"f:4:9: rules[0].name: must be a name of 1 to 63 "
			"lower-case letters, digits and inner \"-\", is "
			"\"a_b\"\n" },
		{ "upstream: {context: \"a\\n"
		  "b\"}\n",
			"f:3:21: upstream.context: must be text without "
			"control characters, is \"a?b\"\n" },
		{ "upstream: {context: \"a\\x7fb\"}\n",
			"f:3:21: upstream.context: must be text without "
			"control characters, is \"a?b\"\n" },
		{ "admin: {socket: "
		  "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\n",
			"f:3:17: admin.socket: must be text of at most 107 "
			"bytes without control characters, is "
			"\"/"
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			"xxxxx...\"\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, cleartext_is_for_this_machine)
{
#define MUST                                                             \
	"f:3:22: cleartext.address: must be 127.0.0.1:PORT, [::1]:PORT " \
	"or unix:PATH, is "
	static const struct broken CASES[] = {
		{ "cleartext: {address: 0.0.0.0:7444}\n",
			MUST "\"0.0.0.0:7444\"; others connect to "
			     "listen.address, by TLS\n" },
		{ "cleartext: {address: 10.0.0.1:7444}\n",
			MUST "\"10.0.0.1:7444\"; others connect to "
			     "listen.address, by TLS\n" },
		{ "cleartext: {address: '[::]:7444'}\n",
			MUST "\"[::]:7444\"; others connect to "
			     "listen.address, by TLS\n" },
		/* A name could be anything. */
		{ "cleartext: {address: localhost:7444}\n",
			MUST "\"localhost:7444\"; others connect to "
			     "listen.address, by TLS\n" },
		{ "cleartext: {address: /run/x.sock}\n",
			MUST "\"/run/x.sock\"\n" },
		{ "cleartext: {address: 'unix:'}\n",
			MUST "\"unix:\"; the path is missing\n" },
		{ "cleartext: {address: 'unix:/0123456789012345678901234567890"
		  "12345678901234567890123456789012345678901234567890123456789"
		  "01234567890123456'}\n",
			MUST "\"unix:/0123456789012345678901234567890123456789"
			     "01234567890123...\"; the path is too long\n" },
	};
#undef MUST

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(config_errors, addresses)
{
	static const struct broken CASES[] = {
		{ "listen: {address: 127.0.0.1}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"127.0.0.1\"; the port is missing\n" },
		{ "listen: {address: ':7443'}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\":7443\"; the host is no name or address\n" },
		{ "listen: {address: 127.0.0.1:65536}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"127.0.0.1:65536\"; the port must be 0 to 65535\n" },
		{ "listen: {address: 127.0.0.1:-1}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"127.0.0.1:-1\"; the port must be 0 to 65535\n" },
		{ "listen: {address: '::1:7443'}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"::1:7443\"; put an IPv6 address into [ ]\n" },
		{ "listen: {address: '[::1:7443'}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"[::1:7443\"; what stands in [ ] is no IPv6 "
			"address\n" },
		{ "listen: {address: 7443}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"7443\"; the port is missing\n" },
		{ "listen: {address: https://a:1}\n",
			"f:3:19: listen.address: must be HOST:PORT, is "
			"\"https://a:1\"; the port must be 0 to 65535\n" },
		{ "upstream:\n"
		  "  servers:\n"
		  "  - http://a\n"
		  "  - https://a:0\n"
		  "  - https://u@a\n"
		  "  - a b\n",
			"f:5:5: upstream.servers[0]: must be an https URL, "
			"is \"http://a\"; only https:// is supported towards "
			"the API server\n"
			"f:6:5: upstream.servers[1]: must be an https URL, "
			"is \"https://a:0\"; the port must be 1 to 65535\n"
			"f:7:5: upstream.servers[2]: must be an https URL, "
			"is \"https://u@a\"; a user name has no place in a "
			"server's URL\n"
			"f:8:5: upstream.servers[3]: must be an https URL, "
			"is \"a b\"; the host is no name or address\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}
