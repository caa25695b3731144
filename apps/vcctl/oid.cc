#include "oid.h"

#include <iomanip>
#include <string>

namespace vcp::ctl {

void PrintOids(const nlohmann::json& answer, std::ostream& out) {
  for (const nlohmann::json& oid : answer.at("oids")) {
    out << "0x" << std::hex << std::setw(8) << std::setfill('0') << oid.at("number").get<uint32_t>()
        << std::dec << std::setfill(' ') << "  " << std::left << std::setw(36)
        << oid.at("name").get<std::string>() << std::setw(5) << oid.at("access").get<std::string>()
        << oid.at("presence").get<std::string>() << std::right << '\n';
  }
}

void PrintOid(const nlohmann::json& answer, std::ostream& out) {
  const nlohmann::json& value = answer.at("value");
  if (value.is_array()) {
    if (value.empty()) out << "none\n";
    for (const nlohmann::json& each : value) out << each.get<std::string>() << '\n';
  } else if (value.is_object()) {
    out << "outbound " << value.at("outbound") << ", inbound " << value.at("inbound")
        << " (100 bit/s)\n";
  } else if (value.is_string()) {
    out << value.get<std::string>() << '\n';
  } else {
    out << value << '\n';
  }
}

}  // namespace vcp::ctl
