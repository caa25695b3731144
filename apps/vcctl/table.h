// Rows of text in aligned columns.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace vcp::ctl {

enum class Align { kLeft, kRight };

class Table {
 public:
  void AddColumn(std::string header, Align align = Align::kLeft);
  // As many cells as there are columns.
  void AddRow(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  void Print(std::ostream& out) const;

 private:
  struct Column {
    std::string header;
    Align align;
    size_t width;
  };
  void PrintRow(std::ostream& out, const std::vector<std::string>& cells) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Clients choose names; none of them may steer the operator's terminal.
std::string Printable(std::string text);

}  // namespace vcp::ctl
