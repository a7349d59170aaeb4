/* udp-echo.c: the UDP echo that a C programmer would write who knows the system: recvmmsg and sendmmsg of
 * whole batches, one thread; what the system has joined (UDP_GRO) goes back as one that it cuts
 * (UDP_SEGMENT). io_uring has one operation for each message and no batches of them.
 * usage: udp-echo PORT. It knows nothing about measuring.
 */
#include "peer.h"
#include <netinet/udp.h>

#define BATCH_MAX 64

/* Room for what is told of a joined message, a number of four bytes; what is told to cut one has two. */
union cut { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; };

/* The message that was received becomes the one to send. */
static void answer(struct mmsghdr *message)
{
    struct msghdr *head = &message->msg_hdr;
    struct cmsghdr *told = CMSG_FIRSTHDR(head);
    head->msg_iov->iov_len = message->msg_len;
    if (told == NULL || told->cmsg_level != SOL_UDP || told->cmsg_type != UDP_GRO) {
        head->msg_control = NULL;
        head->msg_controllen = 0;
        return;
    }
    told->cmsg_type = UDP_SEGMENT;
    told->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    head->msg_controllen = CMSG_SPACE(sizeof(uint16_t));
}

int main(int argc, char **argv)
{
    static char bytes[BATCH_MAX][65536];
    static struct iovec parts[BATCH_MAX];
    static struct sockaddr_in peers[BATCH_MAX];
    static struct mmsghdr messages[BATCH_MAX];
    static union cut cuts[BATCH_MAX];
    int room = 4 << 20, yes = 1;
    int handle;
    begin();
    if (argc < 2) return 2;
    handle = open_bound(SOCK_DGRAM, (uint16_t)atoi(argv[1]));
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    setsockopt(handle, SOL_UDP, UDP_GRO, &yes, sizeof(yes));
    puts("ready");
    end_with_input();
    for (;;) {
        int count, sent = 0;
        for (int i = 0; i < BATCH_MAX; i++) {
            parts[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &peers[i], .msg_namelen = sizeof(peers[i]), .msg_iov = &parts[i],
                .msg_iovlen = 1, .msg_control = cuts[i].bytes, .msg_controllen = sizeof(cuts[i].bytes)};
        }
        count = recvmmsg(handle, messages, BATCH_MAX, MSG_WAITFORONE, NULL);
        if (count < 0 && errno != EINTR) fail("recvmmsg", errno);
        for (int i = 0; i < count; i++) answer(&messages[i]);
        while (sent < count) {
            int now = sendmmsg(handle, messages + sent, (unsigned)(count - sent), 0);
            if (now < 0) fail("sendmmsg", errno);
            sent += now;
        }
    }
}
