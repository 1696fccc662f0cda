/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/kubeconfig_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "conf/suggest.h"
#include "conf/text_file.h"

void kube_wipe(struct buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->cap);
	buf_fini(buf);
}

static int parse_file(struct kube_file *file, const char *path, struct err *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct buf text = BUF_INIT, lines = BUF_INIT;
	struct yaml_doc *doc = NULL;
	struct span first, rest;
	int rc = text_file_read(path, YAML_DOC_BYTES_MAX, &text, err);

	if (rc) {
		err_prefix(err, "%s", path);
		goto out;
	}
	problems_set_file(&problems, path);
	doc = yaml_doc_parse(buf_span(&text), &problems);
	if (problems_has_errors(&problems)) {
		problems_print(&problems, &lines);
		rest = buf_span(&lines);
		first = span_cut(&rest, '\n');
		rc = err_set(err, "%.*s", SPAN_ARG(first));
		yaml_doc_free(doc);
		goto out;
	}
	file->path = text_file_absolute(path);
	file->doc = doc;
out:
	kube_wipe(&text);
	buf_fini(&lines);
	problems_fini(&problems);
	return rc;
}

void kube_files_fini(struct kube_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		yaml_doc_free(files->items[i].doc);
		free(files->items[i].path);
	}
	free(files->looked);
	*files = (struct kube_files){ 0 };
}

static int add_file(struct kube_files *files, const char *path, struct err *err)
{
	if (files->count == KUBE_FILES_MAX)
		return err_set(
			err, "more than %d kubeconfig files", KUBE_FILES_MAX);
	if (parse_file(&files->items[files->count], path, err))
		return -1;
	files->count++;
	return 0;
}

static bool is_absent(const char *path)
{
	return access(path, F_OK) && errno == ENOENT;
}

/* $KUBECONFIG: files that are not there are passed over, as kubectl does. */
static int add_list(struct kube_files *files, const char *list, struct err *err)
{
	struct span rest = span_str(list);
	int rc = 0;

	while (!rc && !span_is_absent(rest)) {
		char *path = span_dup(span_cut(&rest, ':'));

		if (*path && !is_absent(path))
			rc = add_file(files, path, err);
		free(path);
	}
	return rc;
}

int kube_files_find(struct kube_files *files, const char *path,
	const struct places *places, struct err *err)
{
	struct buf home = BUF_INIT;

	*files = (struct kube_files){ 0 };
	if (*path) {
		files->looked = xstrdup(path);
		return add_file(files, path, err);
	}
	if (*places->kubeconfig) {
		files->looked = xstrdup(places->kubeconfig);
		return add_list(files, places->kubeconfig, err);
	}
	if (!*places->home)
		return 0;
	buf_printf(&home, "%s/.kube/config", places->home);
	files->looked = xstrdup(buf_cstr(&home));
	buf_fini(&home);
	return is_absent(files->looked) ? 0
					: add_file(files, files->looked, err);
}

static struct kube_entry root_of(const struct kube_file *file)
{
	return (struct kube_entry){ file, file->doc->root };
}

const char *kube_entry_text(const struct kube_entry *entry, const char *key)
{
	const struct node *member =
		node_member(entry->file->doc, entry->node, key);

	if (!member || member->kind != NODE_SCALAR || node_is_null(member))
		return "";
	return member->text.ptr;
}

bool kube_entry_has(const struct kube_entry *entry, const char *key)
{
	const struct node *member =
		node_member(entry->file->doc, entry->node, key);

	return member && !node_is_null(member);
}

/*
 * Moves on to the next item of that list, through all files in their order;
 * begins with one of no file.  False: there are no more.
 */
static bool next_item(const struct kube_files *files, const char *list,
	struct kube_entry *item)
{
	const struct kube_file *file = files->items;

	if (item->file) {
		item->node = item->node->next;
		file = item->file + 1;
	}
	for (; !item->node; file++) {
		const struct node *items;

		if (file == files->items + files->count)
			return false;
		items = node_member(file->doc, file->doc->root, list);
		item->file = file;
		if (items && items->kind == NODE_SEQUENCE)
			item->node = items->first;
	}
	return true;
}

struct kube_entry kube_files_entry(const struct kube_files *files,
	const char *list, const char *inner, const char *name)
{
	struct kube_entry item = { NULL, NULL };

	while (next_item(files, list, &item)) {
		if (strcmp(kube_entry_text(&item, "name"), name))
			continue;
		item.node = node_member(item.file->doc, item.node, inner);
		return item;
	}
	return (struct kube_entry){ NULL, NULL };
}

const char *kube_files_suggest(const struct kube_files *files,
	const char *list, const char *name)
{
	struct kube_entry item = { NULL, NULL };
	struct suggest suggest;

	suggest_init(&suggest, span_str(name));
	while (next_item(files, list, &item)) {
		const char *other = kube_entry_text(&item, "name");

		if (*other)
			suggest_offer(&suggest, other);
	}
	return suggest.best;
}

const char *kube_files_current_context(const struct kube_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct kube_entry root = root_of(&files->items[i]);
		const char *name = kube_entry_text(&root, "current-context");

		if (*name)
			return name;
	}
	return "";
}

bool kube_files_is_empty(const struct kube_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct kube_entry root = root_of(&files->items[i]);

		if (kube_entry_has(&root, "clusters") ||
			kube_entry_has(&root, "contexts") ||
			kube_entry_has(&root, "current-context"))
			return false;
	}
	return true;
}
