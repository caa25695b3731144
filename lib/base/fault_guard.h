// Survives the loss of memory that somebody else can take away: shared with a process that unmaps
// or truncates it, or whose descriptors lead anywhere.
#pragma once

namespace vcp {

// Calls body(argument); false if it was left because it touched memory that is not there. It must
// hold no lock then and have nothing to destroy. For faults of the calling thread only; everything
// else that faults dies of it as it would have. Costs a few nanoseconds. Any thread.
[[nodiscard]] bool CallGuarded(void (*body)(void* argument), void* argument);

}  // namespace vcp
