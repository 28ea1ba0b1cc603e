/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of an emergency stop and of a contactor over a fake of libgpiod (support/fake_gpiod.c). */
#include "support/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpio/line.h"

struct fixture {
    sd_event *event;
    char folder[64], chip[80];
    struct mb_gpio_line *line;
    unsigned edges;
};

static void put(const struct fixture *f, const char *line, const char *level)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", f->chip, line);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(level, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    *state = f;
    assert_true(sd_event_new(&f->event) >= 0);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-gpio-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->chip, sizeof f->chip, "%s/gpiochip0", f->folder);
    assert_int_equal(mkdir(f->chip, 0700), 0);
    assert_int_equal(setenv("FAKE_GPIO", f->folder, 1), 0);
    put(f, "17", "0");
    put(f, "STOP", "1");
    put(f, "quiet", "1");
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    mb_gpio_free(f->line);
    sd_event_unref(f->event);
    (void)nftw(f->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static void changed(void *userdata)
{
    struct fixture *f = userdata;

    f->edges++;
}

static int open_line(struct fixture *f, const char *chip, const char *name, bool active_low,
                     struct mb_error *err)
{
    char chip_name[32], line[32];
    struct mb_gpio_setting setting = {.chip = chip_name, .line = line, .active_low = active_low};

    (void)snprintf(chip_name, sizeof chip_name, "%s", chip);
    (void)snprintf(line, sizeof line, "%s", name);
    f->line = mb_gpio_free(f->line);
    return mb_gpio_open(f->event, &setting, changed, f, &f->line, err);
}

static void turn(struct fixture *f)
{
    assert_true(sd_event_run(f->event, 1000000) >= 0);
}

static void levels_and_edges(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(open_line(f, "gpiochip0", "17", true, NULL), 0);
    assert_int_equal(mb_gpio_read(f->line), 1);
    put(f, "17", "1");
    turn(f);
    assert_true(f->edges >= 1);
    assert_int_equal(mb_gpio_read(f->line), 0);
    assert_int_equal(open_line(f, "gpiochip0", "STOP", false, NULL), 0);
    assert_int_equal(mb_gpio_read(f->line), 1);
    mb_gpio_free(NULL);
}

static void a_chip_that_is_gone_cannot_be_read(void **state)
{
    struct fixture *f = *state;
    char path[128];

    assert_int_equal(open_line(f, "gpiochip0", "17", false, NULL), 0);
    (void)snprintf(path, sizeof path, "%s/17", f->chip);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mb_gpio_read(f->line), -ENODEV);
}

static void what_cannot_be_watched_is_said(void **state)
{
    static const struct {
        const char *chip, *line, *says;
        int r;
    } cases[] = {
        {"gpiochip7", "17", "GPIO chip gpiochip7 cannot be opened: No such file", -ENOENT},
        {"gpiochip0", "18", "line 18 of GPIO chip gpiochip0 cannot be watched: No such file", -ENOENT},
        {"gpiochip0", "no-such", "line no-such of", -ENOENT},
        {"gpiochip0", "quiet", "gives no interrupts", -ENODEV},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mb_error err = {""};

        assert_int_equal(open_line(f, cases[i].chip, cases[i].line, true, &err), cases[i].r);
        assert_null(f->line);
        if (!strstr(err.text, cases[i].says))
            fail_msg("'%s' does not say '%s'", err.text, cases[i].says);
    }
}

static int level_at(const struct fixture *f, const char *line)
{
    char path[128];
    FILE *file;
    int level;

    (void)snprintf(path, sizeof path, "%s/%s", f->chip, line);
    file = fopen(path, "r");
    assert_non_null(file);
    level = fgetc(file);
    assert_int_equal(fclose(file), 0);
    return level;
}

static void an_output_begins_inactive(void **state)
{
    static char chip[] = "gpiochip0", name[] = "17";
    struct mb_gpio_setting setting = {.chip = chip, .line = name, .active_low = true};
    struct fixture *f = *state;
    struct mb_gpio_line *second = NULL;
    struct mb_error err = {""};

    assert_int_equal(mb_gpio_open_output(&setting, &f->line, &err), 0); /* the pin was at 0: active */
    assert_int_equal(level_at(f, "17"), '1');
    assert_int_equal(mb_gpio_write(f->line, true), 0);
    assert_int_equal(level_at(f, "17"), '0');
    assert_int_equal(mb_gpio_open_output(&setting, &second, &err), -EBUSY);
    assert_null(second);
    assert_string_equal(err.text, "line 17 of GPIO chip gpiochip0 cannot be held: another program has it");
    f->line = mb_gpio_free(f->line);
    setting.active_low = false;
    assert_int_equal(mb_gpio_open_output(&setting, &f->line, &err), 0);
    assert_int_equal(mb_gpio_write(f->line, true), 0);
    assert_int_equal(level_at(f, "17"), '1');
}

static void an_output_that_is_not_there(void **state)
{
    static char chip[] = "gpiochip0", name[] = "18";
    const struct mb_gpio_setting setting = {.chip = chip, .line = name};
    struct fixture *f = *state;
    struct mb_error err = {""};

    assert_int_equal(mb_gpio_open_output(&setting, &f->line, &err), -ENOENT);
    assert_string_equal(err.text, "line 18 of GPIO chip gpiochip0 cannot be held: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(levels_and_edges, setup, teardown),
        cmocka_unit_test_setup_teardown(a_chip_that_is_gone_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_watched_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(an_output_begins_inactive, setup, teardown),
        cmocka_unit_test_setup_teardown(an_output_that_is_not_there, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
