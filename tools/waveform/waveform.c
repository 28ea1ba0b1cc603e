/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the file, runs the blocks through a report or into another file, and tells what came out. */
#include "waveform/waveform.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/analyser.h"
#include "motorbench/arguments.h"
#include "waveform/hdf5.h"
#include "waveform/live.h"
#include "waveform/report.h"
#include "waveform/source.h"
#include "waveform/text.h"

static const struct report_ops *const reports[] = {&power_report, &harmonics_report, &vibration_report,
                                                   &sound_report, &third_octave_report};
#define LIVE_S 10.0 /* of a device, when nobody says */
#define REPORTS (sizeof reports / sizeof *reports)

/* Why a report may be worth less. too-short has its wanted length besides. */
static const struct {
    uint32_t flag;
    const char *id, *text;
} reasons[] = {
    {MB_WAVE_TOO_SHORT, "too-short", "the recording is too short"},
    {MB_WAVE_CLIPPED, "clipped", "samples reach the end of the converter's range"},
    {MB_WAVE_NOT_FINITE, "not-finite", "samples are NaN or infinite"},
    {MB_WAVE_MISSING, "missing", "samples are missing"},
    {MB_WAVE_NO_SYNC, "no-synchronisation", "no cycles were found: windows are cut by time"},
    {MB_WAVE_RATE, "rate-changed", "the rate changes: used is what comes before"},
};

struct words_given {
    const char *file, *rate, *channels, *report, *filter, *rated, *pole_pairs, *export;
    double rate_hz;
    struct report_setting setting;          /* without its channels */
    const char *seconds, *record, *trigger; /* of a device */
    double live_s;
    struct mb_wave_channel channel[MB_BLOCK_CHANNELS_MAX];
    size_t channel_count;
};

struct analysis {
    struct mb_wave_source *source;
    struct report_setting setting;
    const struct report_ops *ops; /* NULL: only an export is wanted */
    void *report;
    struct hdf5_writer *writer;
    struct report_result result;
    uint64_t samples;
    double rate_hz;
    uint32_t flags; /* of the blocks */
};

static bool has_channel(const struct analysis *a, enum mb_wave_quantity quantity)
{
    size_t channels[MB_BLOCK_CHANNELS_MAX];

    return mb_channels_of(a->setting.channels, a->setting.channel_count, quantity, channels) > 0;
}

