/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scpi/engine.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/timer.h"
#include "scpi/frame.h"
#include "transport/transport.h"

#define RENEWALS_MAX                                                                                         \
    3 /* renewals in a row without one good reply between them: the device talks by itself                   \
       */
#define BUSY_RETRY_US 2000 /* the link has not yet taken the previous command */
#define REQUEST_SIZE 65536 /* bytes asked for at once on message links */
/* A device clear aborts, empties, polls and resets the port, however short a reply may take. */
#define CLEAR_S 5.0
#define STATUS_POLL_US 20000 /* between two looks at the status byte */
#define STATUS_MAV 0x10      /* IEEE 488.2: a reply is there */

enum link_state {
    LINK_CLOSED,
    LINK_OPENING,  /* asked for by the owner */
    LINK_RENEWING, /* cleared or opened again by the engine */
    LINK_READY,
};

struct command {
    struct command *next;
    char *text; /* with terminator */
    size_t length;
    enum mb_reply_shape reply;
    double timeout_s;
    unsigned epoch; /* 0: any */
    mb_engine_done done;
    void *userdata;
};

struct mb_engine {
    sd_event *event;
    struct mb_transport *transport;
    struct mb_engine_settings settings;
    const struct mb_engine_events *events;
    void *userdata;
    enum link_state state;
    struct command *head, *tail; /* waiting */
    unsigned queued;
    struct command *current; /* query whose reply is awaited */
    sd_event_source
        *pump; /* sends the next command in the next turn of the loop; armed when there may be one */
    sd_event_source *later; /* ... at a later time */
    bool awaits_status;     /* the reply of the current query is not fetched yet: the status byte is polled */
    sd_event_source *poll;  /* the next look at it */
    sd_event_source *deadline; /* of opening, or of the current query */
    uint64_t quiet_until_ns;   /* minimum gap */
    uint64_t head_since_ns;    /* when the link first refused the head of the queue; 0: it did not */
    unsigned renewals, epoch;
    uint8_t *buffer; /* bytes of the current reply */
    size_t used, size;
};

static const char *const terminators[] = {
    [MB_TERMINATOR_LF] = "\n", [MB_TERMINATOR_CRLF] = "\r\n", [MB_TERMINATOR_CR] = "\r"};

/* The last byte of a reply line. */
static char read_end(const struct mb_engine_settings *settings)
{
    return settings->read_terminator == MB_TERMINATOR_CR ? '\r' : '\n';
}

static struct command *command_free(struct command *c)
{
    if (c)
        free(c->text);
    free(c);
    return NULL;
}

static void command_answer(struct command *c, int error, const char *text, const uint8_t *data, size_t n)
{
    if (c->done)
        c->done(error, text, data, n, c->userdata);
    (void)command_free(c);
}

static void engine_disarm(struct mb_engine *e)
{
    e->awaits_status = false;
    (void)sd_event_source_set_enabled(e->poll, SD_EVENT_OFF);
    (void)sd_event_source_set_enabled(e->deadline, SD_EVENT_OFF);
}

static void engine_arm(struct mb_engine *e, double seconds)
{
    mb_timer_arm(e->deadline, seconds);
}

static void engine_arm_opening(struct mb_engine *e)
{
    bool clears = e->transport->ops->clear && e->settings.timeout_s < CLEAR_S;

    engine_arm(e, clears ? CLEAR_S : e->settings.timeout_s);
}

static void engine_wake(struct mb_engine *e)
{
    (void)sd_event_source_set_enabled(e->pump, SD_EVENT_ONESHOT);
}

static void engine_wake_later(struct mb_engine *e, uint64_t delay_us)
{
    (void)sd_event_source_set_time_relative(e->later, delay_us);
    (void)sd_event_source_set_enabled(e->later, SD_EVENT_ONESHOT);
}

/* Answers the current and all waiting commands. What a callback submits meanwhile stays queued behind. */
static void engine_answer_all(struct mb_engine *e, int error, const char *text)
{
    struct command *list = e->head, *c = e->current;

    e->current = NULL;
    e->head = e->tail = NULL;
    e->queued = 0;
    e->used = 0;
    e->head_since_ns = 0;
    if (c)
        command_answer(c, error, text, NULL, 0);
    while ((c = list)) {
        list = c->next;
        command_answer(c, error, text, NULL, 0);
    }
}

