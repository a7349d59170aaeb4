/* udp-echo.c: the UDP echo that a C programmer would write: recvmmsg and sendmmsg of whole batches, one
 * thread. io_uring has one operation for each datagram and no batches of them.
 * usage: udp-echo PORT. It knows nothing about measuring.
 */
#include "peer.h"

#define BATCH_MAX 64

int main(int argc, char **argv)
{
    static char bytes[BATCH_MAX][65536];
    static struct iovec parts[BATCH_MAX];
    static struct sockaddr_in peers[BATCH_MAX];
    static struct mmsghdr messages[BATCH_MAX];
    int room = 4 << 20;
    int handle;
    begin();
    if (argc < 2) return 2;
    handle = open_bound(SOCK_DGRAM, (uint16_t)atoi(argv[1]));
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    puts("ready");
    end_with_input();
    for (;;) {
        int count, sent = 0;
        for (int i = 0; i < BATCH_MAX; i++) {
            parts[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &peers[i], .msg_namelen = sizeof(peers[i]), .msg_iov = &parts[i],
                .msg_iovlen = 1};
        }
        count = recvmmsg(handle, messages, BATCH_MAX, MSG_WAITFORONE, NULL);
        if (count < 0 && errno != EINTR) fail("recvmmsg", errno);
        for (int i = 0; i < count; i++) parts[i].iov_len = messages[i].msg_len;
        while (sent < count) {
            int now = sendmmsg(handle, messages + sent, (unsigned)(count - sent), 0);
            if (now < 0) fail("sendmmsg", errno);
            sent += now;
        }
    }
}
