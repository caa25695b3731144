// What must be true: of labels always, of everything else when nothing happens any more.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "qos/flow_mapping.h"
#include "world.h"

namespace vcp::sim {

using circuit::CallState;
using circuit::VcRow;

// --- always --------------------------------------------------------------------------------------

void World::CheckLabels() {
  environment_.labels_changed = false;
  for (const std::unique_ptr<Link>& link : links_) CheckLabels(*link);
}

void World::CheckLabels(const Link& link) {
  std::map<uint32_t, uint64_t> call_of_label;
  for (size_t end = 0; end < 2; ++end) {
    const Daemon& daemon = daemons_[link.daemon[end]];
    if (!daemon.host) continue;
    for (const auto& [key, program] : daemon.host->plane.active) {
      if (program.port != link.port[end]) continue;
      const auto found = environment_.call_of_vc.find({key.first, key.second});
      if (found == environment_.call_of_vc.end()) continue;  // Not offered yet.
      const uint64_t call = found->second;
      const auto [first, is_new] = call_of_label.emplace(program.receive_label, call);
      Require(first->second == call, "label ", program.receive_label, " between daemons ",
              link.daemon[0], " and ", link.daemon[1], " belongs to calls ", first->second, " and ",
              call);
    }
  }
}

// --- rest ----------------------------------------------------------------------------------------

namespace {

// Longer than any chain of timers: T316 twice, and what it leads to.
constexpr uint64_t kMaxRestlessNs = 2000 * kNsPerSecond;
constexpr uint64_t kSliceNs = 10 * kNsPerSecond;
// T316, for a RESTART that nobody has read; then, as at first, what a client may keep for itself.
constexpr uint64_t kMaxRestartNs = 140 * kNsPerSecond;

}  // namespace

// One that is answered is over, and one that is not is repeated.
void World::CheckRestarts(uint64_t passed_ns) {
  for (const std::unique_ptr<Link>& link : links_) {
    size_t owed = 0;
    for (size_t end = 0; end < 2; ++end) {
      const Daemon& daemon = daemons_[link->daemon[end]];
      if (daemon.host) owed += daemon.host->ports[link->port[end]].manager->holdings().restarts;
    }
    // Of many, one after the other, each has its time.
    const bool goes_on = owed < std::exchange(link->restarts_owed, owed);
    link->restarting_ns = owed == 0 || goes_on ? 0 : link->restarting_ns + passed_ns;
    Require(link->restarting_ns <= kMaxRestartNs, "a restart between daemons ", link->daemon[0],
            " and ", link->daemon[1], " does not end");
  }
}

std::string World::WhyNotAtRest() const {
  std::ostringstream why;
  for (size_t index = 0; index < daemons_.size(); ++index) {
    const Daemon& daemon = daemons_[index];
    if (!daemon.host) {
      why << " daemon " << index << " is down;";
      continue;
    }
    for (const testing::UniHost::Port& port : daemon.host->ports) {
      const signaling::UniLink& uni = port.manager->signaling().uni();
      if (!uni.is_up()) why << " a link of daemon " << index << " is down;";
      if (uni.NextDeadlineNs()) why << " a timer runs at daemon " << index << ";";
    }
    if (!daemon.host->plane.commands.empty()) why << " plane " << index << " is at work;";
    if (!daemon.teardowns.empty()) why << " a client's end at daemon " << index << ";";
    for (const std::unique_ptr<Client>& client : daemon.clients) {
      if (client != nullptr && !client->IsAtRest()) why << " " << client->Describe() << ";";
    }
  }
  return why.str();
}

// Twice, because a message in flight is nobody's yet.
void World::AwaitRest(const char* when) {
  const uint64_t until_ns = environment_.now_ns() + kMaxRestlessNs;
  bool was_at_rest = false;
  std::string why_not;
  while (environment_.failure().empty() && environment_.now_ns() < until_ns) {
    RunUntil(environment_.now_ns() + kSliceNs);
    CheckRestarts(kSliceNs);
    why_not = WhyNotAtRest();
    if (why_not.empty() && was_at_rest) return;
    was_at_rest = why_not.empty();
  }
  Require(false, "no rest ", when, ":", why_not);
}

// --- at rest -------------------------------------------------------------------------------------

void World::CheckAgreement() {
  for (const std::unique_ptr<Link>& link : links_) {
    CheckEnds(*link);
    CheckLink(*link);
    CheckCalls(*link);
    CheckParties(*link);
  }
  for (size_t index = 0; index < daemons_.size(); ++index) {
    const circuit::Switchboard& board = daemons_[index].host->board;
    size_t with_call = 0;
    for (const VcRow& row : board.Vcs()) {
      with_call += row.call != CallState::kNone;
      Require(row.call == CallState::kNone || row.call == CallState::kConnected,
              "at rest a call at daemon ", index, " is in state ", static_cast<int>(row.call));
      Require(row.made_by_client || row.call != CallState::kNone, "a VC of the call manager at ",
              "daemon ", index, " outlived its call");
    }
    Require(daemons_[index].host->plane.active.size() == with_call, "daemon ", index, " has ",
            with_call, " calls and ", daemons_[index].host->plane.active.size(), " active VCs");
  }
}

std::string World::Where(const Link& link) const {
  return " between daemon " + std::to_string(link.daemon[0]) + " and " +
         std::to_string(link.daemon[1]);
}

const callmgr::UniCallManager& World::ManagerOf(const Link& link, size_t end) const {
  return *daemons_[link.daemon[end]].host->ports[link.port[end]].manager;
}

namespace {

// By which both ends of a link know a call: which of them made it, and its reference there.
using CallName = std::pair<size_t, uint32_t>;

CallName NameOf(const std::optional<wire::CallReference>& reference, size_t end) {
  if (!reference) return {2, 0};  // No other one.
  return {reference->to_allocator ? 1 - end : end, reference->value};
}

std::string ToString(const CallName& name) {
  return "call " + std::to_string(name.second) + " of end " + std::to_string(name.first);
}

}  // namespace

void World::CheckCalls(const Link& link) {
  std::map<CallName, std::optional<uint32_t>> labels[2];
  for (size_t end = 0; end < 2; ++end) {
    const callmgr::UniCallManager& manager = ManagerOf(link, end);
    for (const callmgr::UniCallRow& row : manager.Calls(SIZE_MAX)) {
      const CallName name = NameOf(row.reference, end);
      Require(row.state == signaling::UniState::kActive, ToString(name), Where(link),
              " is at rest in state ", static_cast<int>(row.state), " at end ", end);
      Require(row.made_here == (name.first == end), ToString(name), Where(link),
              " was made by the other end");
      // Leaves share theirs.
      const auto [other, is_first] = labels[end].emplace(name, row.label);
      Require(is_first || other->second == row.label, ToString(name), Where(link),
              " has leaves with other labels");
    }
    const size_t known = manager.signaling().uni().call_count();
    Require(labels[end].size() == known, "end ", end, Where(link), " has ", labels[end].size(),
            " calls with VCs and ", known, " in signaling");
  }
  Require(labels[0] == labels[1], "not the same calls and labels", Where(link));
}

void World::CheckParties(const Link& link) {
  std::set<std::pair<CallName, signaling::PartyId>> parties[2];
  for (size_t end = 0; end < 2; ++end) {
    const callmgr::UniCallManager& manager = ManagerOf(link, end);
    const std::vector<callmgr::UniPartyRow> rows = manager.Parties();
    for (const callmgr::UniPartyRow& row : rows) {
      const CallName name = NameOf(row.reference, end);
      Require(row.state == signaling::PartyState::kActive, "party ", row.endpoint, " of ",
              ToString(name), Where(link), " is at rest in state ", static_cast<int>(row.state),
              " at end ", end);
      Require(parties[end].emplace(name, row.endpoint).second, "party ", row.endpoint, " of ",
              ToString(name), Where(link), " is there twice");
    }
    const size_t known = manager.signaling().uni().party_count();
    Require(rows.size() == known, "end ", end, Where(link), " has ", rows.size(), " parties and ",
            known, " in signaling");
  }
  Require(parties[0] == parties[1], "not the same parties", Where(link));
}

void World::CheckLink(const Link& link) {
  const callmgr::UniCallManager* managers[] = {&ManagerOf(link, 0), &ManagerOf(link, 1)};
  const std::string where = Where(link);
  const size_t calls = managers[0]->signaling().uni().call_count();
  Require(environment_.character.peers_err || link.restarts.Unanswered().empty(),
          link.restarts.Unanswered(), where);
  for (const callmgr::UniCallManager* manager : managers) {
    const signaling::UniLink& uni = manager->signaling().uni();
    const callmgr::UniCallManager::Holdings held = manager->holdings();
    Require(uni.call_count() == calls, calls, " and ", uni.call_count(), " calls", where);
    Require(uni.calls_in_setup() == 0, uni.calls_in_setup(), " calls in setup", where);
    Require(held.connections == calls && held.labels_in_use == calls, held.connections,
            " connections and ", held.labels_in_use, " labels of ", calls, " calls", where);
    Require(held.restarts == 0, held.restarts, " restarts are owed", where);
    for (const qos::AdmissionControl* admission :
         {&manager->transmit_admission(), &manager->receive_admission()}) {
      Require(admission->size() == calls, admission->size(), " admissions of ", calls, " calls",
              where);
      admission->ForEach([&](qos::AdmissionHandle, const qos::AdmissionRow& row) {
        Require(row.committed && !row.pending, "an admission is not settled", where);
      });
    }
  }
  CheckAdmission(link);
  for (size_t end = 0; end < 2; ++end) {
    const qos::AdmissionShare& sent = managers[end]->transmit_admission().reserved();
    const qos::AdmissionShare& received = managers[1 - end]->receive_admission().reserved();
    Require(sent == received, sent.cells_per_second, " cells/s are admitted by the sender, ",
            received.cells_per_second, " by the receiver", where);
  }
}

namespace {

// Whether a direction counts with what its client has; that and nothing else is what is reserved.
bool CountsWith(const qos::AdmissionCount& count, const qos::FlowSpec& flow) {
  const auto sdu_bytes = static_cast<uint32_t>(flow.max_sdu_size_bytes);
  if (flow.service_type == qos::ServiceType::kNoTraffic) return count.traffic.is_zero();
  if (count.sdu_bytes != sdu_bytes) return false;
  if (flow.service_type == qos::ServiceType::kBestEffort) return true;  // its peak takes nothing
  return qos::ToAtmTraffic(flow, {.max_sdu_bytes = sdu_bytes}) == count.traffic;
}

qos::AdmissionShare SharesOf(const qos::AdmissionControl& admission) {
  qos::AdmissionShare sum;
  admission.ForEach([&](qos::AdmissionHandle, const qos::AdmissionRow& row) {
    sum.cells_per_second += row.committed->share.cells_per_second;
    sum.wire_bits_per_second += row.committed->share.wire_bits_per_second;
  });
  return sum;
}

}  // namespace

void World::CheckAdmission(const Link& link) {
  for (size_t end = 0; end < 2; ++end) {
    const callmgr::UniCallManager& manager = ManagerOf(link, end);
    const qos::AdmissionControl& transmit = manager.transmit_admission();
    const qos::AdmissionControl& receive = manager.receive_admission();
    Require(SharesOf(transmit) == transmit.reserved() && SharesOf(receive) == receive.reserved(),
            "more or less is reserved than the calls have", Where(link));
    for (const callmgr::UniCallRow& row : manager.Calls(SIZE_MAX)) {
      const auto params = daemons_[link.daemon[end]].host->board.FindVc(row.vc)->params;
      const qos::AdmissionRow* sent = transmit.Find(row.transmit_admission);
      const qos::AdmissionRow* received = receive.Find(row.receive_admission);
      if (!Require(sent != nullptr && received != nullptr, "a call is not admitted", Where(link))) {
        return;
      }
      Require(CountsWith(*sent->committed, params.call_manager->transmit) &&
                  CountsWith(*received->committed, params.call_manager->receive),
              ToString(NameOf(row.reference, end)), Where(link), " counts at end ", end,
              " with another contract than it has");
    }
  }
}

namespace {

// One end of a call as its client and its switchboard have it.
struct End {
  const ClientVc* vc;
  VcRow row;
};

std::string ToString(const qos::FlowSpec& flow) {
  std::ostringstream text;
  text << "service " << static_cast<int>(flow.service_type) << " rate "
       << flow.token_rate_bytes_per_second << " bucket " << flow.token_bucket_size_bytes << " peak "
       << flow.peak_bandwidth_bytes_per_second << " SDU " << flow.max_sdu_size_bytes;
  return text.str();
}

// One who asked reads what he asked for, and the other end what the cells for it carry. A
// best-effort peak promises nothing, and travels as far as the standard element goes.
bool IsSame(const qos::FlowSpec& one, const qos::FlowSpec& other) {
  if (one.service_type != other.service_type ||
      one.max_sdu_size_bytes != other.max_sdu_size_bytes) {
    return false;
  }
  if (one.service_type == qos::ServiceType::kNoTraffic) return true;
  const auto sdu_bytes = static_cast<uint32_t>(one.max_sdu_size_bytes);
  auto here = qos::ToAtmTraffic(one, {.max_sdu_bytes = sdu_bytes});
  const auto there = qos::ToAtmTraffic(other, {.max_sdu_bytes = sdu_bytes});
  if (!here || !there) return false;
  if (one.service_type == qos::ServiceType::kBestEffort) here->rates.peak = there->rates.peak;
  return here == there;
}

// What differs; empty when one end sends as the other one receives.
std::string Difference(const VcRow& one, const VcRow& other) {
  const circuit::CallManagerParameters& here = *one.params.call_manager;
  const circuit::CallManagerParameters& there = *other.params.call_manager;
  if (!IsSame(here.transmit, there.receive)) {
    return ToString(here.transmit) + " and " + ToString(there.receive);
  }
  if (!IsSame(here.receive, there.transmit)) {
    return ToString(here.receive) + " and " + ToString(there.transmit);
  }
  return {};
}

using Ends = std::map<uint64_t, End>;

std::string Ids(const Ends& ends) {
  std::string ids;
  for (const auto& [id, end] : ends) ids += std::to_string(id) + " ";
  return ids;
}

}  // namespace

// By ids: each end that a client has on this link has exactly one counterpart.
void World::CheckEnds(const Link& link) {
  Ends ends[2];
  for (size_t end = 0; end < 2; ++end) {
    const Daemon& daemon = daemons_[link.daemon[end]];
    for (const std::unique_ptr<Client>& client : daemon.clients) {
      if (client == nullptr) continue;
      for (const auto& [context, vc] : client->vcs()) {
        const std::optional<VcRow> row = daemon.host->board.FindVc(vc.handle);
        if (!Require(row.has_value(), client->name(), " has VC ", context, " alone")) return;
        const bool is_connected = vc.call == ClientVc::Call::kConnected;
        Require(is_connected == (row->call == CallState::kConnected), client->name(),
                " has another state of VC ", context);
        if (vc.door != link.port[end] || !is_connected) continue;
        if (!vc.is_root) {
          Require(ends[end].emplace(vc.id, End{&vc, *row}).second, "call ", vc.id, " twice");
        }
        for (const auto& [id, party] : vc.parties) {
          Require(ends[end].emplace(party.id, End{&vc, *row}).second, "party ", party.id, " twice");
        }
      }
    }
  }
  Require(ends[0].size() == ends[1].size(), "one side has ", Ids(ends[0]), "the other ",
          Ids(ends[1]));
  for (const auto& [id, here] : ends[0]) {
    const auto there = ends[1].find(id);
    if (!Require(there != ends[1].end(), "call ", id, " has one end")) return;
    Require(here.row.params.media->labels == there->second.row.params.media->labels, "call ", id,
            " has two labels");
    const std::string difference = Difference(here.row, there->second.row);
    Require(difference.empty(), "call ", id, " has two contracts: ", difference);
  }
}

void World::CheckCounters() {
  using signaling::UniCounter;
  constexpr UniCounter kNever[] = {UniCounter::kTimeouts, UniCounter::kIncompatibleStates};
  // Where a message crosses one that ends its call, too.
  constexpr UniCounter kInDisorder[] = {UniCounter::kUnexpected, UniCounter::kUnknownCall,
                                        UniCounter::kUnknownParty};
  for (size_t index = 0; index < daemons_.size(); ++index) {
    for (const testing::UniHost::Port& port : daemons_[index].host->ports) {
      const callmgr::SignalingStack& stack = port.manager->signaling();
      const auto require_none = [&](UniCounter counter) {
        const uint64_t count = stack.uni().counters()[static_cast<size_t>(counter)].Read();
        Require(count == 0, "daemon ", index, " counts ", count, " ",
                signaling::UniCounterName(counter));
      };
      for (const UniCounter counter : kNever) require_none(counter);
      if (environment_.character.is_orderly) {
        for (const UniCounter counter : kInDisorder) require_none(counter);
      }
      Require(stack.lost_messages() == 0, "daemon ", index, " lost ", stack.lost_messages(),
              " messages");
    }
  }
}

void World::CheckNothingIsLeft() {
  for (const std::unique_ptr<Link>& link : links_) CheckLink(*link);
  for (size_t index = 0; index < daemons_.size(); ++index) {
    testing::UniHost& host = *daemons_[index].host;
    // Each port's adapter, and its call manager's binding.
    Require(host.board.LiveObjectCount() == 2 * host.ports.size(), "daemon ", index,
            " is left with ", host.board.LiveObjectCount(), " objects");
    Require(host.plane.active.empty(), "daemon ", index, " is left with active VCs");
    for (const testing::UniHost::Port& port : host.ports) {
      Require(port.manager->holdings() == callmgr::UniCallManager::Holdings{},
              "a call manager of daemon ", index, " is left with something");
      Require(port.manager->signaling().uni().call_count() == 0, "daemon ", index,
              " is left with calls");
    }
  }
}

}  // namespace vcp::sim
