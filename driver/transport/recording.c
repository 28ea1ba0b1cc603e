/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "transport/record_file.h"

struct recording {
    struct mb_transport transport;
    struct mb_transport_ops ops; /* as much as the link inside offers */
    struct mb_transport *inside;
    struct mb_record_file *file;
    bool open;
    uint64_t received_ns; /* of the bytes in reply */
    uint8_t *reply;       /* a reply comes in pieces and is one line */
    size_t used, size;
};

static struct recording *recording_of(struct mb_transport *t)
{
    return (struct recording *)t;
}

static void put_reply(struct recording *rec)
{
    if (rec->used > 0)
        mb_record_file_put(rec->file, false, rec->received_ns, rec->reply, rec->used);
    rec->used = 0;
}

static void put_comment(struct recording *rec, const char *text)
{
    put_reply(rec);
    mb_record_file_comment(rec->file, text);
}

static void keep(struct recording *rec, const uint8_t *data, size_t n)
{
    size_t size = rec->size ? rec->size : 1024;
    uint8_t *grown;

    while (size < rec->used + n)
        size *= 2;
    if (size != rec->size) {
        grown = realloc(rec->reply, size);
        if (!grown) {
            mb_record_file_stop(rec->file);
            return;
        }
        rec->reply = grown;
        rec->size = size;
    }
    memcpy(rec->reply + rec->used, data, n);
    rec->used += n;
    rec->received_ns = mb_monotonic_ns();
}

static void on_opened(void *userdata)
{
    struct recording *rec = userdata;

    rec->open = true;
    put_comment(rec, "the link is open");
    rec->transport.callbacks->opened(rec->transport.userdata);
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct recording *rec = userdata;

    keep(rec, data, n);
    if (end_of_message || (n > 0 && data[n - 1] == '\n'))
        put_reply(rec);
    rec->transport.callbacks->received(data, n, end_of_message, rec->transport.userdata);
}

static void on_failed(int code, const char *text, void *userdata)
{
    struct recording *rec = userdata;

    rec->open = false;
    put_comment(rec, text);
    rec->transport.callbacks->failed(code, text, rec->transport.userdata);
}

static void on_status(int error, uint8_t status, void *userdata)
{
    struct recording *rec = userdata;

    if (rec->transport.callbacks->status)
        rec->transport.callbacks->status(error, status, rec->transport.userdata);
}

static void on_service_request(uint8_t status, void *userdata)
{
    struct recording *rec = userdata;

    if (rec->transport.callbacks->service_request)
        rec->transport.callbacks->service_request(status, rec->transport.userdata);
}

static void on_appeared(void *userdata)
{
    struct recording *rec = userdata;

    if (rec->transport.callbacks->appeared)
        rec->transport.callbacks->appeared(rec->transport.userdata);
}

static const struct mb_transport_callbacks inside_callbacks = {
    .opened = on_opened,
    .received = on_received,
    .failed = on_failed,
    .status = on_status,
    .service_request = on_service_request,
    .appeared = on_appeared,
};

static int recording_open(struct mb_transport *t, struct mb_error *err)
{
    return recording_of(t)->inside->ops->open(recording_of(t)->inside, err);
}

static void recording_close(struct mb_transport *t)
{
    struct recording *rec = recording_of(t);

    put_reply(rec);
    if (rec->open)
        put_comment(rec, MB_RECORDING_END);
    rec->open = false;
    if (rec->inside)
        rec->inside->ops->close(rec->inside);
}

/* Written down once the link has taken it: a busy link is asked again. */
static int recording_write(struct mb_transport *t, const void *data, size_t n)
{
    struct recording *rec = recording_of(t);
    int r = rec->inside->ops->write(rec->inside, data, n);

    if (r == 0) {
        put_reply(rec);
        mb_record_file_put(rec->file, true, mb_monotonic_ns(), data, n);
    }
    return r;
}

static int recording_request(struct mb_transport *t, size_t max)
{
    return recording_of(t)->inside->ops->request(recording_of(t)->inside, max);
}

static void recording_set_term_char(struct mb_transport *t, int term_char)
{
    recording_of(t)->inside->ops->set_term_char(recording_of(t)->inside, term_char);
}

static void recording_set_lockout(struct mb_transport *t, bool lockout)
{
    recording_of(t)->inside->ops->set_lockout(recording_of(t)->inside, lockout);
}

static int recording_read_status(struct mb_transport *t)
{
    return recording_of(t)->inside->ops->read_status(recording_of(t)->inside);
}

static int recording_watch(struct mb_transport *t)
{
    return recording_of(t)->inside->ops->watch(recording_of(t)->inside);
}

static int recording_clear(struct mb_transport *t)
{
    struct recording *rec = recording_of(t);

    put_comment(rec, "device clear");
    return rec->inside->ops->clear(rec->inside);
}

static void recording_free(struct mb_transport *t)
{
    struct recording *rec = recording_of(t);

    rec->inside = mb_transport_free(rec->inside);
    rec->file = mb_record_file_unref(rec->file);
    free(rec->reply);
    free(rec);
}

/* The ops of the link inside with ours in front of them: NULL where it has none. What depends on the kind of
 * link is that of the one inside. */
static struct mb_transport_ops wrap(const struct mb_transport_ops *inside)
{
    return (struct mb_transport_ops){
        .scheme = inside->scheme,
        .message_based = inside->message_based,
        .open = recording_open,
        .close = recording_close,
        .write = recording_write,
        .request = inside->request ? recording_request : NULL,
        .set_term_char = inside->set_term_char ? recording_set_term_char : NULL,
        .set_lockout = inside->set_lockout ? recording_set_lockout : NULL,
        .read_status = inside->read_status ? recording_read_status : NULL,
        .watch = inside->watch ? recording_watch : NULL,
        .clear = inside->clear ? recording_clear : NULL,
        .free = recording_free,
    };
}

int mb_recording_new(sd_event *event, const char *rest, struct mb_transport **ret, struct mb_error *err)
{
    struct recording *rec;
    const char *address;
    int r = mb_record_file_address(rest, &address, err);

    if (r < 0)
        return r;
    rec = calloc(1, sizeof *rec);
    if (!rec)
        return mb_error_set(err, -ENOMEM, "record:%s: out of memory", rest);
    /* The link first: where there is none the file stays as it is. */
    r = mb_transport_new(event, address, &inside_callbacks, rec, &rec->inside, err);
    if (r == 0) {
        rec->ops = wrap(rec->inside->ops);
        rec->transport.ops = &rec->ops;
        r = mb_record_file_new(rest, rec->ops.message_based ? "message" : "stream", &rec->file, err);
    }
    if (r < 0)
        recording_free(&rec->transport);
    else
        *ret = &rec->transport;
    return r;
}
