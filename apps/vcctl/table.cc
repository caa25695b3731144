#include "table.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::ctl {

void Table::AddColumn(std::string header, Align align) {
  const size_t width = header.size();
  columns_.push_back({std::move(header), align, width});
}

void Table::AddRow(std::vector<std::string> cells) {
  VCP_CHECK(cells.size() == columns_.size());
  for (size_t i = 0; i < cells.size(); ++i) {
    columns_[i].width = std::max(columns_[i].width, cells[i].size());
  }
  rows_.push_back(std::move(cells));
}

void Table::PrintRow(std::ostream& out, const std::vector<std::string>& cells) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(columns_[i].width - cells[i].size(), ' ');
    if (i != 0) line += "  ";
    line += columns_[i].align == Align::kRight ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void Table::Print(std::ostream& out) const {
  std::vector<std::string> headers;
  for (const Column& column : columns_) headers.push_back(column.header);
  PrintRow(out, headers);
  for (const auto& row : rows_) PrintRow(out, row);
}

std::string Printable(std::string text) {
  for (char& c : text) c = static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
  return text;
}

}  // namespace vcp::ctl
