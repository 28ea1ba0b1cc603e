/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings beside the store: the chain knows their bytes. */
#include "support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/waveform.h"
#include "support/run_program.h"

static const char bytes[] = "MBWAVE1\nnot much of one";

struct fixture {
    char folder[32], path[64], uuid[MB_UUID_SIZE];
    struct mb_store *store;
    struct mb_record *record;
    struct mb_error err;
};

static int setup(void **state)
{
    const struct mb_record_head head = {.bench = "demo", .time_factor = 1, .program_version = MB_VERSION};
    struct fixture *f = calloc(1, sizeof *f);

    (void)snprintf(f->folder, sizeof f->folder, "/tmp/mb-wave-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/records.db", f->folder);
    assert_int_equal(mb_store_open(f->path, false, &f->store, &f->err), 0);
    assert_int_equal(mb_record_create(f->store, &head, &f->record, &f->err), 0);
    (void)snprintf(f->uuid, sizeof f->uuid, "%s", mb_record_uuid(f->record));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    const char *const argv[] = {"rm", "-rf", f->folder, NULL};
    struct run_result result;

    (void)mb_record_free(f->record);
    (void)mb_store_close(f->store);
    (void)run_program(argv, NULL, &result);
    run_result_clear(&result);
    free(f);
    return 0;
}

static void write_recording(struct fixture *f, const char *name, char path[MB_WAVEFORM_PATH_MAX])
{
    int fd;

    assert_int_equal(mb_record_waveform_path(f->record, name, path, &f->err), 0);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
    (void)close(fd);
}

static int copy_of(struct fixture *f, const char *name, int *ret_memfd)
{
    struct mb_waveform waveform;
    int r = mb_store_waveform(f->store, f->uuid, name, &waveform, &f->err);

    if (r < 0)
        return r;
    r = mb_waveform_copy(&waveform, ret_memfd, &f->err);
    (void)close(waveform.fd);
    return r;
}

static void assert_verified(struct fixture *f, bool good, const char *words)
{
    json_t *result = NULL, *problem;
    bool said = false;
    size_t i;

    assert_int_equal(mb_store_verify(f->store, f->uuid, &result, &f->err), 0);
    assert_int_equal(json_is_true(json_object_get(json_object_get(result, "waveforms"), "ok")), good);
    json_array_foreach(json_object_get(result, "problems"), i, problem) said =
        said || (words && strstr(json_string_value(problem), words));
    assert_true(said || !words);
    json_decref(result);
}

static void test_recording_is_handed_out(void **state)
{
    struct fixture *f = *state;
    char path[MB_WAVEFORM_PATH_MAX], read_back[sizeof bytes + 1];
    struct stat st;
    int fd = -1;

    write_recording(f, "sound-1", path);
    assert_int_equal(copy_of(f, "sound-1", &fd), -ENOENT); /* the chain does not know it yet */
    assert_int_equal(mb_record_waveform_attach(f->record, 5, "sound-1", &f->err), 0);
    assert_int_equal(mb_record_waveform_attach(f->record, 6, "sound-1", &f->err), -EEXIST);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0440);
    assert_int_equal(copy_of(f, "", &fd), 0);
    assert_int_equal(read(fd, read_back, sizeof read_back), sizeof bytes);
    assert_memory_equal(read_back, bytes, sizeof bytes);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    (void)close(fd);
    assert_verified(f, true, NULL);
    write_recording(f, "sound-2", path);
    assert_int_equal(mb_record_waveform_attach(f->record, 7, "sound-2", &f->err), 0);
    assert_int_equal(copy_of(f, "", &fd), -ENOTUNIQ);
    assert_int_equal(copy_of(f, "sound-3", &fd), -ENOENT);
}

static void test_changed_recording_is_found(void **state)
{
    struct fixture *f = *state;
    char path[MB_WAVEFORM_PATH_MAX];
    int fd = -1, file;

    write_recording(f, "u", path);
    assert_int_equal(mb_record_waveform_attach(f->record, 5, "u", &f->err), 0);
    assert_int_equal(chmod(path, 0640), 0);
    file = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(file, "!", 1, 12), 1);
    (void)close(file);
    assert_int_equal(copy_of(f, "u", &fd), -EBADMSG);
    assert_verified(f, false, "recording u: its bytes do not match");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(copy_of(f, "u", &fd), -ENOENT);
    assert_verified(f, false, "recording u: ");
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_true(copy_of(f, "u", &fd) < 0);
}

/* Neither the folder of all recordings nor that of a run may lead elsewhere. */
static void test_folder_is_a_link(void **state)
{
    struct fixture *f = *state;
    char path[MB_WAVEFORM_PATH_MAX], aside[MB_WAVEFORM_PATH_MAX + 8];
    int fd = -1;

    write_recording(f, "u", path);
    assert_int_equal(mb_record_waveform_attach(f->record, 5, "u", &f->err), 0);
    for (int level = 0; level < 2; level++) {
        *strrchr(path, '/') = '\0';
        (void)snprintf(aside, sizeof aside, "%s.aside", path);
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(symlink(aside, path), 0);
        assert_int_equal(copy_of(f, "u", &fd), -ENOTDIR);
        assert_verified(f, false, "not a folder");
        assert_int_equal(mb_record_waveform_path(f->record, "v", aside, &f->err), -ENOTDIR);
        assert_int_equal(unlink(path), 0);
        (void)snprintf(aside, sizeof aside, "%s.aside", path);
        assert_int_equal(rename(aside, path), 0);
        assert_verified(f, true, NULL);
    }
}

static void test_names(void **state)
{
    static const char *const bad[] = {"",  "..",  "a/b",
                                      "A", "a.b", "0123456789012345678901234567890123456789012345678"};
    struct fixture *f = *state;
    char path[MB_WAVEFORM_PATH_MAX];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(mb_record_waveform_path(f->record, bad[i], path, &f->err), -EINVAL);
        assert_int_equal(mb_record_waveform_attach(f->record, 0, bad[i], &f->err), -EINVAL);
    }
    assert_int_equal(mb_record_waveform_attach(f->record, 0, "none", &f->err), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_recording_is_handed_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changed_recording_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_folder_is_a_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
