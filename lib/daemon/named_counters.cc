#include "daemon/named_counters.h"

#include <array>
#include <cctype>
#include <string>

#include "signaling/maa_error_table.h"
#include "wire/frame.h"
#include "wire/sscop_pdu.h"

namespace vcp::daemon {
namespace {

using dataplane::Drop;

// Those of the other scope too, as soon as there are any.
void AppendDrops(const dataplane::DropCounts& drops, dataplane::DropScope scope,
                 std::vector<NamedCount>* list) {
  for (size_t i = 0; i < drops.size(); ++i) {
    auto drop = static_cast<Drop>(i);
    if (dataplane::ScopeOf(drop) != scope && drops[i] == 0) continue;
    list->push_back({dataplane::DropName(drop), drops[i], dataplane::DropMeaning(drop), true});
  }
}

}  // namespace

std::vector<NamedCount> NameCounts(const dataplane::PortCounters& c) {
  std::vector<NamedCount> list = {
      {"received_frames", c.received_frames, "frames taken from the port"},
      {"received_bytes", c.received_bytes, "bytes of these, headers included"},
      {"received_copies", c.received_copies, "copies of SDUs for further leaves on one label"},
      {"transmitted_frames", c.transmitted_frames, "frames given to the port"},
      {"transmitted_bytes", c.transmitted_bytes, "bytes of these, headers included"},
      {"transmit_stalls", c.transmit_stalls, "times that the port took less than it was given"},
      {"waiting_buffers", c.waiting.buffers, "buffers of lists that wait for the port now"},
      {"waiting_bytes", c.waiting.bytes, "bytes of these"},
      {"driver_received_frames", c.driver.received_frames, "frames that the driver received"},
      {"driver_transmitted_frames", c.driver.transmitted_frames, "frames that the driver sent"},
      {"driver_receive_errors", c.driver.receive_errors, "frames that arrived damaged"},
      {"driver_transmit_errors", c.driver.transmit_errors, "frames that the driver could not send"},
  };
  list.push_back({"driver_missed_frames", c.driver.missed_frames,
                  "frames that arrived and that nobody took in time", true});
  static_assert(wire::kFrameErrorCount <= dataplane::kMaxFrameErrors);
  for (size_t i = 1; i < wire::kFrameErrorCount; ++i) {
    auto error = static_cast<wire::FrameError>(i);
    list.push_back(
        {wire::FrameErrorName(error), c.rejected[i], wire::FrameErrorMeaning(error), true});
  }
  AppendDrops(c.drops, dataplane::DropScope::kPort, &list);
  return list;
}

std::vector<NamedCount> NameCounts(const dataplane::ChannelCounters& c) {
  std::vector<NamedCount> list = {
      {"submitted_lists", c.submitted_lists, "buffer lists that the client submitted"},
      {"completed_lists", c.completed_lists, "buffer lists given back to the client"},
      {"transmitted_sdus", c.transmitted_sdus, "SDUs sent for the client"},
      {"transmitted_bytes", c.transmitted_bytes, "bytes of these"},
      {"received_sdus", c.received_sdus, "SDUs delivered to the client"},
      {"received_bytes", c.received_bytes, "bytes of these"},
      {"wakes", c.wakes, "times that the client was woken"},
      {"receives_outstanding", c.receives_outstanding,
       "receive slots not taken back from the client yet"},
  };
  AppendDrops(c.drops, dataplane::DropScope::kChannel, &list);
  return list;
}

std::vector<NamedCount> NameCounts(const dataplane::PollCoreCounters& c) {
  return {
      {"turns", c.turns, "rounds of the poll loop"},
      {"busy_turns", c.busy_turns, "rounds that found something to do"},
      {"busy_cycles", c.busy_cycles, "time stamp counter cycles spent in busy rounds"},
      {"sleeps", c.sleeps, "times that the core slept for want of work"},
      {"longest_turn_cycles", c.longest_turn_cycles, "cycles of the longest round"},
      {"cycles_per_second", static_cast<uint64_t>(c.cycles_per_second),
       "rate of the time stamp counter"},
  };
}

namespace {

// A counter of SSCOP's for each type of PDU, or each error, needs its name built once.
struct SscopNames {
  std::string sent;
  std::string sent_meaning;
  std::string received;
  std::string received_meaning;
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

SscopNames MakeSscopNames(size_t type) {
  const std::string name(wire::SscopTypeName(static_cast<wire::SscopType>(type)));
  return {"sscop_tx_" + Lower(name), name + " PDUs sent", "sscop_rx_" + Lower(name),
          "good " + name + " PDUs received"};
}

void AppendSscopPdus(const signaling::SscopCounters& counters, std::vector<NamedCount>* list) {
  static const auto kNames = [] {
    std::array<SscopNames, wire::kSscopTypeCount> names;
    for (size_t type = 1; type < names.size(); ++type) names[type] = MakeSscopNames(type);
    return names;
  }();
  for (size_t type = 1; type < kNames.size(); ++type) {
    const SscopNames& names = kNames[type];
    list->push_back({names.sent, counters.sent[type].Read(), names.sent_meaning});
    list->push_back({names.received, counters.received[type].Read(), names.received_meaning});
  }
}

void AppendSscopErrors(const signaling::SscopCounters& counters, std::vector<NamedCount>* list) {
#define VCP_NAMED(constant, code, name, meaning) \
  list->push_back({"sscop_" name, counters.Errors(signaling::MaaError::constant), meaning});
  VCP_MAA_ERROR_TABLE(VCP_NAMED)
#undef VCP_NAMED
}

}  // namespace

std::vector<NamedCount> NameCounts(const callmgr::UniCallManager& manager) {
  const callmgr::SignalingStack& stack = manager.signaling();
  std::vector<NamedCount> list;
  for (size_t i = 0; i < signaling::kUniCounterCount; ++i) {
    const auto counter = static_cast<signaling::UniCounter>(i);
    list.push_back({signaling::UniCounterName(counter), stack.uni().counters()[i].Read(),
                    signaling::UniCounterMeaning(counter)});
  }
  const signaling::Saal& saal = stack.saal();
  const signaling::SscopCounters& sscop = saal.counters();
  list.push_back({"uni_calls_over_share", manager.setup_shares().refused_calls(),
                  "calls and parties refused to clients: too many in set-up, or in a second"});
  list.push_back({"uni_offers_over_share", manager.setup_shares().refused_offers(),
                  "calls refused to the peer: their client had too many to answer"});
  list.push_back({"uni_tx_lost", stack.lost_messages(),
                  "messages not sent: too many waited, or the SAAL was down", true});
  list.push_back({"sscop_retransmitted", sscop.retransmitted_sds.Read(), "SDs sent again"});
  list.push_back({"sscop_repeated", sscop.repeated_sds.Read(),
                  "SDs received again after they were delivered"});
  list.push_back({"sscop_rx_copies", saal.dropped_duplicates().Read(),
                  "PDUs that the carrier delivered twice in a row"});
  list.push_back({"sscop_refused", sscop.refused_sdus.Read(),
                  "messages that had to wait: no room, or no connection"});
  list.push_back({"sscop_discarded", sscop.discarded_sdus.Read(),
                  "messages given up unacknowledged with their connection", true});
  AppendSscopPdus(sscop, &list);
  AppendSscopErrors(sscop, &list);
  return list;
}

std::vector<NamedCount> NameCounts(const DaemonCounters& counters) {
  return {
#define VCP_NAMED(constant, name, meaning) {name, counters.Read(DaemonCounter::constant), meaning},
      VCP_DAEMON_COUNTER_TABLE(VCP_NAMED)
#undef VCP_NAMED
  };
}

}  // namespace vcp::daemon
