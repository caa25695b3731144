#include "explain.h"

#include <algorithm>
#include <sstream>
#include <string>

#include "table.h"

namespace vcp::ctl {
namespace {

using nlohmann::json;

constexpr size_t kColumns = 100;

// Words in lines of at most kColumns, all but the first of them indented.
void PrintWrapped(const std::string& first, size_t indent, const std::string& text,
                  std::ostream& out) {
  std::string line = first;
  line.resize(std::max(indent, line.size()), ' ');
  bool is_empty = true;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!is_empty && line.size() + 1 + word.size() > kColumns) {
      out << line << '\n';
      line = std::string(indent, ' ');
      is_empty = true;
    }
    line += (is_empty ? "" : " ") + word;
    is_empty = false;
  }
  out << line << '\n';
}

}  // namespace

void PrintExplanation(const json& answer, std::ostream& out) {
  size_t width = 0;
  const json steps = answer.value("steps", json::array());
  for (const json& step : steps) {
    width = std::max(width, Printable(step.value("about", "")).size());
  }
  for (const json& step : steps) {
    const std::string label = step.value("good", false) ? "ok  " : "NO  ";
    PrintWrapped(label + Printable(step.value("about", "")), label.size() + width + 2,
                 Printable(step.value("text", "")), out);
  }
  out << Printable(answer.value("verdict", "")) << '\n';
}

}  // namespace vcp::ctl
