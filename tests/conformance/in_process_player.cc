#include "in_process.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "client/convert.h"
#include "daemon/attach_messages.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

// Longer than any timer of signaling.
constexpr uint64_t kPatienceNs = 200 * kNsPerSecond;

vcp_status ToC(Status status) { return static_cast<vcp_status>(status); }

Status FromC(const vcp_call_params& params, circuit::CallParameters* call) {
  shm::CallParametersAbi wire;
  const vcp_status status = client::ToWire(params, &wire);
  if (status != VCP_SUCCESS) return static_cast<Status>(status);
  return daemon::FromAbi(wire, call);
}

Status FromC(const vcp_sap_params& params, circuit::Sap* sap) {
  shm::SapAbi wire;
  const vcp_status status = client::ToWire(params, &wire);
  if (status != VCP_SUCCESS) return static_cast<Status>(status);
  return daemon::FromAbi(wire, sap);
}

void Fill(const circuit::CallParameters& params, vcp_event* event) {
  client::FromWire(daemon::ToAbi(params), &event->params);
}

void Fill(std::span<const uint8_t> data, const circuit::Cause& cause, vcp_event* event) {
  event->data_length = static_cast<uint32_t>(data.size());
  std::copy(data.begin(), data.end(), event->data);
  client::FromWire(daemon::ToAbi(cause), &event->cause);
}

}  // namespace

InProcessPlayer::InProcessPlayer(InProcessWorld* world, InProcessHost* host, uint32_t channel)
    : world_(world), host_(host), channel_(channel) {
  for (const char* port : {kLoopPort, kCablePort}) {
    binding_to_ = port;
    circuit::BindingHandle binding;
    EXPECT_EQ(host->board.OpenBinding(this, host->board.FindAdapter(port), &binding),
              Status::kSuccess);
    bindings_[port] = binding;
  }
}

InProcessPlayer::~InProcessPlayer() {
  Leave();
  world_->players_[channel_] = nullptr;
}

void InProcessPlayer::Leave() {
  if (left_) return;
  left_ = true;
  circuit::ClientTeardown teardown(&host_->board, this);
  bool done = false;
  teardown.Start([&done] { done = true; });
  for (int i = 0; i < 1000 && !done; ++i) world_->Pass(kNsPerSecond / 10);
  EXPECT_TRUE(done);
}

uint64_t InProcessPlayer::DeadlineNs() { return world_->NowNs() + kPatienceNs; }

bool InProcessPlayer::SleepUntil(uint64_t deadline_ns) {
  const std::optional<uint64_t> next_ns = world_->NextDeadlineNs();
  if (!next_ns || *next_ns > deadline_ns || world_->NowNs() >= deadline_ns) return false;
  world_->Pass(*next_ns - std::min(*next_ns, world_->NowNs()));
  return true;
}

bool InProcessPlayer::IsRefusal(Status status) {
  return status == Status::kInvalidHandle || status == Status::kInvalidState ||
         status == Status::kClosing || status == Status::kInvalidLength;
}

circuit::Context InProcessPlayer::ContextOf(uint32_t vc) const {
  for (const auto& [context, known] : vcs_) {
    if (known.handle.value() == vc) return context;
  }
  return 0;
}

vcp_event& InProcessPlayer::Add(vcp_event_type type, Status status, uint64_t cookie,
                                circuit::Context vc) {
  vcp_event event{};
  event.type = type;
  event.status = ToC(status);
  event.cookie = cookie;
  const auto known = vcs_.find(vc);
  if (known != vcs_.end()) event.vc = known->second.handle.value();
  events_.push_back(event);
  return events_.back();
}

// --- families and SAPs ---------------------------------------------------------------------------

void InProcessPlayer::OnAfRegistered(circuit::BindingHandle, const circuit::AddressFamily& family) {
  families_.push_back({binding_to_, static_cast<uint32_t>(family.type), kPortSduBytes});
}

