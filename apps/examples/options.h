/* The command line that the examples share: [--attach SOCKET] (--pvc NAME | --call ADDRESS...)
 * [--family N] [--count N]. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vcplane.h"

enum { MAX_ADDRESSES = 8 };

typedef struct options {
  const char* attach;                   /* NULL: where vcplaned listens by default */
  const char* pvc;                      /* a permanent circuit, or else */
  const char* addresses[MAX_ADDRESSES]; /* somebody to call, or to be; the rest is NULL */
  uint32_t family;                      /* that of PVCs, or of calls by address, unless said */
  unsigned long count;                  /* of messages, or calls; 0: not said */
} options;

static inline options read_options(int argc, char** argv) {
  options o = {NULL, NULL, {NULL}, 0, 0};
  int i = 1;
  int address_count = 0;
  for (; i + 1 < argc; i += 2) {
    if (strcmp(argv[i], "--attach") == 0) {
      o.attach = argv[i + 1];
    } else if (strcmp(argv[i], "--pvc") == 0) {
      o.pvc = argv[i + 1];
    } else if (strcmp(argv[i], "--call") == 0 && address_count < MAX_ADDRESSES) {
      o.addresses[address_count++] = argv[i + 1];
    } else if (strcmp(argv[i], "--family") == 0) {
      o.family = (uint32_t)strtoul(argv[i + 1], NULL, 0);
    } else if (strcmp(argv[i], "--count") == 0) {
      o.count = strtoul(argv[i + 1], NULL, 10);
    } else {
      break;
    }
  }
  if (o.family == 0) o.family = o.pvc != NULL ? VCP_AF_PVC : VCP_AF_Q2931;
  if (i == argc && (o.pvc == NULL) != (address_count == 0)) return o;
  fprintf(stderr,
          "usage: %s [--attach SOCKET] (--pvc NAME | --call ADDRESS...) [--family N] [--count N]\n",
          argv[0]);
  exit(2);
}
