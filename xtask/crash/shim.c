/* Makes the n-th disk operation of a process fail, or kills the process there: `cargo xtask torture io` compiles this
 * and loads it before the C library. Only operations on files under a prefix count.
 *
 *   TORTURE_PREFIX  where the files lie
 *   TORTURE_STATE   a file of this layout, shared with whoever watches
 *   TORTURE_DURABLE a folder for what a power cut would leave of them, if that is wanted
 *
 * Everything that is not counted goes through untouched.
 *
 * What a power cut leaves: of a file, the pages that were written before its last fsync that succeeded; an fsync that
 * fails takes the pages it was for as written, as Linux does, so that no later one writes them. Of the folder, the names
 * that it had at its last fsync. Whoever cuts the power puts the files back from there, and only then starts anew: what
 * there is when the process begins is durable. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
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
    _Atomic uint64_t kind;   /* which operation struck first: an `enum op` */
    _Atomic uint64_t only;   /* the one `enum op` that counts; 0: all */
    _Atomic uint64_t lies;   /* 1: an fsync says that it succeeded, and does nothing */
};

enum op { OPEN = 1, WRITE, SYNC, TRUNCATE };

static struct state *state;
static const char *prefix;
static size_t prefix_length;
static const char *durable;
static char folder[PATH_MAX];

static void keep_names(int with_files);

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
    if (mapped == MAP_FAILED) return;
    state = mapped;
    snprintf(folder, sizeof folder, "%s", prefix);
    *strrchr(folder, '/') = 0;
    durable = getenv("TORTURE_DURABLE");
    if (durable) keep_names(1);
}

static int is_ours(const char *path) {
    return state && path && strncmp(path, prefix, prefix_length) == 0;
}

static int path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return 1;
}

static int is_ours_fd(int fd) {
    char path[PATH_MAX];
    return state && path_of(fd, path) && is_ours(path);
}

static int is_folder(int fd) {
    char path[PATH_MAX];
    return state && path_of(fd, path) && strcmp(path, folder) == 0;
}

/* Whether this operation fails; errno is set then. */
static int fails(enum op op) {
    uint64_t only = atomic_load(&state->only);
    if (only && only != (uint64_t)op) return 0;
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

enum { PAGE = 4096, PAGES = 16384, FILES = 64 };

/* A file by its inode; one that is made on an inode that another had is another. */
struct file {
    ino_t inode;
    unsigned id;
    unsigned char dirty[PAGES];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES];
static unsigned last_id;

static struct file *file_of(ino_t inode, int is_new) {
    struct file *file = files;
    while (file < files + FILES && file->inode && file->inode != inode) file++;
    if (file == files + FILES) abort();
    if (!file->inode || is_new) {
        memset(file->dirty, 0, sizeof file->dirty);
        file->inode = inode;
        file->id = ++last_id;
    }
    return file;
}

/* Called after the write: an fsync that another thread makes meanwhile must not take it as done. */
static void soil(int fd, off_t at, off_t length) {
    struct stat stat;
    if (!durable || length <= 0 || fstat(fd, &stat) != 0) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(stat.st_ino, 0);
    for (off_t page = at / PAGE; page <= (at + length - 1) / PAGE; page++) {
        if (page >= PAGES) abort();
        file->dirty[page] = 1;
    }
    pthread_mutex_unlock(&lock);
}

/* What was written is durable from here on, or never if `lost`. */
static void settle(int fd, int lost) {
    struct stat stat;
    if (!durable || fstat(fd, &stat) != 0) return;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(stat.st_ino, 0);
    char path[PATH_MAX], bytes[PAGE];
    snprintf(path, sizeof path, "%s/%u", durable, file->id);
    int copy = lost ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (off_t page = 0; copy >= 0 && page < PAGES; page++) {
        if (!file->dirty[page]) continue;
        ssize_t length = pread(fd, bytes, PAGE, page * PAGE);
        if (length > 0 && pwrite(copy, bytes, length, page * PAGE) != length) abort();
    }
    if (copy >= 0) {
        if (ftruncate(copy, stat.st_size) != 0) abort();
        close(copy);
    } else if (!lost) {
        abort();
    }
    memset(file->dirty, 0, sizeof file->dirty);
    pthread_mutex_unlock(&lock);
}

static void copy(const char *from, const char *to) {
    char bytes[PAGE];
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    if (!in || !out) abort();
    for (size_t length; (length = fread(bytes, 1, sizeof bytes, in)) > 0;)
        if (fwrite(bytes, 1, length, out) != length) abort();
    fclose(in);
    if (fclose(out) != 0) abort();
}

/* The names in the folder are durable from here on: a line of id, inode and name each. At the beginning of the process,
 * what lies under them is, too. */
static void keep_names(int with_files) {
    char names[PATH_MAX], made[PATH_MAX], path[PATH_MAX];
    snprintf(names, sizeof names, "%s/names", durable);
    snprintf(made, sizeof made, "%s/names.new", durable);
    pthread_mutex_lock(&lock);
    FILE *list = fopen(made, "we");
    DIR *all = opendir(folder);
    if (!list || !all) abort();
    for (struct dirent *entry; (entry = readdir(all));) {
        struct stat stat;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) abort();
        if (!is_ours(path) || lstat(path, &stat) != 0) continue;
        unsigned id = file_of(stat.st_ino, 0)->id;
        fprintf(list, "%u %llu %s\n", id, (unsigned long long)stat.st_ino, entry->d_name);
        if (!with_files) continue;
        char kept[PATH_MAX];
        snprintf(kept, sizeof kept, "%s/%u", durable, id);
        copy(path, kept);
    }
    closedir(all);
    if (fclose(list) != 0 || rename(made, names) != 0) abort();
    pthread_mutex_unlock(&lock);
}