static void engine_fail(struct mb_engine *e, int code, const char *text)
{
    struct mb_error copy;

    (void)mb_error_set(&copy, code, "%s", text); /* text may belong to the transport that is closed now */
    e->transport->ops->close(e->transport);
    e->state = LINK_CLOSED;
    engine_disarm(e);
    engine_answer_all(e, code, copy.text);
    e->events->failed(code, copy.text, e->userdata);
}

/* Begins a new epoch. The caller must not touch the engine's command state after it. */
static void engine_renew(struct mb_engine *e, const char *why)
{
    struct mb_transport *t = e->transport;
    struct mb_error err = {0};
    int r;

    if (e->state != LINK_READY)
        return;
    mb_debug("link renewed: %s", why);
    e->used = 0;
    if (++e->renewals > RENEWALS_MAX) {
        engine_fail(e, -EPROTO, why);
        return;
    }
    e->state = LINK_RENEWING;
    e->epoch++;
    engine_arm_opening(e);
    if (t->ops->clear) {
        r = t->ops->clear(t);
    } else {
        t->ops->close(t);
        r = t->ops->open(t, &err);
    }
    if (r < 0)
        engine_fail(e, r, err.text[0] ? err.text : strerror(-r));
}

/* Ends the current query. Its owner hears of it first: what it then queues goes out on the renewed link. */
static void engine_finish(struct mb_engine *e, int error, const char *text, const uint8_t *data, size_t n)
{
    struct command *c = e->current;

    e->current = NULL;
    engine_disarm(e);
    e->quiet_until_ns = mb_monotonic_ns() + (uint64_t)(e->settings.gap_s * 1e9);
    if (error == 0 && c->reply != MB_REPLY_NONE)
        e->renewals = 0;
    engine_wake(e);
    command_answer(c, error, text, data, n);
    if (error < 0)
        engine_renew(e, text);
}

static void engine_finish_error(struct mb_engine *e, int error, const char *what)
{
    struct mb_error err;

    (void)mb_error_set(&err, error, "%.*s: %s", (int)strcspn(e->current->text, "\r\n"), e->current->text,
                       what);
    engine_finish(e, error, err.text, NULL, 0);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_engine *e = userdata;

    if (mb_timer_was_late(source, usec))
        return 0;
    if (e->current)
        engine_finish_error(e, -ETIMEDOUT, "no complete reply in time");
    else if (e->state == LINK_OPENING || e->state == LINK_RENEWING)
        engine_fail(e, -ETIMEDOUT, "the link did not open in time");
    return 0;
}

static void on_opened(void *userdata)
{
    struct mb_engine *e = userdata;
    bool asked = e->state == LINK_OPENING;

    if (e->state != LINK_OPENING && e->state != LINK_RENEWING)
        return;
    e->state = LINK_READY;
    e->used = 0;
    engine_disarm(e);
    engine_wake(e);
    if (asked) {
        e->renewals = 0;
        e->events->opened(e->userdata);
    }
}

static void on_failed(int code, const char *text, void *userdata)
{
    engine_fail(userdata, code, text);
}

static int buffer_append(struct mb_engine *e, const uint8_t *data, size_t n)
{
    size_t limit = e->current->reply == MB_REPLY_BLOCK ? MB_ENGINE_BLOCK_MAX + 64 : MB_ENGINE_LINE_MAX + 2;
    size_t size = e->size ? e->size : 1024;
    uint8_t *grown;

    if (n > limit - e->used)
        return -EMSGSIZE;
    while (size < e->used + n + 1)
        size *= 2;
    if (size != e->size) {
        grown = realloc(e->buffer, size);
        if (!grown)
            return -ENOMEM;
        e->buffer = grown;
        e->size = size;
    }
    memcpy(e->buffer + e->used, data, n);
    e->used += n;
    e->buffer[e->used] = '\0';
    return 0;
}

