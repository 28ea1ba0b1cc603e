/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus/authorise.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLKIT "org.freedesktop.PolicyKit1"
#define ANSWER_USEC (5ull * 1000 * 1000)
/* A person types a password; less than the 25 s after which clients give up. */
#define DIALOG_USEC (20ull * 1000 * 1000)
#define QUESTIONS_MAX 64
#define QUESTIONS_OF_ONE_MAX 8
#define BINDING_MAX 640

enum state { ASKED, ALLOWED, REFUSED, CHALLENGED, UNANSWERED };

/* One call that waits for its answer, or for its second round. */
struct question {
    struct bus_authority *authority;
    sd_bus_message *request;
    sd_bus_slot *slot;
    sd_bus_track *caller;
    sd_event_source *forget;
    enum state state;
    char binding[BINDING_MAX]; /* what the answer is good for */
    char cancel[32], reason[256];
    uid_t uid;
    struct question *next;
};

struct bus_authority {
    sd_bus *bus;
    sd_event *event;
    struct mb_journal *journal;
    struct question *questions;
    unsigned serial; /* names questions towards polkit */
};

static const char *const names[] = {
    [BUS_ACTION_RUN] = "org.motorbench1.run",
    [BUS_ACTION_OPERATE] = "org.motorbench1.operate",
    [BUS_ACTION_CONFIGURE] = "org.motorbench1.configure",
    [BUS_ACTION_SIGN] = "org.motorbench1.sign",
    [BUS_ACTION_TAKE_OVER] = "org.motorbench1.take-over",
};

static int caller_uid(sd_bus_message *m, uid_t *ret)
{
    sd_bus_creds *creds = NULL;
    int r = sd_bus_query_sender_creds(m, SD_BUS_CREDS_EUID, &creds);

    if (r >= 0)
        r = sd_bus_creds_get_euid(creds, ret);
    sd_bus_creds_unref(creds);
    return r;
}

void bus_caller(sd_bus_message *m, char buffer[static 32])
{
    uid_t uid;

    buffer[0] = '\0';
    if (caller_uid(m, &uid) >= 0)
        (void)snprintf(buffer, 32, "uid %u", (unsigned)uid);
}

static struct question *question_free(struct question *q)
{
    if (!q)
        return NULL;
    for (struct question **link = &q->authority->questions; *link; link = &(*link)->next)
        if (*link == q) {
            *link = q->next;
            break;
        }
    sd_event_source_disable_unref(q->forget);
    sd_bus_slot_unref(q->slot);
    sd_bus_track_unref(q->caller);
    sd_bus_message_unref(q->request);
    free(q);
    return NULL;
}

static void tell(struct bus_authority *a, enum mb_journal_id id, const struct mb_journal_entry *entry)
{
    uint64_t now = 0;

    (void)sd_event_now(a->event, CLOCK_MONOTONIC, &now);
    mb_journal_tell(a->journal, now, id, entry);
}

/* Answers that nobody came to fetch: the object of the call went away meanwhile. */
static int on_forget(sd_event_source *source, void *userdata)
{
    (void)source;
    question_free(userdata);
    return 0;
}

/* The call once more, from the beginning: it may find that its object is gone. */
static int second_round(struct question *q)
{
    int r = sd_bus_enqueue_for_read(q->authority->bus, q->request);

    if (r >= 0)
        r = sd_event_add_defer(q->authority->event, &q->forget, on_forget, q);
    if (r >= 0)
        r = sd_event_source_set_priority(q->forget, SD_EVENT_PRIORITY_IDLE);
    if (r < 0) {
        (void)sd_bus_reply_method_errno(q->request, r, NULL);
        question_free(q);
    }
    return 0;
}

/* A dialog that is still open is closed. */
static void withdraw(struct question *q)
{
    (void)sd_bus_call_method_async(q->authority->bus, NULL, POLKIT, "/org/freedesktop/PolicyKit1/Authority",
                                   POLKIT ".Authority", "CancelCheckAuthorization", NULL, NULL, "s",
                                   q->cancel);
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error)
{
    struct question *q = userdata;
    const sd_bus_error *trouble = sd_bus_message_get_error(reply);
    int allowed = 0, challenge = 0;

    (void)error;
    q->slot = sd_bus_slot_unref(q->slot);
    if (trouble) {
        if (sd_bus_error_get_errno(trouble) == ETIMEDOUT)
            withdraw(q);
        q->state = UNANSWERED;
        (void)snprintf(q->reason, sizeof q->reason, "%s",
                       trouble->message ? trouble->message : trouble->name);
    } else if (sd_bus_message_enter_container(reply, 'r', "bba{ss}") < 0 ||
               sd_bus_message_read(reply, "bb", &allowed, &challenge) < 0) {
        q->state = UNANSWERED;
        (void)snprintf(q->reason, sizeof q->reason, "its answer cannot be read");
    } else {
        q->state = allowed ? ALLOWED : challenge ? CHALLENGED : REFUSED;
    }
    return second_round(q);
}

static int on_caller_gone(sd_bus_track *track, void *userdata)
{
    struct question *q = userdata;

    (void)track;
    if (q->state == ASKED)
        withdraw(q);
    question_free(q);
    return 1;
}

