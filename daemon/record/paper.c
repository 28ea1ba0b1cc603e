/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/paper.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/file.h"

#define AUTHORITIES_MAX ((size_t)1 << 20)

/* The sentence with OpenSSL's own reason behind it; empties its queue. */
static int refuse(struct mb_error *err, const char *sentence)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    int r = mb_error_set(err, -EBADMSG, "%s%s%s%s", sentence, reason ? " (" : "", reason ? reason : "",
                         reason ? ")" : "");

    ERR_clear_error();
    return r;
}

static int unix_time(const ASN1_TIME *time, int64_t *ret)
{
    struct tm tm;

    if (!time || !ASN1_TIME_to_tm(time, &tm))
        return -EBADMSG;
    *ret = (int64_t)timegm(&tm);
    return 0;
}

static int name_text(const X509_NAME *name, char *ret, size_t size)
{
    BIO *out = BIO_new(BIO_s_mem());
    int n = -1;

    if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
        n = BIO_read(out, ret, (int)size - 1);
        ret[n > 0 ? n : 0] = '\0';
    }
    BIO_free(out);
    return n > 0 ? 0 : -EBADMSG;
}

static int certificate_read(X509 *certificate, struct mb_paper *paper, struct mb_error *err)
{
    if (!certificate || unix_time(X509_get0_notBefore(certificate), &paper->from_s) < 0 ||
        unix_time(X509_get0_notAfter(certificate), &paper->until_s) < 0 ||
        name_text(X509_get_subject_name(certificate), paper->signer, sizeof paper->signer) < 0 ||
        name_text(X509_get_issuer_name(certificate), paper->issuer, sizeof paper->issuer) < 0)
        return refuse(err, "the signer's certificate cannot be read");
    return 0;
}

static int content_copy(BIO *content, struct mb_paper *paper, struct mb_error *err)
{
    char *text;
    long size = BIO_get_mem_data(content, &text);

    paper->content = calloc(1, (size_t)(size > 0 ? size : 0) + 1);
    if (!paper->content)
        return -ENOMEM;
    if (size > 0)
        memcpy(paper->content, text, (size_t)size);
    return size > 0 && strlen(paper->content) == (size_t)size
               ? 0
               : mb_error_set(err, -EBADMSG, "the signature is about nothing, or not about a text");
}

static int signature_read(struct mb_paper *paper, BIO *content, struct mb_error *err)
{
    STACK_OF(X509) * signers;
    int r;

    if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(paper->cms)) != 1)
        return refuse(err, "a signature has one signer");
    if (CMS_verify(paper->cms, NULL, NULL, NULL, content, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY) != 1)
        return refuse(err, "the signature is not of what it claims to be about");
    signers = CMS_get0_signers(paper->cms);
    r = certificate_read(sk_X509_value(signers, 0), paper, err);
    sk_X509_free(signers);
    return r < 0 ? r : content_copy(content, paper, err);
}

int mb_paper_signature(const void *der, size_t size, struct mb_paper *ret, struct mb_error *err)
{
    const unsigned char *at = der;
    struct mb_paper paper = {.time_s = 0};
    BIO *content;
    int r;

    if (size == 0 || size > MB_PAPER_MAX)
        return mb_error_set(err, -EBADMSG, "a signature has 1 to %zu bytes", MB_PAPER_MAX);
    paper.cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
    if (!paper.cms || at != (const unsigned char *)der + size ||
        OBJ_obj2nid(CMS_get0_type(paper.cms)) != NID_pkcs7_signed || CMS_is_detached(paper.cms) != 0) {
        mb_paper_clear(&paper);
        return refuse(err, "not a CMS signature in DER with its content inside");
    }
    content = BIO_new(BIO_s_mem());
    r = content ? signature_read(&paper, content, err) : -ENOMEM;
    BIO_free(content);
    if (r < 0)
        mb_paper_clear(&paper);
    else
        *ret = paper;
    return r;
}

