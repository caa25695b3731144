#include "daemon/pvc_config.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "daemon/config_check.h"
#include "daemon/request_words.h"
#include "wire/mac_address.h"

namespace vcp::daemon {
namespace {

std::string Quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool ReadLabels(RequestWords* words, PvcConfig* pvc) {
  bool both = words->Has("transmit_label") && words->Has("receive_label");
  bool either = words->Has("transmit_label") || words->Has("receive_label");
  if (words->Has("label") ? either : !both) {
    return words->Fail("give label=100, or transmit_label= and receive_label=");
  }
  if (!words->ReadNumber("label", kMinDataLabel, kLabelSpace - 1, &pvc->transmit_label)) {
    return false;
  }
  pvc->receive_label = pvc->transmit_label;
  return words->ReadNumber("transmit_label", kMinDataLabel, kLabelSpace - 1,
                           &pvc->transmit_label) &&
         words->ReadNumber("receive_label", kMinDataLabel, kLabelSpace - 1, &pvc->receive_label);
}

bool ReadWords(RequestWords* words, PvcConfig* pvc) {
  words->Read("name", &pvc->name);
  words->Read("port", &pvc->port);
  if (!IsName(pvc->name)) {
    return words->Fail("give name= with letters, digits and the characters . _ -");
  }
  uint32_t count = 0;
  uint32_t max_sdu = 0;
  uint32_t burst = 0;
  bool good = ReadLabels(words, pvc) && words->ReadNumber("count", 1, kMaxPvcs, &count) &&
              words->ReadNumber("max_sdu", 1, kMaxSduBytes, &max_sdu) &&
              words->ReadNumber("burst", 1, ~uint32_t{0}, &burst) &&
              words->ReadRate("rate", &pvc->rate_bytes_per_second) &&
              words->ReadRate("peak", &pvc->peak_bytes_per_second) &&
              words->ReadMac("peer_mac", &pvc->peer_mac) &&
              words->ReadAddress("destination", &pvc->destination);
  if (!good) return false;
  if (count != 0) pvc->count = count;
  if (max_sdu != 0) pvc->max_sdu_bytes = max_sdu;
  if (burst != 0) pvc->burst_bytes = burst;
  return true;
}

// What the operator promises in each direction is the same.
qos::FlowSpec FlowSpecOf(const PvcConfig& pvc) {
  qos::FlowSpec spec;
  spec.token_rate_bytes_per_second = pvc.rate_bytes_per_second;
  spec.peak_bandwidth_bytes_per_second = pvc.peak_bytes_per_second;
  spec.token_bucket_size_bytes = pvc.burst_bytes;
  if (pvc.max_sdu_bytes) spec.max_sdu_size_bytes = *pvc.max_sdu_bytes;
  if (pvc.rate_bytes_per_second != qos::kUnspecified) {
    spec.service_type = qos::ServiceType::kGuaranteed;
  }
  return spec;
}

std::string MemberName(const PvcConfig& pvc, uint32_t index) {
  return pvc.count ? pvc.name + "/" + std::to_string(index) : pvc.name;
}

std::string WhyRefused(Status status, const callmgr::Pvc& pvc, const callmgr::PvcList& list) {
  if (status == Status::kInUse && list.Find(pvc.name) != nullptr) {
    return "PVC " + Quote(pvc.name) + " is already there; choose another name, or delete it first";
  }
  if (status == Status::kInUse) {
    return "label " + std::to_string(pvc.labels.transmit) + " (transmit) or " +
           std::to_string(pvc.labels.receive) + " (receive) of PVC " + Quote(pvc.name) +
           " is in use on port " + Quote(pvc.adapter) + "; choose another";
  }
  return "PVC " + Quote(pvc.name) + " was refused: " + std::string(StatusMeaning(status));
}

std::vector<std::string> NamesOf(const std::string& name, const callmgr::PvcList& list) {
  std::vector<std::string> names;
  for (const callmgr::PvcList::Row& row : list.Rows()) {
    if (!row.deleting && callmgr::Covers(name, row.pvc.name)) names.push_back(row.pvc.name);
  }
  return names;
}

}  // namespace

Status ParsePvcWords(std::span<const std::string_view> words, PvcConfig* pvc, std::string* error) {
  static const std::set<std::string_view> kKeys = {
      "name",     "port",        "label",   "transmit_label", "receive_label", "count",
      "peer_mac", "destination", "max_sdu", "rate",           "peak",          "burst"};
  RequestWords split(error);
  bool good = split.Split(words, kKeys, "a PVC") && ReadWords(&split, pvc);
  return good ? Status::kSuccess : Status::kInvalidData;
}

Status AddPvcs(const PvcConfig& pvc, std::span<const PortConfig> ports, callmgr::PvcList* list,
               std::string* error) {
  auto port = std::find_if(ports.begin(), ports.end(),
                           [&](const PortConfig& known) { return known.name == pvc.port; });
  if (port == ports.end()) {
    *error = "there is no port " + Quote(pvc.port) + "; see: vcctl show ports";
    return Status::kNoSuchPort;
  }
  uint32_t count = pvc.count.value_or(1);
  if (std::max(pvc.transmit_label, pvc.receive_label) + count > kLabelSpace) {
    *error = "the group ends beyond the last label, " + std::to_string(kLabelSpace - 1);
    return Status::kInvalidData;
  }
  if (qos::Validate(FlowSpecOf(pvc), true) != Status::kSuccess) {
    *error = "the rates do not fit together; give a peak of at least the rate";
    return Status::kInvalidData;
  }
  if (pvc.max_sdu_bytes.value_or(0) > port->mtu_bytes - wire::kEncapsulationBytes) {
    *error = "port " + Quote(port->name) + " carries SDUs of at most " +
             std::to_string(port->mtu_bytes - wire::kEncapsulationBytes) + " bytes";
    return Status::kTooBig;
  }
  for (uint32_t i = 0; i < count; ++i) {
    callmgr::Pvc made{.name = MemberName(pvc, i),
                      .adapter = pvc.port,
                      .labels = {pvc.transmit_label + i, pvc.receive_label + i},
                      .peer_mac = pvc.peer_mac ? pvc.peer_mac : port->peer_mac,
                      .transmit = FlowSpecOf(pvc),
                      .receive = FlowSpecOf(pvc),
                      .destination = pvc.destination.value_or(Address())};
    Status status = list->Add(made);
    if (status == Status::kSuccess) continue;
    *error = WhyRefused(status, made, *list);
    while (i-- > 0) (void)list->Delete(MemberName(pvc, i));
    return status;
  }
  return Status::kSuccess;
}

Status DeletePvcs(const std::string& name, callmgr::PvcList* list, std::string* error) {
  std::vector<std::string> names = NamesOf(name, *list);
  if (names.empty()) {
    *error = "there is no PVC " + Quote(name) + "; see: vcctl show pvcs";
    return Status::kNotFound;
  }
  for (const std::string& member : names) (void)list->Delete(member);
  return Status::kSuccess;
}

}  // namespace vcp::daemon
