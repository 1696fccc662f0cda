/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubeconfig files that there are, and what stands in them by name: of
 * several files the first that has a name decides, as kubectl merges them.
 */
#ifndef CONF_KUBECONFIG_FILES_H
#define CONF_KUBECONFIG_FILES_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/places.h"
#include "conf/yaml_doc.h"

#define KUBE_FILES_MAX 32

struct kube_file {
	char *path;           /* owned */
	struct yaml_doc *doc; /* owned */
};

struct kube_files {
	struct kube_file items[KUBE_FILES_MAX];
	size_t count;
	char *looked; /* owned: where, for people; NULL: nowhere */
};

/* A named entry of clusters, users or contexts, and where it stands. */
struct kube_entry {
	const struct kube_file *file; /* borrowed; NULL: there is none */
	const struct node *node;      /* its "cluster", "user", "context" */
};

/*
 * Reads `path`, or with "" what `places` says.  On 0 and on -1 `files` is to
 * be given to kube_files_fini().
 */
int kube_files_find(struct kube_files *files, const char *path,
	const struct places *places, struct err *err);
void kube_files_fini(struct kube_files *files);

/* Neither clusters nor contexts anywhere. */
bool kube_files_is_empty(const struct kube_files *files);
/* "" if no file names one. */
const char *kube_files_current_context(const struct kube_files *files);
/* The entry `name` of `list`, whose content is its member `inner`. */
struct kube_entry kube_files_entry(const struct kube_files *files,
	const char *list, const char *inner, const char *name);
/* A name in `list` that `name` may have been meant to be; or NULL. */
const char *kube_files_suggest(const struct kube_files *files,
	const char *list, const char *name);

/* The text of a member of an entry, "" if it has none. */
const char *kube_entry_text(const struct kube_entry *entry, const char *key);
bool kube_entry_has(const struct kube_entry *entry, const char *key);

/* Zeroes and frees: leaves no copy of a secret behind. */
void kube_wipe(struct buf *buf);

#endif
