/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport/transcript.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/number.h"
#include "core/text.h"

#define DELAY_MAX_S 3600.0

static const char *const key_names[MB_TRANSCRIPT_KEY_COUNT] = {
    [MB_TRANSCRIPT_DEVICE] = "device",
    [MB_TRANSCRIPT_FIRMWARE] = "firmware",
    [MB_TRANSCRIPT_DATE] = "date",
    [MB_TRANSCRIPT_PROFILE] = "profile",
    [MB_TRANSCRIPT_ORIGIN] = "origin",
    [MB_TRANSCRIPT_SOURCE] = "source",
    [MB_TRANSCRIPT_LINK] = "link",
    [MB_TRANSCRIPT_WIRING] = "wiring",
    [MB_TRANSCRIPT_VOLTAGE_RANGE_V] = "voltage_range_v",
    [MB_TRANSCRIPT_CURRENT_RANGE_A] = "current_range_a",
    [MB_TRANSCRIPT_ACTIONS] = "actions",
};

static const struct {
    char letter, byte;
} escapes[] = {{'r', '\r'}, {'n', '\n'}, {'t', '\t'}, {'\\', '\\'}};

struct parser {
    const char *name;
    unsigned number; /* of the current line */
    bool format_seen, in_body;
    struct mb_transcript *t;
    size_t size; /* lines allocated */
};

const char *mb_transcript_key_name(enum mb_transcript_key key)
{
    return key_names[key];
}

static int complain(const struct parser *p, struct mb_error *err, const char *what)
{
    return mb_error_set(err, -EINVAL, "%s:%u: %s", p->name, p->number, what);
}

int mb_transcript_set(struct mb_transcript *t, enum mb_transcript_key key, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return -ENOMEM;
    mb_text_clean(copy);
    free(t->head[key]);
    t->head[key] = copy;
    return 0;
}

static const char *find_key(const char *line, enum mb_transcript_key *ret)
{
    size_t n = strcspn(line, ":");

    for (int i = 0; i < MB_TRANSCRIPT_KEY_COUNT; i++)
        if (strlen(key_names[i]) == n && strncmp(key_names[i], line, n) == 0) {
            *ret = (enum mb_transcript_key)i;
            return line + n + 1 + strspn(line + n + 1, " ");
        }
    return NULL;
}

static int parse_head_line(struct parser *p, const char *line, struct mb_error *err)
{
    static const char first[] = "format: " MB_TRANSCRIPT_FORMAT;
    enum mb_transcript_key key;
    const char *value;

    if (!p->format_seen) {
        if (strcmp(line, first) != 0)
            return complain(p, err,
                            "is not a transcript, its first line must be 'format: " MB_TRANSCRIPT_FORMAT "'");
        p->format_seen = true;
        return 0;
    }
    value = strchr(line, ':') ? find_key(line, &key) : NULL;
    if (!value)
        return complain(p, err,
                        "the head has no such key, allowed: device, firmware, date, profile, origin, source, "
                        "link, wiring, voltage_range_v, current_range_a, actions; an empty line ends it");
    if (p->t->head[key])
        return complain(p, err, "the key stands there twice");
    if (key == MB_TRANSCRIPT_ORIGIN && strcmp(value, "recorded") != 0 && strcmp(value, "hand-made") != 0)
        return complain(p, err, "'origin' may be recorded or hand-made");
    if (key == MB_TRANSCRIPT_LINK && strcmp(value, "stream") != 0 && strcmp(value, "message") != 0 &&
        strcmp(value, "modbus") != 0)
        return complain(p, err, "'link' may be stream, message or modbus");
    return mb_transcript_set(p->t, key, value) < 0 ? mb_error_set(err, -ENOMEM, "out of memory") : 0;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

    return found ? (int)(found - digits) : -1;
}

/* The bytes of one escape at text, which begins with a backslash: how many characters it takes, or 0. */
static size_t unescape_one(const char *text, uint8_t *ret)
{
    int high, low;

    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (text[1] == escapes[i].letter) {
            *ret = (uint8_t)escapes[i].byte;
            return 2;
        }
    if (text[1] != 'x')
        return 0;
    high = hex_digit(text[2]);
    low = high < 0 ? -1 : hex_digit(text[3]);
    if (low < 0)
        return 0;
    *ret = (uint8_t)(high * 16 + low);
    return 4;
}

static int unescape(const struct parser *p, const char *text, struct mb_transcript_line *line,
                    struct mb_error *err)
{
    line->data = malloc(strlen(text) + 1);
    if (!line->data)
        return mb_error_set(err, -ENOMEM, "out of memory");
    while (*text) {
        size_t n = 1;

        line->data[line->n] = (uint8_t)*text;
        if (*text == '\\')
            n = unescape_one(text, &line->data[line->n]);
        else if ((uint8_t)*text < 0x20 || (uint8_t)*text > 0x7e)
            n = 0;
        if (n == 0)
            return complain(
                p, err,
                "only printable ASCII may stand there as it is, other bytes are \\r \\n \\t \\\\ \\xHH");
        text += n;
        line->n++;
    }
    line->data[line->n] = '\0';
    return line->n > 0 ? 0 : complain(p, err, "nothing is said in this line");
}

static int add_line(struct parser *p, struct mb_transcript_line **ret, struct mb_error *err)
{
    struct mb_transcript *t = p->t;
    size_t size = p->size ? p->size * 2 : 64;
    struct mb_transcript_line *grown;

    if (t->count == p->size) {
        grown = realloc(t->lines, size * sizeof *grown);
        if (!grown)
            return mb_error_set(err, -ENOMEM, "out of memory");
        t->lines = grown;
        p->size = size;
    }
    t->lines[t->count] = (struct mb_transcript_line){.number = p->number};
    *ret = &t->lines[t->count++];
    return 0;
}

