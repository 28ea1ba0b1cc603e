/* SPDX-License-Identifier: GPL-3.0-or-later */
/* motorbench run */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/number.h"
#include "motorbench/arguments.h"
#include "motorbench/answer.h"
#include "motorbench/client.h"
#include "motorbench/evaluate.h"
#include "motorbench/standard.h"
#include "motorbench/verdict_table.h"

#define MOTOR_FILE_MAX (256u << 10)

struct follow { /* a run being watched until it ends */
    sd_bus *bus;
    const struct options *options;
    const char *also; /* further methods to compute from its readings; NULL: none */
    char path[CLIENT_PATH_MAX];
    json_t *properties;
    char ask[64];
    uint64_t shown_ns; /* when a piped progress line was last printed */
    bool terminal, line_open, prompting, ended, lost;
    bool stop_key; /* Enter stops the outputs while nothing is asked */
};

static void close_line(struct follow *f)
{
    if (f->line_open)
        printf("\r\033[K");
    f->line_open = false;
}

/* Progress on a terminal is one line that is rewritten; piped, a line why it does not settle, at most one in
 * so many ns. */
#define PIPED_LINE_NS 3000000000u

static void show_progress(struct follow *f)
{
    const char *waiting = json_text_of(f->properties, "Waiting");
    double share = json_number_value(json_object_get(f->properties, "Progress"));

    if (f->options->quiet || f->options->json)
        return;
    if (f->terminal) {
        printf("\r\033[K%3.0f %%  %s: %.100s", 100 * share, json_text_of(f->properties, "StepTitle"),
               waiting);
        f->line_open = true;
    } else if (strncmp(waiting, "not settled", 11) == 0 && mb_monotonic_ns() - f->shown_ns > PIPED_LINE_NS) {
        f->shown_ns = mb_monotonic_ns();
        printf("%3.0f %%  %s: %s\n", 100 * share, json_text_of(f->properties, "Step"), waiting);
    }
    (void)fflush(stdout);
}

static void trim(char *line)
{
    size_t n = strlen(line);

    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == ' '))
        line[--n] = '\0';
}

static void prompt(const struct follow *f)
{
    printf("%s> ", f->ask);
    (void)fflush(stdout);
}

/* What stands for the answer in the command: "yes|no", "NUMBER", and whether a photograph belongs to it. */
static const char *wanted(const json_t *properties)
{
    static const struct {
        const char *kind, *plain, *photo;
    } words[] = {{"yes-no", "yes|no", "yes|no --photo FILE"}, {"number", "NUMBER", "NUMBER --photo FILE"}};
    const json_t *question = json_object_get(properties, "Question");
    bool photo = strcmp(json_text_of(question, "photo"), "required") == 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(json_text_of(question, "kind"), words[i].kind) == 0)
            return photo ? words[i].photo : words[i].plain;
    return photo ? "VALUE --photo FILE" : "VALUE";
}

/* At a terminal the operator is asked here, and the run is followed meanwhile; elsewhere another 'motorbench
 * answer' is expected. */
static void show_question(struct follow *f)
{
    const char *ask = json_text_of(f->properties, "Ask");

    if (strcmp(ask, f->ask) == 0)
        return;
    (void)snprintf(f->ask, sizeof f->ask, "%s", ask);
    if (f->prompting)
        printf("\n");
    f->prompting = false;
    if (!*ask || f->options->json)
        return;
    close_line(f);
    printf("waiting for operator: %s: %s\n", ask, json_text_of(f->properties, "Waiting"));
    printf("  motorbench answer %.8s %s %s\n", json_text_of(f->properties, "Uuid"), ask,
           wanted(f->properties));
    (void)fflush(stdout);
    f->prompting = f->terminal && isatty(STDIN_FILENO);
    if (f->prompting)
        prompt(f);
}

