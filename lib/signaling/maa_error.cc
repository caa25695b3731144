#include "signaling/maa_error.h"

namespace vcp::signaling {

std::string_view MaaErrorName(MaaError error) {
  switch (error) {
#define VCP_MAA_ERROR(constant, code, name, meaning) \
  case MaaError::constant:                           \
    return name;
    VCP_MAA_ERROR_TABLE(VCP_MAA_ERROR)
#undef VCP_MAA_ERROR
  }
  return "unknown";
}

std::string_view MaaErrorMeaning(MaaError error) {
  switch (error) {
#define VCP_MAA_ERROR(constant, code, name, meaning) \
  case MaaError::constant:                           \
    return meaning;
    VCP_MAA_ERROR_TABLE(VCP_MAA_ERROR)
#undef VCP_MAA_ERROR
  }
  return "unknown";
}

}  // namespace vcp::signaling