static const char *frame_problem(int r)
{
    switch (r) {
    case -EMSGSIZE:
        return "the reply is longer than allowed";
    case -ENOMEM:
        return "out of memory for the reply";
    default:
        return "the reply is garbled";
    }
}

/* -EAGAIN: the rest of the message comes. A link that still owes bytes of the last request (-EBUSY) goes on
 * by itself. */
static int await_more(struct mb_engine *e)
{
    int r = e->transport->ops->request(e->transport, REQUEST_SIZE);

    return r == 0 || r == -EBUSY ? -EAGAIN : -EPROTO;
}

static void on_received(const uint8_t *data, size_t n, bool end_of_message, void *userdata)
{
    struct mb_engine *e = userdata;
    struct mb_frame frame;
    int r;

    if (e->state != LINK_READY)
        return;
    if (!e->current) {
        engine_renew(e, "the instrument sent bytes that nobody asked for");
        return;
    }
    r = buffer_append(e, data, n);
    if (r == 0 && e->transport->ops->message_based && !end_of_message)
        r = await_more(e);
    else if (r == 0)
        r = mb_frame_find(e->buffer, e->used, e->current->reply, e->settings.read_terminator, end_of_message,
                          &frame);
    if (r == -EAGAIN)
        return;
    if (r < 0) {
        engine_finish_error(e, r, frame_problem(r));
    } else if (frame.used != e->used) {
        engine_finish_error(e, -EPROTO, "more than one reply came");
    } else {
        e->used = 0;
        e->buffer[frame.offset + frame.length] = '\0';
        engine_finish(e, 0, "", e->buffer + frame.offset, frame.length);
    }
}

/* ---- fetching a reply, on message links ---- */

static void engine_request(struct mb_engine *e)
{
    int r;

    e->awaits_status = false;
    r = e->transport->ops->request(e->transport, REQUEST_SIZE);
    if (r < 0)
        engine_finish_error(e, r, strerror(-r));
}

static void engine_poll_later(struct mb_engine *e)
{
    (void)sd_event_source_set_time_relative(e->poll, STATUS_POLL_US);
    (void)sd_event_source_set_enabled(e->poll, SD_EVENT_ONESHOT);
}

/* Where the status cannot be had the reply is awaited as on any other link. */
static void engine_poll_status(struct mb_engine *e)
{
    int r = e->transport->ops->read_status(e->transport);

    if (r == -EBUSY)
        engine_poll_later(e);
    else if (r < 0)
        engine_request(e);
}

static int on_poll(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct mb_engine *e = userdata;

    (void)source;
    (void)usec;
    if (e->state == LINK_READY && e->current && e->awaits_status)
        engine_poll_status(e);
    return 0;
}

static void on_status(int error, uint8_t status, void *userdata)
{
    struct mb_engine *e = userdata;

    if (e->state != LINK_READY || !e->current || !e->awaits_status)
        return;
    if (error < 0 || status & STATUS_MAV)
        engine_request(e);
    else
        engine_poll_later(e);
}

static void on_service_request(uint8_t status, void *userdata)
{
    struct mb_engine *e = userdata;

    if (e->events->service_request)
        e->events->service_request(status, e->userdata);
    if (e->state == LINK_READY && e->current && e->awaits_status && status & STATUS_MAV)
        engine_request(e);
}

static void engine_fetch(struct mb_engine *e)
{
    const struct mb_transport_ops *ops = e->transport->ops;

    if (e->settings.term_char && ops->set_term_char)
        ops->set_term_char(e->transport,
                           e->current->reply == MB_REPLY_BLOCK ? -1 : (unsigned char)read_end(&e->settings));
    e->awaits_status = e->settings.status_byte && ops->read_status;
    if (e->awaits_status)
        engine_poll_status(e);
    else
        engine_request(e);
}

static void on_appeared(void *userdata)
{
    struct mb_engine *e = userdata;

    if (e->state == LINK_CLOSED && e->events->appeared)
        e->events->appeared(e->userdata);
}

static const struct mb_transport_callbacks transport_callbacks = {
    .opened = on_opened,
    .received = on_received,
    .failed = on_failed,
    .status = on_status,
    .service_request = on_service_request,
    .appeared = on_appeared,
};

