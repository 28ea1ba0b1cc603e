/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by seal.c, seal_check.c and verify.c. */
#pragma once

#include "record/hash.h"
#include "record/internal.h"
#include "record/paper.h"
#include "record/seal.h"

/* What is sealed: a run as its row says. */
struct mb_seal_subject {
    int64_t run, entries, ended_s; /* ended_s 0: not ended */
    char uuid[MB_UUID_SIZE], head[MB_HASH_SIZE], verdict[32];
    bool simulated;
};

/* One row. */
struct mb_seal {
    int64_t seq, of;
    char type[16], time[48], by[32], hash[MB_HASH_SIZE];
    unsigned char *der;
    size_t size;
    bool whole; /* its hash is right, and all of it could be read */
};
#define MB_SEAL_SIGNATURE "signature"
#define MB_SEAL_STAMP "timestamp"

int mb_seal_subject_read(struct mb_store *store, int64_t run, struct mb_seal_subject *ret,
                         struct mb_error *err);
/* Calls back for each row in order; a negative result of f ends it and is returned. */
int mb_seals_each(struct mb_store *store, const struct mb_seal_subject *subject,
                  int (*f)(const struct mb_seal *seal, void *userdata), void *userdata, struct mb_error *err);

/* What the time stamp of the seal `of` (0: the record) is about. -ENOENT. */
int mb_seal_imprint(struct mb_store *store, const struct mb_seal_subject *subject, int64_t of,
                    unsigned char ret[static MB_IMPRINT_SIZE], struct mb_error *err);
/* A signature as its bytes tell it: of this record, by a certificate that was valid. *ret_statement is new.
 * -EBADMSG with the sentence. */
int mb_seal_signature(const struct mb_seal_subject *subject, const void *der, size_t size,
                      struct mb_paper *ret_paper, json_t **ret_statement, struct mb_error *err);
/* "2026-11-22T05:24:40Z". */
int mb_seal_time_parse(const char *text, int64_t *ret);
void mb_seal_time_text(int64_t time_s, char ret[static 32]);

/* {"ok", "bad": [numbers], "signatures": [...], "timestamps": [...], "problems": [...]}; authorities may be
 * NULL. */
int mb_seals_check(struct mb_store *store, int64_t run, struct x509_store_st *authorities, json_t **ret,
                   struct mb_error *err);