vcp_status InProcessPlayer::StartOpenAf(const char* adapter, uint32_t family, uint64_t cookie,
                                        vcp_af* af) {
  const circuit::Context context = next_context_++;
  afs_[context].open_cookie = cookie;
  const size_t before = events_.size();
  const auto binding = bindings_.find(adapter);
  circuit::AfHandle handle;
  Status status = Status::kNoSuchPort;
  if (binding != bindings_.end()) {
    const circuit::AddressFamily wanted{static_cast<circuit::AddressFamilyType>(family)};
    status = host_->board.OpenAddressFamily(binding->second, wanted, context, &handle);
  }
  if (status == Status::kPending) {  // The handle comes with its end.
    world_->Settle();
    *af = afs_[context].handle;
    return VCP_PENDING;
  }
  OnOpenAfComplete(status, context, handle);
  *af = handle.value();
  // What its call manager told meanwhile applications hear afterwards.
  const auto first = events_.begin() + static_cast<ptrdiff_t>(before);
  std::stable_partition(first, events_.end(), [](const vcp_event& event) {
    return event.type == VCP_EVENT_OPEN_AF_COMPLETE;
  });
  for (auto event = first; event != events_.end(); ++event) event->af = *af;
  return VCP_PENDING;
}

void InProcessPlayer::OnOpenAfComplete(Status status, circuit::Context context,
                                       circuit::AfHandle handle) {
  Af& af = afs_[context];
  af.handle = handle.value();
  Add(VCP_EVENT_OPEN_AF_COMPLETE, status, af.open_cookie).af = af.handle;
}

vcp_status InProcessPlayer::StartCloseAf(vcp_af handle, uint64_t cookie) {
  const auto af = std::find_if(afs_.begin(), afs_.end(), [handle](const auto& entry) {
    return entry.second.handle == handle && handle != 0;
  });
  const bool is_first = af != afs_.end() && af->second.close_cookie == 0;
  if (is_first) af->second.close_cookie = cookie;
  const Status status = host_->board.CloseAddressFamily(circuit::AfHandle::FromValue(handle));
  if (!is_first) return ToC(status);
  if (status != Status::kPending) OnCloseAfComplete(status, af->first);
  return VCP_PENDING;
}

void InProcessPlayer::OnCloseAfComplete(Status status, circuit::Context context) {
  Af& af = afs_[context];
  const uint64_t cookie = std::exchange(af.close_cookie, 0);
  Add(VCP_EVENT_CLOSE_AF_COMPLETE, status, cookie).af = af.handle;
  if (status == Status::kSuccess) afs_.erase(context);
}

Status InProcessPlayer::OnNotifyCloseAf(circuit::Context context) {
  Add(VCP_EVENT_NOTIFY_CLOSE_AF, Status::kSuccess, 0).af = afs_[context].handle;
  return Status::kPending;
}

vcp_status InProcessPlayer::NotifyCloseAfComplete(vcp_af af, vcp_status status) {
  host_->board.NotifyCloseAfComplete(circuit::AfHandle::FromValue(af), static_cast<Status>(status));
  return VCP_SUCCESS;
}

vcp_status InProcessPlayer::StartRegisterSap(vcp_af af, const vcp_sap_params& params,
                                             uint64_t cookie, vcp_sap* sap) {
  circuit::Sap content;
  Status status = FromC(params, &content);
  if (status != Status::kSuccess) return ToC(status);
  const circuit::Context context = next_context_++;
  saps_[context] = {.af = af, .register_cookie = cookie};
  const size_t before = events_.size();
  circuit::SapHandle handle;
  status = host_->board.RegisterSap(circuit::AfHandle::FromValue(af), context, content, &handle);
  if (IsRefusal(status)) return ToC(status);
  if (status == Status::kPending) {
    world_->Settle();
    *sap = saps_[context].handle;  // Unless that completes later.
    return VCP_PENDING;
  }
  OnRegisterSapComplete(status, context, content, handle);
  *sap = saps_[context].handle;
  // Calls that came meanwhile did not know the handle yet; applications hear of them afterwards.
  const auto first = events_.begin() + static_cast<ptrdiff_t>(before);
  std::stable_partition(first, events_.end(), [](const vcp_event& event) {
    return event.type == VCP_EVENT_REGISTER_SAP_COMPLETE;
  });
  for (auto event = first; event != events_.end(); ++event) event->sap = *sap;
  return VCP_PENDING;
}

