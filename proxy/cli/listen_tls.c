/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/listen_tls.h"

#include "conf/kubeconfig_files.h"
#include "conf/text_file.h"

#define PEM_MAX ((size_t)1 << 20)

static int read_files(struct listen_tls *tls,
	const struct listen_config *config, struct err *err)
{
	if (text_file_read(
		    config->tls_cert_file, PEM_MAX, &tls->cert_file, err))
		return err_prefix(err, "listen.tlsCertFile: %s",
			config->tls_cert_file);
	if (text_file_read(config->tls_key_file, PEM_MAX, &tls->key_file, err))
		return err_prefix(err, "listen.tlsPrivateKeyFile: %s",
			config->tls_key_file);
	return 0;
}

static int read_client_ca(
	struct listen_tls *tls, const char *path, struct err *err)
{
	if (text_file_read(path, PEM_MAX, &tls->client_ca_file, err))
		goto fail;
	tls->client_ca = client_ca_new(buf_span(&tls->client_ca_file), err);
	if (!tls->client_ca)
		goto fail;
	return 0;
fail:
	return err_prefix(err, "identity.clientCAFile: %s", path);
}

int listen_tls_open(struct listen_tls *ret_tls,
	const struct config *config, const struct pki *pki,
	bool demand_client_cert, struct err *err)
{
	struct listen_tls tls = { .cert_file = BUF_INIT,
		.key_file = BUF_INIT,
		.client_ca_file = BUF_INIT };
	struct tls_server_settings settings = {
		.cert_pem = buf_span(&pki->server_cert_pem),
		.key_pem = buf_span(&pki->server_key_pem),
	};

	if (*config->listen.tls_cert_file) {
		if (read_files(&tls, &config->listen, err))
			goto fail;
		settings.cert_pem = buf_span(&tls.cert_file);
		settings.key_pem = buf_span(&tls.key_file);
	}
	if (demand_client_cert) {
		settings.client_ca_pem = buf_span(&pki->ca_pem);
		settings.demand_client_cert = true;
	} else if (*config->identity.client_ca_file) {
		if (read_client_ca(
			    &tls, config->identity.client_ca_file, err))
			goto fail;
		settings.client_ca_pem = buf_span(&tls.client_ca_file);
		settings.takes_any_cert = true;
	}
	tls.context = tls_server_new(&settings, err);
	if (!tls.context) {
		err_prefix(err, "TLS for clients");
		goto fail;
	}
	*ret_tls = tls;
	return 0;
fail:
	listen_tls_close(&tls);
	return -1;
}

void listen_tls_close(struct listen_tls *tls)
{
	tls_context_unref(tls->context);
	buf_fini(&tls->cert_file);
	kube_wipe(&tls->key_file);
	buf_fini(&tls->client_ca_file);
	client_ca_free(tls->client_ca);
	*tls = (struct listen_tls){ 0 };
}

bool listen_tls_is_same(
	const struct listen_tls *tls, const struct listen_tls *other)
{
	return span_eq(buf_span(&tls->cert_file),
		       buf_span(&other->cert_file)) &&
		span_eq(buf_span(&tls->key_file), buf_span(&other->key_file)) &&
		span_eq(buf_span(&tls->client_ca_file),
			buf_span(&other->client_ca_file));
}
