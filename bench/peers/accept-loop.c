/* accept-loop.c: what the connect workloads connect to: accepts and closes, one after the other.
 * usage: accept-loop PORT. It knows nothing about measuring.
 */
#include "peer.h"

int main(int argc, char **argv)
{
    int listener;
    begin();
    if (argc < 2) return 2;
    listener = open_listener((uint16_t)atoi(argv[1]));
    puts("ready");
    end_with_input();
    for (;;) {
        int handle = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (handle >= 0) close(handle);
        else if (errno != EINTR && errno != ECONNABORTED) fail("accept4", errno);
    }
}
