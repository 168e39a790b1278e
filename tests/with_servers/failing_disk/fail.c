/* A disk that fails: preloaded into a process, it lets calls that change files below a folder fail.

   dsr_fail(folder, nth, count, error): from the nth such call on, so many fail with this errno; 0 for nth: none.
   dsr_calls(): how many such calls there were since. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char below[4096];
static size_t length;
static volatile long nth, count, calls;
static volatile int error;

void dsr_fail(const char *folder, long from, long many, int number) {
    nth = 0;
    strncpy(below, folder, sizeof below - 1);
    length = strlen(below);
    error = number;
    count = many;
    __sync_lock_test_and_set(&calls, 0);
    nth = from;
}

long dsr_calls(void) { return calls; }

static int fails_at(const char *path) {
    if (!nth || strncmp(path, below, length)) return 0;
    long call = __sync_add_and_fetch(&calls, 1);
    if (call < nth || call >= nth + count) return 0;
    errno = error;
    return 1;
}

static int fails(int file) {
    char link[64], path[4096];
    if (!nth) return 0;
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    errno = before;
    if (size < 0) return 0;
    path[size] = 0;
    return fails_at(path);
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t size) { return fails(file) ? -1 : REAL(write)(file, data, size); }
ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    return fails(file) ? -1 : REAL(pwrite)(file, data, size, at);
}
ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    return fails(file) ? -1 : REAL(pwrite64)(file, data, size, at);
}
int fsync(int file) { return fails(file) ? -1 : REAL(fsync)(file); }
int fdatasync(int file) { return fails(file) ? -1 : REAL(fdatasync)(file); }
int ftruncate(int file, off_t size) { return fails(file) ? -1 : REAL(ftruncate)(file, size); }
int ftruncate64(int file, off64_t size) { return fails(file) ? -1 : REAL(ftruncate64)(file, size); }
int rename(const char *from, const char *to) { return fails_at(to) ? -1 : REAL(rename)(from, to); }
int link(const char *from, const char *to) { return fails_at(to) ? -1 : REAL(link)(from, to); }
int mkdir(const char *path, mode_t mode) { return fails_at(path) ? -1 : REAL(mkdir)(path, mode); }

#define OPENS(name)                                                                                                    \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;                                                      \
        va_end(more);                                                                                                  \
        if (flags & O_CREAT && fails_at(path)) return -1;                                                              \
        return REAL(name)(path, flags, mode);                                                                          \
    }
OPENS(open)
OPENS(open64)
