/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The approver's side of a signature: key and certificate. */
#pragma once

#include <stddef.h>

#include "core/error.h"

/* The common name in a certificate (PEM or DER). -errno, -EBADMSG. */
int certificate_owner(const char *certificate, char *ret, size_t size, struct mb_error *err);
/* A CMS signature of the statement, which is inside, in DER; the caller frees it. key: a file, or a URI that
 * a provider of OpenSSL knows; a passphrase is asked for on the terminal. -EBADMSG: key or certificate cannot
 * be read, or do not belong together; -ENOTSUP: a kind of key that CMS does not take here. */
int approve(const char *statement, const char *key, const char *certificate, unsigned char **ret,
            size_t *ret_size, struct mb_error *err);