static bool is_granted(TS_RESP *stamp)
{
    const ASN1_INTEGER *status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(stamp));
    long value = status ? ASN1_INTEGER_get(status) : -1;

    return (value == TS_STATUS_GRANTED || value == TS_STATUS_GRANTED_WITH_MODS) &&
           TS_RESP_get_tst_info(stamp) && TS_RESP_get_token(stamp);
}

static bool is_about(TS_TST_INFO *info, const unsigned char imprint[static MB_IMPRINT_SIZE])
{
    TS_MSG_IMPRINT *stated = TS_TST_INFO_get_msg_imprint(info);
    const X509_ALGOR *algorithm = TS_MSG_IMPRINT_get_algo(stated);
    const ASN1_OCTET_STRING *bytes = TS_MSG_IMPRINT_get_msg(stated);
    const ASN1_OBJECT *object;

    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    return OBJ_obj2nid(object) == NID_sha256 && ASN1_STRING_length(bytes) == MB_IMPRINT_SIZE &&
           memcmp(ASN1_STRING_get0_data(bytes), imprint, MB_IMPRINT_SIZE) == 0;
}

static int stamp_read(struct mb_paper *paper, const unsigned char imprint[static MB_IMPRINT_SIZE],
                      struct mb_error *err)
{
    TS_TST_INFO *info = TS_RESP_get_tst_info(paper->stamp);
    PKCS7 *token = TS_RESP_get_token(paper->stamp);
    STACK_OF(X509) * signers;
    int r;

    if (!is_about(info, imprint))
        return mb_error_set(err, -EBADMSG, "the time stamp is about something else");
    if (unix_time(TS_TST_INFO_get_time(info), &paper->time_s) < 0 || !PKCS7_type_is_signed(token))
        return refuse(err, "the time stamp cannot be read");
    if (PKCS7_verify(token, NULL, NULL, NULL, NULL, PKCS7_NOVERIFY) != 1)
        return refuse(err, "the time stamp is not signed by the certificate in it");
    signers = PKCS7_get0_signers(token, NULL, 0);
    r = signers && sk_X509_num(signers) == 1 ? certificate_read(sk_X509_value(signers, 0), paper, err)
                                             : refuse(err, "a time stamp has one signer");
    sk_X509_free(signers);
    return r;
}

int mb_paper_stamp(const void *der, size_t size, const unsigned char imprint[static MB_IMPRINT_SIZE],
                   struct mb_paper *ret, struct mb_error *err)
{
    const unsigned char *at = der;
    struct mb_paper paper = {.time_s = 0};
    int r;

    if (size == 0 || size > MB_PAPER_MAX)
        return mb_error_set(err, -EBADMSG, "a time stamp has 1 to %zu bytes", MB_PAPER_MAX);
    paper.stamp = d2i_TS_RESP(NULL, &at, (long)size);
    if (!paper.stamp || at != (const unsigned char *)der + size || !is_granted(paper.stamp))
        r = refuse(err, "not the answer of a time-stamp authority that grants a stamp");
    else
        r = stamp_read(&paper, imprint, err);
    if (r < 0)
        mb_paper_clear(&paper);
    else
        *ret = paper;
    return r;
}

static int trust_signature(const struct mb_paper *paper, X509_STORE *authorities, struct mb_error *err)
{
    BIO *content = BIO_new(BIO_s_mem());
    int ok = 0;

    if (!content)
        return -ENOMEM;
    ok = CMS_verify(paper->cms, NULL, authorities, NULL, content, CMS_BINARY);
    BIO_free(content);
    return ok == 1 ? 0 : refuse(err, "no trusted authority stands behind the certificate");
}

static int trust_stamp(const struct mb_paper *paper, X509_STORE *authorities, struct mb_error *err)
{
    TS_VERIFY_CTX *context = TS_VERIFY_CTX_new();
    int ok;

    if (!context)
        return -ENOMEM;
    TS_VERIFY_CTX_set_flags(context, TS_VFY_VERSION | TS_VFY_SIGNATURE);
    (void)X509_STORE_up_ref(authorities); /* the context takes one */
    (void)TS_VERIFY_CTX_set_store(context, authorities);
    ok = TS_RESP_verify_response(context, paper->stamp);
    TS_VERIFY_CTX_free(context);
    return ok == 1 ? 0 : refuse(err, "no trusted time-stamp authority stands behind it");
}

