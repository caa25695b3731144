#include "show.h"

#include <array>
#include <cstdio>
#include <functional>

#include "base/readable.h"
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

// How one topic is shown, or a further list of its answer.
struct View {
  const char* topic;
  const char* help;     // null: a further list
  const char* nothing;  // the line instead of an empty table
  std::vector<Column> columns;
  const char* list = topic;  // its name in the answer
};

const json& Member(const json& row, const char* key) {
  static const json kNull;
  const auto found = row.is_object() ? row.find(key) : row.end();
  return row.is_object() && found != row.end() ? *found : kNull;
}

std::string ToText(const json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) {
    const std::string text = Printable(value.get<std::string>());
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

std::string Fixed(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

// A port that runs is as its link is.
std::string PortState(const json& row) {
  const std::string life = ToText(Member(row, "life"));
  return life == "running" ? ToText(Member(row, "state")) : life;
}

std::string Speed(const json& row) {
  const uint64_t bits = Number(Member(row, "link_bits_per_second"));
  if (bits == 0) return "-";
  return bits % 1'000'000'000 == 0 ? std::to_string(bits / 1'000'000'000) + " Gbit/s"
                                   : std::to_string(bits / 1'000'000) + " Mbit/s";
}

// "0.200"; nothing has no share of its own.
Cell Share(const char* key) {
  return [key](const json& row) {
    const uint64_t permille = Number(Member(row, key));
    return permille == 0 ? "-" : Fixed(static_cast<double>(permille) / 1000, "%.3f");
  };
}

Cell Rate(const char* key) {
  return [key](const json& row) { return ReadableBitRate(Number(Member(row, key))); };
}

// "up 3 h 12 min".
std::string Signaling(const json& row) {
  return ToText(Member(row, "signaling")) + " " +
         ReadableDuration(Number(Member(row, "since_seconds")));
}

std::string VcDrops(const json& row) {
  const json& counters = Member(row, "counters");
  return Grouped(Number(Member(counters, "transmit_drops")) +
                 Number(Member(counters, "receive_drops")));
}

// Of a root what its VC sent once for all of its parties, of a leaf what it received.
std::string PartySdus(const json& row) {
  const bool is_root = ToText(Member(row, "role")) == "root";
  const json& counters = Member(row, "counters");
  return Grouped(Number(Member(counters, is_root ? "transmitted_sdus" : "received_sdus")));
}

// "64", or "100>200": sent with the one, received with the other.
std::string Labels(const json& row) {
  const std::string transmit = ToText(Member(row, "transmit_label"));
  const std::string receive = ToText(Member(row, "receive_label"));
  return transmit == receive ? transmit : transmit + ">" + receive;
}

// Whom a call goes to, or comes from.
std::string Peer(const json& row) {
  const std::string pvc = ToText(Member(row, "pvc"));
  if (pvc != "-") return "PVC " + pvc;
  const std::string peer = ToText(Member(row, "peer"));
  if (Member(row, "direction") == "outgoing") return "to " + peer;
  return peer == "none" ? "from no address" : "from " + peer;
}

// "17 user busy", or "-" while nobody has ended it.
std::string Ended(const json& row) {
  const json& cause = Member(row, "cause");
  if (!cause.is_null()) return ToText(cause) + " " + ToText(Member(row, "cause_meaning"));
  return Member(row, "closed_by_peer") == true ? "by the peer" : "-";
}

// SDs that the peer takes beyond those sent; they are numbered modulo 2^24.
std::string Credit(const json& row) {
  constexpr uint64_t kNumbers = uint64_t{1} << 24;
  const uint64_t sent = Number(Member(row, "vt_s"));
  return Grouped((Number(Member(row, "vt_ms")) + kNumbers - sent) % kNumbers);
}

std::string FreeCells(const json& row) {
  return Grouped(Number(Member(row, "limit_cells_per_second")) -
                 Number(Member(row, "reserved_cells_per_second")));
}

std::string FreeBits(const json& row) {
  return ReadableBitRate(Number(Member(row, "limit_bits_per_second")) -
                         Number(Member(row, "reserved_bits_per_second")));
}

std::string Families(const json& row) {
  std::string joined;
  for (const json& family : Member(row, "families")) {
    joined += (joined.empty() ? "" : ",") + ToText(family);
  }
  return joined.empty() ? "-" : joined;
}

// Of an application that stands still, also for how long.
std::string Held(const json& row) {
  const std::string held = Grouped(Number(Member(row, "receives_outstanding")));
  const uint64_t stalled_seconds = Number(Member(row, "stalled_seconds"));
  return stalled_seconds == 0 ? held : held + ", stalled " + ReadableDuration(stalled_seconds);
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
        {"STATE", kLeft, PortState},
        {"SPEED", kRight, Speed},
        {"MAC", kLeft, Text("mac")},
        {"MAX SDU", kRight, Text("max_sdu_bytes")},
        {"FAMILIES", kLeft, Families},
        {"RECEIVED", kRight, Counter("received_frames")},
        {"SENT", kRight, Counter("transmitted_frames")},
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
        {"HELD", kRight, Held},
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
      {"cores",
       nullptr,
       "no frames",
       {{"POOL", kLeft, Text("pool")},
        {"SIZE", kRight, Count("size")},
        {"FREE", kRight, Count("free")}},
       "pools"},
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
        {"LABEL", kRight, Labels},
        {"PVC", kLeft, Text("pvc")},
        {"CLIENT", kLeft, Owner},
        {"SENT", kRight, Counter("transmitted_sdus")},
        {"RECEIVED", kRight, Counter("received_sdus")},
        {"DROPPED", kRight, VcDrops},
        {"NAME", kLeft, Text("name")}}},
      {"pvcs",
       "permanent virtual circuits that operators configured",
       "no PVC is configured; add one with: vcctl pvc add NAME --port PORT --label LABEL",
       {{"PVC", kLeft, Text("name")},
        {"PORT", kLeft, Text("port")},
        {"TX LABEL", kRight, Text("transmit_label")},
        {"RX LABEL", kRight, Text("receive_label")},
        {"PEER MAC", kLeft, Text("peer_mac")},
        {"DESTINATION", kLeft, Text("destination")},
        {"MAX SDU", kRight, Text("max_sdu_bytes")},
        {"IN USE", kLeft, Text("in_use")},
        {"CLIENT", kLeft, Owner}}},
  };
}

