/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/csv.h"

/* The CSV text of a document written in JSON. */
static char *csv_of(const char *json)
{
    json_t *document = json_loads(json, 0, NULL);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(document);
    assert_non_null(out);
    assert_int_equal(mb_report_csv(document, out), 0);
    (void)fclose(out);
    json_decref(document);
    return text;
}

static void test_rows(void **state)
{
    char *text = csv_of(
        "{\"entries\": ["
        "{\"seq\": 1, \"type\": \"head\"},"
        "{\"seq\": 2, \"time\": \"T\", \"t_s\": 1.5, \"type\": \"reading\", \"step\": \"cold\","
        " \"store\": \"cold\", \"index\": 0, \"values\": {\"temperature_c\": 22, \"resistance_ohm\": 0.6954},"
        " \"uncertainty\": {\"resistance_ohm\": 0.10000000000000003}, \"window_s\": 5.0, \"samples\": 10},"
        "{\"seq\": 3, \"time\": \"T\", \"t_s\": 2.5, \"type\": \"rejected\", \"step\": \"a,\\\"b\","
        " \"store\": \"load.points\", \"index\": 1, \"values\": {\"u_v\": 390.25, \"frame_c\": null},"
        " \"reasons\": [\"supply-voltage\", {\"word\": \"x\", \"text\": \"y\"}]},"
        "{\"seq\": 4, \"type\": \"reading\", \"store\": \"cold\", \"values\": {}, \"replaced_by\": 5}]}");

    (void)state;
    assert_string_equal(
        text, "seq,time,bench time (s),step,goes to,index,state,reasons,window (s),samples,u_v (V),"
              "resistance_ohm (ohm),temperature_c (deg C),resistance_ohm standard uncertainty (ohm)\r\n"
              "2,T,1.5,cold,cold,0,accepted,,5.0,10,,0.6954,22,0.10000000000000003\r\n"
              "3,T,2.5,\"a,\"\"b\",load.points,1,rejected,supply-voltage; y,,,390.25,,,\r\n"
              "4,,,,cold,,replaced,,,,,,,\r\n");
    free(text);
}

/* The sample stands in every row, so that a row speaks for itself. */
static void test_sample(void **state)
{
    char *text =
        csv_of("{\"sample\": {\"batch\": \"B,1\", \"item_list\": \"supervision-2023\"}, \"entries\": ["
               "{\"seq\": 4, \"type\": \"reading\", \"store\": \"cold\", \"values\": {\"u_v\": 1}}]}");

    (void)state;
    assert_string_equal(text,
                        "seq,time,bench time (s),step,goes to,index,state,reasons,window (s),samples,u_v (V),"
                        "sample batch,sample item_list\r\n"
                        "4,,,,cold,,accepted,,,,1,\"B,1\",supervision-2023\r\n");
    free(text);
}

/* A second table below the readings, one row a finding, one of an item without any. */
static void test_items(void **state)
{
    char *text = csv_of(
        "{\"entries\": [], \"items\": ["
        "{\"id\": \"grounding\", \"title\": \"earth path\", \"state\": \"judged\", \"verdict\": \"FAIL\","
        " \"reason\": \"poor, bad\", \"findings\": [{\"quantity\": \"earth-resistance\", \"part\": \"frame\","
        " \"value\": 0.15, \"unit\": \"ohm\", \"limit\": 0.1, \"sense\": \"upper\", \"uncertainty\": null,"
        " \"standard\": \"GB/T 14711\", \"edition\": \"2013\", \"clause\": \"9.11\", \"mark\": \"M\","
        " \"verdict\": \"FAIL\", \"statement\": \"fail\"}, {\"quantity\": \"x\"}]},"
        "{\"id\": \"noise\", \"state\": \"not-run\", \"reason\": \"not asked for\"}]}");

    (void)state;
    assert_string_equal(
        strstr(text, "\r\n\r\n"),
        "\r\n\r\nitem,title,state,verdict,reason,finding quantity,finding part,finding value,finding unit,"
        "finding limit,finding sense,finding uncertainty,finding standard,finding edition,finding clause,"
        "finding mark,finding verdict,finding statement\r\n"
        "grounding,earth path,judged,FAIL,\"poor, bad\",earth-resistance,frame,0.15,ohm,0.1,upper,,GB/T "
        "14711,"
        "2013,9.11,M,FAIL,fail\r\n"
        "grounding,earth path,judged,FAIL,\"poor, bad\",x,,,,,,,,,,,,\r\n"
        "noise,,not-run,,not asked for,,,,,,,,,,,,,\r\n");
    free(text);
}

static void test_no_readings(void **state)
{
    char *text = csv_of("{\"entries\": []}");

    (void)state;
    assert_string_equal(text,
                        "seq,time,bench time (s),step,goes to,index,state,reasons,window (s),samples\r\n");
    free(text);
}

static void test_errors(void **state)
{
    json_t *empty = json_object(), *document = json_pack("{s:[]}", "entries");
    FILE *full = fopen("/dev/full", "w");

    (void)state;
    assert_non_null(full);
    assert_int_equal(mb_report_csv(empty, full), -EINVAL);
    assert_int_equal(mb_report_csv(document, full), -ENOSPC);
    (void)fclose(full);
    json_decref(empty);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_sample), cmocka_unit_test(test_items),
        cmocka_unit_test(test_no_readings), cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
