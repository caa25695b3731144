// What `show links`, `show sscop`, `show routes` and `show cac` answer.
#include <unordered_set>

#include "daemon/operator_commands.h"
#include "daemon/operator_names.h"
#include "daemon/operator_protocol.h"
#include "daemon/operator_rows.h"

namespace vcp::daemon {
namespace {

using qos::AdmissionControl;
using wire::SscopType;

std::string CarrierOf(const LinkConfig& config) {
  if (!config.udp) return "label " + std::to_string(config.label);
  return "udp " + std::to_string(config.udp->local_port) + ">" +
         std::to_string(config.udp->remote_port);
}

uint64_t Read(const callmgr::UniCallManager& manager, signaling::UniCounter counter) {
  return manager.signaling().uni().counters()[static_cast<size_t>(counter)].Read();
}

void WriteCallCounts(const callmgr::UniCallManager& manager, JsonWriter* json) {
  using signaling::UniCounter;
  const signaling::UniLink& uni = manager.signaling().uni();
  json->Field("calls", uni.call_count()).Field("calls_in_setup", uni.calls_in_setup());
  json->Field("calls_made", Read(manager, UniCounter::kCallsMade));
  json->Field("calls_offered", Read(manager, UniCounter::kCallsOffered));
  json->Field("calls_connected", Read(manager, UniCounter::kCallsConnected));
  json->Field("calls_failed", Read(manager, UniCounter::kCallsFailed));
  json->Field("setups_refused",
              Read(manager, UniCounter::kRefusedSetup) + Read(manager, UniCounter::kDroppedSetup));
}

// PDUs of a type, sent and received: both say that the connection was made anew.
uint64_t Both(const signaling::SscopCounters& counters, SscopType type) {
  const auto index = static_cast<size_t>(type);
  return counters.sent[index].Read() + counters.received[index].Read();
}

uint64_t ErrorsOf(const signaling::SscopCounters& counters) {
  using signaling::MaaError;
  uint64_t errors = 0;
  for (const Counter& error : counters.errors) errors += error.Read();
  // Of MAA-ERROR's letters those that are no errors.
  for (const MaaError ordinary :
       {MaaError::kRetransmissions, MaaError::kCreditLost, MaaError::kCreditRegained}) {
    errors -= counters.Errors(ordinary);
  }
  return errors;
}

void WriteVariables(const signaling::SscopVariables& v, JsonWriter* json) {
  json->Field("vt_a", v.vt_a).Field("vt_s", v.vt_s).Field("vt_ms", v.vt_ms);
  json->Field("vr_r", v.vr_r).Field("vr_h", v.vr_h).Field("vr_mr", v.vr_mr);
}

void WriteShare(const std::string& prefix, const qos::AdmissionShare& share, JsonWriter* json) {
  json->Field(prefix + "_cells_per_second", share.cells_per_second);
  json->Field(prefix + "_bits_per_second", share.wire_bits_per_second);
}

void WriteDirection(const std::string& port, const char* direction,
                    const AdmissionControl& admission, JsonWriter* json) {
  json->BeginObject().Field("port", port).Field("direction", direction);
  WriteShare("capacity",
             {admission.policy().cells_per_second, admission.policy().wire_bits_per_second}, json);
  WriteShare("limit", admission.limit(), json);
  WriteShare("reserved", admission.reserved(), json);
  WriteShare("real_time_limit", admission.real_time_limit(), json);
  WriteShare("real_time_reserved", admission.real_time_reserved(), json);
  json->Field("real_time_permille", admission.policy().real_time_permille);
  json->Field("total_permille", admission.policy().total_permille);
  json->Field("buffer_cells", admission.policy().buffer_cells);
  json->Field("buffered_cells", admission.buffered_cells());
  json->Field("vcs", admission.size()).EndObject();
}

void WriteCount(const qos::AdmissionCount& count, JsonWriter* json) {
  const qos::AtmTraffic& traffic = count.traffic;
  json->Field("category", NameOf(traffic.category()));
  json->Field("conformance", qos::ToString(traffic.conformance));
  json->Field("peak_cells_per_second", traffic.peak());
  json->Field("sustained_cells_per_second", traffic.sustained());
  json->Field("burst_cells", traffic.burst()).Field("sdu_bytes", count.sdu_bytes);
  json->Field("real_time", count.real_time);
  json->Field("k_permille", count.k_permille);
  json->Field("effective_cells_per_second", count.effective_cells_per_second);
  json->Field("overbooking_permille", count.overbooking_permille);
  json->Field("buffered_cells", count.buffered_cells);
  WriteShare("counted", count.share, json);
}

void WriteAdmitted(const SignalingLinks::Link& link, const char* direction, circuit::VcHandle vc,
                   const qos::AdmissionRow& row, JsonWriter* json) {
  json->BeginObject().Field("vc", vc.value()).Field("port", link.config.port);
  json->Field("direction", direction);
  const bool changing = row.committed && row.pending;
  json->Field("state", changing ? "changing" : row.committed ? "standing" : "in setup");
  WriteCount(row.committed ? *row.committed : *row.pending, json);
  json->EndObject();
}

// Both directions of the VCs of a link, at most `limit` rows. Leaves of one call share them, and
// the first of them stands for all.
void WriteAdmitted(const SignalingLinks::Link& link, size_t limit, JsonWriter* json) {
  std::unordered_set<qos::AdmissionHandle> written;
  for (const callmgr::UniCallRow& call : link.manager->Calls(limit / 2)) {
    const auto* transmit = link.manager->transmit_admission().Find(call.transmit_admission);
    const auto* receive = link.manager->receive_admission().Find(call.receive_admission);
    if (transmit == nullptr || !written.insert(call.transmit_admission).second) continue;
    WriteAdmitted(link, "transmit", call.vc, *transmit, json);
    WriteAdmitted(link, "receive", call.vc, *receive, json);
  }
}

}  // namespace

std::span<const SignalingLinks::Link> OperatorCommands::Links() const {
  if (parts_.links == nullptr) return {};
  return parts_.links->all();
}

uint64_t OperatorCommands::SecondsSince(uint64_t then_ns) const {
  return (parts_.loop->NowNs() - then_ns) / kNsPerSecond;
}

void OperatorCommands::WriteLinks(JsonWriter* json) {
  json->Key("links").BeginArray();
  for (const SignalingLinks::Link& link : Links()) {
    const callmgr::UniCallManager& manager = *link.manager;
    const callmgr::SignalingStack& stack = manager.signaling();
    json->BeginObject().Field("port", link.config.port).Field("side", NameOf(manager.role()));
    const char* up = manager.knows_peer() ? "up" : "meeting";
    json->Field("signaling", stack.uni().is_up() ? up : "down");
    json->Field("since_seconds", SecondsSince(manager.signaling_changed_ns()));
    json->Field("saal", signaling::SaalStateName(stack.saal().state()));
    json->Field("carrier", CarrierOf(link.config));
    json->Field("capacity_bits_per_second",
                manager.transmit_admission().policy().wire_bits_per_second);
    WriteCallCounts(manager, json);
    json->Field("labels_in_use", manager.connections().in_use_count());
    json->Field("labels_quarantined", manager.connections().quarantined_count());
    json->Field("messages_lost", stack.lost_messages()).EndObject();
  }
  json->EndArray();
}

void OperatorCommands::WriteSscop(JsonWriter* json) {
  json->Key("sscop").BeginArray();
  for (const SignalingLinks::Link& link : Links()) {
    const signaling::Saal& saal = link.manager->signaling().saal();
    const signaling::SscopCounters& counters = saal.counters();
    json->BeginObject().Field("port", link.config.port);
    json->Field("state", signaling::SscopStateName(saal.sscop_state()));
    json->Field("state_number", static_cast<uint32_t>(saal.sscop_state()));
    WriteVariables(saal.sscop_variables(), json);
    json->Field("window", link.manager->options().sscop.window);
    json->Field("unacknowledged", saal.unacknowledged_sdus());
    const auto sd = static_cast<size_t>(SscopType::kSd);
    json->Field("sent", counters.sent[sd].Read()).Field("received", counters.received[sd].Read());
    json->Field("retransmitted", counters.retransmitted_sds.Read());
    json->Field("repeated", counters.repeated_sds.Read() + saal.dropped_duplicates().Read());
    json->Field("establishments", Both(counters, SscopType::kBgn));
    json->Field("resets", Both(counters, SscopType::kRs) + Both(counters, SscopType::kEr));
    json->Field("errors", ErrorsOf(counters)).EndObject();
  }
  json->EndArray();
}

void OperatorCommands::WriteRoutes(JsonWriter* json) {
  size_t total = 0;
  json->Key("routes").BeginArray();
  const auto write = [&](const std::string& prefix, const callmgr::Route& route) {
    if (++total > kMaxRows) return;
    json->BeginObject().Field("prefix", prefix);
    const SignalingLinks::Link& link = Links()[route.link];
    json->Field("port", link.config.port).Field("priority", route.priority);
    json->Field("link", link.manager->signaling().uni().is_up() ? "up" : "down").EndObject();
  };
  if (parts_.routes != nullptr) {
    parts_.routes->ForEach([&](const AddressPrefix& prefix, const callmgr::Route& route) {
      write(ToString(prefix), route);
    });
    for (const callmgr::Route& route : parts_.routes->default_routes()) write("default", route);
  }
  json->EndArray().Field("total", total);
}

void OperatorCommands::WriteCac(JsonWriter* json) {
  json->Key("cac").BeginArray();
  for (const SignalingLinks::Link& link : Links()) {
    WriteDirection(link.config.port, "transmit", link.manager->transmit_admission(), json);
    WriteDirection(link.config.port, "receive", link.manager->receive_admission(), json);
  }
  json->EndArray().Key("admitted").BeginArray();
  size_t total = 0;
  for (const SignalingLinks::Link& link : Links()) {
    if (total < kMaxRows) WriteAdmitted(link, kMaxRows - total, json);
    total += link.manager->transmit_admission().size() + link.manager->receive_admission().size();
  }
  json->EndArray().Field("admitted_total", total);
}

}  // namespace vcp::daemon