void InProcessPlayer::OnRegisterSapComplete(Status status, circuit::Context context,
                                            const circuit::Sap&, circuit::SapHandle handle) {
  Sap& sap = saps_[context];
  sap.handle = handle.value();
  vcp_event& event = Add(VCP_EVENT_REGISTER_SAP_COMPLETE, status, sap.register_cookie);
  event.af = sap.af;
  event.sap = sap.handle;
}

vcp_status InProcessPlayer::StartDeregisterSap(vcp_sap handle, uint64_t cookie) {
  const auto sap = std::find_if(saps_.begin(), saps_.end(), [handle](const auto& entry) {
    return entry.second.handle == handle && handle != 0;
  });
  const Status status = host_->board.DeregisterSap(circuit::SapHandle::FromValue(handle));
  if (status != Status::kPending && status != Status::kSuccess) return ToC(status);
  sap->second.deregister_cookie = cookie;
  if (status == Status::kSuccess) OnDeregisterSapComplete(status, sap->first);
  return VCP_PENDING;
}

void InProcessPlayer::OnDeregisterSapComplete(Status status, circuit::Context context) {
  const Sap sap = saps_[context];
  Add(VCP_EVENT_DEREGISTER_SAP_COMPLETE, status, sap.deregister_cookie).sap = sap.handle;
}

// --- VCs -----------------------------------------------------------------------------------------

vcp_status InProcessPlayer::StartCreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc) {
  const circuit::Context context = next_context_++;
  circuit::VcHandle handle;
  const circuit::DataEndpoint endpoint{.channel = channel_,
                                       .channel_vc = static_cast<uint32_t>(context)};
  const Status status =
      host_->board.CreateVc(circuit::AfHandle::FromValue(af), context, endpoint, &handle);
  if (status != Status::kSuccess) return ToC(status);
  vcs_[context].handle = handle;
  *vc = handle.value();
  Add(VCP_EVENT_CREATE_VC_COMPLETE, status, cookie, context);
  return VCP_PENDING;
}

vcp_status InProcessPlayer::StartDeleteVc(vcp_vc vc, uint64_t cookie) {
  const Status status = host_->board.DeleteVc(circuit::VcHandle::FromValue(vc));
  if (status != Status::kSuccess) return ToC(status);
  const circuit::Context context = ContextOf(vc);
  Add(VCP_EVENT_DELETE_VC_COMPLETE, status, cookie, context);
  vcs_.erase(context);
  return VCP_PENDING;
}

Status InProcessPlayer::OnCreateVc(circuit::Context, circuit::VcHandle handle, circuit::Context* vc,
                                   circuit::DataEndpoint* endpoint) {
  *vc = next_context_++;
  vcs_[*vc].handle = handle;
  vcs_[*vc].is_known = false;
  *endpoint = {.channel = channel_, .channel_vc = static_cast<uint32_t>(*vc)};
  return Status::kSuccess;
}

Status InProcessPlayer::OnDeleteVc(circuit::Context vc) {
  if (vcs_[vc].is_known) Add(VCP_EVENT_VC_DELETED, Status::kSuccess, 0, vc);
  vcs_.erase(vc);
  return Status::kSuccess;
}

// --- calls ---------------------------------------------------------------------------------------

vcp_status InProcessPlayer::StartMakeCall(vcp_vc vc, const vcp_call_params& params,
                                          uint64_t cookie) {
  return MakeCall(vc, params, cookie, nullptr);
}

vcp_status InProcessPlayer::StartMultipointCall(vcp_vc vc, const vcp_call_params& params,
                                                uint64_t cookie, vcp_party* party) {
  return MakeCall(vc, params, cookie, party);
}

