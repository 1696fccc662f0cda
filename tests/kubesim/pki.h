/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client needs to reach kubesim, in one folder: a private CA, a
 * server certificate for localhost, two client certificates, a kubeconfig.
 * Certificates that are there already are kept, so that a restarted kubesim
 * is trusted by those who trusted the last one.
 *
 *   ca.crt ca.key  tls.crt tls.key  admin.crt admin.key
 *   argo-cert.crt argo-cert.key  kubeconfig
 */
#ifndef TESTS_KUBESIM_PKI_H
#define TESTS_KUBESIM_PKI_H

#include "base/err.h"

/* Makes the folder and the certificates that are missing in it. */
int pki_prepare(const char *dir, struct err *err);

/* Contexts admin, argo, noisy and so on, as the project's test cluster has. */
int pki_write_kubeconfig(const char *dir, const char *url, struct err *err);

#endif
