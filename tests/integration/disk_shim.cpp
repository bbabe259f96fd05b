// Stands between a daemon and its disk (LD_PRELOAD), to do what disks do on bad days.
//
// PARLEY_DISK_SYNCED=FILE: for each sync, FILE gets a line "size path": what of that file would
// outlive a loss of power. A test cuts the files back to that after it has killed the daemon.
// PARLEY_DISK_FAULT=FILE: while FILE says "full", writes to the database's files fail as on a full
// disk; while it says "readonly", as on one that may only be read; while it says "sync", syncs
// fail, as on a broken one.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

std::string path_of(int fd) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  char path[PATH_MAX];
  const ssize_t size = ::readlink(link, path, sizeof path);
  return size < 0 ? std::string() : std::string(path, static_cast<std::size_t>(size));
}

bool is_of_database(int fd) {
  return path_of(fd).find("/streams/") != std::string::npos;
}

bool fault_is(std::string_view fault) {
  const char* file = std::getenv("PARLEY_DISK_FAULT");
  if (file == nullptr) return false;
  const int fd = static_cast<int>(::syscall(SYS_openat, AT_FDCWD, file, O_RDONLY));
  if (fd < 0) return false;
  char text[16] = {};
  const long size = ::syscall(SYS_read, fd, text, sizeof text);
  ::close(fd);
  return size > 0 && std::string_view(text, static_cast<std::size_t>(size)).starts_with(fault);
}

// True if a write is to fail; errno says as what.
bool write_fails(int fd) {
  if (!is_of_database(fd)) return false;
  if (fault_is("full")) {
    errno = ENOSPC;
    return true;
  }
  if (fault_is("readonly")) {
    errno = EROFS;
    return true;
  }
  return false;
}

off_t size_of(int fd) {
  struct stat status{};
  return ::fstat(fd, &status) == 0 ? status.st_size : 0;
}

void note_synced(int fd, off_t size) {
  const char* file = std::getenv("PARLEY_DISK_SYNCED");
  if (file == nullptr) return;
  const std::string line = std::to_string(size) + " " + path_of(fd) + "\n";
  const long log =
      ::syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (log < 0) return;
  ::syscall(SYS_write, log, line.data(), line.size());
  ::close(static_cast<int>(log));
}

int sync_with(const char* name, int fd) {
  if (is_of_database(fd) && fault_is("sync")) {
    errno = EIO;
    return -1;
  }
  const auto next = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name));
  // What is written while the sync runs may not be part of it, and until it is done nothing is.
  const off_t size = size_of(fd);
  const int result = next(fd);
  if (result == 0) note_synced(fd, size);
  return result;
}

}  // namespace

extern "C" {

int fsync(int fd) {
  return sync_with("fsync", fd);
}
int fdatasync(int fd) {
  return sync_with("fdatasync", fd);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (write_fails(fd)) return -1;
  return ::syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (write_fails(fd)) return -1;
  return ::syscall(SYS_pwrite64, fd, bytes, size, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t size, off_t offset) {
  return pwrite(fd, bytes, size, offset);
}
}
