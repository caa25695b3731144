// Preloaded into Debian's atmsigd, it stands in for a kernel with ATM, which atmsigd wants and no
// machine has any more. atmsigd believes in three kinds of sockets:
//
//   its signaling VC       becomes UDP on 127.0.0.1, one SSCOP PDU per datagram
//   the applications' one  is a SOCK_SEQPACKET socket that whoever starts atmsigd hands down
//   idle ones, by which it asks for free VCIs, addresses and the link's rate, answer by themselves
//
// Whoever holds the other end of the applications' socket sees all in order: each packet begins
// with a letter, A for what atmsigd says to applications (struct atmsvc_msg), S for a PDU that it
// sends, R for one that it received. What is written there reaches atmsigd as it is. atmsigd ends
// with it.
//
//   VCP_ATM_APPLICATIONS  number of the inherited descriptor
//   VCP_ATM_PORTS         LOCAL:REMOTE, the signaling VC's UDP ports
//   VCP_ATM_ADDRESS       20 octets of the interface's ATM address, in hexadecimal
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/atm.h>
#include <linux/atmdev.h>
#include <linux/atmsvc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
  kDescriptors = 1024,  // atmsigd waits with select(2), so it has no higher ones
  kFirstVci = 64,       // where data VCs begin
  kLastVci = 0xffff,
  kCellsPerSecond = 353207,  // an OC-3's
};

enum Kind { kNotOurs, kApplications, kIdle, kSignaling };

static struct {
  enum Kind kind;
  struct sockaddr_atmpvc bound;
} descriptors[kDescriptors];

static unsigned char vci_is_taken[kLastVci + 1];
static int applications_fd = -1;
static struct sockaddr_in remote;

// The C library's own function of that name.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void GiveUp(const char* what) {
  fprintf(stderr, "atmsigd_shim: %s\n", what);
  exit(2);
}

static enum Kind KindOf(int fd) {
  return fd >= 0 && fd < kDescriptors ? descriptors[fd].kind : kNotOurs;
}

static int Take(int fd, enum Kind kind) {
  if (fd >= kDescriptors) GiveUp("too many descriptors");
  if (fd >= 0) {
    memset(&descriptors[fd], 0, sizeof descriptors[fd]);
    descriptors[fd].kind = kind;
  }
  return fd;
}

