/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/handed_out.h"

#include <stdlib.h>

#include "base/check.h"
#include "conf/server_url.h"
#include "proxy/cli/inputs.h"
#include "proxy/identity/pki.h"
#include "proxy/observe/log.h"

/* A client on this machine cannot connect to "any address". */
static struct span host_for_clients(struct span host)
{
	if (span_eq_str(host, "0.0.0.0"))
		return SPAN("127.0.0.1");
	if (span_eq_str(host, "::"))
		return SPAN("::1");
	return host;
}

static bool is_in_local_certificate(struct span host)
{
	return span_eq_str(host, "127.0.0.1") || span_eq_str(host, "::1") ||
		span_eq_str(host, "localhost");
}

int handed_out_write(const char *path, const char *listen,
	struct inputs *inputs, struct pki *pki, struct log *log,
	struct err *err)
{
	const struct kubeconfig *found = &inputs->source.kubeconfig;
	bool has_found = inputs->source.has_kubeconfig;
	struct span host = SPAN_NONE;
	uint16_t port = 0;
	char *address;
	struct buf *cert_file = &inputs->listen.cert_file;
	bool has_cert_file = buf_len(cert_file) > 0;
	struct buf server = BUF_INIT;
	/* Not what impersonates clients: they have their own. */
	bool passes_on = has_found && !inputs->listen.client_ca;
	struct client_kubeconfig parts = {
		/* The chain itself: client-go takes a leaf as trusted too. */
		.ca_pem = buf_cstr(has_cert_file ? cert_file : &pki->ca_pem),
		.namespace = has_found ? found->namespace : "",
		.token = passes_on ? found->token : "",
		.token_file = passes_on ? found->token_file : "",
		.exec_yaml = passes_on ? found->exec_yaml : "",
		.client_cert_pem = "",
		.client_key_pem = "",
	};
	int result;

	CHECK(!host_port_split(span_str(listen), &host, &port, err));
	host = host_for_clients(host);
	address = host_port_join(host, port);
	if (!has_cert_file && !is_in_local_certificate(host))
		log_event(log, LOG_LEVEL_WARN,
			"the local certificate is for localhost, 127.0.0.1 and "
			"::1 only: set listen.tlsCertFile and "
			"listen.tlsPrivateKeyFile",
			LOG_FIELDS(LOG_STR("address", listen)));
	if (inputs->source.has_client_cert) {
		parts.client_cert_pem = buf_cstr(&pki->client_cert_pem);
		parts.client_key_pem = buf_cstr(&pki->client_key_pem);
	}
	buf_printf(&server, "https://%s", address);
	parts.server = buf_cstr(&server);
	result = kubeconfig_write(path, &parts, err);
	if (result)
		err_prefix(err, "the kubeconfig for the clients, %s", path);
	buf_fini(&server);
	free(address);
	return result;
}
