#include "dataplane/counters.h"

namespace vcp::dataplane {

const char* DropName(Drop drop) {
  switch (drop) {
#define VCP_DROP(constant, scope, name, meaning) \
  case Drop::constant:                           \
    return name;
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
  }
  return "unknown";
}

const char* DropMeaning(Drop drop) {
  switch (drop) {
#define VCP_DROP(constant, scope, name, meaning) \
  case Drop::constant:                           \
    return meaning;
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
  }
  return "unknown";
}

DropScope ScopeOf(Drop drop) {
  switch (drop) {
#define VCP_DROP(constant, scope, name, meaning) \
  case Drop::constant:                           \
    return DropScope::scope;
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
  }
  return DropScope::kChannel;
}

void ChannelCounters::AddDeparted(const ChannelCounters& departed) {
  submitted_lists += departed.submitted_lists;
  completed_lists += departed.completed_lists;
  transmitted_sdus += departed.transmitted_sdus;
  transmitted_bytes += departed.transmitted_bytes;
  received_sdus += departed.received_sdus;
  received_bytes += departed.received_bytes;
  wakes += departed.wakes;
  for (size_t i = 0; i < drops.size(); ++i) drops[i] += departed.drops[i];
}

}  // namespace vcp::dataplane