static void take_answer(struct follow *f)
{
    char line[200];

    if (!fgets(line, sizeof line, stdin)) { /* end of input: answered elsewhere */
        f->prompting = false;
        return;
    }
    trim(line);
    f->prompting = false;
    if (send_answer(f->bus, f->path, f->ask, line, -1) == EXIT_DONE)
        return;
    f->prompting = true;
    prompt(f);
}

/* In a hurry nobody finds a command: the key that is there for answers stops when there is nothing to answer.
 * An answer that comes too late does the same, which is the safe side. */
static void take_stop_key(struct follow *f)
{
    char line[200];

    if (!fgets(line, sizeof line, stdin)) {
        f->stop_key = false;
        return;
    }
    close_line(f);
    if (client_call(f->bus, json_text_of(f->properties, "Bench"), CLIENT_NAME ".Bench", "EmergencyStop",
                    NULL) == EXIT_DONE)
        printf("outputs are going off; 'motorbench continue %.8s' goes on, 'motorbench abort %.8s' ends it\n",
               json_text_of(f->properties, "Uuid"), json_text_of(f->properties, "Uuid"));
    (void)fflush(stdout);
}

static bool has_ended(const char *state)
{
    return strcmp(state, "done") == 0 || strcmp(state, "aborted") == 0 || strcmp(state, "fault") == 0;
}

/* Other benches have runs of their own. */
static bool is_ours(const struct follow *f, sd_bus_message *m)
{
    const char *path = sd_bus_message_get_path(m);

    return path && strcmp(path, f->path) == 0;
}

static int on_properties(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct follow *f = userdata;
    json_t *changed = NULL;
    const char *interface;

    (void)error;
    if (!is_ours(f, m) || sd_bus_message_read(m, "s", &interface) < 0 ||
        strcmp(interface, RUN_INTERFACE) != 0 || client_json(m, &changed) < 0)
        return 0;
    (void)json_object_update(f->properties, changed);
    json_decref(changed);
    show_progress(f);
    show_question(f);
    f->ended = has_ended(json_text_of(f->properties, "State"));
    return 0;
}

static int on_event(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct follow *f = userdata;
    const char *type, *step, *text;

    (void)error;
    if (f->options->quiet || f->options->json || !is_ours(f, m) ||
        sd_bus_message_read(m, "sss", &type, &step, &text) < 0)
        return 0;
    if (strcmp(type, "ask") == 0 || strcmp(type, "end") == 0)
        return 0;
    close_line(f);
    if (strcmp(type, "step") == 0 || strcmp(type, "item") == 0)
        printf("%s %s\n", *type == 's' ? "==" : "=====", text);
    else
        printf("   %-8s %s\n", type, text);
    (void)fflush(stdout);
    return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
    struct follow *f = userdata;
    const char *name, *old, *new;

    (void)error;
    if (sd_bus_message_read(m, "sss", &name, &old, &new) >= 0 && !*new)
        f->lost = true;
    return 0;
}

static int subscribe(struct follow *f)
{
    int r = sd_bus_match_signal(f->bus, NULL, CLIENT_NAME, NULL, "org.freedesktop.DBus.Properties",
                                "PropertiesChanged", on_properties, f);

    if (r >= 0)
        r = sd_bus_match_signal(f->bus, NULL, CLIENT_NAME, NULL, RUN_INTERFACE, "Event", on_event, f);
    if (r >= 0)
        r = sd_bus_add_match(
            f->bus, NULL,
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" CLIENT_NAME "'",
            on_owner, f);
    return r < 0 ? fail(EXIT_NO_DAEMON, "the daemon's signals cannot be received: %s", strerror(-r))
                 : EXIT_DONE;
}

