#include "base/status.h"

namespace vcp {

std::string_view StatusName(Status status) {
  switch (status) {
#define VCP_STATUS_NAME(constant, number, name, meaning) \
  case Status::constant:                                 \
    return name;
    VCP_STATUS_TABLE(VCP_STATUS_NAME)
#undef VCP_STATUS_NAME
  }
  return "UNKNOWN_STATUS";
}

std::string_view StatusMeaning(Status status) {
  switch (status) {
#define VCP_STATUS_MEANING(constant, number, name, meaning) \
  case Status::constant:                                    \
    return meaning;
    VCP_STATUS_TABLE(VCP_STATUS_MEANING)
#undef VCP_STATUS_MEANING
  }
  return "a status this version does not know";
}

}  // namespace vcp
