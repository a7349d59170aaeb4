/* ring.h: the little of io_uring that the load generator needs, by system calls, so that it builds with the
 * kernel's headers alone: a ring of one thread, registered files, one ring of provided buffers.
 * It knows nothing about sockets. The peer that is measured uses liburing instead: uring-echo.c.
 */
#pragma once

#include "peer.h"
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>

struct ring {
    int handle;
    unsigned sq_mask, sq_entries, sq_tail, queued;
    unsigned *sq_head_at, *sq_tail_at, *sq_array;
    struct io_uring_sqe *sqes;
    unsigned cq_mask;
    unsigned *cq_head_at, *cq_tail_at;
    struct io_uring_cqe *cqes;
    struct io_uring_buf_ring *buffers;
    char *memory;
    unsigned buffer_count, buffer_bytes;
    uint16_t buffer_tail;
};

static inline void *map_ring(int handle, size_t bytes, off_t offset)
{
    void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, handle, offset);
    if (at == MAP_FAILED) fail("mmap", errno);
    return at;
}

static inline void open_ring(struct ring *ring, unsigned entries, unsigned completions)
{
    struct io_uring_params p = {0};
    char *sq;
    char *cq;
    p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE
        | IORING_SETUP_CLAMP;
    p.cq_entries = completions;
    ring->handle = (int)syscall(__NR_io_uring_setup, entries, &p);
    if (ring->handle < 0) unavailable("io_uring_setup", errno);
    sq = map_ring(ring->handle, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    cq = map_ring(
        ring->handle, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    ring->sqes = map_ring(ring->handle, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    ring->sq_entries = p.sq_entries;
    ring->sq_mask = p.sq_entries - 1;
    ring->sq_head_at = (unsigned *)(sq + p.sq_off.head);
    ring->sq_tail_at = (unsigned *)(sq + p.sq_off.tail);
    ring->sq_array = (unsigned *)(sq + p.sq_off.array);
    ring->cq_mask = p.cq_entries - 1;
    ring->cq_head_at = (unsigned *)(cq + p.cq_off.head);
    ring->cq_tail_at = (unsigned *)(cq + p.cq_off.tail);
    ring->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

/* Hands what was queued to the kernel, and waits for completions if told. */
static inline void submit(struct ring *ring, unsigned wait)
{
    int submitted;
    __atomic_store_n(ring->sq_tail_at, ring->sq_tail, __ATOMIC_RELEASE);
    submitted = (int)syscall(
        __NR_io_uring_enter, ring->handle, ring->queued, wait, IORING_ENTER_GETEVENTS, NULL, 0);
    if (submitted < 0 && errno != EINTR && errno != EBUSY && errno != EAGAIN) fail("io_uring_enter", errno);
    if (submitted > 0) ring->queued -= (unsigned)submitted;
}

static inline struct io_uring_sqe *next_sqe(struct ring *ring, int opcode, int file, uint64_t data)
{
    unsigned at;
    struct io_uring_sqe *sqe;
    while (ring->sq_tail - __atomic_load_n(ring->sq_head_at, __ATOMIC_ACQUIRE) == ring->sq_entries)
        submit(ring, 0);
    at = ring->sq_tail++ & ring->sq_mask;
    ring->queued++;
    ring->sq_array[at] = at;
    sqe = &ring->sqes[at];
    memset(sqe, 0, sizeof(*sqe));
    sqe->opcode = (uint8_t)opcode;
    sqe->flags = IOSQE_FIXED_FILE;
    sqe->fd = file;
    sqe->user_data = data;
    return sqe;
}

static inline void register_files(struct ring *ring, int *files, unsigned count)
{
    if (syscall(__NR_io_uring_register, ring->handle, IORING_REGISTER_FILES, files, count) != 0)
        fail("io_uring_register files", errno);
}

static inline void return_buffer(struct ring *ring, unsigned id)
{
    struct io_uring_buf *buffer = &ring->buffers->bufs[ring->buffer_tail & (ring->buffer_count - 1)];
    buffer->addr = (uint64_t)(uintptr_t)(ring->memory + (size_t)id * ring->buffer_bytes);
    buffer->len = ring->buffer_bytes;
    buffer->bid = (uint16_t)id;
    ring->buffer_tail++;
}

static inline void publish_buffers(struct ring *ring)
{
    __atomic_store_n(&ring->buffers->tail, ring->buffer_tail, __ATOMIC_RELEASE);
}

static inline void provide_buffers(struct ring *ring, unsigned count, unsigned bytes)
{
    struct io_uring_buf_reg registration = {0};
    size_t ring_bytes = count * sizeof(struct io_uring_buf);
    ring->buffer_count = count;
    ring->buffer_bytes = bytes;
    ring->buffers =
        mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);
    ring->memory = mmap(NULL, (size_t)count * bytes, PROT_READ | PROT_WRITE,
        MAP_ANONYMOUS | MAP_PRIVATE | MAP_POPULATE, -1, 0);
    if (ring->buffers == MAP_FAILED || ring->memory == MAP_FAILED) fail("mmap", errno);
    registration.ring_addr = (uint64_t)(uintptr_t)ring->buffers;
    registration.ring_entries = count;
    if (syscall(__NR_io_uring_register, ring->handle, IORING_REGISTER_PBUF_RING, &registration, 1) != 0)
        unavailable("io_uring_register buffers", errno);
    for (unsigned i = 0; i < count; i++) return_buffer(ring, i);
    publish_buffers(ring);
}
