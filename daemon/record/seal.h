/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures and time stamps of a finished record, beside its chain (docs/decisions/0016). */
#pragma once

#include "record/record.h"

#define MB_STATEMENT_FORMAT "motorbench-statement/1"

/* The statement to be signed, one line of JSON; the caller frees it. -ESTALE with the sentence: simulated,
 * not ended, or the record does not verify. -EINVAL: who or meaning is empty, too long, or not one line. */
int mb_store_statement(struct mb_store *store, const char *uuid, const char *who, const char *meaning,
                       char **ret, struct mb_error *err);
/* Takes a signature (CMS in DER, the statement inside); by: who brought it. Durable when it returns.
 * -ESTALE: as above; -EINVAL with the sentence: not a signature of this record as it stands, or its
 * certificate was not valid then. */
int mb_store_sign(struct mb_store *store, const char *uuid, const void *der, size_t size, const char *by,
                  int64_t *ret_number, struct mb_error *err);

/* A request to a time-stamp authority (RFC 3161, DER) about the record's head, or about its signature of the
 * number of; the caller frees it. -ESTALE: not ended; -ENOENT: no such signature. */
int mb_store_stamp_request(struct mb_store *store, const char *uuid, int64_t of, unsigned char **ret,
                           size_t *ret_size, struct mb_error *err);
/* Takes the answer, whatever of the record it is about. As mb_store_sign. */
int mb_store_stamp(struct mb_store *store, const char *uuid, const void *der, size_t size, const char *by,
                   int64_t *ret_number, struct mb_error *err);

/* mb_store_verify that also says of each seal whether an authority of the file stands behind it; NULL: as
 * mb_store_verify. -ENOENT, -EBADMSG: the file. */
int mb_store_verify_trust(struct mb_store *store, const char *uuid, const char *authorities, json_t **ret,
                          struct mb_error *err);
