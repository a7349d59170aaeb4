/* connect-loop.c: the connect rate that a blocking C loop reaches: socket, connect, close with a reset.
 * usage: connect-loop PORT. Lines: "run WARM LENGTH". It knows nothing about what it is compared with.
 */
#include "window.h"

int main(int argc, char **argv)
{
    static struct window window;
    struct linger reset = {1, 0};
    struct sockaddr_in remote;
    char own[16];
    char *self = own;
    uint64_t failed;
    begin();
    if (argc < 2) return 2;
    remote = loopback(1, (uint16_t)atoi(argv[1]));
    snprintf(own, sizeof(own), "%d", getpid());
    watch(&window, &self, 1);
    puts("ready");
    while (next_run(&window.run)) {
        failed = 0;
        open_window(&window);
        while (goes_on(&window)) {
            int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (handle < 0) fail("socket", errno);
            if (connect(handle, (struct sockaddr *)&remote, sizeof(remote)) == 0) window.all++;
            else failed++;
            setsockopt(handle, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
            close(handle);
        }
        close_window(&window, failed);
    }
    return 0;
}