/* For the bus, and for the operator at a terminal. */
static int wait_for_more(struct follow *f)
{
    struct pollfd fds[2] = {{.fd = sd_bus_get_fd(f->bus), .events = (short)sd_bus_get_events(f->bus)},
                            {.fd = STDIN_FILENO, .events = POLLIN}};

    if (!f->prompting && !f->stop_key)
        return sd_bus_wait(f->bus, UINT64_MAX);
    if (poll(fds, 2, -1) < 0)
        return -errno;
    if (fds[1].revents && f->prompting)
        take_answer(f);
    else if (fds[1].revents)
        take_stop_key(f);
    return 0;
}

static int wait_for_end(struct follow *f)
{
    int r = 0;

    while (!f->ended && !f->lost && r >= 0) {
        r = sd_bus_process(f->bus, NULL);
        if (r == 0)
            r = wait_for_more(f);
        if (r == -EINTR)
            r = 0;
    }
    close_line(f);
    if (r < 0 || f->lost)
        return fail(EXIT_NO_DAEMON, "the daemon is gone; the record says how the run ended");
    return EXIT_DONE;
}

static int status_of_run(const json_t *properties)
{
    const char *state = json_text_of(properties, "State"), *verdict = json_text_of(properties, "Verdict");

    if (strcmp(state, "done") != 0)
        return EXIT_BENCH_FAULT;
    if (strcmp(verdict, "FAIL") == 0)
        return EXIT_ITEM_FAILS;
    return strcmp(verdict, "PASS") == 0 || strcmp(verdict, "NOT-APPLICABLE") == 0 ? EXIT_DONE : EXIT_INVALID;
}

/* What was asked for on top of the run: its verdict is not touched by it. */
static int compute_also(const struct follow *f)
{
    json_t *also = NULL;
    int status = f->also && strcmp(json_text_of(f->properties, "State"), "done") == 0
                     ? evaluate_also(json_text_of(f->properties, "Uuid"), f->also, f->options, &also)
                     : EXIT_DONE;

    if (also)
        (void)json_object_set_new(f->properties, "also", also);
    return status;
}

static int report_end(const struct follow *f)
{
    int status = status_of_run(f->properties);

    if (!f->options->json) {
        print_verdict_table(json_object_get(f->properties, "Items"));
        printf("run %s is %s: %s%s%s\n", json_text_of(f->properties, "Uuid"),
               json_text_of(f->properties, "State"), json_text_of(f->properties, "Verdict"),
               *json_text_of(f->properties, "Reason") ? ", " : "", json_text_of(f->properties, "Reason"));
    }
    status = (int)worse_status((enum exit_status)status, (enum exit_status)compute_also(f));
    if (f->options->json)
        status = (int)worse_status((enum exit_status)status,
                                   (enum exit_status)print_json(json_incref(f->properties)));
    return status;
}

/* The properties may have changed between the start and the subscription: read them once afterwards. */
static int follow_run(struct follow *f)
{
    int status = client_properties(f->bus, f->path, RUN_INTERFACE, &f->properties);

    if (status != EXIT_DONE)
        return status;
    if (!f->options->quiet && !f->options->json)
        printf("run %s%s\n", json_text_of(f->properties, "Uuid"),
               json_is_true(json_object_get(f->properties, "Simulated")) ? " (SIMULATED)" : "");
    f->stop_key = f->terminal && !f->options->json && isatty(STDIN_FILENO);
    if (f->stop_key)
        printf("Enter stops the outputs whenever nothing is asked.\n");
    show_question(f);
    f->ended = has_ended(json_text_of(f->properties, "State"));
    status = wait_for_end(f);
    if (status == EXIT_DONE) {
        json_decref(f->properties);
        f->properties = NULL;
        status = client_properties(f->bus, f->path, RUN_INTERFACE, &f->properties);
    }
    if (status != EXIT_DONE)
        return status;
    return report_end(f);
}

