/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/cli/paths.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "conf/places.h"
#include "conf/text_file.h"

void paths_add(struct paths *paths, const char *path)
{
	if (*path && paths->count < PATHS_MAX)
		paths->items[paths->count++] = text_file_absolute(path);
}

void paths_add_listen(struct paths *paths, const struct config *config)
{
	paths_add(paths, config->listen.tls_cert_file);
	paths_add(paths, config->listen.tls_key_file);
	paths_add(paths, config->identity.client_ca_file);
}

void paths_add_kubeconfigs(struct paths *paths, const char *given)
{
	struct places places = places_from_environment();
	struct span rest = span_str(places.kubeconfig);
	struct buf home = BUF_INIT;

	if (*given) {
		paths_add(paths, given);
	} else if (*places.kubeconfig) {
		while (!span_is_absent(rest)) {
			char *path = span_dup(span_cut(&rest, ':'));

			paths_add(paths, path);
			free(path);
		}
	} else if (*places.home) {
		buf_printf(&home, "%s/.kube/config", places.home);
		paths_add(paths, buf_cstr(&home));
	}
	buf_fini(&home);
}

void paths_fini(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	paths->count = 0;
}

int path_check(const char *path, struct err *err)
{
	struct stat seen;

	if (stat(path, &seen) == 0 && !S_ISREG(seen.st_mode) &&
		!S_ISDIR(seen.st_mode))
		return err_set(err, "is no ordinary file and is read at the "
				    "start only");
	return 0;
}

int paths_check(const struct paths *paths, struct err *err)
{
	for (size_t i = 0; i < paths->count; i++)
		if (path_check(paths->items[i], err))
			return err_prefix(err, "%s", paths->items[i]);
	return 0;
}
