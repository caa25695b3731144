// From configured PVCs to the daemon's PVC list, at start and at run time.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "callmgr/pvc_list.h"
#include "daemon/config.h"

namespace vcp::daemon {

// The operator's "name=line1 port=lan0 label=100 ..." as the configuration file would have it.
// kInvalidData: `error` says in one line what is wrong.
Status ParsePvcWords(std::span<const std::string_view> words, PvcConfig* pvc, std::string* error);

// Adds a PVC, or each of a group, to the list: all or none.
Status AddPvcs(const PvcConfig& pvc, std::span<const PortConfig> ports, callmgr::PvcList* list,
               std::string* error);

// Deletes the PVC of this name, or each of the group. Those in use go when their user has closed.
Status DeletePvcs(const std::string& name, callmgr::PvcList* list, std::string* error);

}  // namespace vcp::daemon
