/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "motorbench/approve.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdlib.h>
#include <string.h>

#include "record/paper.h"

static int refuse(struct mb_error *err, const char *name, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    (void)mb_error_set(err, -EBADMSG, "%s: %s%s%s%s", name, what, reason ? " (" : "", reason ? reason : "",
                       reason ? ")" : "");
    ERR_clear_error();
    return -EBADMSG;
}

/* The first object of that type (OSSL_STORE_INFO_...) behind a file name or URI. */
static OSSL_STORE_INFO *load(const char *name, int type)
{
    OSSL_STORE_CTX *store = OSSL_STORE_open(name, UI_OpenSSL(), NULL, NULL, NULL);
    OSSL_STORE_INFO *info = NULL;

    if (!store)
        return NULL;
    if (OSSL_STORE_expect(store, type))
        while (!info && !OSSL_STORE_eof(store)) {
            info = OSSL_STORE_load(store);
            if (!info && OSSL_STORE_error(store))
                break;
            if (info && OSSL_STORE_INFO_get_type(info) != type) {
                OSSL_STORE_INFO_free(info);
                info = NULL;
            }
        }
    (void)OSSL_STORE_close(store);
    return info;
}

static int load_certificate(const char *name, X509 **ret, struct mb_error *err)
{
    OSSL_STORE_INFO *info = load(name, OSSL_STORE_INFO_CERT);

    *ret = info ? OSSL_STORE_INFO_get1_CERT(info) : NULL;
    OSSL_STORE_INFO_free(info);
    return *ret ? 0 : refuse(err, name, "no certificate could be read");
}

static int load_key(const char *name, EVP_PKEY **ret, struct mb_error *err)
{
    OSSL_STORE_INFO *info = load(name, OSSL_STORE_INFO_PKEY);

    *ret = info ? OSSL_STORE_INFO_get1_PKEY(info) : NULL;
    OSSL_STORE_INFO_free(info);
    return *ret ? 0 : refuse(err, name, "no private key could be read");
}

int certificate_owner(const char *certificate, char *ret, size_t size, struct mb_error *err)
{
    X509 *x509;
    int n, r = load_certificate(certificate, &x509, err);

    if (r < 0)
        return r;
    n = X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, ret, (int)size);
    X509_free(x509);
    return n > 0 ? 0
                 : mb_error_set(err, -EBADMSG, "%s: the certificate has no common name: say --name",
                                certificate);
}

static int to_der(CMS_ContentInfo *cms, unsigned char **ret, size_t *ret_size, struct mb_error *err)
{
    unsigned char *der = NULL, *copy;
    int n = i2d_CMS_ContentInfo(cms, &der);

    if (n <= 0 || (size_t)n > MB_PAPER_MAX) {
        OPENSSL_free(der);
        return refuse(err, "signature", "too large, or it cannot be written");
    }
    copy = malloc((size_t)n);
    if (copy)
        memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    if (!copy)
        return mb_error_set(err, -ENOMEM, "not enough memory");
    *ret = copy;
    *ret_size = (size_t)n;
    return 0;
}

static int sign_with(const char *statement, EVP_PKEY *key, X509 *certificate, unsigned char **ret,
                     size_t *ret_size, struct mb_error *err)
{
    BIO *content = BIO_new_mem_buf(statement, -1);
    CMS_ContentInfo *cms;
    int r;

    if (EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448")) {
        BIO_free(content);
        return mb_error_set(err, -ENOTSUP,
                            "an EdDSA key makes no CMS signature with OpenSSL 3.0: use EC or RSA");
    }
    cms = content ? CMS_sign(certificate, key, NULL, content, CMS_BINARY) : NULL;
    BIO_free(content);
    r = cms ? to_der(cms, ret, ret_size, err) : refuse(err, "signature", "it cannot be made");
    CMS_ContentInfo_free(cms);
    return r;
}

int approve(const char *statement, const char *key, const char *certificate, unsigned char **ret,
            size_t *ret_size, struct mb_error *err)
{
    EVP_PKEY *pkey = NULL;
    X509 *x509 = NULL;
    int r = load_certificate(certificate, &x509, err);

    if (r == 0)
        r = load_key(key, &pkey, err);
    if (r == 0 && X509_check_private_key(x509, pkey) != 1)
        r = refuse(err, key, "not the key of that certificate");
    if (r == 0)
        r = sign_with(statement, pkey, x509, ret, ret_size, err);
    EVP_PKEY_free(pkey);
    X509_free(x509);
    return r;
}