std::vector<View> CallViews() {
  constexpr Align kLeft = Align::kLeft;
  constexpr Align kRight = Align::kRight;
  return {
      {"calls",
       "calls, whom they are to or from, and why they ended",
       "no call exists",
       {{"VC", kRight, Text("vc")},
        {"PORT", kLeft, Text("adapter")},
        {"CALL", kLeft, Text("call")},
        {"LABEL", kRight, Text("label")},
        {"PEER", kLeft, Peer},
        {"CLIENT", kLeft, Owner},
        {"ENDED", kLeft, Ended}}},
      {"parties",
       "parties of point-to-multipoint calls",
       "no point-to-multipoint call has a party here",
       {{"VC", kRight, Text("vc")},
        {"PORT", kLeft, Text("adapter")},
        {"CALL REF", kRight, Text("call_reference")},
        {"PARTY", kRight, Text("endpoint")},
        {"HERE", kLeft, Text("role")},
        {"ADDRESS", kLeft, Text("address")},
        {"STATE", kLeft, Text("state")},
        {"SDUS", kRight, PartySdus},
        {"DROPPED", kRight, VcDrops},
        {"CLIENT", kLeft, Owner}}},
      {"routes",
       "which port calls to an address leave by",
       "no route is configured: a daemon with one link sends every call there; with several the "
       "application names the port",
       {{"PREFIX", kLeft, Text("prefix")},
        {"PORT", kLeft, Text("port")},
        {"PRIORITY", kRight, Text("priority")},
        {"LINK", kLeft, Text("link")}}},
  };
}

constexpr char kNoLink[] =
    "no link is configured: calls stay in this daemon ([[link]] in the configuration joins a port "
    "to a peer)";

