/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures and time stamps of a finished record, beside its chain (docs/decisions/0016). */
#pragma once

#include "record/hash.h"
#include "record/record.h"

#define MB_STATEMENT_FORMAT "motorbench-statement/1"

/* The statement to be signed, one line of JSON; the caller frees it. -ESTALE with the sentence: simulated,
 * not ended, or the record does not verify. -EINVAL: who or meaning is empty, too long, or not one line. */
int mb_store_statement(struct mb_store *store, const char *uuid, const char *who, const char *meaning,
                       char **ret, struct mb_error *err);
/* What was checked of a seal, until it is taken. */
struct mb_sealing {
    const char *type;
    int64_t run, of;
    char head[MB_HASH_SIZE]; /* of the record, as it was then */
};

/* Whether this is a signature (CMS in DER, the statement inside) that the record can take; changes nothing.
 * -ESTALE: as above; -EINVAL with the sentence: not a signature of this record as it stands, or its
 * certificate was not valid then. */
int mb_store_sign_check(struct mb_store *store, const char *uuid, const void *der, size_t size,
                        struct mb_sealing *ret, struct mb_error *err);
/* Likewise the answer of a time-stamp authority, whatever of the record it is about. */
int mb_store_stamp_check(struct mb_store *store, const char *uuid, const void *der, size_t size,
                         struct mb_sealing *ret, struct mb_error *err);
/* Takes what was checked; by: who brought it. Durable when it returns, and as quick as any entry. -ESTALE:
 * the record has changed since. */
int mb_store_seal(struct mb_store *store, const struct mb_sealing *sealing, const void *der, size_t size,
                  const char *by, int64_t *ret_number, struct mb_error *err);

/* A request to a time-stamp authority (RFC 3161, DER) about the record's head, or about its signature of the
 * number of; the caller frees it. -ESTALE: not ended; -ENOENT: no such signature. */
int mb_store_stamp_request(struct mb_store *store, const char *uuid, int64_t of, unsigned char **ret,
                           size_t *ret_size, struct mb_error *err);

/* mb_store_verify that also says of each seal whether an authority of the file stands behind it; NULL: as
 * mb_store_verify. -ENOENT, -EBADMSG: the file. */
int mb_store_verify_trust(struct mb_store *store, const char *uuid, const char *authorities, json_t **ret,
                          struct mb_error *err);
