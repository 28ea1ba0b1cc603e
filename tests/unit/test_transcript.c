/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text form of a recording: every byte survives, and what is no transcript is refused with its line. */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transport/transcript.h"

#define HEAD "format: motorbench-transcript/1\ndevice: Maker, Model\n"

static struct mb_transcript *parse(const char *text)
{
    struct mb_transcript *t = NULL;
    struct mb_error err = {""};

    if (mb_transcript_parse("test", text, strlen(text), &t, &err) < 0)
        fail_msg("%s", err.text);
    return t;
}

static void assert_refused(const char *text, const char *message)
{
    struct mb_transcript *t = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_transcript_parse("test", text, strlen(text), &t, &err), -EINVAL);
    assert_null(t);
    if (!strstr(err.text, message))
        fail_msg("'%s' does not say '%s'", err.text, message);
}

static void lines_are_read(void **state)
{
    struct mb_transcript *t =
        parse(HEAD "origin: hand-made\n\n> *IDN?\\n\n# a comment\n@0.25 < A,\\x00\\xfF\\\\\\t\\r\\n\n");

    (void)state;
    assert_string_equal(t->head[MB_TRANSCRIPT_DEVICE], "Maker, Model");
    assert_null(t->head[MB_TRANSCRIPT_PROFILE]);
    assert_int_equal(t->count, 2);
    assert_true(t->lines[0].to_instrument);
    assert_int_equal(t->lines[0].n, 6);
    assert_memory_equal(t->lines[0].data, "*IDN?\n", 6);
    assert_false(t->lines[1].to_instrument);
    assert_int_equal(t->lines[1].n, 8);
    assert_memory_equal(t->lines[1].data, "A,\0\xff\\\t\r\n", 8);
    assert_true(t->lines[1].delay_s == 0.25);
    assert_int_equal(t->lines[1].number, 7);
    (void)mb_transcript_free(t);
}

static void every_byte_survives(void **state)
{
    struct mb_transcript *t = parse(HEAD "\n> x\n"), *again;
    char path[] = "/tmp/mb-transcript-XXXXXX";
    struct mb_error err = {""};
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    free(t->lines[0].data);
    t->lines[0].data = malloc(257);
    t->lines[0].n = 256;
    t->lines[0].delay_s = 1.5;
    for (int i = 0; i < 256; i++)
        t->lines[0].data[i] = (uint8_t)i;
    if (mb_transcript_save(path, t, &err) < 0 || mb_transcript_load(path, &again, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(again->head[MB_TRANSCRIPT_DEVICE], "Maker, Model");
    assert_int_equal(again->count, 1);
    assert_int_equal(again->lines[0].n, 256);
    assert_memory_equal(again->lines[0].data, t->lines[0].data, 256);
    assert_true(again->lines[0].delay_s == 1.5);
    (void)mb_transcript_free(t);
    (void)mb_transcript_free(again);
    (void)remove(path);
    (void)close(fd);
}

static void what_is_no_transcript_is_refused(void **state)
{
    (void)state;
    assert_refused("", "test:1: ");
    assert_refused("device: X\n", "test:1: is not a transcript");
    assert_refused(HEAD "colour: red\n\n> x\n", "test:3: the head has no such key");
    assert_refused(HEAD "device: again\n\n", "test:3: the key stands there twice");
    assert_refused(HEAD "origin: dreamt\n\n", "test:3: 'origin'");
    assert_refused(HEAD "link: rope\n\n", "test:3: 'link'");
    assert_refused(HEAD "> x\n", "test:3: ");
    assert_refused(HEAD, "the head does not end");
    assert_refused(HEAD "\nhello\n", "test:4: a line begins with");
    assert_refused(HEAD "\n>\n", "test:4: a line begins with");
    assert_refused(HEAD "\n> \n", "test:4: nothing is said");
    assert_refused(HEAD "\n@-1 > x\n", "test:4: '@'");
    assert_refused(HEAD "\n@1,5 > x\n", "test:4: '@'");
    assert_refused(HEAD "\n> a\\q\n", "test:4: only printable");
    assert_refused(HEAD "\n> a\\x4\n", "test:4: only printable");
    assert_refused(HEAD "\n> \xc3\xa4\n", "test:4: only printable");
    assert_refused(HEAD "\n> a\\\n", "test:4: only printable");
}

static void a_value_of_the_head_stays_one_line(void **state)
{
    struct mb_transcript *t = parse(HEAD "\n> x\n");

    (void)state;
    assert_int_equal(mb_transcript_set(t, MB_TRANSCRIPT_FIRMWARE, "1\n2\x80"), 0);
    assert_string_equal(t->head[MB_TRANSCRIPT_FIRMWARE], "1 2?");
    (void)mb_transcript_free(t);
}

static void escaped_text_is_cut_whole(void **state)
{
    char text[8];

    (void)state;
    mb_transcript_escape((const uint8_t *)"ab\r\n\1", 5, text, sizeof text);
    assert_string_equal(text, "ab\\r\\n"); /* no room for \x01 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(every_byte_survives),
        cmocka_unit_test(what_is_no_transcript_is_refused),
        cmocka_unit_test(a_value_of_the_head_stays_one_line),
        cmocka_unit_test(escaped_text_is_cut_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
