#include "daemon/toml_section.h"

#include <algorithm>
#include <numeric>

namespace vcp::daemon {
namespace {

Position PositionOf(const toml::source_region& source) {
  return {source.begin.line, source.begin.column};
}

// Levenshtein's.
size_t EditDistance(std::string_view one, std::string_view other) {
  std::vector<size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= one.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= other.size(); ++j) {
      size_t replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string Join(const std::vector<std::string_view>& names) {
  std::string joined;
  for (std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::string TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a fraction";
    case toml::node_type::boolean:
      return "true or false";
    default:
      return "a date or time";
  }
}

}  // namespace

void ErrorList::Add(Position at, const std::string& text) { errors_.push_back({at, text}); }

std::vector<std::string> ErrorList::Take() {
  std::stable_sort(errors_.begin(), errors_.end(), [](const Error& one, const Error& other) {
    return std::pair(one.at.line, one.at.column) < std::pair(other.at.line, other.at.column);
  });
  std::vector<std::string> lines;
  for (const Error& error : errors_) {
    lines.push_back(source_ + ":" + std::to_string(error.at.line) + ":" +
                    std::to_string(error.at.column) + ": " + error.text);
  }
  return lines;
}

std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (std::string_view candidate : known) {
    size_t distance = EditDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

TomlSection::TomlSection(const toml::table& table, std::string title,
                         std::vector<std::string_view> keys, ErrorList* errors)
    : table_(table), title_(std::move(title)), errors_(errors) {
  for (const auto& [key, node] : table_) {
    if (std::find(keys.begin(), keys.end(), key.str()) != keys.end()) continue;
    std::string_view nearest = NearestName(key.str(), keys);
    errors_->Add(PositionOf(key.source()),
                 "unknown key \"" + std::string(key.str()) + "\" in " + title_ +
                     (nearest.empty() ? "; it has " + Join(keys)
                                      : "; did you mean \"" + std::string(nearest) + "\"?"));
  }
}

Position TomlSection::at() const { return PositionOf(table_.source()); }

Position TomlSection::at(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node == nullptr ? at() : PositionOf(node->source());
}

bool TomlSection::Require(std::string_view key, std::string_view what_to_write) {
  if (Has(key)) return true;
  errors_->Add(at(),
               title_ + " has no " + std::string(key) + "; write " + std::string(what_to_write));
  return false;
}

void TomlSection::WrongType(std::string_view key, const std::string& wanted) {
  errors_->Add(at(key),
               std::string(key) + " is " + TypeName(*table_.get(key)) + "; write " + wanted);
}

std::optional<std::string> TomlSection::Text(std::string_view key) {
  if (!Has(key)) return std::nullopt;
  auto text = table_.get(key)->value_exact<std::string>();
  if (!text) WrongType(key, "a text in quotes");
  return text;
}

std::optional<bool> TomlSection::Truth(std::string_view key) {
  if (!Has(key)) return std::nullopt;
  auto truth = table_.get(key)->value_exact<bool>();
  if (!truth) WrongType(key, "true or false");
  return truth;
}

std::optional<int64_t> TomlSection::Number(std::string_view key, int64_t least, int64_t most) {
  if (!Has(key)) return std::nullopt;
  std::string range =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  auto number = table_.get(key)->value_exact<int64_t>();
  if (!number) {
    WrongType(key, range);
  } else if (*number < least || *number > most) {
    AddError(key, std::string(key) + " is " + std::to_string(*number) + "; write " + range);
    number.reset();
  }
  return number;
}

std::optional<std::vector<int64_t>> TomlSection::Numbers(std::string_view key) {
  if (!Has(key)) return std::nullopt;
  std::vector<int64_t> numbers;
  const toml::array* array = table_.get(key)->as_array();
  bool good = array != nullptr;
  for (size_t i = 0; good && i < array->size(); ++i) {
    auto number = array->get(i)->value_exact<int64_t>();
    good = number.has_value();
    if (good) numbers.push_back(*number);
  }
  if (good) return numbers;
  WrongType(key, "a list of whole numbers: [1, 2]");
  return std::nullopt;
}

std::optional<std::vector<std::string>> TomlSection::Texts(std::string_view key) {
  if (!Has(key)) return std::nullopt;
  std::vector<std::string> texts;
  const toml::array* array = table_.get(key)->as_array();
  bool good = array != nullptr;
  for (size_t i = 0; good && i < array->size(); ++i) {
    auto text = array->get(i)->value_exact<std::string>();
    good = text.has_value();
    if (good) texts.push_back(*text);
  }
  if (good) return texts;
  WrongType(key, "a list of texts: [\"one\", \"two\"]");
  return std::nullopt;
}

void TomlSection::Read(std::string_view key, std::string* value) {
  if (auto text = Text(key)) *value = *text;
}

void TomlSection::Read(std::string_view key, bool* value) {
  if (auto truth = Truth(key)) *value = *truth;
}

}  // namespace vcp::daemon