static struct sockaddr_in Loopback(unsigned port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

__attribute__((constructor)) static void Begin(void) {
  const char* fd = getenv("VCP_ATM_APPLICATIONS");
  if (fd == NULL) return;  // preloaded into somebody else, a shell on the way perhaps
  applications_fd = atoi(fd);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int socket(int domain, int type, int protocol) {
  if (domain == PF_ATMSVC) return Take(dup(applications_fd), kApplications);
  if (domain == PF_ATMPVC) return Take(REAL(socket)(AF_INET, SOCK_DGRAM, 0), kIdle);
  return REAL(socket)(domain, type, protocol);
}

int close(int fd) {
  if (KindOf(fd) != kNotOurs) {
    const int vci = descriptors[fd].bound.sap_addr.vci;
    if (vci >= kFirstVci && vci <= kLastVci) vci_is_taken[vci] = 0;
    descriptors[fd].kind = kNotOurs;
  }
  return REAL(close)(fd);
}

// UDP has no traffic contract to set.
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) {
  return KindOf(fd) == kNotOurs ? REAL(setsockopt)(fd, level, name, value, size) : 0;
}

static int BindFreeVci(int fd) {
  for (int vci = kFirstVci; vci <= kLastVci; ++vci) {
    if (vci_is_taken[vci]) continue;
    vci_is_taken[vci] = 1;
    descriptors[fd].bound.sap_addr.vci = vci;
    return 0;
  }
  errno = EADDRINUSE;
  return -1;
}

// Not connected: a remote side that is not there yet must not be an error to atmsigd.
static int BindSignaling(int fd) {
  unsigned local_port;
  unsigned remote_port;
  const char* ports = getenv("VCP_ATM_PORTS");
  if (ports == NULL || sscanf(ports, "%u:%u", &local_port, &remote_port) != 2) {
    GiveUp("VCP_ATM_PORTS is not LOCAL:REMOTE");
  }
  const struct sockaddr_in local = Loopback(local_port);
  remote = Loopback(remote_port);
  descriptors[fd].kind = kSignaling;
  return REAL(bind)(fd, (const struct sockaddr*)&local, sizeof local);
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t size) {
  if (KindOf(fd) != kIdle) return REAL(bind)(fd, address, size);
  memcpy(&descriptors[fd].bound, address.__sockaddr__, sizeof descriptors[fd].bound);
  return descriptors[fd].bound.sap_addr.vci == ATM_VCI_ANY ? BindFreeVci(fd) : BindSignaling(fd);
}

int getsockname(int fd, __SOCKADDR_ARG address, socklen_t* size) {
  if (KindOf(fd) == kNotOurs) return REAL(getsockname)(fd, address, size);
  memcpy(address.__sockaddr__, &descriptors[fd].bound, sizeof descriptors[fd].bound);
  *size = sizeof descriptors[fd].bound;
  return 0;
}

// All interfaces have the one address.
static void WriteAddress(struct atmif_sioc* request) {
  struct sockaddr_atmsvc* address = request->arg;
  const char* digits = getenv("VCP_ATM_ADDRESS");
  if (digits == NULL || strlen(digits) != 2 * ATM_ESA_LEN) {
    GiveUp("VCP_ATM_ADDRESS is not 40 hexadecimal digits");
  }
  if (request->length < (int)sizeof *address) return;
  memset(address, 0, sizeof *address);
  address->sas_family = AF_ATMSVC;
  for (int i = 0; i < ATM_ESA_LEN; ++i) {
    sscanf(digits + 2 * i, "%2hhx", &address->sas_addr.prv[i]);
  }
  request->length = sizeof *address;
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void* argument = va_arg(arguments, void*);
  va_end(arguments);
  struct atmif_sioc* interface = argument;
  if (KindOf(fd) == kNotOurs) return REAL(ioctl)(fd, request, argument);
  if (request == ATMSIGD_CTRL) return 0;
  if (request == ATM_GETADDR) {
    WriteAddress(interface);
    return 0;
  }
  if (request == ATM_GETLINKRATE) {
    *(int*)interface->arg = kCellsPerSecond;
    return 0;
  }
  errno = EINVAL;
  return -1;
}

// One packet for whoever started us. When it is gone, so are we.
static void Report(char letter, const void* octets, size_t size) {
  struct iovec parts[] = {{&letter, 1}, {(void*)octets, size}};
  const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  if (sendmsg(applications_fd, &message, MSG_NOSIGNAL) < 0) GiveUp("nobody listens any more");
}

ssize_t write(int fd, const void* octets, size_t size) {
  switch (KindOf(fd)) {
    case kApplications:
      Report('A', octets, size);
      return (ssize_t)size;
    case kSignaling:
      Report('S', octets, size);
      // What does not arrive is lost, as cells are; SSCOP is there for that.
      sendto(fd, octets, size, 0, (const struct sockaddr*)&remote, sizeof remote);
      return (ssize_t)size;
    default:
      return REAL(write)(fd, octets, size);
  }
}

ssize_t read(int fd, void* octets, size_t size) {
  ssize_t count;
  switch (KindOf(fd)) {
    case kApplications:
      count = recv(fd, octets, size, 0);
      if (count <= 0) GiveUp("nobody listens any more");
      return count;
    case kSignaling:
      count = recv(fd, octets, size, 0);
      if (count >= 0) Report('R', octets, (size_t)count);
      return count;
    default:
      return REAL(read)(fd, octets, size);
  }
}