std::vector<View> LinkViews() {
  constexpr Align kLeft = Align::kLeft;
  constexpr Align kRight = Align::kRight;
  return {
      {"links",
       "signaled links: whether they are up, and their calls",
       kNoLink,
       {{"PORT", kLeft, Text("port")},
        {"SIDE", kLeft, Text("side")},
        {"SIGNALING", kLeft, Signaling},
        {"CARRIER", kLeft, Text("carrier")},
        {"CAPACITY", kRight, Rate("capacity_bits_per_second")},
        {"CALLS", kRight, Count("calls")},
        {"IN SETUP", kRight, Count("calls_in_setup")},
        {"MADE", kRight, Count("calls_made")},
        {"OFFERED", kRight, Count("calls_offered")},
        {"FAILED", kRight, Count("calls_failed")}}},
      {"sscop",
       "how far signaling's SSCOP connections have come",
       kNoLink,
       {{"PORT", kLeft, Text("port")},
        {"VT(A)", kRight, Text("vt_a")},
        {"VT(S)", kRight, Text("vt_s")},
        {"CREDIT", kRight, Credit},
        {"VR(R)", kRight, Text("vr_r")},
        {"VR(H)", kRight, Text("vr_h")},
        {"QUEUE", kRight, Count("unacknowledged")},
        {"AGAIN", kRight, Count("retransmitted")},
        {"RESETS", kRight, Count("resets")},
        {"ERRORS", kRight, Count("errors")},
        {"STATE", kLeft, Text("state")}}},
      {"cac",
       "admission: what each link has room for, and how each VC was counted",
       "no link is configured, so nothing has to be admitted",
       {{"PORT", kLeft, Text("port")},
        {"DIRECTION", kLeft, Text("direction")},
        {"CELLS/S", kRight, Count("capacity_cells_per_second")},
        {"FOR CALLS", kRight, Count("limit_cells_per_second")},
        {"RESERVED", kRight, Count("reserved_cells_per_second")},
        {"FREE", kRight, FreeCells},
        {"FREE ON WIRE", kRight, FreeBits},
        {"VCS", kRight, Count("vcs")}}},
      {"cac",
       nullptr,
       "no VC is admitted",
       {{"VC", kRight, Text("vc")},
        {"PORT", kLeft, Text("port")},
        {"DIRECTION", kLeft, Text("direction")},
        {"CLASS", kLeft, Text("conformance")},
        {"PEAK CELLS/S", kRight, Count("peak_cells_per_second")},
        {"K", kRight, Share("k_permille")},
        {"EFFECTIVE", kRight, Count("effective_cells_per_second")},
        {"COUNTED AS", kRight, Count("counted_cells_per_second")},
        {"ON WIRE", kRight, Rate("counted_bits_per_second")},
        {"STATE", kLeft, Text("state")}},
       "admitted"},
  };
}

const std::vector<View>& Views() {
  static const std::vector<View> views = [] {
    std::vector<View> all;
    for (auto* views_of : {TrafficViews, LinkViews, CallViews, CircuitViews}) {
      for (View& view : views_of()) all.push_back(std::move(view));
    }
    return all;
  }();
  return views;
}

void PrintList(const View& view, const json& answer, const ShowOptions& options,
               std::ostream& out) {
  Table table;
  for (const Column& column : view.columns) table.AddColumn(column.header, column.align);
  const json& rows = Member(answer, view.list);
  const bool hides_zeros = std::string_view(view.list) == "counters" && !options.all;
  for (const json& row : rows) {
    if (hides_zeros && Number(Member(row, "value")) == 0) continue;
    std::vector<std::string> cells;
    for (const Column& column : view.columns) cells.push_back(column.cell(row));
    table.AddRow(std::move(cells));
  }
  if (table.empty()) {
    out << view.nothing << '\n';
    return;
  }
  table.Print(out);
  const bool is_first = std::string_view(view.list) == view.topic;
  const std::string total_key = is_first ? "total" : std::string(view.list) + "_total";
  const uint64_t total = Number(Member(answer, total_key.c_str()));
  if (total > rows.size()) {
    out << "(" << Grouped(rows.size()) << " of " << Grouped(total) << ")\n";
  }
}

}  // namespace

const std::vector<ShowTopic>& ShowTopics() {
  static const std::vector<ShowTopic> topics = [] {
    std::vector<ShowTopic> all;
    for (const View& view : Views()) {
      if (view.help != nullptr) all.push_back({view.topic, view.help});
    }
    return all;
  }();
  return topics;
}

void PrintTable(const std::string& topic, const json& answer, const ShowOptions& options,
                std::ostream& out) {
  for (const View& view : Views()) {
    if (topic != view.topic) continue;
    if (view.help == nullptr) out << '\n';
    PrintList(view, answer, options, out);
    if (Member(answer, view.list).empty()) return;
  }
}

}  // namespace vcp::ctl
