#include "dataplane/counters.h"

namespace vcp::dataplane {

const char* DropName(Drop drop) {
  switch (drop) {
#define VCP_DROP(constant, name, meaning) \
  case Drop::constant:                    \
    return name;
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
  }
  return "unknown";
}

const char* DropMeaning(Drop drop) {
  switch (drop) {
#define VCP_DROP(constant, name, meaning) \
  case Drop::constant:                    \
    return meaning;
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
  }
  return "unknown";
}

}  // namespace vcp::dataplane
