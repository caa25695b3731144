// Everything that crosses between the control thread and a poll core. Commands are carried out in
// order, and each is answered at once by one report with its token. Only the end of a VC takes as
// long as its client likes, so it has a second report: no client can keep commands unanswered.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "dataplane/transmit_path.h"
#include "dataplane/vc_program.h"

namespace vcp::dataplane {

class ChannelService;
struct PortService;
struct ReceiveVc;

enum class CommandType : uint8_t {
  kServePort,       // port: poll it from now on
  kReleasePort,     // port: touch it no more
  kSetPath,         // port_index, path_up: whether frames for the port leave at all
  kRefuseLists,     // port, port_index, refusal: what lists for the port complete with; kSuccess:
                    // they are taken
  kConfirmSends,    // port, confirms: whether somebody waits for what was sent to be given back
  kCheckPause,      // port_index: kPending as long as something waits for it or is held of it
  kOpenPath,        // port, handoff: how frames reach it from this core; null handoff: directly
  kTakeFrames,      // port, handoff, core: frames for it that this other core leaves here
  kServeChannel,    // channel
  kAbandonChannel,  // channel: its client is gone
  kDropChannel,     // channel: forget it; all its VCs are ended
  kSetVc,           // channel, program, source_mac, queue
  kEndVc,           // channel, program: kVcEnded follows when its sends and receives are over
  kSetReceiveVc,    // channel, port, program, leaf: of a shared label
  kClearReceiveVc,  // port, program, leaf
  kPurgeVc,         // port, program: free what other cores left here of it, after its end there
  kStop,
};

struct Command {
  CommandType type = CommandType::kStop;
  uint64_t token = 0;
  ChannelService* channel = nullptr;
  PortService* port = nullptr;
  PortIndex port_index = 0;
  uint32_t core = 0;
  bool path_up = false;
  bool confirms = false;
  Status refusal = Status::kSuccess;
  FrameQueue* handoff = nullptr;
  VcQueue* queue = nullptr;
  ReceiveVc* leaf = nullptr;
  VcProgram program;
  MacAddress source_mac{};
};

enum class ReportType : uint8_t {
  kDone,     // the command is carried out
  kBegun,    // so is a kEndVc, as far as it goes by itself
  kVcEnded,  // and this is its end
  kEvicted,
};

struct Report {
  ReportType type = ReportType::kDone;
  Status status = Status::kSuccess;
  uint64_t token = 0;            // all but kEvicted
  ChannelIndex channel = 0;      // kEvicted
  const char* reason = nullptr;  // kEvicted
};

}  // namespace vcp::dataplane
