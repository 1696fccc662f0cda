/* SPDX-License-Identifier: Apache-2.0 */
/* The section "sweep": its rules, and what is wrong with them. */
#include "tests/unit/conf/broken.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "conf/config.h"

#define HEAD "apiVersion: fairway.dev/v1alpha1\nkind: Configuration\n"
#define RULE                       \
	"sweep:\n"                 \
	"  rules:\n"               \
	"  - name: x\n"            \
	"    apiVersion: v1\n"     \
	"    resource: widgets\n"

Test(sweep_config, defaults)
{
	struct config *config = config_default();
	const struct sweep_config *sweep = &config->sweep;

	cr_expect(sweep->with_argo && sweep->with_events);
	cr_expect(sweep->proofs ==
		(1u << SWEEP_PROOF_LABELLED | 1u << SWEEP_PROOF_GONE |
			1u << SWEEP_PROOF_FINISHED));
	cr_expect(sweep->removals_max == 500 && sweep->share_max == 500);
	cr_expect(sweep->sightings == 3 && sweep->rule_count == 0);
	config_unref(config);
}

static struct config *parse(const char *text)
{
	struct problems problems = PROBLEMS_INIT;
	struct config *config =
		config_parse("f", span_str(text), &problems);
	struct buf lines = BUF_INIT;

	problems_print(&problems, &lines);
	cr_assert(config, "%s", buf_cstr(&lines));
	problems_fini(&problems);
	buf_fini(&lines);
	return config;
}

Test(sweep_config, a_rule_is_read_and_written)
{
	struct config *config = parse(HEAD RULE
		"    finalizer: example.com/cleanup\n"
		"    orphans: true\n"
		"    label: done=yes\n"
		"    settledFor: 1h\n"
		"  - {name: y, apiVersion: example.com/v1, resource: racks,\n"
		"     finalizer: orphan, evenIfProtected: true,\n"
		"     condition: Ready=False, sightings: 1}\n");
	const struct sweep_rule_config *rule = config->sweep.rules;
	struct buf text = BUF_INIT;
	struct config *again;

	cr_assert(config->sweep.rule_count == 2);
	cr_expect(!strcmp(rule[0].finalizer, "example.com/cleanup"));
	cr_expect(rule[0].with_orphans && !strcmp(rule[0].label, "done=yes"));
	cr_expect(rule[0].settled_for == 3600 * USEC_PER_SEC);
	cr_expect(rule[0].sightings == 3 && !*rule[0].condition);
	cr_expect(!strcmp(rule[1].condition, "Ready=False"));
	cr_expect(rule[1].sightings == 1 && rule[1].is_protected_meant);
	config_print(config, &text);
	again = parse(buf_cstr(&text));
	cr_assert(again->sweep.rule_count == 2);
	cr_expect(!strcmp(again->sweep.rules[0].label, "done=yes"));
	cr_expect(!strcmp(again->sweep.rules[1].resource, "racks"));
	buf_fini(&text);
	config_unref(again);
	config_unref(config);
}

Test(sweep_config, which_finalizers_are_kubernetes_own)
{
	static const struct {
		const char *name;
		bool is_protected;
	} ROWS[] = {
		{ "foregroundDeletion", true },
		{ "orphan", true },
		{ "kubernetes", true },
		{ "kubernetes.io/pvc-protection", true },
		{ "batch.kubernetes.io/job-tracking", true },
		{ "orphans", false },
		{ "example.com/orphan", false },
		{ "notkubernetes.io/x", false },
		{ "kubernetes.io.example.com/x", false },
		{ "workflows.argoproj.io/status", false },
		{ "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ROWS); i++)
		cr_expect(sweep_config_is_protected(ROWS[i].name) ==
				ROWS[i].is_protected,
			"%s", ROWS[i].name);
}

Test(sweep_config, what_is_wrong_with_a_rule)
{
	static const struct broken CASES[] = {
		{ RULE "    finalizer: a/b\n",
			"f:5:11: sweep.rules[0].name: demands nothing; set "
			"orphans, label, condition or deletedFor\n" },
		{ RULE "    finalizer: a/b\n"
		       "    deletedFor: 1h\n",
			"f:9:17: warning: sweep.rules[0].deletedFor: alone "
			"proves little: a controller may be down for longer, "
			"and do then what the finalizer waits for\n" },
		{ RULE "    finalizer: orphan\n"
		       "    orphans: true\n",
			"f:8:16: sweep.rules[0].finalizer: is the garbage "
			"collector's or Kubernetes' own; with evenIfProtected: "
			"true it is removed all the same\n" },
		{ RULE "    finalizer: a b\n"
		       "    orphans: true\n",
			"f:8:16: sweep.rules[0].finalizer: must be the name of "
			"a finalizer, as example.com/cleanup\n" },
		{ RULE "    orphans: true\n",
			"f:5:5: sweep.rules[0]: \"finalizer\" is missing; add "
			"\"finalizer: ...\"\n" },
		{ RULE "    finalizer: a/b\n"
		       "    label: done\n",
			"f:9:12: sweep.rules[0].label: must be key=value\n" },
		{ RULE "    finalizer: a/b\n"
		       "    condition: =True\n",
			"f:9:16: sweep.rules[0].condition: must be type=status, "
			"as Complete=True\n" },
		{ RULE "    finalizer: a/b\n"
		       "    orphans: true\n"
		       "  - {name: x, apiVersion: v1, resource: r, finalizer: "
		       "c/d, orphans: true}\n",
			"f:10:12: sweep.rules[1].name: given twice\n" },
		{ "sweep:\n"
		  "  rules:\n"
		  "  - {name: argo, apiVersion: v1, resource: r, finalizer: "
		  "c/d, orphans: true}\n",
			"f:5:12: sweep.rules[0].name: is what Argo's own are "
			"called; take another\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}

Test(sweep_config, what_is_wrong_beside)
{
	static const struct broken CASES[] = {
		{ "sweep: {proofs: []}\n",
			"f:3:17: sweep.proofs: must name those that count; "
			"argo: false looks at none of Argo's\n" },
		{ "sweep: {finalizer: kubernetes.io/x}\n",
			"f:3:20: sweep.finalizer: must be the name of a "
			"controller's finalizer\n" },
		{ "sweep: {sightingsIn: a}\n",
			"f:3:22: sweep.sightingsIn: must be namespace/name of "
			"a ConfigMap\n" },
		{ "sweep: {addWorkflowFinalizerIn: [a/b]}\n",
			"f:3:33: sweep.addWorkflowFinalizerIn: must be names of "
			"namespaces\n" },
	};

	broken_expect(CASES, ARRAY_SIZE(CASES));
}
