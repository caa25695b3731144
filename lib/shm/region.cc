#include "shm/region.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/check.h"

// Linux's numbers, for C libraries that do not name them yet.
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace vcp::shm {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;
constexpr int kKept = F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;

// Maps at a huge-page boundary, so that transparent huge pages can back the region where the system
// gives them to shared memory (shmem_enabled=advise).
uint8_t* MapAligned(int fd, size_t size_bytes, int protection) {
  const size_t reserve_bytes = size_bytes + kHugePageBytes;
  void* reserved =
      mmap(nullptr, reserve_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) return nullptr;
  const auto start = reinterpret_cast<uintptr_t>(reserved);
  const uintptr_t aligned = (start + kHugePageBytes - 1) & ~(kHugePageBytes - 1);
  void* mapped =
      mmap(reinterpret_cast<void*>(aligned), size_bytes, protection, MAP_SHARED | MAP_FIXED, fd, 0);
  if (mapped == MAP_FAILED) {
    munmap(reserved, reserve_bytes);
    return nullptr;
  }
  if (aligned > start) munmap(reserved, aligned - start);
  const uintptr_t end = (aligned + size_bytes + 4095) & ~uintptr_t{4095};
  if (end < start + reserve_bytes) {
    munmap(reinterpret_cast<void*>(end), start + reserve_bytes - end);
  }
  madvise(mapped, size_bytes, MADV_HUGEPAGE);  // advice: a system without huge pages is no failure
  return static_cast<uint8_t*>(mapped);
}

// Makes every page exist now. Populating through the mapping honours the huge-page advice; kernels
// before 5.14 get the same guarantee from fallocate.
bool Populate(int fd, uint8_t* data, size_t size_bytes) {
  if (madvise(data, size_bytes, MADV_POPULATE_WRITE) == 0) return true;
  if (errno != EINVAL) return false;
  return fallocate(fd, 0, 0, static_cast<off_t>(size_bytes)) == 0;
}

}  // namespace

Region::Region(Region&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

Region& Region::operator=(Region&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

Region::~Region() {
  if (data_ != nullptr) VCP_CHECK(munmap(data_, size_bytes_) == 0);
}

Status Region::Create(const char* name, size_t size_bytes, RegionWriter writer, Region* region,
                      UniqueFd* fd) {
  UniqueFd made(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!made || ftruncate(made.get(), static_cast<off_t>(size_bytes)) != 0) {
    return Status::kResources;
  }
  // Without this any user could open the file again through /proc and map it writable.
  if (fchmod(made.get(), 0600) != 0) return Status::kFailure;
  Region mapped;
  mapped.data_ = MapAligned(made.get(), size_bytes, PROT_READ | PROT_WRITE);
  if (mapped.data_ == nullptr) return Status::kResources;
  mapped.size_bytes_ = size_bytes;
  if (!Populate(made.get(), mapped.data_, size_bytes)) return Status::kResources;
  // Sealed after our own mapping: it stays writable, and no later one of the down region can be.
  int seals = F_SEAL_SHRINK | F_SEAL_GROW;
  if (writer == RegionWriter::kDaemon) seals |= kKept;
  if (fcntl(made.get(), F_ADD_SEALS, seals) != 0) return Status::kNotSupported;
  *region = std::move(mapped);
  *fd = std::move(made);
  return Status::kSuccess;
}

Status Region::Keep(int fd) {
  if (fcntl(fd, F_ADD_SEALS, kKept) != 0) return Status::kProtocolError;
  return Populate(fd, data_, size_bytes_) ? Status::kSuccess : Status::kResources;
}

Status Region::Map(int fd, size_t size_bytes, bool writable, Region* region) {
  struct stat status;
  if (fstat(fd, &status) != 0 || static_cast<size_t>(status.st_size) < size_bytes) {
    return Status::kProtocolError;
  }
  Region mapped;
  mapped.data_ = MapAligned(fd, size_bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
  if (mapped.data_ == nullptr) return Status::kResources;
  mapped.size_bytes_ = size_bytes;
  *region = std::move(mapped);
  return Status::kSuccess;
}

}  // namespace vcp::shm