int mb_paper_trust(const struct mb_paper *paper, X509_STORE *authorities, int64_t when_s,
                   struct mb_error *err)
{
    X509_VERIFY_PARAM *param = X509_STORE_get0_param(authorities);
    int r;

    X509_VERIFY_PARAM_set_time(param, (time_t)(paper->stamp ? paper->time_s : when_s));
    /* Approvers sign no mail: what their certificate is for besides signing does not matter. */
    if (X509_VERIFY_PARAM_set_purpose(param, paper->stamp ? X509_PURPOSE_TIMESTAMP_SIGN : X509_PURPOSE_ANY) !=
        1)
        return refuse(err, "the purpose of certificates cannot be set");
    r = paper->stamp ? trust_stamp(paper, authorities, err) : trust_signature(paper, authorities, err);
    return r == -EBADMSG ? -EPERM : r;
}

void mb_paper_clear(struct mb_paper *paper)
{
    CMS_ContentInfo_free(paper->cms);
    TS_RESP_free(paper->stamp);
    free(paper->content);
    *paper = (struct mb_paper){.time_s = 0};
}

/* How many. */
static int authorities_read(BIO *pem, X509_STORE *store)
{
    X509 *certificate;
    int n = 0;

    while ((certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL))) {
        n += X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    ERR_clear_error(); /* the end of the file is an error there */
    return n;
}

int mb_authorities_load(const char *path, X509_STORE **ret, struct mb_error *err)
{
    X509_STORE *store;
    char *text = NULL;
    size_t size;
    BIO *pem;
    int r = mb_file_read(path, AUTHORITIES_MAX, &text, &size, err);

    if (r < 0)
        return r;
    store = X509_STORE_new();
    pem = BIO_new_mem_buf(text, (int)size);
    if (!store || !pem)
        r = -ENOMEM;
    else if (authorities_read(pem, store) == 0)
        r = mb_error_set(err, -EBADMSG, "%s: no certificate in PEM in it", path);
    BIO_free(pem);
    free(text);
    if (r < 0)
        X509_STORE_free(store);
    else
        *ret = store;
    return r;
}

X509_STORE *mb_authorities_free(X509_STORE *authorities)
{
    X509_STORE_free(authorities);
    return NULL;
}

static TS_MSG_IMPRINT *imprint_new(const unsigned char imprint[static MB_IMPRINT_SIZE])
{
    TS_MSG_IMPRINT *stated = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();

    if (!stated || !algorithm ||
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
        TS_MSG_IMPRINT_set_algo(stated, algorithm) != 1 ||
        TS_MSG_IMPRINT_set_msg(stated, (unsigned char *)imprint, MB_IMPRINT_SIZE) != 1) {
        TS_MSG_IMPRINT_free(stated);
        stated = NULL;
    }
    X509_ALGOR_free(algorithm); /* the imprint has a copy */
    return stated;
}

int mb_stamp_request(const unsigned char imprint[static MB_IMPRINT_SIZE], unsigned char **ret,
                     size_t *ret_size, struct mb_error *err)
{
    TS_REQ *request = TS_REQ_new();
    TS_MSG_IMPRINT *stated = imprint_new(imprint);
    unsigned char *der = NULL, *copy;
    int n = -1;

    if (request && stated && TS_REQ_set_version(request, 1) == 1 &&
        TS_REQ_set_msg_imprint(request, stated) == 1 && TS_REQ_set_cert_req(request, 1) == 1)
        n = i2d_TS_REQ(request, &der);
    TS_MSG_IMPRINT_free(stated);
    TS_REQ_free(request);
    if (n <= 0)
        return refuse(err, "the request for a time stamp cannot be written");
    copy = malloc((size_t)n);
    if (copy)
        memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    if (!copy)
        return -ENOMEM;
    *ret = copy;
    *ret_size = (size_t)n;
    return 0;
}
