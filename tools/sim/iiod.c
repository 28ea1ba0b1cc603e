/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/iiod.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/number.h"

#define WORDS_MAX 8
#define LINE_MAX_BYTES 1024
#define PAYLOAD_MAX 4096
#define TIMEOUT_MS 2500
#define DEVICES_MAX 4

struct iiod {
    struct sim_iio *iio;
    int64_t timeout_ms;
    struct sim_iio_buffer *buffers[DEVICES_MAX]; /* by device */
    struct {                                     /* a READBUF that is not yet answered in full */
        int device;
        size_t bytes;
        bool first;
        uint64_t deadline_ns;
    } pending;
    struct { /* a WRITE whose bytes follow */
        size_t bytes;
        int device, channel, error;
        char attribute[64];
    } payload;
};

struct words {
    char text[LINE_MAX_BYTES];
    char *word[WORDS_MAX];
    int count;
};

static void split(const char *line, size_t n, struct words *ret)
{
    char *rest;

    ret->count = 0;
    (void)snprintf(ret->text, sizeof ret->text, "%.*s", (int)n, line);
    for (char *w = strtok_r(ret->text, " \t\r", &rest); w != NULL && ret->count < WORDS_MAX;
         w = strtok_r(NULL, " \t\r", &rest))
        ret->word[ret->count++] = w;
}

