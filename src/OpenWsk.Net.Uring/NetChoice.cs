// Which network a free-running world is to have: what a command line or OPENWSK_NET says. It knows nothing
// about worlds. Next: HostNetwork.cs.
namespace OpenWsk.Net.Uring;

/// <summary>A way to the operating system's network.</summary>
public enum NetChoice
{
    /// <summary>io_uring where it works, else plain sockets; OPENWSK_NET decides if it is set.</summary>
    Auto,

    /// <summary>Plain sockets of the system, which their dispatcher waits for in epoll.</summary>
    Host,

    /// <summary>io_uring, or a failure.</summary>
    Uring,
}
