/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Same build" means: the same program file (the linker's build id, a hash over its contents), the same C
 * library, and the same choice of its mathematical functions (glibc takes other ones on processors with fused
 * multiply-add; they differ in the last bit). Only then may a recomputation be expected to give equal
 * doubles. motorbench and motorbenchd are two programs: what one recorded, the other compares within 1e-12.
 */
#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

#include "record/internal.h"

struct note {
    const unsigned char *id;
    size_t size;
};

static bool note_find(const unsigned char *p, const unsigned char *end, struct note *ret)
{
    while (p + sizeof(ElfW(Nhdr)) <= end) {
        const ElfW(Nhdr) *header = (const void *)p;
        const unsigned char *name = p + sizeof *header;
        const unsigned char *content = name + ((header->n_namesz + 3u) & ~3u);

        if (content > end || header->n_descsz > (size_t)(end - content))
            return false;
        if (header->n_type == NT_GNU_BUILD_ID && header->n_namesz == 4 && memcmp(name, "GNU", 4) == 0) {
            *ret = (struct note){content, header->n_descsz};
            return true;
        }
        p = content + ((header->n_descsz + 3u) & ~3u);
    }
    return false;
}

/* The first object that the loader lists is the program itself: 1 ends the walk there. */
static int program_note(struct dl_phdr_info *info, size_t size, void *userdata)
{
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const unsigned char *start = (const unsigned char *)info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type == PT_NOTE && note_find(start, start + segment->p_memsz, userdata))
            break;
    }
    return 1;
}

static bool fused_multiply_add(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

void mb_build_identity(char buffer[static MB_BUILD_SIZE])
{
    struct note note = {NULL, 0};
    char id[2 * 32 + 1] = "none";

    (void)dl_iterate_phdr(program_note, &note);
    for (size_t i = 0; i < note.size && i < 32; i++)
        (void)snprintf(id + 2 * i, 3, "%02x", note.id[i]);
    (void)snprintf(buffer, MB_BUILD_SIZE, "%s glibc-%s%s", id, gnu_get_libc_version(),
                   fused_multiply_add() ? " fma" : "");
}
