#include "base/fault_guard.h"

#include <setjmp.h>
#include <signal.h>

#include <array>

#include "base/check.h"

namespace vcp {
namespace {

constexpr std::array<int, 2> kFaults = {SIGSEGV, SIGBUS};

thread_local sigjmp_buf* way_out = nullptr;
std::array<struct sigaction, kFaults.size()> former;

struct sigaction& FormerAction(int signal) {
  return former[signal == SIGSEGV ? 0 : 1];
}

// Nobody's fault is for who was there before us, and we stay for the next one. Where nobody was,
// the default meets it when the instruction is tried again.
void OnFault(int signal, siginfo_t* info, void* context) {
  const bool by_an_instruction = info->si_code > 0;
  if (by_an_instruction && way_out != nullptr) siglongjmp(*way_out, 1);
  const struct sigaction& theirs = FormerAction(signal);
  if ((theirs.sa_flags & SA_SIGINFO) != 0) return theirs.sa_sigaction(signal, info, context);
  sigaction(signal, &theirs, nullptr);
  if (!by_an_instruction) raise(signal);
}

bool InstallHandlers() {
  for (int signal : kFaults) {
    struct sigaction action {};
    action.sa_sigaction = OnFault;
    // The handler is left by a jump, which keeps the signal mask as it is.
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    VCP_CHECK(sigaction(signal, &action, &FormerAction(signal)) == 0);
  }
  return true;
}

}  // namespace

bool CallGuarded(void (*body)(void* argument), void* argument) {
  static const bool installed = InstallHandlers();
  static_cast<void>(installed);
  sigjmp_buf here;
  const bool first_return = sigsetjmp(here, 0) == 0;
  if (first_return) {
    way_out = &here;
    body(argument);
  }
  way_out = nullptr;
  return first_return;
}

}  // namespace vcp
