/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench-report: the export document of a record, or a sheet with its evaluation (JSON), on standard
 * input, a PDF on standard output or in a file. Exit status: 0 done, 2 bad usage or bad input, 4 the report
 * could not be written. */
#include <cairo-pdf.h>
#include <errno.h>
#include <getopt.h>
#include <pango/pangocairo.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/record.h"
#include "report/pdf/output.h"
#include "report/pdf/sections.h"
#include "report/pdf/value.h"

#define INPUT_MAX (256u << 20)

enum { EXIT_BAD_INPUT = 2, EXIT_NOT_WRITTEN = 4 };

static int complain(int status, const char *text)
{
    (void)fprintf(stderr, "motorbench-report: %s\n", text);
    return status;
}

static cairo_status_t to_bytes(void *closure, const unsigned char *data, unsigned length)
{
    return bytes_append(closure, data, length) < 0 ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void metadata(cairo_surface_t *surface, const json_t *document)
{
    char text[160];

    (void)snprintf(text, sizeof text, "Test report, %s %.100s",
                   value_at(document, "uuid") ? "record" : "sheet",
                   text_at(document, "uuid", text_at(document, "name", NONE)));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, text);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, text_at(document, "motor.id", ""));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR,
                                   text_at(document, "laboratory.name", ""));
}

/* The same drawing twice: first into nothing, to learn how many pages there are. */
static int draw(const json_t *document, struct mb_store *store, struct bytes *out, unsigned *pages)
{
    static const struct {
        void (*draw)(struct report *);
        bool of_record, of_sheet;
    } sections[] = {
        {section_front, true, true},        {section_motor, true, true},   {section_sample, true, true},
        {section_instruments, true, false}, {section_result, true, true},  {section_items, true, false},
        {section_photographs, true, false}, {section_plots, true, true},   {section_sheet, false, true},
        {section_readings, true, false},    {section_course, true, false}, {section_remedies, true, false},
    };
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(out ? to_bytes : NULL, out, PAGE_WIDTH, PAGE_HEIGHT);
    struct report report = {
        .document = document, .store = store, .cairo = cairo_create(surface), .pages = *pages};
    cairo_status_t status;

    report.context = pango_cairo_create_context(report.cairo);
    if (out)
        metadata(surface, document);
    page_begin(&report);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (is_sheet_only(&report) ? sections[i].of_sheet : sections[i].of_record)
            sections[i].draw(&report);
    page_end(&report);
    *pages = report.page;
    status = cairo_status(report.cairo);
    g_object_unref(report.context);
    cairo_destroy(report.cairo);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status == CAIRO_STATUS_SUCCESS ? 0 : status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
}

static bool is_known(const char *format)
{
    return strcmp(format, FORMAT_RECORD) == 0 || strcmp(format, FORMAT_SHEET) == 0;
}

static json_t *document_read(struct mb_error *err)
{
    struct bytes text = {NULL, 0, 0};
    json_error_t where;
    json_t *document = NULL;

    if (bytes_read(&text, STDIN_FILENO, INPUT_MAX, err) >= 0) {
        document = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &where);
        if (!document)
            (void)mb_error_set(err, -EINVAL, "standard input:%d: not JSON: %s", where.line, where.text);
    }
    bytes_clear(&text);
    if (document && !is_known(text_at(document, "format", ""))) {
        (void)mb_error_set(err, -EINVAL, "standard input: no document of format %s or %s", FORMAT_RECORD,
                           FORMAT_SHEET);
        json_decref(document);
        document = NULL;
    }
    return document;
}

static int report_write(const json_t *document, struct mb_store *store, const char *path)
{
    struct bytes pdf = {NULL, 0, 0};
    struct mb_error err = {""};
    unsigned pages = 0;
    int r = draw(document, store, NULL, &pages);

    if (r >= 0)
        r = draw(document, store, &pdf, &pages);
    if (r < 0)
        (void)mb_error_set(&err, r, "the report could not be drawn: %s", strerror(-r));
    else
        r = path ? bytes_write_file(&pdf, path, &err)
                 : bytes_write(&pdf, STDOUT_FILENO, "standard output", &err);
    bytes_clear(&pdf);
    return r < 0 ? complain(EXIT_NOT_WRITTEN, err.text) : 0;
}

struct arguments {
    const char *path, *store;
    bool help, version;
};

/* The status to exit with, or -1 to go on. */
static int arguments_read(int argc, char **argv, struct arguments *ret)
{
    static const struct option options[] = {
        {"output", required_argument, NULL, 'o'},   {"store", required_argument, NULL, 's'},
        {"language", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},        {NULL, 0, NULL, 0},
    };
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "o:h", options, NULL)) >= 0)
        if (option == 'o')
            ret->path = optarg;
        else if (option == 's')
            ret->store = optarg;
        else if (option == 'h')
            ret->help = true;
        else if (option == 'v')
            ret->version = true;
        else if (option != 'l')
            return complain(EXIT_BAD_INPUT, "unknown option or missing value, see --help");
        else if (strcmp(optarg, "en") != 0)
            return complain(EXIT_BAD_INPUT, "--language: this version writes reports in English (en) only");
    if (optind < argc)
        return complain(EXIT_BAD_INPUT, "the record comes on standard input, no file name is taken");
    return -1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.path = NULL};
    struct mb_store *store = NULL;
    struct mb_error err = {""};
    json_t *document;
    int status = arguments_read(argc, argv, &arguments);

    if (status >= 0)
        return status;
    if (arguments.help)
        return puts(
                   "motorbench-report [-o FILE.pdf] [--language en] [--store RECORDS.sqlite] < RECORD.json") <
                       0
                   ? EXIT_NOT_WRITTEN
                   : 0;
    if (arguments.version)
        return puts("motorbench-report " MB_VERSION) < 0 ? EXIT_NOT_WRITTEN : 0;
    document = document_read(&err);
    if (!document)
        return complain(EXIT_BAD_INPUT, err.text);
    /* Without its photographs a report is a report: it says that they are missing. */
    if (arguments.store && mb_store_open(arguments.store, true, &store, &err) < 0)
        (void)complain(0, err.text);
    status = report_write(document, store, arguments.path);
    (void)mb_store_close(store);
    json_decref(document);
    return status;
}