vcp_status InProcessPlayer::MakeCall(vcp_vc handle, const vcp_call_params& params, uint64_t cookie,
                                     vcp_party* party) {
  circuit::CallParameters call;
  Status status = FromC(params, &call);
  if (status != Status::kSuccess) return ToC(status);
  const circuit::Context context = ContextOf(handle);
  const auto vc_handle = circuit::VcHandle::FromValue(handle);
  const uint64_t cookie_before = context == 0 ? 0 : vcs_[context].make_cookie;
  if (context != 0) vcs_[context].make_cookie = cookie;
  circuit::PartyHandle first;
  if (party != nullptr) {
    const circuit::Context own = next_context_++;
    parties_[own] = {.vc = context};
    vcs_[context].first_party = own;
    status = host_->board.MakeCall(vc_handle, &call, own, &first);
    *party = static_cast<vcp_party>(own);
  } else {
    status = host_->board.MakeCall(vc_handle, &call);
  }
  if (IsRefusal(status)) {
    if (context != 0) vcs_[context].make_cookie = cookie_before;
    return ToC(status);
  }
  if (status != Status::kPending) OnMakeCallComplete(status, context, first, call, {});
  return VCP_PENDING;
}

void InProcessPlayer::OnMakeCallComplete(Status status, circuit::Context context,
                                         circuit::PartyHandle party,
                                         const circuit::CallParameters& params,
                                         const circuit::Cause& cause) {
  const Vc& vc = vcs_[context];
  vcp_event& event = Add(VCP_EVENT_MAKE_CALL_COMPLETE, status, vc.make_cookie, context);
  Fill(params, &event);
  client::FromWire(daemon::ToAbi(cause), &event.cause);
  if (party) {
    parties_[vc.first_party].handle = party.value();
    event.party = static_cast<vcp_party>(vc.first_party);
  }
}

Status InProcessPlayer::OnIncomingCall(circuit::Context sap, circuit::Context vc,
                                       circuit::CallParameters* params) {
  vcs_[vc].offer = *params;
  vcs_[vc].is_known = true;
  vcp_event& event = Add(VCP_EVENT_INCOMING_CALL, Status::kSuccess, 0, vc);
  event.af = saps_[sap].af;
  event.sap = saps_[sap].handle;
  Fill(*params, &event);
  return Status::kPending;
}

vcp_status InProcessPlayer::AnswerCall(vcp_vc handle, vcp_status answer,
                                       const vcp_call_params* params) {
  const auto row = host_->board.FindVc(circuit::VcHandle::FromValue(handle));
  if (!row) return VCP_INVALID_HANDLE;
  if (row->call != circuit::CallState::kOffered) return VCP_INVALID_STATE;
  if (answer == VCP_PENDING) return VCP_INVALID_DATA;
  circuit::CallParameters answered = vcs_[ContextOf(handle)].offer;
  if (params != nullptr) {
    const Status status = FromC(*params, &answered);
    if (status != Status::kSuccess) return ToC(status);
  }
  host_->board.IncomingCallComplete(static_cast<Status>(answer), row->handle, answered);
  return VCP_SUCCESS;
}

void InProcessPlayer::OnCallConnected(circuit::Context vc) {
  Add(VCP_EVENT_CALL_CONNECTED, Status::kSuccess, 0, vc);
}

vcp_status InProcessPlayer::StartCloseCall(vcp_vc handle, uint64_t cookie, std::string_view data) {
  const circuit::Context context = ContextOf(handle);
  const uint64_t cookie_before = context == 0 ? 0 : vcs_[context].close_cookie;
  if (context != 0) vcs_[context].close_cookie = cookie;
  const Status status =
      host_->board.CloseCall(circuit::VcHandle::FromValue(handle),
                             {reinterpret_cast<const uint8_t*>(data.data()), data.size()});
  if (context == 0) return ToC(status);
  // A refusal that names the length is the call manager's.
  if (IsRefusal(status)) {
    vcs_[context].close_cookie = cookie_before;
    return ToC(status);
  }
  if (status != Status::kPending && vcs_.contains(context)) {
    OnCloseCallComplete(status, context, 0);
  } else if (status != Status::kPending) {
    // An offer's VC went inside the call.
    vcp_event event{};
    event.type = VCP_EVENT_CLOSE_CALL_COMPLETE;
    event.status = ToC(status);
    event.cookie = cookie;
    event.vc = handle;
    events_.insert(events_.end() - 1, event);
  }
  return VCP_PENDING;
}

