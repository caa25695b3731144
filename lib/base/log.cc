#include "base/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace vcp {
namespace {

struct Logger {
  std::mutex mutex;
  LogOptions options;
};

Logger& TheLogger() {
  static Logger& logger = *new Logger;  // Never destroyed: other destructors may log.
  return logger;
}

bool Admit(LogSite& site, const Clock& clock) {
  uint64_t now_ns = clock.NowNs();
  if (now_ns - site.window_start_ns >= kNsPerSecond) {
    site.window_start_ns = now_ns;
    site.written = 0;
  }
  if (site.written == kLogBurst) {
    ++site.suppressed;
    return false;
  }
  ++site.written;
  return true;
}

bool IsPlain(unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; }

void AppendValue(std::string_view value, std::string* line) {
  if (!value.empty() && std::ranges::all_of(value, IsPlain)) {
    *line += value;
    return;
  }
  *line += '"';
  for (unsigned char c : value) {
    if (IsPlain(c) || c == ' ' || c == '=') {
      *line += static_cast<char>(c);
    } else if (c == '"' || c == '\\') {
      *line += {'\\', static_cast<char>(c)};
    } else {
      char escaped[5];
      std::snprintf(escaped, sizeof escaped, "\\x%02x", c);
      *line += escaped;
    }
  }
  *line += '"';
}

// systemd says which stream leads to the journal; only there are priorities not noise.
bool StandardErrorIsJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status;
  if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
  return stream == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

void WriteToStandardError(LogLevel level, std::string_view line) {
  static const bool journal = StandardErrorIsJournal();
  std::string text;
  if (journal) text = "<" + std::to_string(static_cast<int>(level)) + ">";
  text += line;
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void ConfigureLog(LogOptions options) {
  std::lock_guard lock(TheLogger().mutex);
  TheLogger().options = std::move(options);
}

void WriteLog(LogSite& site, LogLevel level, std::string_view event,
              std::initializer_list<LogField> fields) {
  Logger& logger = TheLogger();
  std::lock_guard lock(logger.mutex);
  const LogOptions& options = logger.options;
  if (level > options.level) return;
  if (options.clock != nullptr && !Admit(site, *options.clock)) return;

  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    AppendValue(field.value, &line);
  }
  if (uint32_t suppressed = std::exchange(site.suppressed, 0); suppressed != 0) {
    line += " suppressed=" + std::to_string(suppressed);
  }
  options.sink ? options.sink(level, line) : WriteToStandardError(level, line);
}

}  // namespace vcp
