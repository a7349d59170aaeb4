/* uring-echo.c: the TCP echo that a C programmer would write on liburing: one ring of one thread with
 * deferred task work, multishot accept into direct descriptors, multishot receives into a ring of provided
 * buffers, the same buffer sent back, everything submitted once a turn.
 * usage: uring-echo PORT BUFFER_BYTES BUFFERS. It knows nothing about measuring.
 */
#include "peer.h"
#include <liburing.h>

#define FILES_MAX 32768
#define NONE 0xFFFF

enum { ACCEPT, RECEIVE, SEND, CLOSE };

struct connection {
    uint16_t first, last;       /* Buffers that wait to be sent, the first of them being sent. */
};

static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *memory;
static unsigned buffer_bytes, buffer_count;
static struct connection connections[FILES_MAX];
static struct { uint16_t next; uint32_t length, sent; } *queued;
static int listener;

static struct io_uring_sqe *next_sqe(void)
{
    struct io_uring_sqe *sqe;
    while ((sqe = io_uring_get_sqe(&ring)) == NULL) io_uring_submit(&ring);
    return sqe;
}

static void mark(struct io_uring_sqe *sqe, unsigned operation, unsigned slot)
{
    io_uring_sqe_set_data64(sqe, (uint64_t)operation << 32 | slot);
}

static void accept_all(void)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_multishot_accept_direct(sqe, listener, NULL, NULL, 0);
    mark(sqe, ACCEPT, 0);
}

static void receive_all(unsigned slot)
{
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_recv_multishot(sqe, (int)slot, NULL, 0, 0);
    sqe->flags |= IOSQE_FIXED_FILE | IOSQE_BUFFER_SELECT;
    sqe->buf_group = 0;
    mark(sqe, RECEIVE, slot);
}

static void send_first(unsigned slot)
{
    uint16_t id = connections[slot].first;
    struct io_uring_sqe *sqe = next_sqe();
    io_uring_prep_send(sqe, (int)slot, memory + (size_t)id * buffer_bytes + queued[id].sent,
        queued[id].length - queued[id].sent, MSG_WAITALL | MSG_NOSIGNAL);
    sqe->flags |= IOSQE_FIXED_FILE;
    mark(sqe, SEND, slot);
}

static void recycle(uint16_t id)
{
    io_uring_buf_ring_add(buffers, memory + (size_t)id * buffer_bytes, buffer_bytes, id,
        io_uring_buf_ring_mask(buffer_count), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void received(const struct io_uring_cqe *cqe, unsigned slot)
{
    struct connection *c = &connections[slot];
    uint16_t id = (uint16_t)(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    if (cqe->res == -ENOBUFS) {
        receive_all(slot);
        return;
    }
    if (cqe->res <= 0) {
        struct io_uring_sqe *sqe = next_sqe();
        if (cqe->flags & IORING_CQE_F_BUFFER) recycle(id);
        io_uring_prep_close_direct(sqe, slot);
        mark(sqe, CLOSE, slot);
        return;
    }
    if (!(cqe->flags & IORING_CQE_F_MORE)) receive_all(slot);
    queued[id].next = NONE;
    queued[id].length = (uint32_t)cqe->res;
    queued[id].sent = 0;
    if (c->first == NONE) c->first = id;
    else queued[c->last].next = id;
    c->last = id;
    if (c->first == id) send_first(slot);
}

static void sent(const struct io_uring_cqe *cqe, unsigned slot)
{
    struct connection *c = &connections[slot];
    uint16_t id = c->first;
    if (cqe->res > 0) queued[id].sent += (uint32_t)cqe->res;
    if (cqe->res > 0 && queued[id].sent < queued[id].length) {
        send_first(slot);
        return;
    }
    c->first = queued[id].next;
    recycle(id);
    /* After a failure the receive fails too, and closes. */
    if (c->first != NONE) send_first(slot);
}

static void complete(const struct io_uring_cqe *cqe)
{
    unsigned slot = (unsigned)cqe->user_data;
    switch (cqe->user_data >> 32) {
    case ACCEPT:
        if (cqe->res >= 0) {
            connections[cqe->res].first = NONE;
            receive_all((unsigned)cqe->res);
        }
        if (!(cqe->flags & IORING_CQE_F_MORE)) accept_all();
        break;
    case RECEIVE: received(cqe, slot); break;
    case SEND: sent(cqe, slot); break;
    default: break;
    }
}

static void prepare(void)
{
    struct io_uring_params p = {0};
    struct io_uring_buf_reg registration = {0};
    struct rlimit files;
    size_t ring_bytes = buffer_count * sizeof(struct io_uring_buf);
    int error;
    p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
    p.cq_entries = 65536;
    error = io_uring_queue_init_params(4096, &ring, &p);
    if (error != 0) unavailable("io_uring_queue_init_params", -error);
    io_uring_register_ring_fd(&ring);
    getrlimit(RLIMIT_NOFILE, &files);
    error = io_uring_register_files_sparse(
        &ring, files.rlim_cur < FILES_MAX ? (unsigned)files.rlim_cur : FILES_MAX);
    if (error != 0) unavailable("io_uring_register_files_sparse", -error);
    if (posix_memalign((void **)&buffers, 4096, ring_bytes) != 0) fail("memory", ENOMEM);
    memory = malloc((size_t)buffer_count * buffer_bytes);
    queued = calloc(buffer_count, sizeof(*queued));
    registration.ring_addr = (uint64_t)(uintptr_t)buffers;
    registration.ring_entries = buffer_count;
    error = io_uring_register_buf_ring(&ring, &registration, 0);
    if (error != 0) unavailable("io_uring_register_buf_ring", -error);
    io_uring_buf_ring_init(buffers);
    for (unsigned i = 0; i < buffer_count; i++) recycle((uint16_t)i);
}

int main(int argc, char **argv)
{
    begin();
    if (argc < 4) return 2;
    buffer_bytes = (unsigned)atoi(argv[2]);
    buffer_count = (unsigned)atoi(argv[3]);
    prepare();
    listener = open_listener((uint16_t)atoi(argv[1]));
    accept_all();
    puts("ready");
    end_with_input();
    for (;;) {
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0;
        int error = io_uring_submit_and_wait(&ring, 1);
        if (error < 0 && error != -EINTR && error != -EBUSY) fail("io_uring_submit_and_wait", -error);
        io_uring_for_each_cqe(&ring, head, cqe)
        {
            complete(cqe);
            seen++;
        }
        io_uring_cq_advance(&ring, seen);
    }
}
