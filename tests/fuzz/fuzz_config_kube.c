/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a kubeconfig, by a file in memory: it is read or refused with
 * one line of text.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "conf/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct places NOWHERE = { "", "", "", "", "", "", "",
		"", "", "" };
	struct kubeconfig kubeconfig;
	struct err err = { "" };
	char path[64];
	int fd = memfd_create("kubeconfig", MFD_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (kubeconfig_find(&kubeconfig, path, "", &NOWHERE, &err)) {
		CHECK(err.text[0]);
	} else {
		CHECK(kubeconfig.server.host[0]);
		CHECK(!kubeconfig.client_cert_pem[0] ==
			!kubeconfig.client_key_pem[0]);
		kubeconfig_fini(&kubeconfig);
	}
	close(fd);
	return 0;
}
