#include "signaling/uni_counters.h"

namespace vcp::signaling {

std::string_view UniCounterName(UniCounter counter) {
  switch (counter) {
#define VCP_UNI_COUNTER(constant, name, meaning) \
  case UniCounter::constant:                     \
    return name;
    VCP_UNI_COUNTER_TABLE(VCP_UNI_COUNTER)
#undef VCP_UNI_COUNTER
  }
  return "none";
}

std::string_view UniCounterMeaning(UniCounter counter) {
  switch (counter) {
#define VCP_UNI_COUNTER(constant, name, meaning) \
  case UniCounter::constant:                     \
    return meaning;
    VCP_UNI_COUNTER_TABLE(VCP_UNI_COUNTER)
#undef VCP_UNI_COUNTER
  }
  return "none";
}

}  // namespace vcp::signaling
