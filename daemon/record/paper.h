/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What others sign: CMS signatures (RFC 5652) and time-stamp answers (RFC 3161), as bytes in DER. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define MB_PAPER_MAX ((size_t)64 << 10)
#define MB_IMPRINT_SIZE 32 /* SHA-256 */

struct CMS_ContentInfo_st;
struct TS_resp_st;
struct x509_store_st;

struct mb_paper {
    char signer[256], issuer[256]; /* names in the certificate, RFC 2253 */
    int64_t from_s, until_s;       /* it is valid, UNIX time */
    char *content;                 /* signature: what was signed, NUL-terminated */
    int64_t time_s;                /* time stamp: its time */
    struct CMS_ContentInfo_st *cms;
    struct TS_resp_st *stamp;
};

/* Reads a signature with its content inside, by one signer whose certificate is inside, and checks that it is
 * of this content. -EBADMSG with a sentence: no such thing. Nobody is trusted yet. */
int mb_paper_signature(const void *der, size_t size, struct mb_paper *ret, struct mb_error *err);
/* Reads the answer of a time-stamp authority and checks that it is about imprint and signed by the
 * certificate inside. As above. */
int mb_paper_stamp(const void *der, size_t size, const unsigned char imprint[static MB_IMPRINT_SIZE],
                   struct mb_paper *ret, struct mb_error *err);
/* Whether a chain of certificates leads from the signer to one of the file, at the time when_s (of a time
 * stamp: its own). -EPERM with a sentence: it does not. Revocation is not looked up. */
int mb_paper_trust(const struct mb_paper *paper, struct x509_store_st *authorities, int64_t when_s,
                   struct mb_error *err);
void mb_paper_clear(struct mb_paper *paper);

/* Certificates in PEM, roots and others. -errno, -EBADMSG: none in it. */
int mb_authorities_load(const char *path, struct x509_store_st **ret, struct mb_error *err);
struct x509_store_st *mb_authorities_free(struct x509_store_st *authorities);

/* A request for a time stamp of imprint, DER, that asks for the authority's certificate. */
int mb_stamp_request(const unsigned char imprint[static MB_IMPRINT_SIZE], unsigned char **ret,
                     size_t *ret_size, struct mb_error *err);
