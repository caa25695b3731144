// What ends without being asked, under everything else: the link, a client, the call manager.
#include <rapidcheck.h>

#include "circuit/client_teardown.h"
#include "switchboard_model.h"

namespace vcp::circuit {

void SwitchboardModel::DoDisaster(const Step& step) {
  switch (step.act) {
    case Act::kLoseLink:
      return LoseLink();
    case Act::kClientDies:
      return ClientDies(step.object % 2);
    default:
      return ManagerDies();
  }
}

// Every binding hears once, and the call manager tells the clients of all calls that they are over.
// What they had is theirs until they let go of it.
void SwitchboardModel::LoseLink() {
  heard_ = 0;
  RC_ASSERT(board_.IndicateStatus(adapter_, {}, MakeLinkStatus({})) == Status::kSuccess);
  RC_ASSERT(heard_ == 3);
  step_.outcome = Status::kDisconnected;
  for (size_t vc = 0; vc < vcs_.size(); ++vc) DispatchIncomingCloseCall(vc);
}

// Its heir ends what it had, with a call manager and a miniport that do as they are told, and the
// other client hears nothing of it. Then somebody else comes.
void SwitchboardModel::ClientDies(size_t client) {
  ending_ = true;
  step_ = {};
  const Client* survivor = clients_[1 - client].get();
  FinishPaths(survivor);
  bool ended = false;
  {
    ClientTeardown teardown(&board_, clients_[client].get());
    teardown.Start([&ended] { ended = true; });
    int rounds = 0;
    while (FinishAfsAndSaps(survivor) || FinishVcs(survivor)) RC_ASSERT(++rounds < 10000);
    RC_ASSERT(ended);
  }
  ending_ = false;
  ForgetThingsOf(client);
  clients_[client] = MakeClient();
  RC_ASSERT(board_.OpenBinding(clients_[client].get(), adapter_, &bindings_[client]) ==
            Status::kSuccess);
}

// What the two others were owed they have had; what the client was went to its heir.
void SwitchboardModel::ForgetThingsOf(size_t client) {
  const auto forget = [this](std::initializer_list<Debt> to_others,
                             std::initializer_list<Debt> to_heir, size_t object) {
    for (const Debt debt : to_others) ExpectOwed(debt, object, false);
    for (const Debt debt : to_heir) owed_.erase({debt, object});
  };
  ForgetOidsOf(client);
  for (size_t i = 0; i < parties_.size(); ++i) {
    if (afs_[vcs_[parties_[i].vc].af].client != client) continue;
    parties_[i].alive = false;
    forget({}, {Debt::kAdd, Debt::kDrop}, i);
  }
  for (size_t i = 0; i < vcs_.size(); ++i) {
    if (afs_[vcs_[i].af].client != client) continue;
    vcs_[i] = {.af = vcs_[i].af, .by_client = vcs_[i].by_client, .handle = vcs_[i].handle};
    forget({Debt::kActivate, Debt::kDeactivate, Debt::kIncoming},
           {Debt::kMake, Debt::kClose, Debt::kModify}, i);
  }
  for (size_t i = 0; i < saps_.size(); ++i) {
    if (afs_[saps_[i].af].client != client) continue;
    saps_[i].alive = false;
    forget({}, {Debt::kRegister, Debt::kDeregister}, i);
  }
  for (size_t i = 0; i < afs_.size(); ++i) {
    if (afs_[i].client != client) continue;
    afs_[i].alive = false;
    afs_[i].notifying = false;
    forget({Debt::kNotify}, {Debt::kOpenAf, Debt::kCloseAf}, i);
  }
}

// Nobody opens its family any more, and once its clients have let go of it nothing of it is left,
// and another may offer the family.
void SwitchboardModel::ManagerDies() {
  RC_ASSERT(board_.WithdrawAddressFamily(manager_binding_, {}) == Status::kSuccess);
  for (size_t client : {0, 1}) ClientDies(client);
  AfHandle none;
  RC_ASSERT(board_.OpenAddressFamily(bindings_[0], {}, 0, &none) == Status::kFailure);
  RC_ASSERT(board_.CloseBinding(manager_binding_) == Status::kSuccess);
  RC_ASSERT(board_.LiveObjectCount() == 3U);  // the adapter, and the clients' bindings
  manager_ = MakeManager();
  RC_ASSERT(board_.OpenBinding(manager_.get(), adapter_, &manager_binding_) == Status::kSuccess);
  RC_ASSERT(board_.RegisterAddressFamily(manager_binding_, {}) == Status::kSuccess);
}

}  // namespace vcp::circuit
