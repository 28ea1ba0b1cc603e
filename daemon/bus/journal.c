/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/journal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define JOURNAL "/run/systemd/journal/socket"
#define FIELD_MAX 640
#define FIELDS 10

static const struct {
    const char *id; /* of the catalogue */
    int priority;
    const char *text;
} messages[MB_JOURNAL_COUNT] = {
    [MB_JOURNAL_RUN_STARTED] = {"9213ba6a2b784961b8da6e77ed5a1282", LOG_INFO, "A run has begun"},
    [MB_JOURNAL_RUN_ENDED] = {"c7a9f58767074cd980d100493a0f265a", LOG_INFO, "A run has ended"},
    [MB_JOURNAL_BENCH_FAULT] = {"c5bd9f61ffbd46b08eaa1ac5300579a4", LOG_ERR, "The bench was switched off"},
    [MB_JOURNAL_EMERGENCY_STOP] = {"046550a2695243ecb6fbb8cbf7924dc4", LOG_WARNING, "Emergency stop"},
    [MB_JOURNAL_TAKEN_OVER] = {"f553d4c6b5634988b9b166410900159a", LOG_NOTICE, "The bench was taken over"},
    [MB_JOURNAL_CLIENT_GONE] = {"3908ac8ee44c46caa0455517e38f896b", LOG_WARNING,
                                "The operator's connection is gone while a run is active"},
    [MB_JOURNAL_NOBODY_OPERATES] = {"9fd42fdcddf94264a646001cc4fb2dbb", LOG_ERR,
                                    "Nobody came back to operate the bench: outputs off"},
    [MB_JOURNAL_DENIED] = {"948530914d4c49f78e272e40df4133ed", LOG_WARNING, "Not authorised"},
    [MB_JOURNAL_NO_POLKIT] = {"a91a0ace896e42b39ff454b5d950c7d2", LOG_ERR,
                              "polkit does not answer: only root may change anything"},
};

const char *mb_journal_message_id(enum mb_journal_id id)
{
    return messages[id].id;
}

static int send_to_system(const struct iovec *fields, int count, void *userdata)
{
    (void)userdata;
    /* sd_journal_sendv says nothing about a journal that is not there */
    return access(JOURNAL, W_OK) < 0 ? -errno : sd_journal_sendv(fields, count);
}

struct line {
    char text[FIELDS][FIELD_MAX];
    struct iovec fields[FIELDS];
    int count;
};

/* One line: control characters of what a client said become blanks. */
static void add(struct line *line, const char *name, const char *value)
{
    char *text;

    if (!value || !*value || line->count == FIELDS)
        return;
    text = line->text[line->count];
    (void)snprintf(text, FIELD_MAX, "%s=%s", name, value);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    line->fields[line->count++] = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
}

/* What happened, to whom and why, in one line for people. */
static void add_sentence(struct line *line, enum mb_journal_id id, const struct mb_journal_entry *e,
                         unsigned dropped)
{
    const struct {
        const char *before, *value;
    } parts[] = {{", bench ", e->bench}, {", run ", e->run}, {", ", e->who},
                 {", ", e->action},      {", ", e->verdict}, {": ", e->reason}};
    char text[FIELD_MAX - 16];
    int used = snprintf(text, sizeof text, "%s", messages[id].text);

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].value && *parts[i].value && used < (int)sizeof text)
            used +=
                snprintf(text + used, sizeof text - (size_t)used, "%s%s", parts[i].before, parts[i].value);
    if (dropped && used < (int)sizeof text)
        (void)snprintf(text + used, sizeof text - (size_t)used, " (%u more were left out)", dropped);
    add(line, "MESSAGE", text);
}

/* True: it may go out; *ret_dropped: how many before it did not. */
static bool admit(struct mb_journal *journal, uint64_t now_usec, enum mb_journal_id id, unsigned *ret_dropped)
{
    bool fresh =
        journal->rate[id].sent == 0 || now_usec - journal->rate[id].since_usec >= MB_JOURNAL_WINDOW_USEC;

    *ret_dropped = 0;
    if (fresh) {
        *ret_dropped = journal->rate[id].dropped;
        journal->rate[id].since_usec = now_usec;
        journal->rate[id].sent = journal->rate[id].dropped = 0;
    }
    if (journal->rate[id].sent >= MB_JOURNAL_BURST) {
        journal->rate[id].dropped++;
        return false;
    }
    journal->rate[id].sent++;
    return true;
}

void mb_journal_tell(struct mb_journal *journal, uint64_t now_usec, enum mb_journal_id id,
                     const struct mb_journal_entry *entry)
{
    const char priority[2] = {(char)('0' + messages[id].priority), '\0'};
    struct line line = {.count = 0};
    unsigned dropped;

    if (!admit(journal, now_usec, id, &dropped))
        return;
    add_sentence(&line, id, entry, dropped);
    add(&line, "MESSAGE_ID", messages[id].id);
    add(&line, "PRIORITY", priority);
    add(&line, "MOTORBENCH_BENCH", entry->bench);
    add(&line, "MOTORBENCH_RUN", entry->run);
    add(&line, "MOTORBENCH_WHO", entry->who);
    add(&line, "MOTORBENCH_ACTION", entry->action);
    add(&line, "MOTORBENCH_REASON", entry->reason);
    add(&line, "MOTORBENCH_VERDICT", entry->verdict);
    if ((journal->send ? journal->send : send_to_system)(line.fields, line.count, journal->userdata) < 0)
        (void)fprintf(stderr, "<%d>%s\n", messages[id].priority, line.text[0] + strlen("MESSAGE="));
}
