// Permanent VCs: circuits that an operator configured at both ends (environment section 8). One
// list per daemon; call managers match calls against it, and one user at a time holds each PVC.
// Control thread.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "circuit/types.h"

namespace vcp::callmgr {

struct Pvc {
  std::string name;     // unique; "group/0", "group/1" ... can be taken as "group"
  std::string adapter;  // the port that it runs on
  circuit::Labels labels;
  std::optional<std::array<uint8_t, 6>> peer_mac;
  qos::FlowSpec transmit;
  qos::FlowSpec receive;
  Address destination;  // for calls by address; none when there is no such thing

  friend bool operator==(const Pvc&, const Pvc&) = default;
};

// The group that a name belongs to: "g" of "g/17"; empty when it is none's.
std::string_view GroupOf(std::string_view pvc);

// A call's parameters on this PVC, which is as the operator made it whatever was asked (C101);
// kCallParametersChanged where that is not the same (C53).
void Apply(const Pvc& pvc, circuit::CallParameters* params);

// Whether `name` takes `pvc`: its own name, or that of its group.
bool Covers(std::string_view name, std::string_view pvc);

class PvcWatcher {
 public:
  virtual ~PvcWatcher() = default;
  virtual void OnPvcAdded(const Pvc& pvc) = 0;
  // Its user gave it back.
  virtual void OnPvcReleased(const Pvc& pvc) = 0;
  // Deleted while held: whoever holds it ends the call and releases it.
  virtual void OnPvcWithdrawn(const std::string& name) = 0;
  // It is no more: deleted while nobody had it, or given back after it was withdrawn.
  virtual void OnPvcDeleted(const Pvc& pvc) = 0;
};

class PvcList {
 public:
  // kInvalidData: no name, or a label that data may not use. kInUse: the name, or on that adapter a
  // label, is taken. kInvalidLength: a name too long. kResources: the list is full.
  Status Add(const Pvc& pvc);
  // kSuccess: gone. kPending: in use; its call is being closed and it goes when the client has
  // closed it. kNotFound: no such PVC, or deleted before.
  Status Delete(const std::string& name);
  // The same for clients, who have kMaxPvcsByClients altogether and delete only those.
  // kNotAccepted: the operator's, or another adapter's.
  Status AddByClient(const Pvc& pvc);
  Status DeleteByClient(std::string_view adapter, const std::string& name);

  // Null for one that is being deleted, too.
  const Pvc* Find(const std::string& name) const;
  // Such a PVC is there, and nobody has it.
  bool IsFree(const std::string& name) const;
  // The PVC that a call with these parameters asks for (C98 to C100); null when there is none.
  const Pvc* Match(std::string_view adapter, const circuit::CallParameters& params) const;
  // Names on an adapter that a SAP's pvc_name takes.
  std::vector<std::string> Covered(std::string_view adapter, std::string_view name) const;

  // kInUse: somebody has it. kNotFound as above.
  Status Acquire(const std::string& name);
  void Release(const std::string& name);

  // In the order of their names; `in_use` and `deleting` say what else there is to say.
  struct Row {
    Pvc pvc;
    bool in_use;
    bool deleting;
  };
  std::vector<Row> Rows() const;
  size_t size() const { return pvcs_.size(); }

  void AddWatcher(PvcWatcher* watcher) { watchers_.push_back(watcher); }
  void RemoveWatcher(PvcWatcher* watcher) { std::erase(watchers_, watcher); }

 private:
  struct Entry {
    Pvc pvc;
    bool in_use = false;
    bool deleting = false;
    bool by_client = false;
  };
  using PortLabel = std::pair<std::string, uint32_t>;
  // Parallel PVCs, by name.
  struct Destination {
    std::set<std::string> free = {};
    std::set<std::string> in_use = {};
  };

  Status Insert(const Entry& entry);
  const Entry* FindLive(const std::string& name) const;
  void Erase(const std::string& name);
  static std::string KeyOf(std::string_view adapter, const Address& destination);
  // Files a PVC under its destination as what it is now; `there` false: not at all.
  void File(const Entry& entry, bool there);
  void TellAll(const std::function<void(PvcWatcher*)>& tell);

  std::map<std::string, Entry> pvcs_;
  uint32_t by_clients_ = 0;
  std::set<PortLabel> transmit_labels_;
  std::set<PortLabel> receive_labels_;
  std::map<std::string, Destination> destinations_;  // by KeyOf
  std::vector<PvcWatcher*> watchers_;
};

}  // namespace vcp::callmgr
