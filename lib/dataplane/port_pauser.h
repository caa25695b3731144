// The door to the data path for whoever pauses a port: it stands still, its VCs stay. Control
// thread only.
#pragma once

#include <functional>

#include "base/status.h"
#include "dataplane/vc_program.h"

namespace vcp::dataplane {

class PortPauser {
 public:
  using Done = std::function<void(Status)>;
  virtual ~PortPauser() = default;
  // From now on lists for the port complete kPaused, those that wait too, and what arrives is
  // dropped and counted. `done`, never inside the call, when that is so everywhere and clients hold
  // nothing any more that they received by it (C134, C135). Not while it is pausing.
  virtual void PausePort(PortIndex port, Done done) = 0;
  virtual void ResumePort(PortIndex port) = 0;
};

}  // namespace vcp::dataplane