/* "a,b" as a list of texts. */
static int append_items(sd_bus_message *m, const char *items)
{
    int r = sd_bus_message_open_container(m, 'e', "sv");

    if (r >= 0)
        r = sd_bus_message_append(m, "s", "items");
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'v', "as");
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "s");
    for (const char *p = items; r >= 0 && *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
        char item[64];

        (void)snprintf(item, sizeof item, "%.*s", (int)strcspn(p, ","), p);
        r = sd_bus_message_append(m, "s", item);
    }
    for (int depth = 0; r >= 0 && depth < 3; depth++)
        r = sd_bus_message_close_container(m);
    return r;
}

struct start {
    const char *motor_file, *text, *bench, *items, *method, *rule;
};

static int append_options(sd_bus_message *m, const struct start *s)
{
    int r = sd_bus_message_open_container(m, 'a', "{sv}");

    if (r >= 0 && s->rule)
        r = sd_bus_message_append(m, "{sv}", "rule", "s", s->rule);
    if (r >= 0 && s->method)
        r = sd_bus_message_append(m, "{sv}", "method", "s", s->method);
    if (r >= 0 && s->items)
        r = append_items(m, s->items);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int start(struct follow *f, const struct start *s)
{
    sd_bus_message *m = NULL, *reply = NULL;
    const char *path = NULL;
    int status = client_message(f->bus, CLIENT_ROOT, CLIENT_MANAGER, "StartInspection", &m), r;

    if (status != EXIT_DONE)
        return status;
    r = sd_bus_message_append(m, "sa{sv}", s->bench ? s->bench : "", 2, "document", "s", s->text, "name", "s",
                              s->motor_file);
    if (r >= 0)
        r = append_options(m, s);
    status = r < 0 ? fail(EXIT_BAD_INPUT, "%s: cannot be sent: %s", s->motor_file, strerror(-r))
                   : client_send(f->bus, m, &reply);
    if (status == EXIT_DONE && sd_bus_message_read(reply, "o", &path) < 0)
        status = fail(EXIT_NO_DAEMON, "the daemon's answer cannot be read");
    if (status == EXIT_DONE)
        (void)snprintf(f->path, sizeof f->path, "%s", path);
    sd_bus_message_unref(reply);
    return status;
}

static int run(int argc, char **argv, const struct options *options)
{
    struct follow f = {.options = options, .terminal = isatty(STDOUT_FILENO)};
    struct start s = {.bench = NULL};
    const struct argument table[] = {{"--bench", &s.bench, NULL},   {"--items", &s.items, NULL},
                                     {"--method", &s.method, NULL}, {"--rule", &s.rule, NULL},
                                     {"--also", &f.also, NULL},     {.name = NULL}};
    struct mb_error err = {""};
    enum mb_decision_rule agreed;
    struct words words;
    char *text = NULL;
    size_t size;
    int status = parse_arguments(argc, argv, table, 1, 1, &words);

    if (status != EXIT_DONE)
        return status;
    if (s.rule) {
        status = parse_rule("run", s.rule, &agreed);
        if (status != EXIT_DONE)
            return status;
    }
    if (mb_file_read(words.word[0], MOTOR_FILE_MAX, &text, &size, &err) < 0)
        return fail(EXIT_BAD_INPUT, "%s", err.text);
    if (strlen(text) != size)
        status = fail(EXIT_BAD_INPUT, "%s:1: a NUL byte in the file is not allowed", words.word[0]);
    s.motor_file = words.word[0];
    s.text = text;
    if (status == EXIT_DONE)
        status = client_open(options, &f.bus);
    if (status == EXIT_DONE)
        status = subscribe(&f);
    if (status == EXIT_DONE)
        status = start(&f, &s);
    if (status == EXIT_DONE)
        status = follow_run(&f);
    json_decref(f.properties);
    sd_bus_flush_close_unref(f.bus);
    free(text);
    return status;
}

const struct command run_commands[] = {
    {"run", "run MOTOR.yaml [--bench B] [--items a,b] [--method M] [--also METHODS] [--rule NAME]",
     "Inspects a motor and follows the run to its verdict.", run},
    {.name = NULL},
};