void InProcessPlayer::OnCloseCallComplete(Status status, circuit::Context vc, circuit::Context) {
  Add(VCP_EVENT_CLOSE_CALL_COMPLETE, status, vcs_[vc].close_cookie, vc);
}

void InProcessPlayer::OnIncomingCloseCall(Status close_status, circuit::Context vc,
                                          std::span<const uint8_t> close_data,
                                          const circuit::Cause& cause) {
  Fill(close_data, cause, &Add(VCP_EVENT_INCOMING_CLOSE_CALL, close_status, 0, vc));
}

// --- parties and changes -------------------------------------------------------------------------

vcp_status InProcessPlayer::StartAddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                          vcp_party* party) {
  circuit::CallParameters call;
  Status status = FromC(params, &call);
  if (status != Status::kSuccess) return ToC(status);
  const circuit::Context own = next_context_++;
  parties_[own] = {.vc = ContextOf(vc), .add_cookie = cookie};
  circuit::PartyHandle handle;
  status = host_->board.AddParty(circuit::VcHandle::FromValue(vc), own, &call, &handle);
  if (IsRefusal(status) || status == Status::kFailure) return ToC(status);
  if (status != Status::kPending) OnAddPartyComplete(status, own, handle, call, {});
  *party = static_cast<vcp_party>(own);
  return VCP_PENDING;
}

void InProcessPlayer::OnAddPartyComplete(Status status, circuit::Context context,
                                         circuit::PartyHandle handle,
                                         const circuit::CallParameters& params,
                                         const circuit::Cause& cause) {
  Party& party = parties_[context];
  party.handle = handle.value();
  vcp_event& event = Add(VCP_EVENT_ADD_PARTY_COMPLETE, status, party.add_cookie, party.vc);
  event.party = static_cast<vcp_party>(context);
  Fill(params, &event);
  client::FromWire(daemon::ToAbi(cause), &event.cause);
}

vcp_status InProcessPlayer::StartDropParty(vcp_party own, uint64_t cookie) {
  const auto party = parties_.find(own);
  if (party == parties_.end()) return VCP_INVALID_HANDLE;
  party->second.drop_cookie = cookie;
  const Status status =
      host_->board.DropParty(circuit::PartyHandle::FromValue(party->second.handle), {});
  if (IsRefusal(status)) return ToC(status);
  if (status != Status::kPending) OnDropPartyComplete(status, own);
  return VCP_PENDING;
}

void InProcessPlayer::OnDropPartyComplete(Status status, circuit::Context context) {
  const Party party = parties_[context];
  Add(VCP_EVENT_DROP_PARTY_COMPLETE, status, party.drop_cookie, party.vc).party =
      static_cast<vcp_party>(context);
  if (status == Status::kSuccess) parties_.erase(context);
}

void InProcessPlayer::OnIncomingDropParty(Status drop_status, circuit::Context context,
                                          std::span<const uint8_t> close_data,
                                          const circuit::Cause& cause) {
  vcp_event& event = Add(VCP_EVENT_INCOMING_DROP_PARTY, drop_status, 0, parties_[context].vc);
  event.party = static_cast<vcp_party>(context);
  Fill(close_data, cause, &event);
}

vcp_status InProcessPlayer::StartModify(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) {
  circuit::CallParameters call;
  Status status = FromC(params, &call);
  if (status != Status::kSuccess) return ToC(status);
  const circuit::Context context = ContextOf(vc);
  if (context != 0) vcs_[context].modify_cookie = cookie;
  status = host_->board.ModifyCallQoS(circuit::VcHandle::FromValue(vc), &call);
  if (IsRefusal(status)) return ToC(status);
  if (status != Status::kPending) OnModifyCallQoSComplete(status, context, call, {});
  return VCP_PENDING;
}

