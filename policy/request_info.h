/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path, method and query of a request as the API server's RequestInfoFactory
 * reads them (apiserver/pkg/endpoints/request/requestinfo.go), with the API
 * prefixes "api" and "apis", of which "api" has no group.
 *
 *	/api/{version}/namespaces/{namespace}/{resource}/{name}/{subresource}
 *	/apis/{group}/{version}/{resource}/{name}/{subresource}
 *	/api/{version}/watch/…   /api/{version}/proxy/…
 *
 * The path is percent-decoded once and then split, so that an encoded slash
 * separates like any other; nothing is normalised.
 */
#ifndef POLICY_REQUEST_INFO_H
#define POLICY_REQUEST_INFO_H

#include "policy/class.h"

/*
 * Fills in everything of `class` but the finalizer effect.  `scratch` has room
 * for target.len bytes and must live as long as the class.
 *
 * One thing is not read: a list's labelSelector is not parsed, so a list whose
 * selector is refused (400) still has the name of its field selector.
 */
void request_info_read(struct span method, struct span target, char *scratch,
	struct class *ret_class);

#endif
