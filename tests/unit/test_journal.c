/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the journal is told: fields, rate, and a catalogue text for every id. */
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "bus/journal.h"
#include "core/file.h"

#define CATALOGUE "daemon/system/motorbench.catalog"
#define MINUTE_USEC (60ull * 1000 * 1000)

struct sent {
    unsigned count;
    char last[4096]; /* fields, a line each */
    int answer;
};

static int keep(const struct iovec *fields, int count, void *userdata)
{
    struct sent *sent = userdata;

    sent->count++;
    sent->last[0] = '\0';
    for (int i = 0; i < count; i++) {
        strncat(sent->last, fields[i].iov_base, fields[i].iov_len);
        strcat(sent->last, "\n");
    }
    return sent->answer;
}

static void an_entry_has_its_fields_on_one_line_each(void **state)
{
    struct sent sent = {0};
    struct mb_journal journal = {.send = keep, .userdata = &sent};

    (void)state;
    mb_journal_tell(&journal, 1, MB_JOURNAL_TAKEN_OVER,
                    &(struct mb_journal_entry){
                        .bench = "hall-1", .who = "uid 1000", .reason = "shift\nMOTORBENCH_WHO=uid 0"});
    assert_int_equal(sent.count, 1);
    assert_string_equal(sent.last, "MESSAGE=The bench was taken over, bench hall-1, uid 1000: shift "
                                   "MOTORBENCH_WHO=uid 0\n"
                                   "MESSAGE_ID=f553d4c6b5634988b9b166410900159a\n"
                                   "PRIORITY=5\n"
                                   "MOTORBENCH_BENCH=hall-1\n"
                                   "MOTORBENCH_WHO=uid 1000\n"
                                   "MOTORBENCH_REASON=shift MOTORBENCH_WHO=uid 0\n");
}

static void a_long_reason_is_cut(void **state)
{
    struct sent sent = {0};
    struct mb_journal journal = {.send = keep, .userdata = &sent};
    char reason[5000];

    (void)state;
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    mb_journal_tell(&journal, 1, MB_JOURNAL_RUN_ENDED, &(struct mb_journal_entry){.reason = reason});
    assert_int_equal(sent.count, 1);
    assert_true(strlen(sent.last) < 1500);
}

static void each_id_has_its_own_rate(void **state)
{
    struct sent sent = {0};
    struct mb_journal journal = {.send = keep, .userdata = &sent};
    const struct mb_journal_entry entry = {.who = "uid 7"};

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        mb_journal_tell(&journal, 5 + i, MB_JOURNAL_DENIED, &entry);
    assert_int_equal(sent.count, MB_JOURNAL_BURST);
    mb_journal_tell(&journal, 200, MB_JOURNAL_EMERGENCY_STOP, &entry);
    assert_int_equal(sent.count, MB_JOURNAL_BURST + 1);
    mb_journal_tell(&journal, 5 + MINUTE_USEC, MB_JOURNAL_DENIED, &entry);
    assert_int_equal(sent.count, MB_JOURNAL_BURST + 2);
    assert_non_null(strstr(sent.last, "(90 more were left out)"));
    mb_journal_tell(&journal, 6 + MINUTE_USEC, MB_JOURNAL_DENIED, &entry);
    assert_null(strstr(sent.last, "left out"));
}

/* Subject and some sentences for each id, and no text for an id that is not sent. */
static void every_id_has_a_catalogue_text(void **state)
{
    struct mb_error err = {""};
    char *text = NULL, head[64];
    size_t size, heads = 0;

    (void)state;
    if (mb_file_read(CATALOGUE, 1u << 20, &text, &size, &err) < 0)
        fail_msg("%s", err.text);
    for (int id = 0; id < MB_JOURNAL_COUNT; id++) {
        const char *entry, *body;

        (void)snprintf(head, sizeof head,
                       "\n-- %s\nSubject: ", mb_journal_message_id((enum mb_journal_id)id));
        entry = strstr(text, head);
        if (!entry)
            fail_msg("%s has no text for %s", CATALOGUE, mb_journal_message_id((enum mb_journal_id)id));
        body = strstr(entry, "\n\n");
        assert_non_null(body);
        assert_true(strcspn(body + 2, "\n") > 40);
    }
    for (const char *p = text; (p = strstr(p, "\n-- ")); p++)
        heads++;
    assert_int_equal(heads, MB_JOURNAL_COUNT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_has_its_fields_on_one_line_each),
        cmocka_unit_test(a_long_reason_is_cut),
        cmocka_unit_test(each_id_has_its_own_rate),
        cmocka_unit_test(every_id_has_a_catalogue_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