void InProcessPlayer::OnModifyCallQoSComplete(Status status, circuit::Context vc,
                                              const circuit::CallParameters& params,
                                              const circuit::Cause& cause) {
  vcp_event& event = Add(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, status, vcs_[vc].modify_cookie, vc);
  Fill(params, &event);
  client::FromWire(daemon::ToAbi(cause), &event.cause);
}

void InProcessPlayer::OnIncomingCallQoSChange(circuit::Context vc,
                                              const circuit::CallParameters& params) {
  Fill(params, &Add(VCP_EVENT_INCOMING_CALL_QOS_CHANGE, Status::kSuccess, 0, vc));
}

// --- OIDs and status -----------------------------------------------------------------------------

vcp_status InProcessPlayer::AskOid(const vcp_oid_target& target, const circuit::OidRequest& request,
                                   uint64_t cookie) {
  circuit::OidRoute route{.af = circuit::AfHandle::FromValue(target.af),
                          .vc = circuit::VcHandle::FromValue(target.vc)};
  if (target.party != 0) {
    const auto party = parties_.find(target.party);
    if (party == parties_.end()) return VCP_INVALID_HANDLE;
    route.party = circuit::PartyHandle::FromValue(party->second.handle);
  }
  const auto row = host_->board.FindAf(route.af);
  const std::string adapter = row ? row->adapter : target.adapter == nullptr ? "" : target.adapter;
  if (!bindings_.contains(adapter)) return VCP_INVALID_HANDLE;
  route.from = bindings_[adapter];
  const circuit::Context context = next_context_++;
  Asked& asked = oids_[context];
  asked = {cookie, request.oid, {}};
  circuit::OidRequest timed = request;
  if (target.timeout_ms != 0) {
    timed.deadline_ns = world_->NowNs() + target.timeout_ms * kNsPerMs;
    world_->timers_.Arm(timed.deadline_ns, [board = &host_->board, due_ns = timed.deadline_ns] {
      board->AbortOverdueOids(due_ns);
    });
  }
  circuit::OidAnswer answer;
  const Status status = host_->board.RequestOid(route, context, timed, &answer, &asked.handle);
  if (status != Status::kPending) OnOidRequestComplete(context, status, answer);
  return VCP_PENDING;
}

vcp_status InProcessPlayer::StartOidQuery(const vcp_oid_target& target, uint32_t oid,
                                          uint32_t capacity_bytes, uint64_t cookie) {
  return AskOid(target, {.oid = static_cast<circuit::Oid>(oid), .capacity_bytes = capacity_bytes},
                cookie);
}

vcp_status InProcessPlayer::StartOidSet(const vcp_oid_target& target, uint32_t oid,
                                        std::string_view bytes, uint64_t cookie) {
  return AskOid(target,
                {.oid = static_cast<circuit::Oid>(oid),
                 .access = circuit::OidAccess::kSet,
                 .bytes = {bytes.begin(), bytes.end()}},
                cookie);
}

vcp_status InProcessPlayer::CancelOid(uint64_t cookie) {
  const auto asked = std::find_if(oids_.begin(), oids_.end(), [cookie](const auto& entry) {
    return entry.second.cookie == cookie;
  });
  if (asked == oids_.end()) return VCP_NOT_FOUND;
  return ToC(host_->board.AbortOid(asked->second.handle));
}

vcp_status InProcessPlayer::StartNameVc(vcp_vc vc, const std::string& base, uint64_t cookie) {
  const auto row = host_->board.FindVc(circuit::VcHandle::FromValue(vc));
  if (!row) return VCP_INVALID_HANDLE;
  std::string name;
  const Status status =
      host_->board.AssignVcName(bindings_.at(row->adapter), row->handle, base, &name);
  vcp_event& event = Add(VCP_EVENT_NAME_VC_COMPLETE, status, cookie, ContextOf(vc));
  name.copy(event.text, sizeof event.text - 1);
  return VCP_PENDING;
}

