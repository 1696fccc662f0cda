/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/tunnel.h"

enum {
	H2_NO_ERROR = 0, /* codes of resets are HTTP/2's for both */
};

bool tunnel_may_begin(const struct class *class)
{
	/* An aggregated API server may have any subresource, as consoles. */
	return class->is_long_running ||
		(class->verb == VERB_GET && class->subresource.len > 0);
}

void tunnel_end(struct exchange *ex)
{
	if (ex->has_upstream || !ex->has_downstream || ex->down.peer_ended ||
		!ex->response_body.is_ended ||
		relay_waiting(&ex->response_body) > 0)
		return;
	/* What the client still sends would go nowhere. */
	stream_reset(&ex->down, H2_NO_ERROR);
}
