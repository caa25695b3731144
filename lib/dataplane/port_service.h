// A port as its poll core serves it: its label table, its counters, and what moves its frames.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/counter.h"
#include "base/limits.h"
#include "dataplane/counters.h"
#include "dataplane/tables.h"
#include "port/port.h"

namespace vcp::dataplane {

struct PortService {
  explicit PortService(std::unique_ptr<port::Port> moved_by)
      : port(std::move(moved_by)), labels(kLabelSpace) {}

  std::unique_ptr<port::Port> port;
  ReceiveTable labels;
  uint32_t core = 0;    // index of the poll core that owns it
  bool paused = false;  // that core's: what arrives is dropped, signaling excepted
  // That core's, too: lists of some VC complete when their frames come back.
  bool confirms = false;

  Counter received_frames;
  Counter received_bytes;
  Counter received_copies;
  Counter transmitted_frames;
  Counter transmitted_bytes;
  Counter transmit_stalls;
  std::array<Counter, kDropCount> drops;
  std::array<Counter, kMaxFrameErrors> rejected;
};

}  // namespace vcp::dataplane
