// Writes one JSON document on one line. Keys and structure are ours; values may be a stranger's and
// come out escaped. Bytes that are not ASCII come out as \u00XX, so the answer is always valid.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace vcp::daemon {

class JsonWriter {
 public:
  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(std::string_view key);

  JsonWriter& Value(std::string_view text);
  JsonWriter& Value(const char* text) { return Value(std::string_view(text)); }
  JsonWriter& Value(bool truth) { return Raw(truth ? "true" : "false"); }
  template <std::integral T>
  JsonWriter& Value(T number) {
    return Raw(std::to_string(number));
  }
  JsonWriter& Null() { return Raw("null"); }

  // Key and value at once.
  template <typename T>
  JsonWriter& Field(std::string_view key, const T& value) {
    return Key(key).Value(value);
  }

  const std::string& text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  JsonWriter& Raw(std::string_view text);
  void Separate();
  void Quote(std::string_view text);

  std::string text_;
  bool first_ = true;  // nothing precedes in this object, array or after this key
};

}  // namespace vcp::daemon
