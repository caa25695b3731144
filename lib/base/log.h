#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace vcp {

// Numbered as syslog and the journal do.
enum class LogLevel : uint8_t { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6, kDebug = 7 };

struct LogField {
  LogField(std::string_view key_in, std::string_view value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, const char* value_in) : key(key_in), value(value_in) {}
  LogField(std::string_view key_in, bool value_in)
      : key(key_in), value(value_in ? "true" : "false") {}
  template <std::integral T>
  LogField(std::string_view key_in, T value_in) : key(key_in), value(std::to_string(value_in)) {}

  std::string_view key;
  std::string value;
};

// Receives one complete line without its end.
using LogSink = std::function<void(LogLevel level, std::string_view line)>;

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  const Clock* clock = nullptr;  // Must outlive logging. Without one nothing is rate-limited.
  LogSink sink = {};             // When empty: standard error, with the journal's priorities.
};

// For any thread but a poll core, which counts instead. Call it before other threads log.
void ConfigureLog(LogOptions options);

// VCP_LOG(kInfo, "client attached", {"client", id}, {"uid", uid}) writes the line
// `client attached client=3 uid=1000`; values are quoted and escaped where a stranger's text could
// otherwise break the line. Each call site writes at most kLogBurst lines in a second; the next one
// says how many it kept back.
#define VCP_LOG(level, event, ...)                                               \
  do {                                                                           \
    static ::vcp::LogSite vcp_log_site;                                          \
    ::vcp::WriteLog(vcp_log_site, ::vcp::LogLevel::level, event, {__VA_ARGS__}); \
  } while (false)

inline constexpr uint32_t kLogBurst = 10;

// The rate limit of one call site; guarded by the logger's own lock.
struct LogSite {
  uint64_t window_start_ns = 0;
  uint32_t written = 0;
  uint32_t suppressed = 0;
};

void WriteLog(LogSite& site, LogLevel level, std::string_view event,
              std::initializer_list<LogField> fields);

}  // namespace vcp
