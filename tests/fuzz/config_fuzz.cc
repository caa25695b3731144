#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "daemon/config.h"

// Any text is a configuration or a list of errors, each on one line and with its place.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vcp::daemon::Config config;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& error : vcp::daemon::ParseConfig(text, "t", 4, &config)) {
    VCP_CHECK(error.starts_with("t:"));
  }
  return 0;
}
