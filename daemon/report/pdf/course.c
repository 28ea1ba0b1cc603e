/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened during the test, what was frozen, and how the record is checked. */
#include <stdio.h>
#include <string.h>

#include "report/pdf/sections.h"
#include "report/pdf/table.h"
#include "report/pdf/value.h"

/* One line about an entry: its sentence, or what a step is called, or a state. */
static void entry_text(const json_t *entry, char *buffer, size_t size)
{
    static const char *const keys[] = {"title", "text", "ask", "answer", "state", "verdict", "reason", "who"};
    size_t n = 0;

    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const char *text = text_at(entry, keys[i], NULL);

        if (text && n < size)
            n += (size_t)snprintf(buffer + n, size - n, "%s%s%s", n > 0 ? "; " : "",
                                  strcmp(keys[i], "answer") == 0 ? "answer: "
                                  : strcmp(keys[i], "who") == 0  ? "by "
                                                                 : "",
                                  text);
    }
    text_whole(buffer);
}

static void course(struct report *report)
{
    static const struct column columns[] = {
        {"Entry", NULL, 0.6, ALIGN_RIGHT}, {"Time", NULL, 0.9, ALIGN_LEFT}, {"What", NULL, 0.9, ALIGN_LEFT},
        {"Step", NULL, 1.3, ALIGN_LEFT},   {"Text", NULL, 6, ALIGN_LEFT},
    };
    static const char *const shown[] = {"step", "waiting", "operator", "fault", "state", "verdict"};
    const json_t *entry;
    struct table table;
    char text[1600];
    size_t i;

    heading(report, "Course of the test");
    table_begin(&table, report, columns, sizeof columns / sizeof columns[0]);
    json_array_foreach(json_object_get(report->document, "entries"), i,
                       entry) for (size_t k = 0; k < sizeof shown / sizeof shown[0];
                                   k++) if (type_is(entry, shown[k]))
    {
        struct number seq = number_text((double)json_integer_value(value_at(entry, "seq")), 0, NULL);
        struct number time = moment_text(report->document, entry);

        entry_text(entry, text, sizeof text);
        table_row(&table,
                  (const char *const[]){seq.text, time.text, shown[k], text_at(entry, "step", ""), text});
    }
    table_end(&table);
}

static void frozen(struct report *report)
{
    static const struct column columns[] = {
        {"Frozen with the record", NULL, 2.2, ALIGN_LEFT},
        {"Size", "bytes", 0.7, ALIGN_RIGHT},
        {"SHA-256", NULL, 6, ALIGN_LEFT},
    };
    const json_t *list = json_object_get(report->document, "frozen"), *item;
    struct table table;
    size_t i;

    heading(report, "Record");
    if (json_array_size(list) > 0) {
        table_begin(&table, report, columns, 3);
        json_array_foreach(list, i, item)
        {
            struct number size = number_text(number_at(item, "size"), 0, NULL);

            table_row(&table, (const char *const[]){text_at(item, "name", NONE), size.text,
                                                    text_at(item, "sha256", NONE)});
        }
        table_end(&table);
    }
    paragraph(report, STYLE_CELL,
              "The record holds %zu entries. Each carries the SHA-256 of the one before and of its own "
              "content; the head "
              "of the chain stands at the foot of every page. \u201cmotorbench verify %s\u201d walks the "
              "chain, compares "
              "the frozen data, and computes the result again from the readings.",
              json_array_size(json_object_get(report->document, "entries")),
              text_at(report->document, "uuid", "RECORD"));
    paragraph(report, STYLE_CELL, "End of report.");
}

void section_course(struct report *report)
{
    course(report);
    frozen(report);
}
