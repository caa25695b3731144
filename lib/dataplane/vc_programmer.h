// The door miniports use to the data path: program a VC, end it, read it. The real implementation
// sends commands to poll cores and answers when they acknowledge; tests use one that answers when
// told to. Control thread only; `done` runs on the control thread, exactly once, never inside the
// call.
#pragma once

#include <functional>

#include "base/status.h"
#include "dataplane/vc_program.h"

namespace vcp::dataplane {

class VcProgrammer {
 public:
  using Done = std::function<void(Status)>;
  virtual ~VcProgrammer() = default;
  // Makes the VC carry data, or changes one that does. kInUse: the receive label is taken on the
  // port.
  virtual void ActivateVc(const VcProgram& program, Done done) = 0;
  // Ends it: no receive is indicated afterwards; done when queued sends have completed and
  // indicated receives are returned (C41).
  virtual void DeactivateVc(ChannelIndex channel, uint32_t channel_vc, Done done) = 0;
  // Of an active VC: no receive is indicated on it any more for what is sent after `done`. It goes
  // on otherwise, until it is deactivated.
  virtual void StopReceiving(ChannelIndex channel, uint32_t channel_vc, Done done) = 0;
  virtual VcCounters ReadVcCounters(ChannelIndex channel, uint32_t channel_vc) const = 0;
};

}  // namespace vcp::dataplane
