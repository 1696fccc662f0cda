/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate: whom one is for, and by whom.  The API server knows a client by
 * the subject of its certificate; a renewed one has another key and serial
 * number, and the same names.
 */
#ifndef PROXY_IDENTITY_CERTIFICATE_H
#define PROXY_IDENTITY_CERTIFICATE_H

#include "base/buf.h"

/*
 * Appends issuer and subject of the first certificate in `pem`, as DER.
 * Returns 0, or -1 if there is none.
 */
int certificate_names_read(const char *pem, struct buf *ret_names);

#endif
