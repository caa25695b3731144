#include "daemon/setup_explainer.h"

#include <algorithm>
#include <map>

#include "base/aesa.h"
#include "base/readable.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"

namespace vcp::daemon {
namespace {

using wire::CauseValue;

std::string CauseText(uint8_t cause) {
  return "cause " + std::to_string(cause) + ", " + std::string(wire::CauseMeaning(cause));
}

std::string Plural(size_t count, const std::string& noun) {
  return Grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

// "CBR.1, 2,605 cells/s".
std::string ContractText(const qos::AtmTraffic& traffic) {
  if (traffic.is_zero()) return "nothing";
  std::string text = std::string(qos::ToString(traffic.conformance)) + ", ";
  if (traffic.category() == qos::ServiceCategory::kUbr) {
    const uint64_t minimum = traffic.rates.minimum.value_or(0);
    text += minimum == 0 ? "nothing reserved" : Grouped(minimum) + " cells/s wished for";
    return text + ", at most " + Grouped(traffic.peak()) + " cells/s";
  }
  if (traffic.sustained() == traffic.peak()) return text + Grouped(traffic.peak()) + " cells/s";
  return text + Grouped(traffic.sustained()) + " cells/s, " + Grouped(traffic.peak()) +
         " in bursts of " + Grouped(traffic.burst()) + " cells";
}

// Nothing where more stands than there is room for now: the port has become slower.
uint64_t Left(uint64_t limit, uint64_t reserved) { return limit - std::min(limit, reserved); }

// What is left for calls of this kind.
qos::AdmissionShare FreeShare(const qos::AdmissionControl& admission, bool real_time) {
  const qos::AdmissionShare& limit = admission.limit();
  const qos::AdmissionShare& reserved = admission.reserved();
  const qos::AdmissionShare free{Left(limit.cells_per_second, reserved.cells_per_second),
                                 Left(limit.wire_bits_per_second, reserved.wire_bits_per_second)};
  if (!real_time) return free;
  const qos::AdmissionShare& most = admission.real_time_limit();
  const qos::AdmissionShare& taken = admission.real_time_reserved();
  return {std::min(free.cells_per_second, Left(most.cells_per_second, taken.cells_per_second)),
          std::min(free.wire_bits_per_second,
                   Left(most.wire_bits_per_second, taken.wire_bits_per_second))};
}

// "2,605 of 23,203,124 free cells/s (1 Mbit/s of 8.91 Gbit/s on the wire)".
std::string RoomText(const qos::AdmissionShare& counted, const qos::AdmissionShare& free) {
  if (counted.cells_per_second == 0) return "nothing";
  return Grouped(counted.cells_per_second) + " of " + Grouped(free.cells_per_second) +
         " free cells/s (" + ReadableBitRate(counted.wire_bits_per_second) + " of " +
         ReadableBitRate(free.wire_bits_per_second) + " on the wire)";
}

void WriteShare(const std::string& prefix, const qos::AdmissionShare& share, JsonWriter* json) {
  json->Field(prefix + "_cells_per_second", share.cells_per_second);
  json->Field(prefix + "_bits_per_second", share.wire_bits_per_second);
}

void WriteTraffic(std::string_view key, const qos::AtmTraffic& traffic, uint32_t sdu_bytes,
                  JsonWriter* json) {
  json->Key(key).BeginObject().Field("conformance", qos::ToString(traffic.conformance));
  json->Field("peak_cells_per_second", traffic.peak());
  json->Field("sustained_cells_per_second", traffic.sustained());
  json->Field("burst_cells", traffic.burst()).Field("sdu_bytes", sdu_bytes).EndObject();
}

// Why a flow makes no contract, as far as it can be told from outside.
std::string WhyNoContract(const SetupQuestion& question, const LinkConfig& link,
                          uint32_t max_sdu_bytes) {
  const qos::FlowSpec& flow = question.params.call_manager->transmit;
  if (circuit::ValidateCall(question.params) != Status::kSuccess) {
    return "the rates do not fit together; give a peak of at least the rate";
  }
  if (flow.max_sdu_size_bytes != qos::kUnspecified && flow.max_sdu_size_bytes > max_sdu_bytes) {
    return "port " + link.port + " carries messages of at most " + Grouped(max_sdu_bytes) +
           " bytes; ask for smaller ones";
  }
  return "no traffic contract says this; give a rate, and one that a link can have";
}

struct Direction {
  const char* key;
  std::string words;
  const qos::AdmissionControl& admission;
  const qos::AtmTraffic& traffic;
  uint32_t sdu_bytes;
  qos::AdmissionCount count = {};
  qos::AdmissionShare free = {};
};

}  // namespace

void SetupExplainer::Step(std::string_view about, const Outcome& outcome,
                          const std::function<void()>& write_figures) {
  const bool good = outcome.status == Status::kSuccess;
  json_.BeginObject().Field("about", about).Field("good", good);
  json_.Field("text", outcome.text);
  if (write_figures) write_figures();
  json_.EndObject();
  if (!good && !refusal_) refusal_ = outcome;
}

void SetupExplainer::Explain(const SetupQuestion& question) {
  json_.Field("address", ToString(question.called));
  json_.Key("steps").BeginArray();
  const Link* link = question.port.empty() ? LookAtRoutes(question) : LookAtPort(question);
  const callmgr::Pvc* pvc = link == nullptr ? nullptr : LookAtPvcs(question, *link);
  std::string local_port;
  if (pvc != nullptr) {
    // Nobody is asked.
  } else if (link != nullptr) {
    callmgr::CallTerms terms;
    if (LookAtContract(question, *link, &terms)) LookAtAdmission(*link, terms);
    LookAtLink(*link);
    LookAtLabels(*link);
  } else if (!refusal_) {
    local_port = question.port.empty() ? FirstLoopback() : question.port;
  }
  if (pvc == nullptr) LookAtSaps(question, local_port);
  json_.EndArray();
  WriteVerdict(link, pvc, local_port);
}

// --- where to -----------------------------------------------------------------------------------

const SetupExplainer::Link* SetupExplainer::FindLink(std::string_view port) const {
  const auto found = std::ranges::find_if(
      parts_.links, [&](const Link& link) { return link.config.port == port; });
  return found == parts_.links.end() ? nullptr : &*found;
}

bool SetupExplainer::IsLoopback(std::string_view port) const {
  return std::ranges::any_of(parts_.config->ports, [&](const PortConfig& config) {
    return config.name == port && config.device == kLoopbackDevice;
  });
}

std::string SetupExplainer::FirstLoopback() const {
  const auto& ports = parts_.config->ports;
  const auto found = std::ranges::find(ports, std::string(kLoopbackDevice), &PortConfig::device);
  return found == ports.end() ? std::string() : found->name;
}

std::string SetupExplainer::MatchingRoutes(const Address& address) const {
  struct Match {
    uint8_t length;
    std::string text;
  };
  std::vector<Match> matches;
  const auto add = [&](uint8_t length, const std::string& prefix, const callmgr::Route& route) {
    matches.push_back({length, prefix + " by port " + parts_.links[route.link].config.port +
                                   " (priority " + std::to_string(route.priority) + ")"});
  };
  const auto add_prefixes = [&](const Address& form) {
    parts_.routes->ForEach([&](const AddressPrefix& prefix, const callmgr::Route& route) {
      if (prefix.Matches(form)) add(prefix.length, ToString(prefix), route);
    });
  };
  add_prefixes(address);
  const std::optional<Address> other = OtherRoutedForm(address);
  if (matches.empty() && other) add_prefixes(*other);
  if (matches.empty()) {
    for (const callmgr::Route& route : parts_.routes->default_routes()) add(0, "default", route);
  }
  std::ranges::stable_sort(matches, std::greater(), &Match::length);
  if (matches.empty()) return "no route matches";
  std::string text = matches.size() == 1 ? "the only match is " : "these match, longest first: ";
  for (const Match& match : matches) text += (&match == &matches[0] ? "" : ", ") + match.text;
  return text;
}

const SetupExplainer::Link* SetupExplainer::LookAtRoutes(const SetupQuestion& question) {
  const size_t routes = parts_.routes->size() + parts_.routes->default_routes().size();
  if (parts_.links.empty()) {
    const std::string loopback = FirstLoopback();
    if (!loopback.empty()) {
      Step("routes",
           {.text = "no link is configured: the call stays in this daemon, on port " + loopback});
    } else {
      Step("routes", {Status::kNotFound, 0,
                      "no port takes calls: none has a [[link]], and none is a loopback"});
    }
    return nullptr;
  }
  const callmgr::RouteCandidates candidates = parts_.link_routes->CandidatesFor(question.called);
  if (candidates.empty() && routes == 0) {
    Step("routes", {Status::kNotFound, 0,
                    "no route is configured, and there are " + Plural(parts_.links.size(), "link") +
                        ": the application has to name a port (ask again with --port)"});
    return nullptr;
  }
  if (candidates.empty()) {
    Step("routes", {Status::kNotFound, CauseValue::kNoRoute,
                    "none of the " + Plural(routes, "route") +
                        " matches, and there is no default (see vcctl show routes)"});
    return nullptr;
  }
  const callmgr::LinkId choice = parts_.link_routes->Choose(candidates);
  const Link& chosen = parts_.links[choice];
  const std::string by = "; the call leaves by port " + chosen.config.port;
  const bool is_first = choice == candidates[0];
  Step("routes", {.text = routes == 0 ? "no route is configured, and there is one link" + by
                                      : MatchingRoutes(question.called) + by +
                                            (is_first ? "" : ", the first whose link is up")});
  return &chosen;
}

const SetupExplainer::Link* SetupExplainer::LookAtPort(const SetupQuestion& question) {
  const Link* link = FindLink(question.port);
  if (link == nullptr && IsLoopback(question.port)) {
    Step("routes", {.text = "port " + question.port +
                            " is a loopback: a call that is made on it stays in this daemon"});
    return nullptr;
  }
  if (link == nullptr) {
    Step("routes", {Status::kFailure, 0,
                    "port " + question.port +
                        " takes no calls by address; give it a [[link]] in the configuration"});
    return nullptr;
  }
  const bool has_routes = parts_.routes->size() + parts_.routes->default_routes().size() != 0;
  const auto candidates = parts_.link_routes->CandidatesFor(question.called);
  const auto own = static_cast<callmgr::LinkId>(link - parts_.links.data());
  if (has_routes && std::ranges::find(candidates, own) == candidates.end()) {
    Step("routes", {Status::kNotFound, CauseValue::kNoRoute,
                    "no route leads to this address by port " + question.port + ": " +
                        MatchingRoutes(question.called)});
    return nullptr;
  }
  Step("routes", {.text = "the call is made on port " + question.port + ", as asked"});
  return link;
}

// Who asks for one direction only asks for media of its own, and no PVC is looked for (C100).
const callmgr::Pvc* SetupExplainer::LookAtPvcs(const SetupQuestion& question, const Link& link) {
  constexpr uint32_t kBoth = circuit::kTransmitVc | circuit::kReceiveVc;
  const bool is_both = (question.params.media->flags & kBoth) == kBoth;
  const callmgr::Pvc* pvc =
      is_both ? parts_.pvcs->Match(link.config.port, question.params) : nullptr;
  if (pvc == nullptr) return nullptr;
  if (parts_.pvcs->IsFree(pvc->name)) {
    Step("pvc", {.text = "PVC " + pvc->name + " leads to this address and is free: the call " +
                         "takes it, as the operator made it"});
    return pvc;
  }
  Step("pvc", {.text = "every PVC to this address is in use, so the call is signaled"});
  return nullptr;
}

// --- what for -----------------------------------------------------------------------------------

bool SetupExplainer::LookAtContract(const SetupQuestion& question, const Link& link,
                                    callmgr::CallTerms* terms) {
  const callmgr::LinkCapacity& capacity = link.manager->capacity();
  Status status = circuit::ValidateCall(question.params);
  if (status == Status::kSuccess) {
    status = callmgr::TermsOf(question.params, callmgr::CallEnd::kCaller, false, capacity, terms);
  }
  if (status != Status::kSuccess) {
    Step("contract", {status, 0, WhyNoContract(question, link.config, capacity.max_sdu_bytes)});
    return false;
  }
  const qos::AtmContract& contract = terms->contract;
  Step("contract",
       {.text = "to the peer " + ContractText(contract.forward) + "; from it " +
                ContractText(contract.backward) + "; messages of at most " +
                Grouped(std::max(terms->forward_sdu_bytes, terms->backward_sdu_bytes)) + " bytes"},
       [&] {
         WriteTraffic("forward", contract.forward, terms->forward_sdu_bytes, &json_);
         WriteTraffic("backward", contract.backward, terms->backward_sdu_bytes, &json_);
       });
  return true;
}

void SetupExplainer::LookAtAdmission(const Link& link, const callmgr::CallTerms& terms) {
  Direction directions[] = {{"transmit", "to the peer ", link.manager->transmit_admission(),
                             terms.contract.forward, terms.forward_sdu_bytes},
                            {"receive", "from it ", link.manager->receive_admission(),
                             terms.contract.backward, terms.backward_sdu_bytes}};
  std::string admitted;
  Outcome refused;
  for (Direction& direction : directions) {
    const qos::Admission outcome =
        direction.admission.Judge(direction.traffic, direction.sdu_bytes, &direction.count);
    direction.free = FreeShare(direction.admission, direction.count.real_time);
    const std::string room = direction.words + RoomText(direction.count.share, direction.free);
    admitted += (admitted.empty() ? "" : "; ") + room;
    if (outcome == qos::Admission::kAdmitted || refused.status != Status::kSuccess) continue;
    const uint8_t cause = callmgr::CauseOf(outcome);
    refused = {Status::kResources, cause,
               "there is no room: it would take " + room + ": " + CauseText(cause) +
                   "; ask for less, or see who has it with vcctl show cac"};
  }
  const bool reserves = std::ranges::any_of(directions, [](const Direction& direction) {
    return direction.count.share.cells_per_second != 0;
  });
  if (refused.status == Status::kSuccess) {
    refused.text = reserves ? "there is room; it takes " + admitted
                            : "it reserves nothing, so there is room for it";
  }
  Step("admission", refused, [&] {
    for (const Direction& direction : directions) {
      json_.Key(direction.key).BeginObject();
      WriteShare("counted", direction.count.share, &json_);
      WriteShare("free", direction.free, &json_);
      json_.EndObject();
    }
  });
}

void SetupExplainer::LookAtLink(const Link& link) {
  const callmgr::SignalingStack& stack = link.manager->signaling();
  const std::string since =
      ReadableDuration((parts_.now_ns - link.manager->signaling_changed_ns()) / kNsPerSecond);
  if (!stack.uni().is_up()) {
    return Step("link", {Status::kDisconnected, 0,
                         "signaling on port " + link.config.port + " is down for " + since +
                             "; is the peer running, and its link configured the other way round "
                             "(see vcctl show sscop)?"});
  }
  if (!link.manager->knows_peer()) {
    return Step("link", {Status::kDisconnected, 0,
                         "signaling on port " + link.config.port + " is up for " + since +
                             " and both ends still meet, which takes 10 s at most; try again"});
  }
  const size_t calls = stack.uni().call_count();
  if (!stack.uni().takes_setups()) {
    return Step("link", {Status::kResources, 0,
                         "the link has " + Plural(calls, "call") + ", " +
                             Grouped(stack.uni().calls_in_setup()) +
                             " of them in setup, and takes no more; wait until some have ended"});
  }
  Step("link", {.text = "signaling on port " + link.config.port + " is up for " + since +
                        ", with " + Plural(calls, "call")});
}

void SetupExplainer::LookAtLabels(const Link& link) {
  const uint32_t free = link.manager->connections().free_count();
  const bool chooses = link.manager->role() == signaling::Role::kNetwork;
  if (chooses && free == 0) {
    return Step("labels", {Status::kResources, CauseValue::kNoConnectionAvailable,
                           "no label is free: " + CauseText(CauseValue::kNoConnectionAvailable)});
  }
  Step("labels",
       {.text = Plural(free, "label") + " free; " +
                (chooses ? "this side chooses one" : "the peer chooses one")},
       [&] { json_.Field("free", free); });
}

// --- who takes it here --------------------------------------------------------------------------

// An exact address beats the wildcard; links know selectors besides.
const circuit::SapRow* SetupExplainer::FindTaker(const std::vector<circuit::SapRow>& saps,
                                                 const Link* link, const Address& called) const {
  const auto find = [&](auto&& wanted) -> const circuit::SapRow* {
    const auto found = std::ranges::find_if(saps, wanted);
    return found == saps.end() ? nullptr : &*found;
  };
  if (link != nullptr) {
    const circuit::SapHandle match = link->manager->saps().Find(called, {}).sap;
    return find([&](const circuit::SapRow& row) { return row.handle == match; });
  }
  const auto* exact = find([wanted = NormalForm(called)](const circuit::SapRow& row) {
    return NormalForm(row.sap.address) == wanted;
  });
  if (exact != nullptr) return exact;
  return find([](const circuit::SapRow& row) {
    return row.sap.address.type == AddressType::kNone && row.sap.pvc_name.empty();
  });
}

void SetupExplainer::LookAtSaps(const SetupQuestion& question, const std::string& local_port) {
  std::map<circuit::AfHandle, std::string> ports;
  for (circuit::AfRow& af : parts_.switchboard->Afs()) ports[af.handle] = std::move(af.adapter);
  std::map<std::string, std::vector<circuit::SapRow>> saps;
  for (circuit::SapRow& sap : parts_.switchboard->Saps()) saps[ports[sap.af]].push_back(sap);
  std::string text;
  bool stays_and_is_taken = false;
  for (const auto& [port, rows] : saps) {
    const Link* link = FindLink(port);
    const circuit::SapRow* taker = FindTaker(rows, link, question.called);
    if (taker == nullptr) continue;
    stays_and_is_taken |= port == local_port;
    text += (text.empty() ? "" : "; ") + parts_.name_client(taker->client) + " takes calls " +
            (link != nullptr ? "from the peer of port " : "made on port ") + port + " (SAP " +
            std::to_string(taker->handle.value()) + ")";
  }
  if (!local_port.empty() && !stays_and_is_taken) {
    return Step("here", {Status::kNotFound, CauseValue::kUnallocatedNumber,
                         "nobody on port " + local_port +
                             " takes calls to this address (see vcctl show saps)"});
  }
  Step("here", {.text = text.empty() ? "nobody in this daemon takes calls to this address" : text});
}

void SetupExplainer::WriteVerdict(const Link* link, const callmgr::Pvc* pvc,
                                  const std::string& local_port) {
  const Outcome outcome = refusal_.value_or(Outcome());
  const bool good = !refusal_;
  json_.Field("would_be_sent", good).Field("status", StatusName(outcome.status));
  json_.Key("cause");
  outcome.cause == 0 ? json_.Null() : json_.Value(outcome.cause);
  json_.Field("port", link != nullptr ? link->config.port : local_port);
  std::string verdict;
  if (!good) {
    verdict = "The call would be refused at once: " + std::string(StatusName(outcome.status)) +
              (outcome.cause == 0 ? "" : ", " + CauseText(outcome.cause)) + ".";
  } else if (pvc != nullptr) {
    verdict = "The call would be made on PVC " + pvc->name + " of port " + pvc->adapter +
              "; nothing is signaled.";
  } else if (link != nullptr) {
    verdict = "The call would be sent to the peer of port " + link->config.port +
              ", which decides the rest.";
  } else {
    verdict = "The call would be offered in this daemon, on port " + local_port + ".";
  }
  json_.Field("verdict", verdict);
}

}  // namespace vcp::daemon
