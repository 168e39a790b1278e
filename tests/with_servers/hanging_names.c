/* A name server that does not answer: while the file of HANGING_NAMES is there, each look-up takes long and fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const char *file = getenv("HANGING_NAMES");
    if (node != NULL && file != NULL && access(file, F_OK) == 0) {
        sleep(15);
        return EAI_AGAIN;
    }
    if (real == NULL)
        real = (int (*)(const char *, const char *, const struct addrinfo *, struct addrinfo **))dlsym(RTLD_NEXT, "getaddrinfo");
    return real(node, service, hints, found);
}
