// The daemon's signaled links: for each [[link]] of the configuration its carrier and its call
// manager, on the adapter of its port. Control thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "callmgr/pvc_list.h"
#include "callmgr/route_table.h"
#include "callmgr/uni_call_manager.h"
#include "circuit/switchboard.h"
#include "daemon/config.h"
#include "daemon/event_loop.h"
#include "dataplane/channel_host.h"
#include "port/port_info.h"

namespace vcp::daemon {

class SignalingLinks {
 public:
  struct Parts {
    EventLoop* loop;
    circuit::Switchboard* switchboard;
    callmgr::PvcList* pvcs;
    const callmgr::RouteTable* routes;  // null: every call goes by whatever link it is made on
    dataplane::ChannelHost* channels;
  };
  // A link as there is to show.
  struct Link {
    LinkConfig config;
    std::unique_ptr<callmgr::SignalingCarrier> carrier;
    std::unique_ptr<callmgr::UniCallManager> manager;
  };

  explicit SignalingLinks(const Parts& parts) : parts_(parts) {}
  ~SignalingLinks();

  // `error` is one line that names cause and fix.
  Status Start(const LinkConfig& config, const port::PortInfo& port, circuit::AdapterHandle adapter,
               std::string* error);
  // Links say goodbye and let go of their ports, as far as that needs no time. No link is started
  // afterwards.
  void Stop();

  // The link of this port came up or went down: as a link it may be another, or of another speed.
  void OnLinkChange(const port::PortInfo& port, bool up);

  const std::vector<Link>& all() const { return links_; }

 private:
  // Makes the carrier, and says in `options` what the call manager needs to know of it.
  Status OpenCarrier(Link* link, callmgr::UniOptions* options, std::string* error);

  const Parts parts_;
  std::vector<Link> links_;
  bool stopped_ = false;
};

}  // namespace vcp::daemon
