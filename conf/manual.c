/* SPDX-License-Identifier: Apache-2.0 */
/* The schema as a manual page, fairway.yaml(5), in mdoc. */
#include <string.h>

#include "conf/config.h"
#include "conf/lanes.h"
#include "conf/schema.h"
#include "conf/value.h"

static const char HEAD[] =
	".\\\" SPDX-License-Identifier: Apache-2.0\n"
	".\\\" Made from the table in conf/schema_table.c by "
	"`make update-docs`.\n"
	".Dd November 30, 2026\n"
	".Dt FAIRWAY.YAML 5\n"
	".Os\n"
	".Sh NAME\n"
	".Nm fairway.yaml\n"
	".Nd configuration of fairway\n"
	".Sh DESCRIPTION\n"
	"The file that\n"
	".Xr fairway 1\n"
	"is given by\n"
	".Fl -config .\n"
	"It is YAML and begins with\n"
	".Bd -literal -offset indent\n"
	"apiVersion: fairway.dev/v1alpha1\n"
	"kind: Configuration\n"
	".Ed\n"
	".Pp\n"
	"Every other key is optional; one that is absent or empty has its "
	"default.\n"
	"An unknown key, a key given twice, an anchor, an alias, a tag or a "
	"second\n"
	"document is an error.\n"
	".Cm fairway check\n"
	"lists everything that is wrong with a file.\n"
	"The file is read again when it changes, and on SIGHUP; one that is "
	"wrong changes\n"
	"nothing.\n"
	"What is marked\n"
	".Em restart\n"
	"stays as it was until then.\n"
	".Pp\n"
	"A duration is written as in Kubernetes: 250ms, 30s, 1h30m.\n"
	"So is a size: 65536, 64Ki, 10Mi.\n"
	"A relative path begins at the folder that the file is in.\n"
	".Pp\n"
	"An entry of\n"
	".Cm lanes\n"
	"or\n"
	".Cm rules\n"
	"whose name is that of a default one changes that one, and only in the "
	"keys that it\n"
	"gives; any other name makes a new one.\n"
	".Cm fairway config defaults\n"
	"prints all of them.\n"
	".Sh KEYS\n"
	".Bl -tag -width Ds\n";

static const char FOOT[] =
	".El\n"
	".Sh EXAMPLES\n"
	"Another address, and four seats for finalizer removals above the "
	"total:\n"
	".Bd -literal -offset indent\n"
	"apiVersion: fairway.dev/v1alpha1\n"
	"kind: Configuration\n"
	"listen:\n"
	"  address: 127.0.0.1:8443\n"
	"lanes:\n"
	"- {name: finalizers, reserveSeats: 4}\n"
	".Ed\n"
	".Sh SEE ALSO\n"
	".Xr fairway 1 ,\n"
	".Xr kubectl 1\n";

/* One sentence a line; what roff would read as its own is not. */
static void write_text(struct buf *out, const char *text)
{
	bool is_first = true;

	for (; *text; text++) {
		if (is_first && (*text == '.' || *text == '\''))
			buf_append_str(out, "\\&");
		is_first = false;
		if (*text == '\\') {
			buf_append_str(out, "\\e");
		} else if (text[0] == '.' && text[1] == ' ') {
			buf_append_str(out, ".\n");
			text++;
			is_first = true;
		} else {
			buf_append(out, text, 1);
		}
	}
	buf_append_str(out, "\n");
}

/* "1 to 100.  Default: 8." */
static void write_value(
	struct buf *out, const struct schema_key *key, const void *base)
{
	struct buf text = BUF_INIT, value = BUF_INIT;
	const char *place = (const char *)base + key->offset;

	switch (key->type) {
	case SCHEMA_PATH:
		buf_append_str(&text, "A path");
		break;
	case SCHEMA_STRINGS:
		buf_append_str(&text, "A list of text");
		break;
	case SCHEMA_STRING:
		buf_append_str(&text, "Text");
		break;
	case SCHEMA_ENUM_SET:
	case SCHEMA_URLS:
		buf_append_str(&text, "A list: ");
		value_describe(key, &text);
		break;
	case SCHEMA_SECTION:
	case SCHEMA_LIST:
	case SCHEMA_FIXED:
	case SCHEMA_BOOL:
	case SCHEMA_INT:
	case SCHEMA_THOUSANDTHS:
	case SCHEMA_PERCENT:
	case SCHEMA_QPS:
	case SCHEMA_BURST:
	case SCHEMA_DURATION:
	case SCHEMA_DURATION32:
	case SCHEMA_QUANTITY:
	case SCHEMA_QUANTITY32:
	case SCHEMA_NAME:
	case SCHEMA_ENUM:
	case SCHEMA_HOST_PORT:
	case SCHEMA_LOCAL:
		buf_append_str(&text, "A value: ");
		value_describe(key, &text);
		break;
	}
	if (key->flags & SCHEMA_REQUIRED)
		buf_append_str(&text, "; required");
	else if (value_format(key, place, &value) &&
		strcmp(buf_cstr(&value), "\"\"") != 0)
		buf_printf(&text, "; by default %s", buf_cstr(&value));
	buf_append_str(&text, ".");
	write_text(out, buf_cstr(&text));
	if (key->flags & SCHEMA_RESTART)
		buf_append_str(out, ".Em Restart .\n");
	buf_fini(&text);
	buf_fini(&value);
}

struct bases {
	const struct config *config;
	const struct blank_items *blank;
};

static const void *base_of(const struct bases *bases, const char *path)
{
	const void *item = blank_item_of(bases->blank, path);

	return item ? item : bases->config;
}

static void write_keys(
	struct buf *out, const char *parent, const struct bases *bases)
{
	const struct schema_key *key = NULL;

	while ((key = schema_next(parent, key))) {
		if (key->type == SCHEMA_FIXED)
			continue;
		buf_printf(out, ".It Cm %s\n", key->path);
		write_text(out, key->help);
		if (key->type == SCHEMA_LIST) {
			struct buf items = BUF_INIT;

			buf_printf(&items, "%s[]", key->path);
			write_keys(out, buf_cstr(&items), bases);
			buf_fini(&items);
		} else if (key->type == SCHEMA_SECTION) {
			write_keys(out, key->path, bases);
		} else {
			write_value(out, key, base_of(bases, key->path));
		}
	}
}

void config_write_manual(struct buf *ret_mdoc)
{
	struct config *config = config_default();
	struct bases bases = { config, blank_items_new(config->arena) };

	buf_append_str(ret_mdoc, HEAD);
	write_keys(ret_mdoc, "", &bases);
	buf_append_str(ret_mdoc, FOOT);
	config_unref(config);
}