/* A file that was made is told apart from the one that had its inode before. */
static void made(int fd) {
    struct stat stat;
    if (!durable || fd < 0 || fstat(fd, &stat) != 0) return;
    pthread_mutex_lock(&lock);
    file_of(stat.st_ino, 1);
    pthread_mutex_unlock(&lock);
}

static int is_there(const char *path) {
    struct stat stat;
    return lstat(path, &stat) == 0;
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
        int ours = is_ours_at(path); \
        if (ours && (flags & O_ACCMODE) != O_RDONLY && fails(OPEN)) return -1; \
        int is_new = ours && (flags & O_CREAT) && !is_there(path); \
        int fd = real(path, flags, mode); \
        if (is_new) made(fd); \
        return fd; \
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
        int ours = is_ours_at(path); \
        if (ours && (flags & O_ACCMODE) != O_RDONLY && fails(OPEN)) return -1; \
        int is_new = ours && (flags & O_CREAT) && !is_there(path); \
        int fd = real(at, path, flags, mode); \
        if (is_new) made(fd); \
        return fd; \
    }

int openat(int at, const char *path, int flags, ...) OPENAT_BODY("openat")
int openat64(int at, const char *path, int flags, ...) OPENAT_BODY("openat64")

typedef ssize_t (*write_type)(int, const void *, size_t);
ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(write_type, "write");
    if (!is_ours_fd(fd)) return real(fd, bytes, length);
    if (fails(WRITE)) return -1;
    ssize_t written = real(fd, bytes, length);
    soil(fd, lseek(fd, 0, SEEK_CUR) - written, written);
    return written;
}

#define PWRITE(name, type, offset) \
    typedef ssize_t (*type)(int, const void *, size_t, offset); \
    ssize_t name(int fd, const void *bytes, size_t length, offset at) { \
        REAL(type, #name); \
        if (!is_ours_fd(fd)) return real(fd, bytes, length, at); \
        if (fails(WRITE)) return -1; \
        ssize_t written = real(fd, bytes, length, at); \
        soil(fd, at, written); \
        return written; \
    }

PWRITE(pwrite, pwrite_type, off_t)
PWRITE(pwrite64, pwrite64_type, off64_t)

typedef int (*fd_type)(int);
#define SYNC_BODY(name) \
    { \
        REAL(fd_type, name); \
        int ours = is_ours_fd(fd), names = !ours && is_folder(fd); \
        if (!ours && !names) return real(fd); \
        if (fails(SYNC)) { \
            int error = errno; \
            if (ours) settle(fd, 1); \
            errno = error; \
            return -1; \
        } \
        if (atomic_load(&state->lies)) return 0; \
        int result = real(fd); \
        if (result == 0 && ours) settle(fd, 0); \
        if (result == 0 && names && durable) keep_names(0); \
        return result; \
    }

int fsync(int fd) SYNC_BODY("fsync")
int fdatasync(int fd) SYNC_BODY("fdatasync")

#define FTRUNCATE(name, type, offset) \
    typedef int (*type)(int, offset); \
    int name(int fd, offset length) { \
        REAL(type, #name); \
        if (!is_ours_fd(fd)) return real(fd, length); \
        if (fails(TRUNCATE)) return -1; \
        struct stat before; \
        off_t end = fstat(fd, &before) == 0 ? before.st_size : 0; \
        int result = real(fd, length); \
        /* What is cut off and written again is not what was there. */ \
        if (result == 0) soil(fd, length, end - length); \
        return result; \
    }

FTRUNCATE(ftruncate, truncate_type, off_t)
FTRUNCATE(ftruncate64, truncate64_type, off64_t)
