/*
 * A file system that lacks something, below a directory. It is preloaded into a program, between it and the C library.
 *   LACKING_BELOW  the directory, as its real path
 *   LACKING        modes: everything has 0777; shm: nothing is mapped that others see; dirsync: no directory is synced;
 *                  links: no hard links; locks: no locks
 *   LACKING_ERRNO  what a lock is refused with; ENOLCK by default
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The path of a descriptor; empty for one that has none. */
static const char *path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
  return path;
}

static int is_here(const char *path) {
  const char *place = getenv("LACKING_BELOW");
  char real[PATH_MAX];
  if (place == NULL || path == NULL) return 0;
  if (path[0] != '/') { if (realpath(path, real) == NULL) return 0; path = real; }
  return strncmp(path, place, strlen(place)) == 0;
}
static int lacks(const char *what) {
  const char *all = getenv("LACKING");
  return all != NULL && strstr(all, what) != NULL;
}
static int fixes(int fd, const char *path) {
  char own[PATH_MAX];
  return lacks("modes") && is_here(path != NULL && path[0] ? path : path_of(fd, own));
}

int statx(int dir, const char *path, int flags, unsigned mask, struct statx *about) {
  int result = NEXT(statx)(dir, path, flags, mask, about);
  if (result == 0 && fixes(dir, path)) about->stx_mode = (about->stx_mode & ~0777) | 0777;
  return result;
}
int stat(const char *path, struct stat *about) {
  int result = NEXT(stat)(path, about);
  if (result == 0 && fixes(-1, path)) about->st_mode |= 0777;
  return result;
}
int lstat(const char *path, struct stat *about) {
  int result = NEXT(lstat)(path, about);
  if (result == 0 && fixes(-1, path)) about->st_mode |= 0777;
  return result;
}
int fstat(int fd, struct stat *about) {
  int result = NEXT(fstat)(fd, about);
  if (result == 0 && fixes(fd, NULL)) about->st_mode |= 0777;
  return result;
}
int chmod(const char *path, mode_t mode) {
  if (fixes(-1, path)) { errno = EPERM; return -1; }
  return NEXT(chmod)(path, mode);
}
int fchmod(int fd, mode_t mode) {
  if (fixes(fd, NULL)) { errno = EPERM; return -1; }
  return NEXT(fchmod)(fd, mode);
}
static int refuses(int fd) {
  char path[PATH_MAX];
  size_t length = strlen(path_of(fd, path));
  return lacks("shm") && is_here(path) && length > 4 && strcmp(path + length - 4, "-shm") == 0;
}
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t from) {
  if (fd >= 0 && (flags & MAP_SHARED) && refuses(fd)) { errno = ENODEV; return MAP_FAILED; }
  return NEXT(mmap)(at, length, protection, flags, fd, from);
}
void *mmap64(void *at, size_t length, int protection, int flags, int fd, off_t from) {
  if (fd >= 0 && (flags & MAP_SHARED) && refuses(fd)) { errno = ENODEV; return MAP_FAILED; }
  return NEXT(mmap64)(at, length, protection, flags, fd, from);
}
int fsync(int fd) {
  char path[PATH_MAX];
  struct stat seen;
  if (lacks("dirsync") && is_here(path_of(fd, path)) && NEXT(fstat)(fd, &seen) == 0 && S_ISDIR(seen.st_mode)) { errno = EINVAL; return -1; }
  return NEXT(fsync)(fd);
}
static int refused_lock(int fd, int command) {
  char path[PATH_MAX];
  int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK;
  if (!(locks && lacks("locks") && is_here(path_of(fd, path)))) return 0;
  const char *code = getenv("LACKING_ERRNO");
  errno = code != NULL ? atoi(code) : ENOLCK;
  return 1;
}
int fcntl(int fd, int command, ...) {
  va_list rest; va_start(rest, command); void *value = va_arg(rest, void *); va_end(rest);
  return refused_lock(fd, command) ? -1 : NEXT(fcntl)(fd, command, value);
}
int fcntl64(int fd, int command, ...) {
  va_list rest; va_start(rest, command); void *value = va_arg(rest, void *); va_end(rest);
  return refused_lock(fd, command) ? -1 : NEXT(fcntl64)(fd, command, value);
}
int link(const char *from, const char *to) {
  if (lacks("links") && is_here(to)) { errno = EPERM; return -1; }
  return NEXT(link)(from, to);
}
/* libuv asks the kernel without the C library. */
long syscall(long number, ...) {
  va_list rest; va_start(rest, number);
  long a = va_arg(rest, long), b = va_arg(rest, long), c = va_arg(rest, long), d = va_arg(rest, long), e = va_arg(rest, long), f = va_arg(rest, long);
  va_end(rest);
  long result = NEXT(syscall)(number, a, b, c, d, e, f);
  if (number == SYS_statx && result == 0 && fixes((int)a, (const char *)b)) ((struct statx *)e)->stx_mode |= 0777;
  return result;
}