static int unknown_report(const char *name)
{
    char allowed[120] = "";
    size_t used = 0;

    for (size_t i = 0; i < REPORTS && used < sizeof allowed; i++)
        used +=
            (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s", i ? ", " : "", reports[i]->name);
    return fail(EXIT_BAD_INPUT, "waveform: --report: '%.40s' is not known, allowed: %s", name, allowed);
}

/* The report that is asked for, or the first that the channels are enough for. */
static int choose_report(const struct words_given *given, struct analysis *a)
{
    for (size_t i = 0; i < REPORTS && !a->ops; i++)
        if (given->report ? strcmp(reports[i]->name, given->report) == 0
                          : !given->export && !given->record && has_channel(a, reports[i]->quantity))
            a->ops = reports[i];
    if (!a->ops && given->report)
        return unknown_report(given->report);
    if (!a->ops && !given->export && !given->record)
        return fail(EXIT_BAD_INPUT, "waveform: %s does not say what its channels are: --channels is needed",
                    given->file);
    if (a->ops && !has_channel(a, a->ops->quantity))
        return fail(EXIT_BAD_INPUT, "waveform: report %s needs a channel of %s, as in --channels %s",
                    a->ops->name, mb_wave_quantity_name(a->ops->quantity), a->ops->example);
    return EXIT_DONE;
}

/* A regular file: a FIFO could wait for ever. */
static int open_reader(const struct words_given *given, struct mb_wave_reader **ret, struct mb_error *err)
{
    int fd = open(given->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    FILE *file;

    if (fd < 0)
        return mb_error_set(err, -errno, "%s: cannot be opened: %s", given->file, strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return mb_error_set(err, -EINVAL, "%s: not a regular file", given->file);
    }
    if (hdf5_is(given->file)) {
        (void)close(fd);
        return hdf5_reader_open(given->file, given->rate_hz, ret, err);
    }
    file = fdopen(fd, "r");
    if (!file) {
        (void)close(fd);
        return mb_error_set(err, -ENOMEM, "%s: not enough memory", given->file);
    }
    return mb_wave_reader_open(file, given->file, given->rate_hz, ret, err);
}

/* What the user says of the channels has become part of the columns then. */
static int open_live(struct words_given *given, struct mb_wave_reader **ret, struct mb_error *err)
{
    const struct live_setting setting = {.address = given->file,
                                         .channels = given->channel,
                                         .channel_count = given->channel_count,
                                         .rate_hz = given->rate_hz,
                                         .seconds = given->live_s > 0 ? given->live_s : LIVE_S,
                                         .record = given->record,
                                         .trigger = given->trigger};
    int r = live_reader_open(&setting, ret, err);

    for (size_t i = 0; r == 0 && i < given->channel_count; i++) {
        given->channel[i].gain = (*ret)->columns[i].gain;
        given->channel[i].offset = (*ret)->columns[i].offset;
        given->channel[i].limit = (*ret)->columns[i].limit;
        given->channel[i].delay_s += (*ret)->columns[i].delay_s;
    }
    return r;
}

static int open_source(struct words_given *given, struct analysis *a, struct mb_error *err)
{
    struct mb_wave_reader *reader;
    int r = live_is(given->file) ? open_live(given, &reader, err) : open_reader(given, &reader, err);

    if (r < 0)
        return r;
    r = mb_wave_source_new(reader, given->channel, given->channel_count, &a->source, err);
    if (r < 0) {
        (void)mb_wave_reader_free(reader);
        return r;
    }
    a->setting.channels = a->source->channels;
    a->setting.channel_count = a->source->channel_count;
    return 0;
}

static int begin(const struct words_given *given, struct analysis *a, const struct mb_block *first,
                 struct mb_error *err)
{
    int r = 0;

    a->rate_hz = first->rate_hz;
    if (given->export)
        r = hdf5_writer_new(given->export, a->setting.channels, a->setting.channel_count, first->rate_hz,
                            &a->writer, err);
    if (r == 0 && a->ops)
        r = a->ops->new (&a->setting, first, &a->report, err);
    return r;
}

/* All blocks, up to one of another rate. */
static int run_blocks(const struct words_given *given, struct analysis *a, struct mb_error *err)
{
    struct mb_block block;
    int r;

    while ((r = mb_wave_source_next(a->source, &block, err)) > 0) {
        if (a->samples == 0)
            r = begin(given, a, &block, err);
        else
            a->flags |= block.flags;
        if (r < 0)
            return r;
        if (block.rate_hz != a->rate_hz) {
            a->flags |= MB_WAVE_RATE;
            break;
        }
        a->flags |= block.flags & MB_WAVE_INVALID;
        a->samples += block.count;
        r = a->writer ? hdf5_writer_push(a->writer, &block, err) : 0;
        if (r == 0 && a->report)
            r = a->ops->push(a->report, &block, err);
        if (r < 0)
            return r;
    }
    if (r >= 0 && a->samples == 0)
        return mb_error_set(err, -EINVAL, "%s: the file holds no samples", given->file);
    return r < 0 ? r : 0;
}

static int analyse(const struct words_given *given, struct analysis *a, struct mb_error *err)
{
    struct hdf5_writer *writer;
    int r = run_blocks(given, a, err);

    if (r < 0)
        return r;
    if (a->report)
        r = a->ops->finish(a->report, &a->result, err);
    writer = a->writer;
    if (r == 0 && writer) {
        a->writer = NULL;
        r = hdf5_writer_finish(writer, err);
    }
    return r;
}

static bool is_valid(const struct analysis *a)
{
    return !a->ops || !((a->flags | a->result.flags) & a->ops->invalid);
}

static json_t *reason_list(const struct analysis *a)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        char text[160];

        if (!((a->flags | a->result.flags) & reasons[i].flag))
            continue;
        (void)snprintf(text, sizeof text, "%s", reasons[i].text);
        if (reasons[i].flag == MB_WAVE_TOO_SHORT && a->result.wanted_s > 0)
            (void)snprintf(text, sizeof text, "%s: %.4g s are needed", reasons[i].text, a->result.wanted_s);
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "id", reasons[i].id, "text", text));
    }
    return list;
}

/* What is the same for every report, in front of its values. */
static json_t *head(const struct words_given *given, const struct analysis *a)
{
    const char *notice = a->source->reader->notice;
    json_t *channels = json_array(), *document;

    for (size_t c = 0; c < a->setting.channel_count; c++)
        (void)json_array_append_new(
            channels, json_pack("{s:s, s:s, s:s}", "name", a->setting.channels[c].name, "quantity",
                                mb_wave_quantity_name(a->setting.channels[c].quantity), "unit",
                                mb_wave_quantity_unit(a->setting.channels[c].quantity)));
    document = json_pack("{s:s, s:s, s:f, s:I, s:o}", "file", a->source->reader->label, "format",
                         a->source->reader->ops->format, "rate_hz", a->rate_hz, "samples",
                         (json_int_t)a->samples, "channels", channels);
    (void)json_object_set_new(document, "notice", notice[0] ? json_string(notice) : json_null());
    if (given->export)
        (void)json_object_set_new(document, "export", json_string(given->export));
    return document;
}

