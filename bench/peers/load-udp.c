/* load-udp.c: the load of the UDP workloads: a few sockets, each with many datagrams under way, received and
 * sent again by whole batches, so that it is not what limits. A batch goes out as one call that the system
 * cuts (UDP_SEGMENT); what a server sends so comes in as it was sent (UDP_GRO), as the clients of QUIC have
 * it. What is lost is noticed after a tenth of a second of silence, counted, and sent anew.
 * usage: load-udp PORT SOCKETS UNDER_WAY BYTES PID...   UNDER_WAY is for each socket, at most 64.
 * Lines: "run WARM LENGTH". It knows nothing about who answers.
 */
#include "window.h"
#include <netinet/udp.h>
#include <poll.h>

#define BATCH_MAX 64
#define SOCKETS_MAX 64
#define SILENCE_MS 100
#define LONGEST 65000           /* One call of at most 64 KiB, headers included. */

struct flow {
    unsigned under_way;
};

static struct pollfd handles[SOCKETS_MAX];
static struct flow flows[SOCKETS_MAX];
static struct window window;
static unsigned sockets, depth, bytes;
static uint64_t lost;
static char out[65536], in[BATCH_MAX][65536];
static struct iovec out_part, in_parts[BATCH_MAX];
static struct msghdr outgoing;
static struct mmsghdr incoming[BATCH_MAX];
static union cut { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; } out_cut, in_cuts[BATCH_MAX];

static void send_some(unsigned at, unsigned count)
{
    unsigned fitting = LONGEST / bytes;
    while (count != 0) {
        unsigned now = count < fitting ? count : fitting;
        out_part.iov_len = now * bytes;
        if (sendmsg(handles[at].fd, &outgoing, 0) < 0) fail("sendmsg", errno);
        flows[at].under_way += now;
        count -= now;
    }
}

/* How many datagrams one message is: all but its last have the length that is told with it. */
static unsigned datagrams_in(struct mmsghdr *message)
{
    uint16_t each;
    struct cmsghdr *told = CMSG_FIRSTHDR(&message->msg_hdr);
    message->msg_hdr.msg_controllen = sizeof(in_cuts[0].bytes);
    if (told == NULL || told->cmsg_level != SOL_UDP || told->cmsg_type != UDP_GRO) return 1;
    memcpy(&each, CMSG_DATA(told), sizeof(each));
    return (message->msg_len + each - 1) / each;
}

static void receive_some(unsigned at)
{
    int received = recvmmsg(handles[at].fd, incoming, BATCH_MAX, MSG_DONTWAIT, NULL);
    unsigned count = 0;
    if (received < 0 && errno != EAGAIN) fail("recvmmsg", errno);
    if (received <= 0) return;
    for (int i = 0; i < received; i++) count += datagrams_in(&incoming[i]);
    /* One that was given up may come after all. */
    if (count > flows[at].under_way) count = flows[at].under_way;
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

static void prepare_cut(void)
{
    uint16_t each = (uint16_t)bytes;
    struct cmsghdr *told;
    out_part.iov_base = out;
    outgoing = (struct msghdr){
        .msg_iov = &out_part, .msg_iovlen = 1, .msg_control = out_cut.bytes,
        .msg_controllen = CMSG_SPACE(sizeof(each))};
    told = CMSG_FIRSTHDR(&outgoing);
    told->cmsg_level = SOL_UDP;
    told->cmsg_type = UDP_SEGMENT;
    told->cmsg_len = CMSG_LEN(sizeof(each));
    memcpy(CMSG_DATA(told), &each, sizeof(each));
}

static void prepare(uint16_t port)
{
    struct sockaddr_in remote = loopback(1, port);
    int room = 4 << 20, yes = 1;
    prepare_cut();
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        in_parts[i] = (struct iovec){in[i], sizeof(in[i])};
        incoming[i].msg_hdr.msg_iov = &in_parts[i];
        incoming[i].msg_hdr.msg_iovlen = 1;
        incoming[i].msg_hdr.msg_control = in_cuts[i].bytes;
        incoming[i].msg_hdr.msg_controllen = sizeof(in_cuts[i].bytes);
    }
    for (unsigned at = 0; at < sockets; at++) {
        handles[at].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        handles[at].events = POLLIN;
        setsockopt(handles[at].fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        if (setsockopt(handles[at].fd, SOL_UDP, UDP_GRO, &yes, sizeof(yes)) != 0)
            unavailable("joined datagrams", errno);
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
    if (sockets > SOCKETS_MAX || depth > BATCH_MAX || bytes == 0 || bytes > LONGEST) return 2;
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
