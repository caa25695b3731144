#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/check.h"

namespace vcp::signaling {

// Where the bytes of actions lie until they were carried out: they never move, and all go at once.
// Chunks are kept for the next time, so that a machine at work does not allocate.
class ByteArena {
 public:
  static constexpr size_t kChunkBytes = 16 * 1024;

  std::span<uint8_t> Allocate(size_t size_bytes) {
    VCP_CHECK(size_bytes <= kChunkBytes);
    if (chunks_.empty() || kChunkBytes - used_bytes_ < size_bytes) NextChunk();
    std::span<uint8_t> bytes(chunks_[chunk_].get() + used_bytes_, size_bytes);
    used_bytes_ += size_bytes;
    return bytes;
  }

  std::span<const uint8_t> Copy(std::span<const uint8_t> bytes) {
    std::span<uint8_t> copy = Allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
    return copy;
  }

  void Clear() {
    chunk_ = 0;
    used_bytes_ = 0;
  }

 private:
  void NextChunk() {
    if (!chunks_.empty()) ++chunk_;
    if (chunk_ == chunks_.size()) {
      chunks_.push_back(std::make_unique_for_overwrite<uint8_t[]>(kChunkBytes));
    }
    used_bytes_ = 0;
  }

  std::vector<std::unique_ptr<uint8_t[]>> chunks_;
  size_t chunk_ = 0;
  size_t used_bytes_ = 0;
};

}  // namespace vcp::signaling
