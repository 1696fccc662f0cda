/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static int append_name(const X509_NAME *name, struct buf *ret_names)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name, &der);

	if (len < 0)
		return -1;
	buf_append(ret_names, der, (size_t)len);
	OPENSSL_free(der);
	return 0;
}

int certificate_names_read(const char *pem, struct buf *ret_names)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	int result = -1;

	if (cert &&
		!append_name(X509_get_issuer_name(cert), ret_names) &&
		!append_name(X509_get_subject_name(cert), ret_names))
		result = 0;
	X509_free(cert);
	BIO_free(bio);
	return result;
}
