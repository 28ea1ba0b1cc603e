/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One finished run as one file: what another machine needs to verify it (docs/decisions/0016). */
#pragma once

#include "record/record.h"

/* Writes the run of the store at a path into a new file: entries, frozen data, seals, recordings. It opens
 * the store for itself, so any thread may call it; takes as long as the disk does. The file is removed when
 * it fails. -ESTALE: the run has not ended; -EEXIST: there is a file already; -errno. */
int mb_bundle_write(const char *store_path, const char *uuid, const char *path, struct mb_error *err);
/* Opens a bundle for everything that reads a store, and tells its only run. Nothing in it is believed yet:
 * mb_store_verify does that. A regular file only; nothing beside it is looked at. -EMEDIUMTYPE, -EBADMSG with
 * the sentence: no bundle, or one with more in it than a record. */
int mb_bundle_open(const char *path, struct mb_store **ret, char ret_uuid[static MB_UUID_SIZE],
                   struct mb_error *err);
