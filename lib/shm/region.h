// A memfd-backed region with one writing process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::shm {

// Who may write a region that the daemon makes.
enum class RegionWriter { kClient, kDaemon };

// A mapping; unmapped on destruction.
class Region {
 public:
  Region() = default;
  Region(Region&& other) noexcept;
  Region& operator=(Region&& other) noexcept;
  ~Region();

  uint8_t* data() const { return data_; }
  size_t size_bytes() const { return size_bytes_; }

  // Makes, maps, populates and seals a region; `fd` is for the client. Every page exists before the
  // descriptor leaves, so running out of memory is kResources here. One that the client writes is
  // not sealed for good before Keep.
  static Status Create(const char* name, size_t size_bytes, RegionWriter writer, Region* region,
                       UniqueFd* fd);
  // From now on no page can be taken out of a region that its client has mapped writable. Who may
  // write a file may also punch holes into it, by fallocate or by madvise, and where memory has run
  // out meanwhile, the next to read there is killed: by its control group, which no handler can
  // help, or by SIGBUS. The seal that forbids it leaves the mappings that there are as they are,
  // but allows no further writable one; so it has to wait until the client has its own. Holes made
  // before are filled. kResources: they cannot be; kProtocolError: the client sealed it otherwise.
  [[nodiscard]] Status Keep(int fd);
  // Maps a region that somebody else made; kProtocolError when it is smaller than `size_bytes`.
  static Status Map(int fd, size_t size_bytes, bool writable, Region* region);

 private:
  uint8_t* data_ = nullptr;
  size_t size_bytes_ = 0;
};

}  // namespace vcp::shm
