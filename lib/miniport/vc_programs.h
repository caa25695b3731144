// From a VC's call parameters to what the data path runs.
#pragma once

#include "circuit/types.h"
#include "dataplane/vc_program.h"
#include "port/port_info.h"

namespace vcp::miniport {

// Where a port's VCs run and what it can carry.
struct PortOfVcs {
  dataplane::PortIndex index = 0;
  port::PortInfo info;
};

// The payload that the port's line carries at most, each way.
uint64_t LineBytesPerSecond(const PortOfVcs& port);

// Fills in what `params` leave open and rounds what may be rounded (C38), so that they say what the
// VC will do. kInvalidData: no direction, no labels, no channel, an SDU larger than the port's, a
// flow to send that no SDU would ever conform to, or what no port can do. kNotSupported: the end of
// a transmission, which this one does not tell.
[[nodiscard]] Status MakeVcProgram(const PortOfVcs& port, const circuit::DataEndpoint& endpoint,
                                   circuit::CallParameters* params, dataplane::VcProgram* program);

}  // namespace vcp::miniport
