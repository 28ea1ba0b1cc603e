/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/number.h"
#include "sim/scpi.h"

#define UNIT_MAX 512

static size_t short_length(const char *mnemonic, size_t n)
{
    size_t k = 0;

    while (k < n && !islower((unsigned char)mnemonic[k]))
        k++;
    return k;
}

static bool same_word(const char *mnemonic, size_t n, const char *word, size_t length)
{
    return (length == n || length == short_length(mnemonic, n)) && strncasecmp(mnemonic, word, length) == 0;
}

bool sim_scpi_word(const char *mnemonic, const char *word, size_t n)
{
    return same_word(mnemonic, strlen(mnemonic), word, n);
}

int sim_scpi_choice(const char *const mnemonics[], const char *word)
{
    for (int i = 0; mnemonics[i] != NULL; i++)
        if (sim_scpi_word(mnemonics[i], word, strlen(word)))
            return i;
    return -1;
}

/* One node of the pattern (after its colon) against the text; advances both on success. */
static bool match_node(const char **pattern, const char **text, int *suffix)
{
    size_t n = strcspn(*pattern, ":[]#"), length = 0;
    bool numbered = (*pattern)[n] == '#';

    while ((*text)[length] != '\0' && (*text)[length] != ':' && !isdigit((unsigned char)(*text)[length]))
        length++;
    if (!same_word(*pattern, n, *text, length))
        return false;
    *text += length;
    if (isdigit((unsigned char)**text)) {
        char *end;
        long value = strtol(*text, &end, 10);

        if (!numbered || value > 9999)
            return false;
        *suffix = (int)value;
        *text = end;
    }
    *pattern += n + (numbered ? 1 : 0);
    return **text == '\0' || **text == ':';
}

/* Both begin with the colon of the next node, or are at their end. Few optional nodes, so the recursion is
 * shallow. */
static bool match_rest(const char *pattern, const char *text, int *suffix)
{
    bool optional = *pattern == '[';
    const char *p = pattern + (optional ? 1 : 0), *t = text;

    if (*pattern == '\0')
        return *text == '\0';
    if (*p == ':' && *t == ':') {
        p++, t++;
        if (match_node(&p, &t, suffix) && match_rest(*p == ']' ? p + 1 : p, t, suffix))
            return true;
    }
    return optional && match_rest(strchr(pattern, ']') + 1, text, suffix);
}

static bool match_header(const char *pattern, const char *text, int *suffix)
{
    *suffix = 1;
    if (*pattern == '*' || *text == '*')
        return strcasecmp(pattern, text) == 0;
    return match_rest(pattern, text, suffix);
}

static const struct sim_scpi_command *find(const struct sim_scpi *scpi, const char *header, bool query,
                                           int *suffix)
{
    for (const struct sim_scpi_command *c = scpi->dialect->commands; c->header != NULL; c++)
        if ((query ? c->query : c->set) != NULL && match_header(c->header, header, suffix))
            return c;
    return NULL;
}

void sim_scpi_error(struct sim_scpi *scpi, int number)
{
    if (scpi->queued < SIM_SCPI_QUEUE)
        scpi->queue[scpi->queued++] = number;
}

void sim_scpi_clear(struct sim_scpi *scpi)
{
    scpi->queued = 0;
}

int sim_scpi_next_error(const struct sim_scpi_call *call)
{
    struct sim_scpi *scpi = call->scpi;
    const struct sim_scpi_error_text *e = scpi->dialect->errors;
    int number = 0;

    if (scpi->queued > 0) {
        number = scpi->queue[0];
        scpi->queued--;
        memmove(scpi->queue, scpi->queue + 1, scpi->queued * sizeof scpi->queue[0]);
    }
    while (e->number != 0 && e->number != number)
        e++;
    (void)sim_text_printf(call->reply, "%d,\"%s\"", number, e->number == number ? e->text : "Unknown error");
    return 0;
}

/* ":INPUT:WIRING " before the answer, or its short form. */
static void answer_header(const struct sim_scpi *scpi, const struct sim_scpi_command *c, int suffix,
                          struct sim_text *reply)
{
    bool optional = false;

    for (const char *p = c->header; *p != '\0'; p++) {
        char letter = (char)toupper((unsigned char)*p);

        if (*p == '[' || *p == ']')
            optional = *p == '[';
        else if (*p == '#')
            (void)sim_text_printf(reply, "%d", suffix);
        else if (!optional && (scpi->verbose || !islower((unsigned char)*p)))
            (void)sim_text_append(reply, &letter, 1);
    }
    (void)sim_text_append(reply, " ", 1);
}

static void run_unit(struct sim_scpi *scpi, void *device, const char *header, bool query, const char *args,
                     struct sim_text *reply)
{
    struct sim_text answer = {0};
    int suffix, error;
    const struct sim_scpi_command *c = find(scpi, header, query, &suffix);
    struct sim_scpi_call call = {.scpi = scpi, .device = device, .args = args, .reply = &answer};

