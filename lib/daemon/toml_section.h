// Reads one table of a TOML file value by value: every key is known, of the right type and in
// range, or there is an error that says where and what to do.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

namespace vcp::daemon {

struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
};

class ErrorList {
 public:
  explicit ErrorList(std::string source) : source_(std::move(source)) {}

  void Add(Position at, const std::string& text);
  // One line each, in the file's order.
  std::vector<std::string> Take();

 private:
  struct Error {
    Position at;
    std::string text;
  };
  const std::string source_;
  std::vector<Error> errors_;
};

// The known name that `name` was probably meant to be; empty when none is close.
std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& known);

class TomlSection {
 public:
  // `title` as the file has it: "[poll]", "[[port]]". Keys that are not in `keys` are errors.
  TomlSection(const toml::table& table, std::string title, std::vector<std::string_view> keys,
              ErrorList* errors);

  Position at() const;
  // Of the key, or of the table when it is not there.
  Position at(std::string_view key) const;
  bool Has(std::string_view key) const { return table_.contains(key); }
  void AddError(std::string_view key, const std::string& text) { errors_->Add(at(key), text); }
  // False, and an error, when the key is missing.
  bool Require(std::string_view key, std::string_view what_to_write);

  // Nothing when the key is not there; nothing and an error when its value is wrong.
  std::optional<std::string> Text(std::string_view key);
  std::optional<bool> Truth(std::string_view key);
  std::optional<int64_t> Number(std::string_view key, int64_t least, int64_t most);
  std::optional<std::vector<int64_t>> Numbers(std::string_view key);
  std::optional<std::vector<std::string>> Texts(std::string_view key);

  // Leaves `value` as it is when the key is not there.
  void Read(std::string_view key, std::string* value);
  void Read(std::string_view key, bool* value);
  template <std::integral T>
  void Read(std::string_view key, int64_t least, int64_t most, T* value) {
    if (auto number = Number(key, least, most)) *value = static_cast<T>(*number);
  }

 private:
  void WrongType(std::string_view key, const std::string& wanted);

  const toml::table& table_;
  const std::string title_;
  ErrorList* const errors_;
};

}  // namespace vcp::daemon