/* "[@SECONDS ]> text" or "< text" */
static int parse_body_line(struct parser *p, const char *text, struct mb_error *err)
{
    struct mb_transcript_line *line = NULL;
    size_t n;
    int r = add_line(p, &line, err);

    if (r < 0)
        return r;
    if (*text == '@') {
        n = strcspn(++text, " ");
        if (mb_number_parse(text, n, &line->delay_s) < 0 || line->delay_s < 0 || line->delay_s > DELAY_MAX_S)
            return complain(p, err, "'@' wants seconds since the line before, 0 to 3600");
        text += n + strspn(text + n, " ");
    }
    if ((*text != '>' && *text != '<') || text[1] != ' ')
        return complain(p, err, "a line begins with '> ' (to the instrument) or '< ' (from it), or with '#'");
    line->to_instrument = *text == '>';
    return unescape(p, text + 2, line, err);
}

static int parse_line(struct parser *p, const char *line, struct mb_error *err)
{
    if (*line == '#')
        return 0;
    if (p->in_body)
        return *line ? parse_body_line(p, line, err) : 0;
    if (*line == '\0' && p->format_seen) {
        p->in_body = true;
        return 0;
    }
    return parse_head_line(p, line, err);
}

int mb_transcript_parse(const char *name, const char *text, size_t size, struct mb_transcript **ret,
                        struct mb_error *err)
{
    struct parser p = {.name = name, .t = calloc(1, sizeof *p.t)};
    char *copy = strndup(text, size), *rest = copy;
    int r = copy && p.t ? 0 : mb_error_set(err, -ENOMEM, "out of memory");

    if (r == 0 && strlen(copy) != size)
        r = mb_error_set(err, -EINVAL, "%s: holds a NUL byte, allowed is \\x00", name);
    for (char *line; r == 0 && (line = strsep(&rest, "\n"));) {
        p.number++;
        if (rest || *line) /* behind the last line end is no line */
            r = parse_line(&p, line, err);
    }
    if (r == 0 && !p.in_body)
        r = complain(&p, err, "the head does not end: an empty line is missing");
    free(copy);
    if (r < 0) {
        (void)mb_transcript_free(p.t);
        return r;
    }
    *ret = p.t;
    return 0;
}

int mb_transcript_load(const char *path, struct mb_transcript **ret, struct mb_error *err)
{
    char *text;
    size_t size;
    int r = mb_file_read(path, MB_TRANSCRIPT_SIZE_MAX, &text, &size, err);

    if (r < 0)
        return r;
    r = mb_transcript_parse(path, text, size, ret, err);
    free(text);
    return r;
}

/* One byte as it stands in a file; at most 4 characters and a NUL. */
static int escape_one(uint8_t byte, char *buffer, size_t size)
{
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (byte == (uint8_t)escapes[i].byte)
            return snprintf(buffer, size, "\\%c", escapes[i].letter);
    return snprintf(buffer, size, byte < 0x20 || byte > 0x7e ? "\\x%02X" : "%c", byte);
}

void mb_transcript_escape(const uint8_t *data, size_t n, char *buffer, size_t size)
{
    size_t used = 0;
    char text[8];

    for (size_t i = 0; i < n; i++) {
        int length = escape_one(data[i], text, sizeof text);

        if (length < 0 || used + (size_t)length >= size)
            break;
        memcpy(buffer + used, text, (size_t)length);
        used += (size_t)length;
    }
    buffer[used] = '\0';
}

int mb_transcript_print_line(FILE *file, bool to_instrument, double delay_s, const uint8_t *data, size_t n)
{
    char text[8];

    if (delay_s >= 0)
        (void)fprintf(file, "@%.4f ", delay_s);
    (void)fprintf(file, "%c ", to_instrument ? '>' : '<');
    for (size_t i = 0; i < n; i++) {
        (void)escape_one(data[i], text, sizeof text);
        (void)fputs(text, file);
    }
    (void)fputc('\n', file);
    return ferror(file) ? -EIO : 0;
}

int mb_transcript_print_head(FILE *file, char *const head[MB_TRANSCRIPT_KEY_COUNT])
{
    (void)fputs("format: " MB_TRANSCRIPT_FORMAT "\n", file);
    for (size_t i = 0; i < MB_TRANSCRIPT_KEY_COUNT; i++)
        if (head[i])
            (void)fprintf(file, "%s: %s\n", key_names[i], head[i]);
    (void)fputc('\n', file);
    return ferror(file) ? -EIO : 0;
}

int mb_transcript_save(const char *path, const struct mb_transcript *t, struct mb_error *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    int r = file ? mb_transcript_print_head(file, t->head) : -ENOMEM;

    for (size_t i = 0; r == 0 && i < t->count; i++)
        r = mb_transcript_print_line(file, t->lines[i].to_instrument, t->lines[i].delay_s, t->lines[i].data,
                                     t->lines[i].n);
    if (file && (fclose(file) != 0 || !text))
        r = -ENOMEM;
    r = r < 0 ? mb_error_set(err, -ENOMEM, "%s: out of memory", path) : mb_file_write(path, text, size, err);
    free(text);
    return r;
}

struct mb_transcript *mb_transcript_free(struct mb_transcript *t)
{
    if (!t)
        return NULL;
    for (size_t i = 0; i < MB_TRANSCRIPT_KEY_COUNT; i++)
        free(t->head[i]);
    for (size_t i = 0; i < t->count; i++)
        free(t->lines[i].data);
    free(t->lines);
    free(t);
    return NULL;
}
