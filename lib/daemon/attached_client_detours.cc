// Crankback (signaling 4.3): a call on an address family that was opened toward an address, and
// that its link refuses for the link's own sake, is tried on the next links that lead there. Each
// has an address family and a VC of its own at the switchboard, of which the application knows
// nothing: its VC, and what it is called, stay the same.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "callmgr/route_table.h"
#include "daemon/attached_client.h"

namespace vcp::daemon {

namespace {

// A call that the call manager refused at once has no cause.
bool IsForTheLinksSake(Status status, const circuit::Cause& cause) {
  if (cause.value != 0) return callmgr::MayTryNextRoute(cause.value);
  return status == Status::kDisconnected || status == Status::kResources;
}

}  // namespace

std::unique_ptr<AttachedClient::Retry> AttachedClient::RetryFor(
    const Vc& vc, const circuit::CallParameters& params) const {
  const Af* af = afs_.Find(vc.af);
  if (af == nullptr || !af->by_route || vc.detour || !params.call_manager) return nullptr;
  RoutedAdapters routes = routes_->FindRoutes(params.call_manager->called);
  if (routes.size() < 2) return nullptr;
  return std::make_unique<Retry>(Retry{params, routes});
}

void AttachedClient::TryNextLinks(OwnVc own, Attempt* attempt) {
  if (vcs_.Find(own)->close_request != 0) return;  // Nobody wants it any more.
  while (attempt->status != Status::kPending && attempt->status != Status::kSuccess) {
    const Vc* vc = vcs_.Find(own);
    Retry& retry = *vc->retry;
    if (retry.next == retry.routes.size()) return;
    if (!IsForTheLinksSake(attempt->status, attempt->cause)) return;
    const circuit::AdapterHandle adapter = retry.routes[retry.next++];
    const Af& home = *afs_.Find(vc->af);
    const OwnAf af = OpenDetour(adapter, home);
    if (af) CallBy(af, own, attempt);
  }
}

// What stands in the way of the call is no outcome: the last one stays.
void AttachedClient::CallBy(OwnAf detour, OwnVc own, Attempt* attempt) {
  EndDetour(own);
  Vc* vc = vcs_.Find(own);
  if (vc->detour) return;
  circuit::VcHandle handle;
  const Status created = switchboard_->CreateVc(afs_.Find(detour)->handle, own.value(),
                                                {channel_, own.value()}, &handle);
  if (created != Status::kSuccess) return;
  vc = vcs_.Find(own);
  vc->detour = handle;
  vc->detour_af = detour;
  ++afs_.Find(detour)->detoured_vcs;
  *attempt = {.status = Status::kPending, .party = {}, .params = vc->retry->params, .cause = {}};
  attempt->status = StartCall(own, &attempt->params, &attempt->party);
}

// Null: there is none now. One that its call manager is slow to open is there for the next call.
AttachedClient::OwnAf AttachedClient::OpenDetour(circuit::AdapterHandle adapter, const Af& home) {
  const auto binding = std::ranges::find_if(
      bindings_, [&](const Binding& candidate) { return candidate.adapter.handle == adapter; });
  if (binding == bindings_.end() || binding->handle == home.binding) return {};
  OwnAf open;
  bool is_known = false;
  afs_.ForEach([&](OwnAf own, const Af& af) {
    if (af.of != adapter || af.family != home.family) return;
    is_known = true;
    if (af.handle && !af.ends) open = own;
  });
  if (is_known) return open;
  const OwnAf own = afs_.Insert(loop_);
  if (!own) return {};
  Af* af = afs_.Find(own);
  af->binding = binding->handle;
  af->family = home.family;
  af->of = adapter;
  circuit::AfHandle handle;
  const Status status =
      switchboard_->OpenAddressFamily(af->binding, af->family, own.value(), &handle);
  if (status == Status::kPending) return {};
  FinishOpenAf(own, status, handle);
  return status == Status::kSuccess ? own : OwnAf();
}

void AttachedClient::EndDetour(OwnVc own) {
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr || !vc->detour) return;
  if (switchboard_->DeleteVc(vc->detour) == Status::kSuccess) ForgetDetour(own);
}

void AttachedClient::ForgetDetour(OwnVc own) {
  Vc* vc = vcs_.Find(own);
  vc->detour = {};
  const OwnAf af = std::exchange(vc->detour_af, OwnAf());
  --afs_.Find(af)->detoured_vcs;
  CloseDetourIfIdle(af);
}

// What the application hears is that its calls end: of the address family it knows nothing.
void AttachedClient::CloseDetour(OwnAf own) {
  afs_.Find(own)->ends = true;
  std::vector<OwnVc> ending;
  vcs_.ForEach([&](OwnVc vc, const Vc& on) {
    if (on.detour_af == own) ending.push_back(vc);
  });
  for (const OwnVc vc : ending) {
    const Vc* on = vcs_.Find(vc);
    if (on == nullptr || on->detour_af != own || on->close_request != 0) continue;
    if (on->make_request != 0) {
      const Status status = switchboard_->CloseCall(on->detour, {});
      if (status != Status::kPending) FinishCloseCall(vc, status);
    } else {
      (void)switchboard_->DispatchIncomingCloseCall(Status::kClosed, on->detour, {}, {});
    }
  }
  CloseDetourIfIdle(own);
}

void AttachedClient::CloseDetourIfIdle(OwnAf own) {
  const Af* af = afs_.Find(own);
  if (af == nullptr || !af->ends || af->closed || af->detoured_vcs != 0) return;
  const Status status = switchboard_->CloseAddressFamily(af->handle);
  if (status != Status::kPending) FinishCloseAf(own, status);
}

}  // namespace vcp::daemon
