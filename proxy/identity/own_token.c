/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity/own_token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "conf/text_file.h"

#define TOKEN_MAX ((size_t)64 * 1024)
#define LOOK_EVERY USEC_PER_SEC
/* client-go reads its token file once a minute. */
#define EARLIER_COMES (5 * 60 * USEC_PER_SEC)

/* As client-go: a file may end with a new line. */
static struct span without_space(struct span text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[0]))
		text = span_skip(text, 1);
	while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/* RFC 6750, 2.1: what may stand behind "Bearer ", and in a header field. */
static bool is_token(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	}
	return text.len > 0;
}

static void wipe(struct buf *text)
{
	if (text->data)
		OPENSSL_cleanse(text->data, text->cap);
	buf_fini(text);
}

static int set_token(struct own_token *token, struct span text, struct err *err)
{
	struct buf fresh = BUF_INIT;

	text = without_space(text);
	if (!is_token(text))
		return err_set(err, "holds no bearer token");
	buf_append_str(&fresh, "Bearer ");
	buf_append_span(&fresh, text);
	if (span_eq(buf_span(&fresh), buf_span(&token->authorization))) {
		wipe(&fresh);
		return 0;
	}
	wipe(&token->earlier);
	token->earlier = token->authorization;
	token->authorization = fresh;
	token->earlier_until = 0;
	token->is_of_one_file = token->file != NULL;
	return 0;
}

static int read_file(struct own_token *token, struct err *err)
{
	struct buf text = BUF_INIT;
	struct stat seen;
	int result;

	/* First the stat: a change behind it is seen the next time. */
	if (stat(token->file, &seen) != 0)
		return err_set(err, "%s: %s", token->file, strerror(errno));
	result = text_file_read(token->file, TOKEN_MAX, &text, err);
	if (!result)
		result = set_token(token, buf_span(&text), err);
	wipe(&text);
	if (result)
		return err_prefix(err, "%s", token->file);
	token->seen = seen;
	return 0;
}

int own_token_open(struct own_token *ret_token, const char *file,
	const char *token, struct err *err)
{
	struct own_token own = { .authorization = BUF_INIT,
		.earlier = BUF_INIT };
	int result = 0;

	if (*file) {
		own.file = xstrdup(file);
		result = read_file(&own, err);
	} else if (*token) {
		result = set_token(&own, span_str(token), err);
	}
	if (result)
		own_token_close(&own);
	else
		*ret_token = own;
	return result;
}

void own_token_await(struct own_token *ret_token, const char *file)
{
	*ret_token = (struct own_token){
		.authorization = BUF_INIT,
		.earlier = BUF_INIT,
		.file = xstrdup(file),
	};
}

void own_token_close(struct own_token *token)
{
	wipe(&token->authorization);
	wipe(&token->earlier);
	free(token->file);
	*token = (struct own_token){ 0 };
}

void own_token_succeed(struct own_token *token, struct own_token *fresh)
{
	struct own_token old = *token;
	bool is_same_file =
		old.file && fresh->file && !strcmp(old.file, fresh->file);

	/* It may be half written in this moment. */
	if (is_same_file && buf_len(&fresh->authorization) == 0) {
		own_token_close(fresh);
		return;
	}
	*token = *fresh;
	*fresh = (struct own_token){ 0 };
	wipe(&token->earlier);
	if (span_eq(buf_span(&token->authorization),
		    buf_span(&old.authorization))) {
		token->earlier = old.earlier;
		token->earlier_until = old.earlier_until;
		token->is_of_one_file = old.is_of_one_file && is_same_file;
		old.earlier = BUF_INIT;
	} else {
		token->earlier = old.authorization;
		token->earlier_until = 0;
		token->is_of_one_file = is_same_file;
		old.authorization = BUF_INIT;
	}
	own_token_close(&old);
}

static bool has_changed(const struct own_token *token)
{
	struct stat now;

	/* A Secret's volume swaps a symbolic link: another inode. */
	return stat(token->file, &now) == 0 &&
		(now.st_ino != token->seen.st_ino ||
			now.st_dev != token->seen.st_dev ||
			now.st_size != token->seen.st_size ||
			now.st_mtim.tv_sec != token->seen.st_mtim.tv_sec ||
			now.st_mtim.tv_nsec != token->seen.st_mtim.tv_nsec);
}

struct span own_token_authorization(struct own_token *token, usec_t now)
{
	struct err err;

	if (token->file && now >= token->look_at) {
		token->look_at = usec_add(now, LOOK_EVERY);
		/* It may be half written: the next look is in a second. */
		if (has_changed(token))
			(void)read_file(token, &err);
	}
	if (buf_len(&token->earlier) > 0 && token->earlier_until == 0)
		token->earlier_until = usec_add(now, EARLIER_COMES);
	return buf_len(&token->authorization) ? buf_span(&token->authorization)
					      : SPAN_NONE;
}

static bool is_earlier(
	const struct own_token *token, struct span authorization,
	usec_t came_at)
{
	struct span earlier = buf_span(&token->earlier);

	return earlier.len > 0 && came_at < token->earlier_until &&
		earlier.len == authorization.len &&
		CRYPTO_memcmp(earlier.ptr, authorization.ptr, earlier.len) == 0;
}

struct span own_token_replacement(
	struct own_token *token, struct span authorization, usec_t came_at,
	usec_t now)
{
	struct span fresh;

	token->look_at = 0;
	fresh = own_token_authorization(token, now);
	return is_earlier(token, authorization, came_at) ? fresh : SPAN_NONE;
}