static void print_text(const struct analysis *a)
{
    const struct mb_wave_reader *reader = a->source->reader;
    json_t *list = reason_list(a), *reason;
    size_t i;

    printf("%s: %s, %llu samples at %.10g Hz\n", reader->label, reader->ops->format,
           (unsigned long long)a->samples, a->rate_hz);
    if (reader->notice[0])
        printf("note: %s\n", reader->notice);
    if (a->ops)
        printf("report: %s, %s\n", a->ops->name, is_valid(a) ? "valid" : "NOT VALID");
    json_array_foreach(list, i, reason) printf("%s: %s\n", json_string_value(json_object_get(reason, "id")),
                                               json_string_value(json_object_get(reason, "text")));
    json_decref(list);
    if (a->ops)
        print_values(a->result.values);
}

static int tell(const struct words_given *given, const struct analysis *a, const struct options *options)
{
    int status = is_valid(a) ? EXIT_DONE : EXIT_INVALID;
    json_t *document;

    if (!options->json) {
        print_text(a);
        return status;
    }
    document = head(given, a);
    (void)json_object_set_new(document, "valid", json_boolean(is_valid(a)));
    (void)json_object_set_new(document, "reasons", reason_list(a));
    if (a->ops) {
        (void)json_object_set_new(document, "report", json_string(a->ops->name));
        (void)json_object_set(document, "values", a->result.values);
    }
    return (int)worse_status((enum exit_status)print_json(document), (enum exit_status)status);
}

/* Options that are numbers. */
static int take_numbers(const char *command, struct words_given *given)
{
    const struct {
        const char *option, *text;
        double low, high, *target;
    } numbers[] = {
        {"--rate", given->rate, 1e-3, 1e9, &given->rate_hz},
        {"--filter", given->filter, 0.1, 1e6, &given->setting.filter_hz},
        {"--rated-v", given->rated, 1e-3, 1e6, &given->setting.rated_v},
        {"--pole-pairs", given->pole_pairs, 1, 1000, &given->setting.pole_pairs},
        {"--seconds", given->seconds, 1e-3, 1e7, &given->live_s},
    };
    int status = EXIT_DONE;

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == EXIT_DONE; i++)
        if (numbers[i].text)
            status = parse_number(command, numbers[i].option, numbers[i].text, numbers[i].low,
                                  numbers[i].high, numbers[i].target);
    return status;
}

static int take_words(int argc, char **argv, struct words_given *given)
{
    const struct argument table[] = {
        {"--rate", &given->rate, NULL},
        {"--channels", &given->channels, NULL},
        {"--report", &given->report, NULL},
        {"--wiring", &given->setting.wiring, NULL},
        {"--filter", &given->filter, NULL},
        {"--window", &given->setting.window, NULL},
        {"--sync", &given->setting.sync, NULL},
        {"--reactive", &given->setting.reactive, NULL},
        {"--apparent", &given->setting.apparent, NULL},
        {"--convert", &given->setting.convert, NULL},
        {"--rated-v", &given->rated, NULL},
        {"--pole-pairs", &given->pole_pairs, NULL},
        {"--export", &given->export, NULL},
        {"--seconds", &given->seconds, NULL},
        {"--record", &given->record, NULL},
        {"--trigger", &given->trigger, NULL},
        {NULL, NULL, NULL},
    };
    struct mb_error err = {""};
    struct words words;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    given->file = words.word[0];
    status = take_numbers(argv[0], given);
    if (status == EXIT_DONE && !live_is(given->file) && (given->seconds || given->record || given->trigger))
        return fail(EXIT_BAD_INPUT, "waveform: --seconds, --record and --trigger belong to iio:URI");
    if (status == EXIT_DONE && given->channels &&
        mb_wave_channels_parse(given->channels, given->channel, MB_BLOCK_CHANNELS_MAX, &given->channel_count,
                               &err) < 0)
        return fail(EXIT_BAD_INPUT, "waveform: %s", err.text);
    return status;
}

/* A file that cannot be written is a fault of the machine, everything else one of the input. */
static int error_status(int r)
{
    return r == -EIO || r == -ENOMEM ? EXIT_BENCH_FAULT : EXIT_BAD_INPUT;
}

int waveform_command(int argc, char **argv, const struct options *options)
{
    struct words_given given = {.file = NULL};
    struct analysis a = {.source = NULL};
    struct mb_error err = {""};
    int status = take_words(argc, argv, &given), r;

    if (status != EXIT_DONE)
        return status;
    a.setting = given.setting;
    r = open_source(&given, &a, &err);
    if (r < 0)
        return fail((enum exit_status)error_status(r), "waveform: %s", err.text);
    status = choose_report(&given, &a);
    if (status == EXIT_DONE) {
        r = analyse(&given, &a, &err);
        status = r < 0 ? fail((enum exit_status)error_status(r), "waveform: %s", err.text)
                       : tell(&given, &a, options);
    }
    json_decref(a.result.values);
    if (a.report)
        a.ops->free(a.report);
    (void)hdf5_writer_free(a.writer);
    (void)mb_wave_source_free(a.source);
    return status;
}
