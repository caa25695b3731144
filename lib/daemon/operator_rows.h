// What rows of several `show` answers have in common.
#pragma once

#include <map>
#include <string>

#include "circuit/types.h"
#include "daemon/attach_session.h"
#include "daemon/json_writer.h"

namespace vcp::daemon {

// CLIENT of operator_protocol.h; null: no application has it.
inline void WriteClient(const AttachSession* session, JsonWriter* json) {
  json->Key("client_id");
  session == nullptr ? json->Null() : json->Value(session->id());
  json->Field("client_name", session == nullptr ? std::string() : session->name());
}

template <typename Map>
const AttachSession* Find(const Map& clients, const typename Map::key_type& key) {
  auto found = clients.find(key);
  return found == clients.end() ? nullptr : found->second;
}

inline std::string PvcNameOf(const circuit::CallParameters& params) {
  return params.media ? params.media->pvc_name : std::string();
}

// A number, or null.
template <typename Optional>
void WriteOptional(std::string_view key, const Optional& number, JsonWriter* json) {
  json->Key(key);
  number ? json->Value(*number) : json->Null();
}

}  // namespace vcp::daemon
