// Writes q2931_fuzz's dictionary for libFuzzer: what messages and elements begin with, from the
// codec's own tables.
#include <cstdio>

#include "wire/message.h"

int main() {
#define VCP_MESSAGE(constant, type, name) std::printf("# %s\n\"\\x%02x\\x80\"\n", name, type);
#define VCP_CONTENT(message, element, presence)
#include "wire/messages.def"

  constexpr unsigned kItu = 0x80;
  constexpr unsigned kNetwork = 0xe0;
  constexpr unsigned kItuOrNetwork = kItu;
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  std::printf("# %s, the longest\n\"\\x%02x\\x%02x\\x00\\x%02x\"\n", name, id, codings,       \
              max_bytes - 4);
#include "wire/elements.def"
  return 0;
}
