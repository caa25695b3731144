#include "circuit/client_teardown.h"

#include <utility>

namespace vcp::circuit {

ClientTeardown::ClientTeardown(Switchboard* switchboard, Client* client)
    : switchboard_(switchboard), all_(switchboard->TakeOver(client, this)) {
  vcs_.insert(all_.vcs.begin(), all_.vcs.end());
  saps_.insert(all_.saps.begin(), all_.saps.end());
  afs_.insert(all_.afs.begin(), all_.afs.end());
  for (AfHandle af : all_.afs) {
    if (switchboard_->FindAf(af)->state == AfState::kOpening) ++opening_;
  }
}

void ClientTeardown::Start(std::function<void()> done) {
  done_ = std::move(done);
  started_ = true;
  Advance();
}

// Completions may come while a step is under way; the step then goes on with what they left.
void ClientTeardown::Advance() {
  if (!started_ || advancing_) return;
  advancing_ = true;
  const bool ended = EndEverything();
  advancing_ = false;
  if (!ended) return;
  started_ = false;
  std::exchange(done_, nullptr)();
}

bool ClientTeardown::EndEverything() {
  if (opening_ != 0) return false;
  while (next_vc_ < all_.vcs.size()) EndVc(all_.vcs[next_vc_++]);
  if (!vcs_.empty()) return false;
  while (next_sap_ < all_.saps.size()) EndSap(all_.saps[next_sap_++]);
  if (!saps_.empty()) return false;
  while (next_af_ < all_.afs.size()) EndAf(all_.afs[next_af_++]);
  if (!afs_.empty()) return false;
  for (BindingHandle binding : all_.bindings) (void)switchboard_->CloseBinding(binding);
  return true;
}

// A VC that the call manager made is its to delete; only the call on it is ours.
void ClientTeardown::EndVc(VcHandle vc) {
  for (;;) {
    const std::optional<VcRow> row = switchboard_->FindVc(vc);
    if (!row || (row->call == CallState::kNone && !row->made_by_client)) {
      vcs_.erase(vc);
      return;
    }
    if (row->call == CallState::kNone) {
      if (switchboard_->DeleteVc(vc) == Status::kSuccess) vcs_.erase(vc);
      return;
    }
    // The last one, which goes with the call, is refused.
    for (const PartyRow& party : switchboard_->PartiesOf(vc)) {
      (void)switchboard_->DropParty(party.handle, {});
    }
    if (switchboard_->CloseCall(vc, {}) != Status::kSuccess) return;
  }
}

// When it is being registered or deregistered already, the completion says so.
void ClientTeardown::EndSap(SapHandle sap) {
  if (switchboard_->DeregisterSap(sap) == Status::kSuccess) saps_.erase(sap);
}

void ClientTeardown::EndAf(AfHandle af) {
  const std::optional<AfRow> row = switchboard_->FindAf(af);
  if (!row || row->state == AfState::kClosed ||
      switchboard_->CloseAddressFamily(af) == Status::kSuccess) {
    ForgetAf(af);
  }
}

void ClientTeardown::ForgetAf(AfHandle af) {
  switchboard_->NotifyCloseAfComplete(af, Status::kSuccess);  // When the client still owed it.
  afs_.erase(af);
}

void ClientTeardown::OnOpenAfComplete(Status status, Context client_af, AfHandle) {
  if (status != Status::kSuccess) afs_.erase(AfHandle::FromValue(client_af));
  --opening_;
  Advance();
}

void ClientTeardown::OnCloseAfComplete(Status status, Context client_af) {
  if (status == Status::kSuccess) ForgetAf(AfHandle::FromValue(client_af));
  Advance();
}

Status ClientTeardown::OnNotifyCloseAf(Context) { return Status::kSuccess; }

void ClientTeardown::OnRegisterSapComplete(Status status, Context client_sap, const Sap&,
                                           SapHandle) {
  const SapHandle sap = SapHandle::FromValue(client_sap);
  if (status != Status::kSuccess) {
    saps_.erase(sap);
  } else if (next_sap_ != 0) {
    EndSap(sap);
  }
  Advance();
}

void ClientTeardown::OnDeregisterSapComplete(Status status, Context client_sap) {
  if (status == Status::kSuccess) saps_.erase(SapHandle::FromValue(client_sap));
  Advance();
}

Status ClientTeardown::OnCreateVc(Context, VcHandle, Context*, DataEndpoint*) {
  return Status::kClosing;
}

void ClientTeardown::OnMakeCallComplete(Status, Context client_vc, PartyHandle,
                                        const CallParameters&, const Cause&) {
  if (next_vc_ != 0) EndVc(VcHandle::FromValue(client_vc));
  Advance();
}

Status ClientTeardown::OnIncomingCall(Context, Context, CallParameters*) {
  return Status::kNotAccepted;
}

void ClientTeardown::OnCloseCallComplete(Status, Context client_vc, Context) {
  if (next_vc_ != 0) EndVc(VcHandle::FromValue(client_vc));
  Advance();
}

}  // namespace vcp::circuit
