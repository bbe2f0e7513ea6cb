/* Makes the n-th disk operation of a process fail, or kills the process there: `cargo xtask torture io` compiles this
 * and loads it before the C library. Only operations on files under a prefix count.
 *
 *   TORTURE_PREFIX  where the files lie
 *   TORTURE_STATE   a file of this layout, shared with whoever watches
 *
 * Everything that is not counted goes through untouched. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* All little-endian 64-bit words, so that the other side needs no C. */
struct state {
    _Atomic uint64_t count;  /* operations so far */
    _Atomic uint64_t at;     /* the one that fails, from 1; 0: none */
    _Atomic uint64_t error;  /* errno; 0: the process is killed */
    _Atomic uint64_t lasts;  /* 1: so does every one after it, as long as this is 1 */
    _Atomic uint64_t struck; /* how many failed */
    _Atomic uint64_t kind;   /* which operation struck first: an index of `names`, from 1 */
};

enum op { OPEN = 1, WRITE, SYNC, TRUNCATE };

static struct state *state;
static const char *prefix;
static size_t prefix_length;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TORTURE_STATE");
    prefix = getenv("TORTURE_PREFIX");
    if (!path || !prefix) return;
    prefix_length = strlen(prefix);
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int fd = real_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *mapped = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED) state = mapped;
}

static int is_ours(const char *path) {
    return state && path && strncmp(path, prefix, prefix_length) == 0;
}

static int is_ours_fd(int fd) {
    char link[64], path[PATH_MAX];
    if (!state) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

/* Whether this operation fails; errno is set then. */
static int fails(enum op op) {
    uint64_t n = atomic_fetch_add(&state->count, 1) + 1;
    uint64_t at = atomic_load(&state->at);
    if (at == 0 || n < at || (n > at && !atomic_load(&state->lasts))) return 0;
    uint64_t none = 0;
    atomic_compare_exchange_strong(&state->kind, &none, (uint64_t)op);
    atomic_fetch_add(&state->struck, 1);
    if (atomic_load(&state->error) == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
    errno = (int)atomic_load(&state->error);
    return 1;
}

/* A relative path is resolved as far as the folder goes: the files may not be there yet. */
static int is_ours_at(const char *path) {
    char whole[PATH_MAX];
    if (!state || !path) return 0;
    if (path[0] == '/') return is_ours(path);
    if (!getcwd(whole, sizeof whole)) return 0;
    size_t length = strlen(whole);
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    return is_ours(whole);
}

#define REAL(type, name) \
    static type real; \
    if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef int (*open_type)(const char *, int, ...);
typedef int (*openat_type)(int, const char *, int, ...);

#define OPEN_BODY(name) \
    { \
        REAL(open_type, name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        if (is_ours_at(path) && (flags & O_ACCMODE) != O_RDONLY && fails(OPEN)) return -1; \
        return real(path, flags, mode); \
    }

int open(const char *path, int flags, ...) OPEN_BODY("open")
int open64(const char *path, int flags, ...) OPEN_BODY("open64")

#define OPENAT_BODY(name) \
    { \
        REAL(openat_type, name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        if (is_ours_at(path) && (flags & O_ACCMODE) != O_RDONLY && fails(OPEN)) return -1; \
        return real(folder, path, flags, mode); \
    }

int openat(int folder, const char *path, int flags, ...) OPENAT_BODY("openat")
int openat64(int folder, const char *path, int flags, ...) OPENAT_BODY("openat64")

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write_type, "write");
    if (is_ours_fd(fd) && fails(WRITE)) return -1;
    return real(fd, bytes, length);
}

typedef ssize_t (*pwrite_type)(int, const void *, size_t, off_t);
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    REAL(pwrite_type, "pwrite");
    if (is_ours_fd(fd) && fails(WRITE)) return -1;
    return real(fd, bytes, length, at);
}

typedef ssize_t (*pwrite64_type)(int, const void *, size_t, off64_t);
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    REAL(pwrite64_type, "pwrite64");
    if (is_ours_fd(fd) && fails(WRITE)) return -1;
    return real(fd, bytes, length, at);
}

typedef int (*fd_type)(int);
int fsync(int fd) {
    REAL(fd_type, "fsync");
    if (is_ours_fd(fd) && fails(SYNC)) return -1;
    return real(fd);
}

int fdatasync(int fd) {
    REAL(fd_type, "fdatasync");
    if (is_ours_fd(fd) && fails(SYNC)) return -1;
    return real(fd);
}

typedef int (*truncate_type)(int, off_t);
int ftruncate(int fd, off_t length) {
    REAL(truncate_type, "ftruncate");
    if (is_ours_fd(fd) && fails(TRUNCATE)) return -1;
    return real(fd, length);
}

typedef int (*truncate64_type)(int, off64_t);
int ftruncate64(int fd, off64_t length) {
    REAL(truncate64_type, "ftruncate64");
    if (is_ours_fd(fd) && fails(TRUNCATE)) return -1;
    return real(fd, length);
}