/* Keywords are all upper or all lower case. */
static bool keyword(const char *word, const char *upper)
{
    size_t n = strlen(upper);

    if (strcmp(word, upper) == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (word[i] != tolower((unsigned char)upper[i]))
            return false;
    return word[n] == '\0';
}

static int answer_integer(struct sim_text *out, int64_t value)
{
    return sim_text_printf(out, "%lld\n", (long long)value);
}

static int do_version(struct iiod *s, const struct words *w, struct sim_text *out)
{
    (void)s;
    (void)w;
    return sim_text_printf(out, "0.24.sim0001\n");
}

static int do_print(struct iiod *s, const struct words *w, struct sim_text *out)
{
    struct sim_text xml = {0};
    int r = sim_iio_xml(s->iio, &xml);

    (void)w;
    if (r == 0)
        r = sim_text_printf(out, "%zu\n%s\n", xml.size, xml.data);
    sim_text_clear(&xml);
    return r;
}

static int do_zprint(struct iiod *s, const struct words *w, struct sim_text *out)
{
    (void)s;
    (void)w;
    return answer_integer(out, -EINVAL); /* the client falls back to PRINT */
}

static int do_help(struct iiod *s, const struct words *w, struct sim_text *out)
{
    (void)s;
    (void)w;
    return sim_text_printf(
        out, "Available commands:\n\n"
             "\tHELP\n\t\tPrint this help message\n"
             "\tEXIT\n\t\tClose the current session\n"
             "\tPRINT\n\t\tDisplays a XML string corresponding to the current IIO context\n"
             "\tVERSION\n\t\tGet the version of libiio in use\n"
             "\tTIMEOUT <timeout_ms>\n\t\tSet the timeout (in ms) for I/O operations\n"
             "\tOPEN <device> <samples_count> <mask> [CYCLIC]\n\tCLOSE <device>\n"
             "\tREAD <device> DEBUG|BUFFER|[INPUT|OUTPUT <channel>] [<attribute>]\n"
             "\tWRITE <device> DEBUG|BUFFER|[INPUT|OUTPUT <channel>] [<attribute>] <bytes_count>\n"
             "\tREADBUF <device> <bytes_count>\n"
             "\tGETTRIG <device>\n\tSETTRIG <device> [<trigger>]\n"
             "\tSET <device> BUFFERS_COUNT <count>\n");
}

static int do_exit(struct iiod *s, const struct words *w, struct sim_text *out)
{
    (void)s;
    (void)w;
    (void)out;
    return -ESHUTDOWN;
}

static int do_timeout(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int64_t ms;

    if (w->count != 2 || mb_integer_parse(w->word[1], strlen(w->word[1]), &ms) < 0 || ms < 0)
        return answer_integer(out, -EINVAL);
    s->timeout_ms = ms;
    return answer_integer(out, 0);
}

/* Which attribute the words from the second on speak of: DEV [BUFFER|DEBUG|INPUT ch|OUTPUT ch] [ATTR]. */
struct target {
    int device, channel;
    bool none; /* buffer and debug attributes: there are none */
    int next;  /* index of the word after it */
};

static int find_target(const struct words *w, struct target *ret)
{
    struct target t = {.channel = -1, .next = 2};

    if (w->count < 2)
        return -EINVAL;
    t.device = sim_iio_find_device(w->word[1]);
    if (t.device < 0)
        return t.device;
    if (w->count > 2 && (keyword(w->word[2], "BUFFER") || keyword(w->word[2], "DEBUG"))) {
        t.none = true;
        t.next = 3;
    } else if (w->count > 2 && (keyword(w->word[2], "INPUT") || keyword(w->word[2], "OUTPUT"))) {
        if (w->count < 4)
            return -EINVAL;
        t.channel = keyword(w->word[2], "INPUT") ? sim_iio_find_channel(t.device, w->word[3]) : -ENXIO;
        if (t.channel < 0)
            return t.channel;
        t.next = 4;
    }
    *ret = t;
    return 0;
}

/* Every attribute of the target: big-endian length or negative errno, then the value padded to four bytes. */
static int read_all(struct iiod *s, const struct target *t, struct sim_text *out)
{
    static const char padding[4] = {0};
    struct sim_text all = {0};
    const char *name;
    int r = 0;

    for (unsigned n = 0; !t->none && (name = sim_iio_attribute(t->device, t->channel, n)) != NULL; n++) {
        struct sim_text value = {0};
        int error = sim_iio_read(s->iio, t->device, t->channel, name, &value);
        uint32_t length = htonl(error < 0 ? (uint32_t)error : (uint32_t)value.size + 1);

        (void)sim_text_append(&all, &length, sizeof length);
        if (error == 0) {
            (void)sim_text_append(&all, value.data, value.size + 1);
            (void)sim_text_append(&all, padding, (4 - (value.size + 1) % 4) % 4);
        }
        sim_text_clear(&value);
    }
    r = answer_integer(out, (int64_t)all.size);
    if (r == 0 && all.size > 0)
        r = sim_text_append(out, all.data, all.size);
    if (r == 0 && all.size > 0)
        r = sim_text_append(out, "\n", 1);
    sim_text_clear(&all);
    return r;
}

static int do_read(struct iiod *s, const struct words *w, struct sim_text *out)
{
    struct sim_text value = {0};
    struct target t;
    int r = find_target(w, &t);

    if (r < 0)
        return answer_integer(out, r);
    if (w->count == t.next)
        return read_all(s, &t, out);
    r = t.none ? -ENOENT : sim_iio_read(s->iio, t.device, t.channel, w->word[t.next], &value);
    if (r < 0) {
        r = answer_integer(out, r);
    } else {
        /* The terminating NUL belongs to the value and is counted. */
        r = answer_integer(out, (int64_t)value.size + 1);
        if (r == 0)
            r = sim_text_append(out, value.data, value.size + 1);
        if (r == 0)
            r = sim_text_append(out, "\n", 1);
    }
    sim_text_clear(&value);
    return r;
}

/* The bytes follow the line; they are taken even when the attribute is unknown, but not when the device is.
 */
static int do_write(struct iiod *s, const struct words *w, struct sim_text *out)
{
    const char *last = w->count > 0 ? w->word[w->count - 1] : "";
    struct target t;
    int64_t bytes;
    int r = find_target(w, &t);

    if (r == -ENODEV)
        return answer_integer(out, r);
    if (w->count < 3 || mb_integer_parse(last, strlen(last), &bytes) < 0 || bytes < 1 || bytes > PAYLOAD_MAX)
        return answer_integer(out, -EINVAL);
    s->payload.bytes = (size_t)bytes;
    s->payload.error = r < 0 ? r : w->count != t.next + 2 || t.none ? -ENOENT : 0;
    if (s->payload.error == 0) {
        s->payload.device = t.device;
        s->payload.channel = t.channel;
        (void)snprintf(s->payload.attribute, sizeof s->payload.attribute, "%s", w->word[t.next]);
    }
    return 0;
}

static int take_payload(struct iiod *s, const char *data, struct sim_text *out)
{
    char value[PAYLOAD_MAX + 1];
    int r = s->payload.error;

    memcpy(value, data, s->payload.bytes);
    value[s->payload.bytes] = '\0';
    if (r == 0)
        r = sim_iio_write(s->iio, s->payload.device, s->payload.channel, s->payload.attribute, value);
    r = answer_integer(out, r < 0 ? r : (int64_t)s->payload.bytes);
    s->payload.bytes = 0;
    return r;
}

static int do_gettrig(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device = w->count == 2 ? sim_iio_find_device(w->word[1]) : -EINVAL;

    (void)s;
    return answer_integer(out, device < 0 ? device : 0);
}

static int do_settrig(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device = w->count >= 2 ? sim_iio_find_device(w->word[1]) : -EINVAL;

    (void)s;
    return answer_integer(out, device < 0 ? device : w->count > 2 ? -ENOENT : 0);
}

static int do_set(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device =
        w->count == 4 && keyword(w->word[2], "BUFFERS_COUNT") ? sim_iio_find_device(w->word[1]) : -EINVAL;
    int64_t n;

    if (device < 0)
        return answer_integer(out, device);
    if (mb_integer_parse(w->word[3], strlen(w->word[3]), &n) < 0 || n < 1 || n > 64)
        return answer_integer(out, -EINVAL);
    return answer_integer(out, s->buffers[device] != NULL ? -EBUSY : 0);
}

static int do_open(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device = w->count >= 2 ? sim_iio_find_device(w->word[1]) : -EINVAL;
    int64_t samples;
    uint32_t mask;
    char *end;

    if (device < 0)
        return answer_integer(out, device);
    if (w->count < 4 || w->count > 5 || (w->count == 5 && !keyword(w->word[4], "CYCLIC")) ||
        mb_integer_parse(w->word[2], strlen(w->word[2]), &samples) < 0 || samples < 1 ||
        strlen(w->word[3]) != 8)
        return answer_integer(out, -EINVAL);
    mask = (uint32_t)strtoul(w->word[3], &end, 16);
    if (*end != '\0' || w->count == 5)
        return answer_integer(out, -EINVAL);
    if (s->buffers[device] != NULL)
        return answer_integer(out, -EBUSY);
    return answer_integer(out,
                          sim_iio_buffer_new(s->iio, device, mask, (size_t)samples, &s->buffers[device]));
}

static int do_close(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device = w->count == 2 ? sim_iio_find_device(w->word[1]) : -EINVAL;

    if (device < 0)
        return answer_integer(out, device);
    if (s->buffers[device] == NULL)
        return answer_integer(out, -ENXIO);
    s->buffers[device] = sim_iio_buffer_free(s->buffers[device]);
    return answer_integer(out, 0);
}

/* As many chunks of the pending READBUF as there are samples for. */
static int continue_readbuf(struct iiod *s, struct sim_text *out)
{
    while (s->pending.bytes > 0) {
        struct sim_iio_buffer *b = s->buffers[s->pending.device];
        size_t size = sim_iio_buffer_sample_size(b), chunk = sim_iio_buffer_samples(b) * size;
        struct sim_text data = {0};
        int r;

        if (chunk > s->pending.bytes)
            chunk = s->pending.bytes / size * size;
        if (chunk == 0) {
            r = s->pending.first ? answer_integer(out, 0) : 0;
            s->pending.bytes = 0;
            return r;
        }
        r = sim_iio_buffer_take(b, chunk, &data);
        if (r == -EAGAIN && mb_monotonic_ns() < s->pending.deadline_ns)
            return 0;
        if (r < 0) {
            s->pending.bytes = 0;
            return answer_integer(out, r == -EAGAIN ? -ETIMEDOUT : r);
        }
        r = answer_integer(out, (int64_t)chunk);
        if (r == 0 && s->pending.first)
            r = sim_text_printf(out, "%08x\n", (unsigned)sim_iio_buffer_mask(b));
        if (r == 0)
            r = sim_text_append(out, data.data, data.size);
        sim_text_clear(&data);
        if (r < 0)
            return r;
        s->pending.first = false;
        s->pending.bytes -= chunk;
    }
    return 0;
}

static int do_readbuf(struct iiod *s, const struct words *w, struct sim_text *out)
{
    int device = w->count == 3 ? sim_iio_find_device(w->word[1]) : -EINVAL;
    int64_t bytes;

    if (device < 0)
        return answer_integer(out, device);
    if (mb_integer_parse(w->word[2], strlen(w->word[2]), &bytes) < 0 || bytes < 0)
        return answer_integer(out, -EINVAL);
    if (s->buffers[device] == NULL)
        return answer_integer(out, -EBADF);
    if (bytes == 0)
        return answer_integer(out, 0);
    s->pending.device = device;
    s->pending.bytes = (size_t)bytes;
    s->pending.first = true;
    s->pending.deadline_ns =
        s->timeout_ms == 0 ? UINT64_MAX : mb_monotonic_ns() + (uint64_t)s->timeout_ms * 1000000u;
    return continue_readbuf(s, out);
}

static const struct {
    const char *word;
    int (*run)(struct iiod *s, const struct words *w, struct sim_text *out);
} commands[] = {
    {"HELP", do_help},     {"EXIT", do_exit},       {"QUIT", do_exit},       {"PRINT", do_print},
    {"ZPRINT", do_zprint}, {"VERSION", do_version}, {"TIMEOUT", do_timeout}, {"READ", do_read},
    {"WRITE", do_write},   {"GETTRIG", do_gettrig}, {"SETTRIG", do_settrig}, {"SET", do_set},
    {"OPEN", do_open},     {"CLOSE", do_close},     {"READBUF", do_readbuf},
};

static int run_line(struct iiod *s, const char *line, size_t n, struct sim_text *out)
{
    struct words w;

    split(line, n, &w);
    if (w.count == 0)
        return 0;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (keyword(w.word[0], commands[i].word))
            return commands[i].run(s, &w, out);
    return answer_integer(out, -EINVAL);
}

static void *iiod_open(void *context)
{
    struct iiod *s = calloc(1, sizeof *s);

    if (s != NULL) {
        s->iio = context;
        s->timeout_ms = TIMEOUT_MS;
    }
    return s;
}

static ssize_t iiod_feed(void *session, const char *data, size_t n, struct sim_text *out)
{
    struct iiod *s = session;
    const char *end;
    int r;

    if (s->pending.bytes > 0)
        return 0; /* one command at a time */
    if (s->payload.bytes > 0) {
        size_t bytes = s->payload.bytes;

        if (n < bytes)
            return 0;
        r = take_payload(s, data, out);
        return r < 0 ? r : (ssize_t)bytes;
    }
    end = memchr(data, '\n', n);
    if (end == NULL)
        return n > LINE_MAX_BYTES ? -EMSGSIZE : 0;
    r = run_line(s, data, (size_t)(end - data), out);
    return r < 0 ? r : end - data + 1;
}

static int iiod_poll(void *session, struct sim_text *out)
{
    struct iiod *s = session;

    return s->pending.bytes > 0 ? continue_readbuf(s, out) : 0;
}

static void iiod_close(void *session)
{
    struct iiod *s = session;

    for (int i = 0; i < DEVICES_MAX; i++)
        (void)sim_iio_buffer_free(s->buffers[i]);
    free(s);
}

const struct sim_session_ops sim_iiod_session = {
    .open = iiod_open, .feed = iiod_feed, .poll = iiod_poll, .close = iiod_close};
