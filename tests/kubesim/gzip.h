/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body that is compressed while it is sent, as the API server does it:
 * level 1, in one stream.
 */
#ifndef TESTS_KUBESIM_GZIP_H
#define TESTS_KUBESIM_GZIP_H

#include <event2/buffer.h>
#include <stdbool.h>
#include <stdint.h>

struct gzip;

/* Whether an Accept-Encoding header asks for it; the API server knows no
 * weights. */
bool gzip_is_accepted(const char *accept_encoding);

/* `body` is borrowed and whole; it is emptied while it is read. */
struct gzip *gzip_new(struct evbuffer *body);
void gzip_free(struct gzip *gzip); /* NULL is fine */

/* Whether all of it is less than `len` bytes, which are how many then. */
bool gzip_is_less(struct gzip *gzip, size_t len, size_t *ret_len);
/* Up to `max` bytes. */
size_t gzip_read(struct gzip *gzip, uint8_t *to, size_t max, bool *ret_end);

#endif