static struct command *queue_pop(struct mb_engine *e)
{
    struct command *c = e->head;

    e->head = c->next;
    if (!e->head)
        e->tail = NULL;
    e->queued--;
    c->next = NULL;
    e->head_since_ns = 0;
    return c;
}

/* The link still works on the previous command. That is bounded by the deadline of the one that waits. */
static void engine_wait_for_link(struct mb_engine *e, double timeout_s)
{
    uint64_t now_ns = mb_monotonic_ns();

    if (e->head_since_ns == 0)
        e->head_since_ns = now_ns;
    if ((double)(now_ns - e->head_since_ns) * 1e-9 < timeout_s) {
        engine_wake_later(e, BUSY_RETRY_US);
        return;
    }
    e->head_since_ns = 0;
    engine_fail(e, -ETIMEDOUT, "the instrument does not take commands any more");
}

static void engine_send_head(struct mb_engine *e)
{
    struct mb_transport *t = e->transport;
    struct command *c = e->head;
    int r;

    if (c->epoch != 0 && c->epoch != e->epoch) {
        command_answer(queue_pop(e), -ESTALE, "the link is not the one it was meant for", NULL, 0);
        engine_wake(e);
        return;
    }
    r = t->ops->write(t, c->text, c->length);
    if (r == -EBUSY) {
        engine_wait_for_link(e, c->timeout_s);
        return;
    }
    if (r < 0) {
        engine_fail(e, r, strerror(-r));
        return;
    }
    (void)queue_pop(e);
    e->current = c;
    e->used = 0;
    if (c->reply == MB_REPLY_NONE) {
        engine_finish(e, 0, "", (const uint8_t *)"", 0);
        return;
    }
    engine_arm(e, c->timeout_s);
    if (t->ops->message_based)
        engine_fetch(e);
}

/* A defer source and not a timer: no timer of the kernel is set and read for each command. */
static int on_pump(sd_event_source *source, void *userdata)
{
    struct mb_engine *e = userdata;
    uint64_t now_ns = mb_monotonic_ns();

    (void)source;
    if (e->state != LINK_READY || e->current || !e->head)
        return 0;
    if (now_ns < e->quiet_until_ns)
        engine_wake_later(e, (e->quiet_until_ns - now_ns) / 1000 + 1);
    else
        engine_send_head(e);
    return 0;
}

static int on_later(sd_event_source *source, uint64_t usec, void *userdata)
{
    (void)source;
    (void)usec;
    engine_wake(userdata);
    return 0;
}

int mb_engine_new(sd_event *event, const char *address, const struct mb_engine_settings *settings,
                  const struct mb_engine_events *events, void *userdata, struct mb_engine **ret,
                  struct mb_error *err)
{
    struct mb_engine *e = calloc(1, sizeof *e);
    int r;

    if (!e)
        return mb_error_set(err, -ENOMEM, "%s: out of memory", address);
    e->event = sd_event_ref(event);
    e->settings = *settings;
    e->events = events;
    e->userdata = userdata;
    r = mb_defer_new(event, on_pump, e, &e->pump);
    /* Behind the links: bytes that nobody asked for are seen before the next question goes out. */
    if (r >= 0)
        r = sd_event_source_set_priority(e->pump, SD_EVENT_PRIORITY_NORMAL + 1);
    if (r >= 0)
        r = mb_timer_new(e->event, on_later, e, &e->later);
    if (r >= 0)
        r = mb_timer_new(e->event, on_poll, e, &e->poll);
    if (r >= 0)
        r = mb_timer_new(e->event, on_deadline, e, &e->deadline);
    if (r < 0)
        (void)mb_error_set(err, r, "%s: %s", address, strerror(-r));
    else
        r = mb_transport_new(event, address, &transport_callbacks, e, &e->transport, err);
    if (r < 0) {
        (void)mb_engine_free(e);
        return r;
    }
    if (settings->lockout && e->transport->ops->set_lockout)
        e->transport->ops->set_lockout(e->transport, true);
    *ret = e;
    return 0;
}

struct mb_engine *mb_engine_free(struct mb_engine *e)
{
    struct command *c;