void InProcessPlayer::OnOidRequestComplete(circuit::Context request, Status status,
                                           const circuit::OidAnswer& answer) {
  const auto asked = oids_.extract(request);
  if (asked.empty()) return;
  vcp_event& event = Add(VCP_EVENT_OID_COMPLETE, status, asked.mapped().cookie);
  event.oid.oid = static_cast<uint32_t>(asked.mapped().oid);
  event.oid.bytes_needed = answer.bytes_needed;
  event.oid.length = static_cast<uint32_t>(answer.bytes.size());
  std::copy(answer.bytes.begin(), answer.bytes.end(), event.oid.data);
}

void InProcessPlayer::OnStatus(circuit::BindingHandle binding, std::optional<circuit::Context> vc,
                               const circuit::StatusIndication& indication) {
  if (!watches_) return;
  vcp_event& event = Add(VCP_EVENT_STATUS, Status::kSuccess, 0, vc.value_or(0));
  for (const auto& [name, handle] : bindings_) {
    if (handle == binding) name.copy(event.indication.adapter, sizeof event.indication.adapter - 1);
  }
  event.indication.code = static_cast<uint32_t>(indication.code);
  event.indication.request = indication.request_id;
  event.indication.length = static_cast<uint32_t>(indication.bytes.size());
  std::copy(indication.bytes.begin(), indication.bytes.end(), event.indication.data);
}

// As applications do: what a call manager tells is status for who watches.
Status InProcessPlayer::OnOidRequest(circuit::OidHandle, const circuit::OidTarget& target,
                                     const circuit::OidRequest& request, circuit::OidAnswer*) {
  if (request.access != circuit::OidAccess::kSet) return Status::kInvalidOid;
  if (!watches_) return Status::kSuccess;
  vcp_event& event = Add(VCP_EVENT_STATUS, Status::kSuccess, 0);
  event.af = afs_[target.af].handle;
  event.indication.code = static_cast<uint32_t>(request.oid);
  return Status::kSuccess;
}

// --- data ----------------------------------------------------------------------------------------

// As a driver has to: on a call that is there, and as the data path was told.
vcp_status InProcessPlayer::Send(vcp_vc vc, std::string_view bytes, uint64_t cookie) {
  const auto row = host_->board.FindVc(circuit::VcHandle::FromValue(vc));
  if (!row) return VCP_INVALID_HANDLE;
  if (row->call == circuit::CallState::kClosing || row->remote_closed) return VCP_CLOSING;
  if (row->call != circuit::CallState::kConnected) return VCP_INVALID_STATE;
  const auto& active = host_->programmer.active;
  const auto found = active.find({channel_, static_cast<uint32_t>(ContextOf(vc))});
  if (found == active.end() || !found->second.transmit) return VCP_INVALID_STATE;
  if (bytes.size() > found->second.max_sdu_bytes) return VCP_INVALID_LENGTH;
  vcp_status status = VCP_SUCCESS;
  if (host_->plane.ports_resetting.contains(found->second.port)) status = VCP_RESET_IN_PROGRESS;
  if (host_->plane.ports_paused.contains(found->second.port)) status = VCP_PAUSED;
  completions_.push_back({.cookie = cookie, .vc = vc, .status = status});
  if (status != VCP_SUCCESS) return VCP_SUCCESS;
  host_->plane.counters[found->second.port].transmitted_frames += 1;
  host_->plane.vcs[found->first].transmitted_sdus += 1;
  host_->plane.vcs[found->first].transmitted_bytes += bytes.size();
  const dataplane::VcProgram program = found->second;
  world_->Deliver(host_, program, bytes);
  return VCP_SUCCESS;
}

void InProcessPlayer::TakeDelivery(circuit::Context vc, std::string_view bytes) {
  payloads_.emplace_back(bytes);
  received_.push_back({.data = payloads_.back().data(),
                       .size_bytes = static_cast<uint32_t>(bytes.size()),
                       .vc = vcs_[vc].handle.value(),
                       .token = 0,
                       .time_us = 0});
}

}  // namespace vcp::conformance
