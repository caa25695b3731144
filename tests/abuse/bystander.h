// A well-behaved application beside the hostile ones: its own thread, libvcplane, a PVC that hears
// itself. Every message carries its number and bytes that follow from it; none may be lost,
// reordered or changed, whatever happens to others. How long they take is not judged.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>

#include "vcplane.hpp"

namespace vcp::abuse {

class Bystander {
 public:
  // Attaches, calls the PVC and starts.
  Bystander(const std::string& attach_socket, const std::string& pvc);
  ~Bystander();

  // Waits until so many more messages came back; false when something is wrong.
  bool WaitForMore(uint64_t messages);
  // Waits for what is under way and says what went wrong: "" when nothing did.
  std::string Stop();
  uint64_t received() const { return received_.load(); }

 private:
  void Run();
  bool Connect();
  bool SendBurst();
  bool ReceiveAll();
  bool Fail(const std::string& what);

  const std::string attach_socket_;
  const std::string pvc_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> failed_ = false;
  std::atomic<uint64_t> received_ = 0;
  std::string error_;  // the thread's until it has ended
  vcplane::Client client_;
  vcplane::Vc vc_ = 0;
  uint64_t sent_ = 0;
  std::thread thread_;
};

}  // namespace vcp::abuse