    if (!e)
        return NULL;
    e->transport = mb_transport_free(e->transport);
    while ((c = e->head)) {
        e->head = c->next;
        (void)command_free(c);
    }
    (void)command_free(e->current);
    (void)sd_event_source_disable_unref(e->pump);
    (void)sd_event_source_disable_unref(e->later);
    (void)sd_event_source_disable_unref(e->poll);
    (void)sd_event_source_disable_unref(e->deadline);
    sd_event_unref(e->event);
    free(e->buffer);
    free(e);
    return NULL;
}

int mb_engine_open(struct mb_engine *e, struct mb_error *err)
{
    int r;

    if (e->state != LINK_CLOSED)
        return mb_error_set(err, -EALREADY, "the link is open already");
    r = e->transport->ops->open(e->transport, err);
    if (r < 0)
        return r;
    e->state = LINK_OPENING;
    e->epoch++;
    engine_arm_opening(e);
    return 0;
}

unsigned mb_engine_epoch(const struct mb_engine *e)
{
    return e->epoch;
}

void mb_engine_close(struct mb_engine *e)
{
    e->transport->ops->close(e->transport);
    e->state = LINK_CLOSED;
    engine_disarm(e);
    engine_answer_all(e, -ECANCELED, "the instrument was closed");
}

void mb_engine_watch(struct mb_engine *e)
{
    if (e->state == LINK_CLOSED && e->transport->ops->watch)
        (void)e->transport->ops->watch(e->transport);
}

bool mb_engine_is_closed(const struct mb_engine *e)
{
    return e->state == LINK_CLOSED;
}

int mb_engine_submit(struct mb_engine *e, const struct mb_engine_command *command)
{
    size_t length = strlen(command->text);
    const char *terminator = terminators[e->settings.write_terminator];
    struct command *c;

    if (e->state == LINK_CLOSED)
        return -ENOTCONN;
    if (e->queued >= MB_ENGINE_QUEUE_MAX)
        return -ENOBUFS;
    if (length == 0 || length > MB_ENGINE_COMMAND_MAX || strpbrk(command->text, "\r\n"))
        return -EINVAL;
    c = calloc(1, sizeof *c);
    if (!c || asprintf(&c->text, "%s%s", command->text, terminator) < 0) {
        free(c);
        return -ENOMEM;
    }
    c->length = strlen(c->text);
    c->reply = command->reply;
    c->epoch = command->epoch;
    c->timeout_s = command->timeout_s > 0 ? command->timeout_s : e->settings.timeout_s;
    c->done = command->done;
    c->userdata = command->userdata;
    if (e->tail)
        e->tail->next = c;
    else
        e->head = c;
    e->tail = c;
    e->queued++;
    engine_wake(e);
    return 0;
}

void mb_engine_interrupt(struct mb_engine *e, const char *text)
{
    bool stuck = e->state == LINK_READY && e->current;
    char line[MB_ENGINE_COMMAND_MAX + 4];
    int n;

    engine_disarm(e);
    engine_answer_all(e, -ECANCELED, "gave way to the safe commands");
    e->renewals = 0;
    if (e->state == LINK_OPENING || e->state == LINK_RENEWING)
        engine_arm_opening(e);
    if (!stuck || e->state != LINK_READY)
        return;
    if (text && !e->transport->ops->message_based) {
        n = snprintf(line, sizeof line, "%s%s", text, terminators[e->settings.write_terminator]);
        if (n > 0 && (size_t)n < sizeof line)
            (void)e->transport->ops->write(e->transport, line, (size_t)n); /* sent again on the new link */
    }
    engine_renew(e, "a query was outstanding when the safe commands came");
}

void mb_engine_farewell(struct mb_engine *e, const char *text)
{
    char line[MB_ENGINE_COMMAND_MAX + 4];
    int n = snprintf(line, sizeof line, "%s%s", text, terminators[e->settings.write_terminator]);

    if (e->state == LINK_READY && n > 0 && (size_t)n < sizeof line)
        (void)e->transport->ops->write(e->transport, line, (size_t)n);
}

void mb_engine_distrust(struct mb_engine *e)
{
    if (!e->current)
        engine_renew(e, "a reply had the wrong shape");
}
