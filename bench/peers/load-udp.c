/* load-udp.c: the load of the UDP workloads: a few sockets, each with many datagrams under way, received and
 * sent again by whole batches, so that it is not what limits. What is lost is noticed after a tenth of a
 * second of silence, counted, and sent anew.
 * usage: load-udp PORT SOCKETS UNDER_WAY BYTES PID...   UNDER_WAY is for each socket, at most 64.
 * Lines: "run WARM LENGTH". It knows nothing about who answers.
 */
#include "window.h"
#include <poll.h>

#define BATCH_MAX 64
#define SOCKETS_MAX 64
#define SILENCE_MS 100

struct flow {
    unsigned under_way;
};

static struct pollfd handles[SOCKETS_MAX];
static struct flow flows[SOCKETS_MAX];
static struct window window;
static unsigned sockets, depth, bytes;
static uint64_t lost;
static char out[65536], in[BATCH_MAX][2048];
static struct iovec out_part, in_parts[BATCH_MAX];
static struct mmsghdr outgoing[BATCH_MAX], incoming[BATCH_MAX];

static void send_some(unsigned at, unsigned count)
{
    while (count != 0) {
        int sent = sendmmsg(handles[at].fd, outgoing, count, 0);
        if (sent < 0) fail("sendmmsg", errno);
        flows[at].under_way += (unsigned)sent;
        count -= (unsigned)sent;
    }
}

static void receive_some(unsigned at)
{
    int received = recvmmsg(handles[at].fd, incoming, BATCH_MAX, MSG_DONTWAIT, NULL);
    unsigned count;
    if (received < 0 && errno != EAGAIN) fail("recvmmsg", errno);
    if (received <= 0) return;
    /* One that was given up may come after all. */
    count = (unsigned)received < flows[at].under_way ? (unsigned)received : flows[at].under_way;
    window.all += count;
    flows[at].under_way -= count;
    if (window.state != 2) send_some(at, count);
}

static void turn(void)
{
    int ready = poll(handles, sockets, SILENCE_MS);
    if (ready < 0 && errno != EINTR) fail("poll", errno);
    for (unsigned at = 0; at < sockets && ready > 0; at++) {
        if (handles[at].revents != 0) receive_some(at);
    }
    for (unsigned at = 0; at < sockets && ready == 0; at++) {
        lost += flows[at].under_way;
        flows[at].under_way = 0;
        if (window.state != 2) send_some(at, depth);
    }
}

static int is_anything_under_way(void)
{
    unsigned sum = 0;
    for (unsigned at = 0; at < sockets; at++) sum += flows[at].under_way;
    return sum != 0;
}

static void prepare(uint16_t port)
{
    struct sockaddr_in remote = loopback(1, port);
    int room = 4 << 20;
    out_part = (struct iovec){out, bytes};
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        in_parts[i] = (struct iovec){in[i], sizeof(in[i])};
        outgoing[i].msg_hdr.msg_iov = &out_part;
        outgoing[i].msg_hdr.msg_iovlen = 1;
        incoming[i].msg_hdr.msg_iov = &in_parts[i];
        incoming[i].msg_hdr.msg_iovlen = 1;
    }
    for (unsigned at = 0; at < sockets; at++) {
        handles[at].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        handles[at].events = POLLIN;
        setsockopt(handles[at].fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        if (connect(handles[at].fd, (struct sockaddr *)&remote, sizeof(remote)) != 0) fail("connect", errno);
    }
}

int main(int argc, char **argv)
{
    begin();
    if (argc < 5) return 2;
    sockets = (unsigned)atoi(argv[2]);
    depth = (unsigned)atoi(argv[3]);
    bytes = (unsigned)atoi(argv[4]);
    if (sockets > SOCKETS_MAX || depth > BATCH_MAX) return 2;
    watch(&window, argv + 5, argc - 5);
    prepare((uint16_t)atoi(argv[1]));
    puts("ready");
    while (next_run(&window.run)) {
        open_window(&window);
        lost = 0;
        for (unsigned at = 0; at < sockets; at++) send_some(at, depth);
        while (goes_on(&window)) turn();
        while (is_anything_under_way()) turn();
        close_window(&window, lost);
    }
    return 0;
}
