/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/util.h"
#include "policy/sweep/discovery.h"

static const struct span SERVED = SPAN_INIT(
	"{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":"
	"\"example.com/v1\",\"resources\":[{\"name\":\"widgets/status\","
	"\"singularName\":\"\",\"namespaced\":true,\"kind\":\"Widget\",\"verbs\":"
	"[\"get\"]},{\"name\":\"widgets\",\"singularName\":\"widget\","
	"\"namespaced\":true,\"kind\":\"Widget\",\"verbs\":[\"get\",\"list\"]},"
	"{\"name\":\"racks\",\"singularName\":\"rack\",\"namespaced\":false,"
	"\"kind\":\"Rack\",\"verbs\":[\"list\"]}]}");

Test(discovery, finds_by_resource_and_by_kind)
{
	struct sweep_served served;

	cr_assert(sweep_discovery_find(SERVED, SPAN("widgets"), SPAN_NONE,
			  &served) == 1);
	cr_expect(span_eq_str(served.kind, "Widget") && served.is_namespaced);
	/* Not the subresource, which has the same kind and comes first. */
	cr_assert(sweep_discovery_find(SERVED, SPAN_NONE, SPAN("Widget"),
			  &served) == 1);
	cr_expect(span_eq_str(served.resource, "widgets"));
	cr_assert(sweep_discovery_find(
			  SERVED, SPAN_NONE, SPAN("Rack"), &served) == 1);
	cr_expect(span_eq_str(served.resource, "racks") &&
		!served.is_namespaced);
	cr_expect(sweep_discovery_find(SERVED, SPAN("widgets/status"),
			  SPAN_NONE, &served) == 0);
	cr_expect(sweep_discovery_find(
			  SERVED, SPAN_NONE, SPAN("Other"), &served) == 0);
}

Test(discovery, what_is_no_such_list_says_nothing)
{
	static const struct span TEXTS[] = {
		SPAN_INIT(""),
		SPAN_INIT("{}"),
		SPAN_INIT("{\"kind\":\"Status\"}"),
		SPAN_INIT("{\"kind\":\"APIResourceList\",\"resources\":{}}"),
		SPAN_INIT("{\"kind\":\"APIResourceList\",\"resources\":[7]}"),
		SPAN_INIT("{\"kind\":\"APIResourceList\",\"resources\":[{"),
		SPAN_INIT("{\"resources\":[]}"),
	};
	struct sweep_served served;

	for (size_t i = 0; i < ARRAY_SIZE(TEXTS); i++)
		cr_expect(sweep_discovery_find(TEXTS[i], SPAN("widgets"),
				  SPAN_NONE, &served) == -1,
			"%.*s", SPAN_ARG(TEXTS[i]));
}
