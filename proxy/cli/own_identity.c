/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/own_identity.h"

#include "proxy/exchange/principal.h"
#include "proxy/identity/certificate.h"

/* What tells kinds apart; principal.c has the first ones. */
enum {
	KIND_CERTIFICATE = 31,
	KIND_FILE = 32,
};

static uint64_t of_certificate(const char *pem, const struct hash_key *key)
{
	struct buf names = BUF_INIT;
	uint64_t identity = 0;

	if (!certificate_names_read(pem, &names))
		identity = hash_span(key, KIND_CERTIFICATE, buf_span(&names));
	buf_fini(&names);
	return identity;
}

uint64_t own_identity(
	struct source *source, const struct hash_key *key, usec_t now)
{
	const struct own_token *token = &source->token;
	struct span authorization;

	if (source->has_client_cert)
		return of_certificate(source->kubeconfig.client_cert_pem, key);
	authorization = own_token_authorization(&source->token, now);
	if (span_is_empty(authorization))
		return 0;
	if (token->file && !principal_is_named(authorization))
		return hash_span(key, KIND_FILE, span_str(token->file));
	return principal_of(key, authorization);
}

struct span own_identity_replacement(struct source *source,
	const struct hash_key *key, struct span authorization, usec_t came_at,
	usec_t now)
{
	struct span fresh = own_token_replacement(
		&source->token, authorization, came_at, now);
	bool is_named = principal_is_named(authorization);

	if (span_is_absent(fresh) || is_named != principal_is_named(fresh))
		return SPAN_NONE;
	if (is_named)
		return principal_of(key, authorization) ==
				principal_of(key, fresh)
			? fresh
			: SPAN_NONE;
	return source->token.is_of_one_file ? fresh : SPAN_NONE;
}
