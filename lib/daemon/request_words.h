// The key=value words of an operator's request: each key at most once, and only those there are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/address.h"
#include "dataplane/vc_program.h"

namespace vcp::daemon {

class RequestWords {
 public:
  // `error` gets one line that names cause and fix where something is wrong.
  explicit RequestWords(std::string* error) : error_(error) {}

  // The words outlive this object. `what` has these keys, for the error: "a PVC".
  bool Split(std::span<const std::string_view> words, const std::set<std::string_view>& keys,
             std::string_view what);

  bool Has(std::string_view key) const { return values_.contains(key); }
  // The text of a key that is there.
  std::string_view Text(std::string_view key) const { return values_.find(key)->second; }

  // True, and nothing changed, when the key is not there.
  bool Read(std::string_view key, std::string* text);
  bool ReadNumber(std::string_view key, uint32_t least, uint32_t most, uint32_t* number);
  bool ReadRate(std::string_view key, uint64_t* bytes_per_second);
  bool ReadMac(std::string_view key, std::optional<dataplane::MacAddress>* mac);
  bool ReadAddress(std::string_view key, std::optional<Address>* address);

  // False.
  bool Fail(const std::string& text);

 private:
  std::map<std::string_view, std::string_view> values_;
  std::string* const error_;
};

}  // namespace vcp::daemon
