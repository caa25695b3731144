#include "daemon/request_words.h"

#include <charconv>

#include "daemon/config.h"
#include "wire/mac_address.h"

namespace vcp::daemon {
namespace {

std::string Quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

bool RequestWords::Split(std::span<const std::string_view> words,
                         const std::set<std::string_view>& keys, std::string_view what) {
  for (std::string_view word : words) {
    size_t equals = word.find('=');
    if (equals == std::string_view::npos) return Fail(Quote(word) + " is not key=value");
    std::string_view key = word.substr(0, equals);
    if (!keys.contains(key)) return Fail(std::string(what) + " has no " + Quote(key));
    if (!values_.emplace(key, word.substr(equals + 1)).second) {
      return Fail(std::string(key) + " stands there twice");
    }
  }
  return true;
}

bool RequestWords::Read(std::string_view key, std::string* text) {
  if (Has(key)) *text = Text(key);
  return true;
}

bool RequestWords::ReadNumber(std::string_view key, uint32_t least, uint32_t most,
                              uint32_t* number) {
  if (!Has(key)) return true;
  std::string_view text = Text(key);
  uint32_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool good =
      error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
  if (good) *number = value;
  return good || Fail(std::string(key) + " is " + Quote(text) + "; give a number from " +
                      std::to_string(least) + " to " + std::to_string(most));
}

bool RequestWords::ReadRate(std::string_view key, uint64_t* bytes_per_second) {
  if (!Has(key)) return true;
  auto rate = ParseRate(Text(key));
  if (rate) *bytes_per_second = *rate;
  return rate || Fail(std::string(key) + " is " + Quote(Text(key)) +
                      "; give bits per second: 64kbit, 100Mbit, 2.5Gbit");
}

bool RequestWords::ReadMac(std::string_view key, std::optional<dataplane::MacAddress>* mac) {
  if (!Has(key)) return true;
  *mac = wire::ParseMacAddress(Text(key));
  return mac->has_value() ||
         Fail(std::string(key) + " is " + Quote(Text(key)) + "; give 02:00:5e:00:53:01");
}

bool RequestWords::ReadAddress(std::string_view key, std::optional<Address>* address) {
  if (!Has(key)) return true;
  *address = ParseAddress(Text(key));
  return address->has_value() ||
         Fail(std::string(key) + " is " + Quote(Text(key)) +
              "; give a number like +358401234567, or the 40 hexadecimal digits of an AESA");
}

bool RequestWords::Fail(const std::string& text) {
  *error_ = text;
  return false;
}

}  // namespace vcp::daemon