static int ask(struct question *q, enum bus_action action, const char *about, const char *why)
{
    int dialog = sd_bus_message_get_allow_interactive_authorization(q->request) > 0;
    sd_bus_message *m = NULL;
    int r =
        sd_bus_message_new_method_call(q->authority->bus, &m, POLKIT, "/org/freedesktop/PolicyKit1/Authority",
                                       POLKIT ".Authority", "CheckAuthorization");

    if (r >= 0)
        r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(q->request), names[action], 3, "member",
                                  sd_bus_message_get_member(q->request), "about", about, "why", why,
                                  (uint32_t)(dialog ? 1 : 0), q->cancel);
    if (r >= 0)
        r = sd_bus_call_async(q->authority->bus, &q->slot, m, on_answer, q,
                              dialog ? DIALOG_USEC : ANSWER_USEC);
    sd_bus_message_unref(m);
    return r;
}

static int question_new(struct bus_authority *a, sd_bus_message *m, uid_t uid, const char *binding,
                        struct question **ret)
{
    struct question *q = calloc(1, sizeof *q);
    int r;

    if (!q)
        return -ENOMEM;
    q->authority = a;
    q->request = sd_bus_message_ref(m);
    q->uid = uid;
    (void)snprintf(q->binding, sizeof q->binding, "%s", binding);
    (void)snprintf(q->cancel, sizeof q->cancel, "motorbench-%u", ++a->serial);
    q->next = a->questions;
    a->questions = q;
    r = sd_bus_track_new(a->bus, &q->caller, on_caller_gone, q);
    if (r >= 0)
        r = sd_bus_track_add_sender(q->caller, m);
    if (r < 0)
        question_free(q);
    else
        *ret = q;
    return r;
}

static bool too_many(const struct bus_authority *a, uid_t uid)
{
    unsigned all = 0, of_one = 0;

    for (const struct question *q = a->questions; q; q = q->next) {
        all++;
        of_one += q->uid == uid;
    }
    return all >= QUESTIONS_MAX || of_one >= QUESTIONS_OF_ONE_MAX;
}

static int refuse(struct bus_authority *a, enum bus_action action, const char *about,
                  const struct question *q, sd_bus_error *error)
{
    char who[32];

    (void)snprintf(who, sizeof who, "uid %u", (unsigned)q->uid);
    if (q->state == UNANSWERED)
        tell(a, MB_JOURNAL_NO_POLKIT, &(struct mb_journal_entry){.reason = q->reason});
    tell(a, MB_JOURNAL_DENIED,
         &(struct mb_journal_entry){.bench = about, .who = who, .action = names[action]});
    if (q->state == CHALLENGED)
        return sd_bus_error_setf(error, SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                                 "not authorised: %s needs a password, or the group motorbench",
                                 names[action]);
    return sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorised: %s%s%s", names[action],
                             q->state == UNANSWERED ? "; polkit does not answer: " : "", q->reason);
}

/* The second round: the answer is used up, whatever it is. */
static int use_answer(struct question *q, enum bus_action action, const char *about, const char *binding,
                      sd_bus_error *error)
{
    struct bus_authority *a = q->authority;
    int r = 0;

    if (strcmp(q->binding, binding) != 0)
        q->state = REFUSED;
    if (q->state != ALLOWED)
        r = refuse(a, action, about, q, error);
    question_free(q);
    return r;
}

static struct question *find(struct bus_authority *a, const sd_bus_message *m)
{
    for (struct question *q = a->questions; q; q = q->next)
        if (q->request == m && q->state != ASKED)
            return q;
    return NULL;
}

int bus_authorise(struct bus_authority *a, sd_bus_message *m, enum bus_action action, const char *about,
                  const char *why, sd_bus_error *error)
{
    struct question *q = find(a, m);
    char binding[BINDING_MAX];
    uid_t uid;
    int r;

    if (!sd_bus_message_get_sender(m)) /* not a bus: there is nobody but the one who was let in */
        return 0;
    r = snprintf(binding, sizeof binding, "%s|%s|%s", names[action], about, why);
    if (r < 0 || (size_t)r >= sizeof binding)
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "the reason is too long");
    if (q)
        return use_answer(q, action, about, binding, error);
    r = caller_uid(m, &uid);
    if (r < 0)
        return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorised: the caller is gone");
    if (uid == 0 || uid == geteuid())
        return 0;
    if (too_many(a, uid))
        return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many calls wait for polkit");
    r = question_new(a, m, uid, binding, &q);
    if (r >= 0 && (r = ask(q, action, about, why)) < 0)
        question_free(q);
    return r < 0 ? sd_bus_error_setf(error, SD_BUS_ERROR_ACCESS_DENIED, "not authorised: %s", strerror(-r))
                 : 1;
}

int bus_authority_new(sd_bus *bus, sd_event *event, struct mb_journal *journal, struct bus_authority **ret)
{
    struct bus_authority *a = calloc(1, sizeof *a);

    if (!a)
        return -ENOMEM;
    a->bus = sd_bus_ref(bus);
    a->event = sd_event_ref(event);
    a->journal = journal;
    *ret = a;
    return 0;
}

struct bus_authority *bus_authority_free(struct bus_authority *a)
{
    if (!a)
        return NULL;
    while (a->questions)
        question_free(a->questions);
    sd_bus_unref(a->bus);
    sd_event_unref(a->event);
    free(a);
    return NULL;
}
