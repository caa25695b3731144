// What a port can carry that is nearest to what a VC's call asks for (environment section 7).
#pragma once

#include "circuit/types.h"
#include "miniport/vc_programs.h"

namespace vcp::miniport {

// Of each direction that the VC has: largest SDU, rate and peak become the port's where they are
// left open, or more than the port has and kRoundDownFlow allows it. kInvalidData: more, and it is
// not allowed. Whether others have reserved what there is does not count: the call manager admits.
Status FindNearestFlow(const PortOfVcs& port, circuit::CallParameters* params);

}  // namespace vcp::miniport
