#include "show.h"

#include <array>
#include <cstdio>
#include <functional>

#include "table.h"

namespace vcp::ctl {

namespace {

using nlohmann::json;
using Cell = std::function<std::string(const json& row)>;

struct Column {
  const char* header;
  Align align;
  Cell cell;
};

// How one topic is shown. The answer's list has the topic's name.
struct View {
  const char* topic;
  const char* help;
  const char* nothing;  // the line instead of an empty table
  std::vector<Column> columns;
};

const json& Member(const json& row, const char* key) {
  static const json kNull;
  const auto found = row.is_object() ? row.find(key) : row.end();
  return row.is_object() && found != row.end() ? *found : kNull;
}

std::string ToText(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) {
    auto text = value.get<std::string>();
    // Clients choose names; none of them may steer the operator's terminal.
    for (char& c : text) c = static_cast<unsigned char>(c) < ' ' || c == 0x7f ? '?' : c;
    return text.empty() ? "-" : text;
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump();
}

uint64_t Number(const json& value) {
  return value.is_number() && value >= 0 ? value.get<uint64_t>() : 0;
}

Cell Text(const char* key) {
  return [key](const json& row) { return ToText(Member(row, key)); };
}

Cell Count(const char* key) {
  return [key](const json& row) { return Grouped(Number(Member(row, key))); };
}

Cell Counter(const char* key) {
  return [key](const json& row) { return Grouped(Number(Member(Member(row, "counters"), key))); };
}

std::string Drops(const json& row) {
  uint64_t sum = 0;
  for (const json& count : Member(row, "drops")) sum += Number(count);
  return Grouped(sum);
}

// "ping (3)", or "-" when no application has it.
std::string Owner(const json& row) {
  const json& id = Member(row, "client_id");
  return id.is_null() ? "-" : ToText(Member(row, "client_name")) + " (" + ToText(id) + ")";
}

std::string Speed(const json& row) {
  const uint64_t bits = Number(Member(row, "link_bits_per_second"));
  if (bits == 0) return "-";
  return bits % 1'000'000'000 == 0 ? std::to_string(bits / 1'000'000'000) + " Gbit/s"
                                   : std::to_string(bits / 1'000'000) + " Mbit/s";
}

std::string Families(const json& row) {
  std::string joined;
  for (const json& family : Member(row, "families")) {
    joined += (joined.empty() ? "" : ",") + ToText(family);
  }
  return joined.empty() ? "-" : joined;
}

std::string Fixed(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string BusyShare(const json& row) {
  const auto turns = static_cast<double>(Number(Member(row, "turns")));
  const auto busy = static_cast<double>(Number(Member(row, "busy_turns")));
  return turns == 0 ? "-" : Fixed(100 * busy / turns, "%.1f %%");
}

std::string LongestTurn(const json& row) {
  const auto cycles = static_cast<double>(Number(Member(row, "longest_turn_cycles")));
  const json& rate = Member(row, "cycles_per_second");
  const double per_second = rate.is_number() ? rate.get<double>() : 0;
  return per_second <= 0 ? "-" : Fixed(1e6 * cycles / per_second, "%.1f us");
}

std::vector<View> TrafficViews() {
  constexpr Align kLeft = Align::kLeft;
  constexpr Align kRight = Align::kRight;
  return {
      {"ports",
       "ports and what went through them",
       "no ports are configured",
       {{"PORT", kLeft, Text("name")},
        {"DRIVER", kLeft, Text("driver")},
        {"STATE", kLeft, Text("state")},
        {"SPEED", kRight, Speed},
        {"MAC", kLeft, Text("mac")},
        {"MAX SDU", kRight, Text("max_sdu_bytes")},
        {"FAMILIES", kLeft, Families},
        {"RECEIVED", kRight, Counter("received_frames")},
        {"TRANSMITTED", kRight, Counter("transmitted_frames")},
        {"DROPPED", kRight, Drops}}},
      {"clients",
       "attached applications",
       "no application is attached",
       {{"CLIENT", kRight, Text("id")},
        {"NAME", kLeft, Text("name")},
        {"PID", kRight, Text("pid")},
        {"UID", kRight, Text("uid")},
        {"AFS", kRight, Text("afs")},
        {"SAPS", kRight, Text("saps")},
        {"VCS", kRight, Count("vcs")},
        {"MAX SDU", kRight, Text("max_sdu_bytes")},
        {"HELD", kRight, Count("receives_outstanding")},
        {"SENT", kRight, Counter("transmitted_sdus")},
        {"RECEIVED", kRight, Counter("received_sdus")},
        {"DROPPED", kRight, Drops}}},
      {"counters",
       "every counter with its meaning",
       "every counter is zero (--all shows them)",
       {{"SCOPE", kLeft, Text("scope")},
        {"COUNTER", kLeft, Text("name")},
        {"VALUE", kRight, Count("value")},
        {"MEANING", kLeft, Text("meaning")}}},
      {"cores",
       "poll cores and how busy they are",
       "no poll cores run",
       {{"CORE", kRight, Text("core")},
        {"CPU", kRight, Text("cpu")},
        {"TURNS", kRight, Count("turns")},
        {"BUSY", kRight, BusyShare},
        {"BUSY CYCLES", kRight, Count("busy_cycles")},
        {"SLEEPS", kRight, Count("sleeps")},
        {"LONGEST TURN", kRight, LongestTurn}}},
  };
}

std::vector<View> CircuitViews() {
  constexpr Align kLeft = Align::kLeft;
  constexpr Align kRight = Align::kRight;
  return {
      {"afs",
       "address families that clients opened",
       "no address family is open",
       {{"AF", kRight, Text("handle")},
        {"PORT", kLeft, Text("adapter")},
        {"FAMILY", kLeft, Text("family")},
        {"VERSION", kLeft, Text("version")},
        {"SAPS", kRight, Count("saps")},
        {"VCS", kRight, Count("vcs")},
        {"CLIENT", kLeft, Owner}}},
      {"saps",
       "service access points: where clients take calls",
       "no service access point is registered",
       {{"SAP", kRight, Text("handle")},
        {"AF", kRight, Text("af")},
        {"PORT", kLeft, Text("adapter")},
        {"ADDRESS", kLeft, Text("address")},
        {"PVC", kLeft, Text("pvc")},
        {"CLIENT", kLeft, Owner}}},
      {"vcs",
       "virtual circuits, their labels and traffic",
       "no virtual circuit exists",
       {{"VC", kRight, Text("handle")},
        {"PORT", kLeft, Text("adapter")},
        {"STATE", kLeft, Text("state")},
        {"CALL", kLeft, Text("call")},
        {"MADE BY", kLeft, Text("made_by")},
        {"TX LABEL", kRight, Text("transmit_label")},
        {"RX LABEL", kRight, Text("receive_label")},
        {"PVC", kLeft, Text("pvc")},
        {"CLIENT", kLeft, Owner},
        {"SENT", kRight, Counter("transmitted_sdus")},
        {"RECEIVED", kRight, Counter("received_sdus")}}},
      {"calls",
       "calls and between whom",
       "no call exists",
       {{"VC", kRight, Text("vc")},
        {"PORT", kLeft, Text("adapter")},
        {"CALL", kLeft, Text("call")},
        {"CALLED", kLeft, Text("called")},
        {"CALLING", kLeft, Text("calling")},
        {"PVC", kLeft, Text("pvc")},
        {"CLIENT", kLeft, Owner}}},
      {"pvcs",
       "permanent virtual circuits that operators configured",
       "no PVC is configured; add one with: vcctl pvc add NAME --port PORT --label LABEL",
       {{"PVC", kLeft, Text("name")},
        {"PORT", kLeft, Text("port")},
        {"TX LABEL", kRight, Text("transmit_label")},
        {"RX LABEL", kRight, Text("receive_label")},
        {"PEER MAC", kLeft, Text("peer_mac")},
        {"MAX SDU", kRight, Text("max_sdu_bytes")},
        {"IN USE", kLeft, Text("in_use")},
        {"CLIENT", kLeft, Owner}}},
  };
}

const std::vector<View>& Views() {
  static const std::vector<View> views = [] {
    std::vector<View> all = TrafficViews();
    for (View& view : CircuitViews()) all.push_back(std::move(view));
    return all;
  }();
  return views;
}

}  // namespace

const std::vector<ShowTopic>& ShowTopics() {
  static const std::vector<ShowTopic> topics = [] {
    std::vector<ShowTopic> all;
    for (const View& view : Views()) all.push_back({view.topic, view.help});
    return all;
  }();
  return topics;
}

void PrintTable(const std::string& topic, const json& answer, const ShowOptions& options,
                std::ostream& out) {
  for (const View& view : Views()) {
    if (topic != view.topic) continue;
    Table table;
    for (const Column& column : view.columns) table.AddColumn(column.header, column.align);
    const json& rows = Member(answer, view.topic);
    for (const json& row : rows) {
      if (topic == "counters" && !options.all && Number(Member(row, "value")) == 0) continue;
      std::vector<std::string> cells;
      for (const Column& column : view.columns) cells.push_back(column.cell(row));
      table.AddRow(std::move(cells));
    }
    if (table.empty()) {
      out << view.nothing << '\n';
      return;
    }
    table.Print(out);
    const uint64_t total = Number(Member(answer, "total"));
    if (total > rows.size()) {
      out << "(" << Grouped(rows.size()) << " of " << Grouped(total) << ")\n";
    }
  }
}

}  // namespace vcp::ctl
