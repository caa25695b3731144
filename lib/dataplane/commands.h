// Everything that crosses between the control thread and a poll core. Commands are carried out in
// order; each is answered by one report with its token, at once or when what it waits for is over.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "dataplane/tables.h"
#include "dataplane/transmit_path.h"
#include "dataplane/vc_program.h"

namespace vcp::dataplane {

class ChannelService;
struct PortService;

enum class CommandType : uint8_t {
  kServePort,       // port: poll it from now on
  kOpenPath,        // port, handoff: how frames reach it from this core; null handoff: directly
  kTakeFrames,      // port, handoff: frames for it that another core leaves here
  kServeChannel,    // channel
  kAbandonChannel,  // channel: its client is gone
  kDropChannel,     // channel: forget it; all its VCs are ended
  kSetTransmitVc,   // channel, program, entry, queue
  kEndVc,           // channel, channel_vc: done when its sends and receives are over
  kSetReceiveVc,    // channel, port, program
  kClearReceiveVc,  // port, label
  kStop,
};

struct Command {
  CommandType type = CommandType::kStop;
  uint64_t token = 0;
  ChannelService* channel = nullptr;
  PortService* port = nullptr;
  PortIndex port_index = 0;
  FrameQueue* handoff = nullptr;
  VcQueue* queue = nullptr;
  VcProgram program;
  TransmitVc entry;
};

enum class ReportType : uint8_t { kDone, kEvicted };

struct Report {
  ReportType type = ReportType::kDone;
  Status status = Status::kSuccess;
  uint64_t token = 0;            // kDone
  ChannelIndex channel = 0;      // kEvicted
  const char* reason = nullptr;  // kEvicted
};

}  // namespace vcp::dataplane
