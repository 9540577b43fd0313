/*
 * trim.c: drops the clean, file-backed pages of every loaded object, and what malloc() holds.
 */
#include "daemon/trim.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Segments that nobody can write have no page that differs from the file. */
static int trim_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t page = *(const uintptr_t *)arg;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr;
        uintptr_t end = begin + segment->p_memsz;

        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
            continue;
        begin &= ~(page - 1);
        end = (end + page - 1) & ~(page - 1);
        /* refused for a mapping that has no file behind it; then nothing is lost */
        if (madvise((void *)begin, end - begin, MADV_DONTNEED) < 0)
            continue;
    }
    return 0;
}

void azb_trim_startup_pages(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    azb_trim_heap();
    dl_iterate_phdr(trim_object, &page);
}

void azb_trim_heap(void)
{
    malloc_trim(0);
}
