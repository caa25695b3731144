// What would happen to a call, and why: the steps that it would go through are looked at one by one
// and not taken. Nothing is changed. Control thread; what it is given outlives it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callmgr/call_elements.h"
#include "callmgr/pvc_list.h"
#include "daemon/json_writer.h"
#include "daemon/link_routes.h"
#include "daemon/setup_question.h"
#include "daemon/signaling_links.h"

namespace vcp::daemon {

class SetupExplainer {
 public:
  struct Parts {
    const circuit::Switchboard* switchboard;
    std::span<const SignalingLinks::Link> links;
    const callmgr::RouteTable* routes;
    const LinkRoutes* link_routes;
    const callmgr::PvcList* pvcs;
    const Config* config;
    uint64_t now_ns;
    // "vcperf (1)".
    std::function<std::string(const circuit::Client*)> name_client;
  };

  SetupExplainer(const Parts& parts, JsonWriter* json) : parts_(parts), json_(*json) {}

  // Writes the fields of an answer (operator_protocol.h).
  void Explain(const SetupQuestion& question);

 private:
  using Link = SignalingLinks::Link;

  // How a step ends; kSuccess, and the next one comes.
  struct Outcome {
    Status status = Status::kSuccess;
    uint8_t cause = 0;
    std::string text;
  };

  // Writes a step, with figures if there are any; of those that go wrong the first decides.
  void Step(std::string_view about, const Outcome& outcome,
            const std::function<void()>& write_figures = {});
  // The link by which the call leaves; null: it does not leave.
  const Link* LookAtRoutes(const SetupQuestion& question);
  const Link* LookAtPort(const SetupQuestion& question);
  // The PVC of the link's port that the call takes instead of signaling; null: none.
  const callmgr::Pvc* LookAtPvcs(const SetupQuestion& question, const Link& link);
  bool LookAtContract(const SetupQuestion& question, const Link& link, callmgr::CallTerms* terms);
  void LookAtAdmission(const Link& link, const callmgr::CallTerms& terms);
  void LookAtLink(const Link& link);
  void LookAtLabels(const Link& link);
  void LookAtSaps(const SetupQuestion& question, const std::string& local_port);
  void WriteVerdict(const Link* link, const callmgr::Pvc* pvc, const std::string& local_port);

  // "the only match is +358 by port wan0 (priority 0)".
  std::string MatchingRoutes(const Address& address) const;
  std::string FirstLoopback() const;
  // Who takes calls to an address, of a port's SAPs; `link` is the port's, if it has one.
  const circuit::SapRow* FindTaker(const std::vector<circuit::SapRow>& saps, const Link* link,
                                   const Address& called) const;
  bool IsLoopback(std::string_view port) const;
  const Link* FindLink(std::string_view port) const;

  const Parts parts_;
  JsonWriter& json_;
  std::optional<Outcome> refusal_;
};

}  // namespace vcp::daemon