    if (c == NULL) {
        sim_scpi_error(scpi, scpi->dialect->undefined_header);
        return;
    }
    call.tag = c->tag;
    call.suffix = suffix;
    error = query ? c->query(&call) : c->set(&call);
    if (error != 0)
        sim_scpi_error(scpi, error);
    if (error == 0 && query) {
        if (reply->size > 0)
            (void)sim_text_append(reply, ";", 1);
        if (scpi->header && c->set != NULL && *c->header == ':')
            answer_header(scpi, c, suffix, reply);
        (void)sim_text_append(reply, answer.data, answer.size);
    }
    sim_text_clear(&answer);
}

/* Splits one unit into header, ? and arguments, and completes the header by the path of the unit before. */
static void do_unit(struct sim_scpi *scpi, void *device, char *unit, char path[static UNIT_MAX],
                    struct sim_text *reply)
{
    char header[2 * UNIT_MAX];
    size_t n = strcspn(unit, " \t?");
    bool query = unit[n] == '?', common = *unit == '*';
    char *args = unit + n + (unit[n] != '\0' ? 1 : 0);
    char *colon;

    args += strspn(args, " \t");
    if (common || *unit == ':')
        (void)snprintf(header, sizeof header, "%.*s", (int)n, unit);
    else
        (void)snprintf(header, sizeof header, "%s:%.*s", path, (int)n, unit);
    if (!common) {
        colon = strrchr(header, ':');
        if (colon != NULL && (size_t)(colon - header) < UNIT_MAX)
            (void)snprintf(path, UNIT_MAX, "%.*s", (int)(colon - header), header);
    }
    run_unit(scpi, device, header, query, args, reply);
}

static size_t unit_length(const char *text)
{
    bool quoted = false;
    size_t n = 0;

    for (; text[n] != '\0' && (quoted || text[n] != ';'); n++)
        if (text[n] == '"')
            quoted = !quoted;
    return n;
}

void sim_scpi_line(struct sim_scpi *scpi, void *device, const char *line, struct sim_text *reply)
{
    char path[UNIT_MAX] = "", unit[UNIT_MAX];
    struct sim_text answers = {0};

    while (*line != '\0') {
        size_t n = unit_length(line), start = strspn(line, " \t"), end = n;

        while (end > start && isspace((unsigned char)line[end - 1]))
            end--;
        if (end > start && end - start >= sizeof unit) {
            sim_scpi_error(scpi, scpi->dialect->undefined_header);
        } else if (end > start) {
            (void)snprintf(unit, sizeof unit, "%.*s", (int)(end - start), line + start);
            do_unit(scpi, device, unit, path, &answers);
        }
        line += n + (line[n] == ';' ? 1 : 0);
    }
    if (answers.size > 0) {
        (void)sim_text_append(reply, answers.data, answers.size);
        (void)sim_text_append(reply, "\n", 1);
    }
    sim_text_clear(&answers);
}

int sim_scpi_number(const struct sim_scpi_call *call, const char *unit, double minimum, double maximum,
                    double *ret)
{
    const struct sim_scpi_dialect *dialect = call->scpi->dialect;
    const char *args = call->args;
    size_t n = strspn(args, "+-.0123456789");
    double value, prefix = 1;

    if (*args == '\0')
        return dialect->missing_parameter;
    if ((args[n] == 'e' || args[n] == 'E') && strchr("+-0123456789", args[n + 1]) != NULL &&
        args[n + 1] != '\0')
        n += 1 + strspn(args + n + 1, "+-0123456789");
    if (mb_number_parse(args, n, &value) < 0)
        return dialect->bad_number;
    args += n + strspn(args + n, " ");
    if ((*args == 'm' || *args == 'M') && strlen(args) > strlen(unit)) {
        prefix = 1e-3;
        args++;
    }
    if (*args != '\0' && strcasecmp(args, unit) != 0)
        return dialect->bad_number;
    if (value * prefix < minimum || value * prefix > maximum)
        return dialect->out_of_range;
    *ret = value * prefix;
    return 0;
}

int sim_scpi_bool(const struct sim_scpi_call *call, bool *ret)
{
    static const char *const words[] = {"OFF", "ON", "0", "1", NULL};
    int i = sim_scpi_choice(words, call->args);

    if (i < 0)
        return *call->args == '\0' ? call->scpi->dialect->missing_parameter
                                   : call->scpi->dialect->bad_character_data;
    *ret = i % 2 == 1;
    return 0;
}

void sim_scpi_answer_choice(const struct sim_scpi_call *call, const char *mnemonic)
{
    for (const char *p = mnemonic; *p != '\0'; p++)
        if (call->scpi->verbose || *p < 'a' || *p > 'z')
            (void)sim_text_printf(call->reply, "%c", *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
}
