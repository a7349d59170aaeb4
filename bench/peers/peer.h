/* peer.h: what the programs of the benchmarks share: a clock, an end with the process that started them,
 * words on standard output, and a listening socket. They are started by OpenWsk.Bench (Network/) and speak
 * lines: "ready" or "unavailable: why" first, then one line of JSON for each "run". It knows no workload.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static inline uint64_t now_ns(void) { return clock_ns(CLOCK_MONOTONIC); }

/* Says why this program cannot do its work here, and ends. */
static inline void unavailable(const char *what, int error)
{
    printf("unavailable: %s: %s\n", what, strerror(error));
    exit(0);
}

/* Ends with a message; the harness counts it as a failure. */
static inline void fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(error));
    exit(1);
}

/* As many files as connections need; the harness has raised the hard limit where it may. */
static inline void begin(void)
{
    struct rlimit files;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static inline void *wait_for_end(void *unused)
{
    char byte;
    (void)unused;
    while (read(0, &byte, 1) > 0) { }
    _exit(0);
}

/* For servers: ends the process at the end of its standard input. */
static inline void end_with_input(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_for_end, NULL) != 0) fail("pthread_create", errno);
}

static inline struct sockaddr_in loopback(uint32_t host, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(0x7F000000u + host);
    return address;
}

static inline int open_bound(int type, uint16_t port)
{
    int yes = 1;
    struct sockaddr_in local = loopback(1, port);
    int handle = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (handle < 0) fail("socket", errno);
    setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (bind(handle, (struct sockaddr *)&local, sizeof(local)) != 0) fail("bind", errno);
    return handle;
}

/* Accepted sockets inherit TCP_NODELAY. */
static inline int open_listener(uint16_t port)
{
    int yes = 1;
    int handle = open_bound(SOCK_STREAM, port);
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (listen(handle, 4096) != 0) fail("listen", errno);
    return handle;
}

/* A measurement that is told by a line "run WARM LENGTH" (milliseconds). */
struct run {
    uint64_t warm_end;
    uint64_t length;
    uint64_t end;           /* Known when the warm part is over. */
};

static inline int next_run(struct run *run)
{
    char line[128];
    unsigned warm, length;
    while (fgets(line, sizeof(line), stdin) != NULL) {
        if (sscanf(line, "run %u %u", &warm, &length) != 2) continue;
        run->warm_end = now_ns() + warm * 1000000ull;
        run->length = length * 1000000ull;
        return 1;
    }
    return 0;
}
