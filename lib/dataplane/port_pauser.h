// The door to the data path for whoever pauses or resets a port: it stands still, its VCs stay.
// Signaling passes a paused port, because its peer would give up the link and all calls of it. A
// pause and a reset may overlap. Control thread only.
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
  // kSuccess: it was not paused. kPending: `done`, never inside the call, when all poll cores take
  // its lists again, as far as nothing else holds them up.
  virtual Status ResumePort(PortIndex port, Done done) = 0;
  // In between lists complete kResetInProgress, those that wait too, or kPaused while that holds;
  // signaling waits (C139). The end is as ResumePort's.
  virtual void BeginReset(PortIndex port) = 0;
  virtual Status EndReset(PortIndex port, Done done) = 0;
};

}  // namespace vcp::dataplane
