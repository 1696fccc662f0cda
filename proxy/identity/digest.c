/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

#include "base/check.h"

void digest_write(struct span bytes, char ret_text[DIGEST_CAP])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	CHECK(EVP_Digest(bytes.ptr, bytes.len, digest, &len, EVP_sha256(),
		      NULL) == 1);
	CHECK(2 * len + 1 == DIGEST_CAP);
	for (unsigned i = 0; i < len; i++)
		snprintf(ret_text + (size_t)i * 2, 3, "%02x", digest[i]);
}
