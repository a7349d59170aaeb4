/* load-tcp.c: the load of the TCP workloads: connections with one message under way each, sent again as soon
 * as it has come back. One thread, one ring, batches, so that it is not what limits; its own processor time
 * is reported, and the rest was idle. Between runs all connections stay open and silent.
 * usage: load-tcp PORT CONNECTIONS BYTES ADDRESSES PID...   ADDRESSES: how many of 127.0.0.x it comes from.
 * Lines: "run WARM LENGTH". It knows nothing about who answers.
 */
#include "ring.h"
#include "window.h"

#define SENDS (1ull << 62)

struct connection {
    int handle;
    uint32_t received;
};

static struct ring ring;
static struct window window;
static struct connection *connections;
static unsigned count, bytes, under_way;
static uint64_t failed;
static char *message;

static void send_one(unsigned at)
{
    struct io_uring_sqe *sqe = next_sqe(&ring, IORING_OP_SEND, (int)at, SENDS | at);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->addr = (uint64_t)(uintptr_t)message;
    sqe->len = bytes;
    sqe->msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
}

static void receive_all(unsigned at)
{
    struct io_uring_sqe *sqe = next_sqe(&ring, IORING_OP_RECV, (int)at, at);
    sqe->ioprio = IORING_RECV_MULTISHOT;
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
}

static void complete(const struct io_uring_cqe *cqe)
{
    unsigned at = (unsigned)(cqe->user_data & ~SENDS);
    if (cqe->flags & IORING_CQE_F_BUFFER) return_buffer(&ring, cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    if (cqe->user_data & SENDS || cqe->res == 0) fail("a connection", cqe->res == 0 ? EPIPE : -cqe->res);
    if (cqe->res < 0 && cqe->res != -ENOBUFS) fail("a receive", -cqe->res);
    if (!(cqe->flags & IORING_CQE_F_MORE)) receive_all(at);
    if (cqe->res < 0) return;
    connections[at].received += (uint32_t)cqe->res;
    if (connections[at].received < bytes) return;
    connections[at].received = 0;
    window.all++;
    if (window.state != 2) send_one(at);
    else under_way--;
}

static void turn(void)
{
    unsigned head, tail;
    submit(&ring, 1);
    head = *ring.cq_head_at;
    tail = __atomic_load_n(ring.cq_tail_at, __ATOMIC_ACQUIRE);
    for (; head != tail; head++) complete(&ring.cqes[head & ring.cq_mask]);
    publish_buffers(&ring);
    __atomic_store_n(ring.cq_head_at, head, __ATOMIC_RELEASE);
}

static int open_connection(uint16_t port, uint32_t host)
{
    int yes = 1;
    struct linger reset = {1, 0};
    struct sockaddr_in local = loopback(host, 0);
    struct sockaddr_in remote = loopback(1, port);
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (handle < 0) fail("socket", errno);
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(handle, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    setsockopt(handle, SOL_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
    if (bind(handle, (struct sockaddr *)&local, sizeof(local)) != 0) fail("bind", errno);
    if (connect(handle, (struct sockaddr *)&remote, sizeof(remote)) != 0) fail("connect", errno);
    return handle;
}

static void connect_all(uint16_t port, unsigned addresses)
{
    int *files = calloc(count, sizeof(int));
    connections = calloc(count, sizeof(*connections));
    for (unsigned i = 0; i < count; i++)
        files[i] = connections[i].handle = open_connection(port, 1 + i % addresses);
    register_files(&ring, files, count);
    free(files);
    for (unsigned i = 0; i < count; i++) receive_all(i);
    submit(&ring, 0);
}

int main(int argc, char **argv)
{
    begin();
    if (argc < 5) return 2;
    count = (unsigned)atoi(argv[2]);
    bytes = (unsigned)atoi(argv[3]);
    watch(&window, argv + 5, argc - 5);
    message = malloc(bytes);
    memset(message, 'o', bytes);
    open_ring(&ring, 4096, 65536);
    provide_buffers(&ring, bytes <= 2048 ? 16384 : 512, bytes <= 2048 ? 2048 : 65536);
    connect_all((uint16_t)atoi(argv[1]), (unsigned)atoi(argv[4]));
    puts("ready");
    while (next_run(&window.run)) {
        open_window(&window);
        for (unsigned i = 0; i < count; i++) send_one(i);
        under_way = count;
        while (goes_on(&window)) turn();
        while (under_way != 0) turn();
        close_window(&window, failed);
    }
    return 0;
}
