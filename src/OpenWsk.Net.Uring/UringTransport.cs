// The network of a free-running world over io_uring: TCP and datagrams through a ring for each dispatcher,
// everything else (addresses, interfaces, names) through Net.Host, of which it is also the list of sockets
// and the judge of shared addresses. It knows nothing about WSK. Next: Streams/UringStream.cs,
// Datagrams/UringDatagram.cs, UringLoop.cs.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Host;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Datagrams;
using OpenWsk.Net.Uring.Streams;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring;

/// <summary>Makes sockets that live in rings.</summary>
public sealed class UringTransport : ITransport
{
    private readonly UringLoop[] _loops;
    private int _lastProcessor;

    private UringTransport(UringLoop[] loops, HostScheduler scheduler, IClock clock, long connectTimeoutNs)
    {
        _loops = loops;
        Host = new HostTransport(scheduler, clock) { ConnectTimeoutNs = connectTimeoutNs };
    }

    /// <inheritdoc/>
    public string Name => "uring";

    /// <inheritdoc/>
    public INetworkInterfaces? Interfaces => Host.Interfaces;

    /// <summary>Sockets that were made and not closed yet.</summary>
    public int OpenSockets => Host.OpenSockets;

    /// <summary>Calls of the kernel that moved the rings on, so far; for measurements.</summary>
    public long Enters => _loops.Sum(loop => loop.Enters);

    internal HostTransport Host { get; }

    /// <summary>Makes a scheduler whose dispatchers rest in rings, and the transport over them.</summary>
    /// <remarks>
    /// Owns: the caller disposes of the scheduler, and with it of the rings, before the memory of
    /// <see cref="UseMemory"/> goes.
    /// </remarks>
    /// <param name="features">What to make use of; null for all that the kernel has.</param>
    /// <exception cref="NotSupportedException">The kernel has no io_uring that is good enough.</exception>
    public static UringTransport Create(
        IClock clock,
        int processors,
        out HostScheduler scheduler,
        UringFeatures? features = null,
        long connectTimeoutNs = 21_000_000_000)
    {
        features ??= UringFeatures.Current;
        if (!features.IsUsable)
        {
            throw new NotSupportedException(features.Refusal);
        }
        var loops = new UringLoop[processors];
        for (var i = 0; i < processors; i++)
        {
            loops[i] = new UringLoop(clock, i, features);
        }
        scheduler = new HostScheduler(clock, processors, index => loops[index]);
        return new UringTransport(loops, scheduler, clock, connectTimeoutNs);
    }

    /// <inheritdoc/>
    public bool SupportsFamily(ushort family) => Host.SupportsFamily(family);

    /// <inheritdoc/>
    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        socket = null;
        if (!SupportsFamily(family))
        {
            return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
        }
        var stream = UringStream.Make(this, family, events);
        var error = stream.Open();
        if (error != SocketError.Success)
        {
            return HostErrors.ToStatus(error);
        }
        Host.Register(stream);
        socket = stream;
        return NTSTATUS.STATUS_SUCCESS;
    }

    /// <inheritdoc/>
    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket) =>
        UringDatagram.Create(Host, LoopForCaller(), family, type, protocol, events, out socket);

    /// <inheritdoc/>
    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => Host.ListAddresses(family);

    /// <inheritdoc/>
    public void WatchAddresses(IAddressEvents? events) => Host.WatchAddresses(events);

    /// <inheritdoc/>
    public void UseMemory(IGuestBlocks memory)
    {
        foreach (var loop in _loops)
        {
            loop.UseMemory(memory);
        }
    }

    /// <summary>The loop for a socket that somebody makes: the caller's own, or each in its turn.</summary>
    internal UringLoop LoopForCaller() =>
        UringLoop.Current is { } current && _loops[current.Index] == current ? current : NextLoop();

    /// <summary>The loop for a connection that has been accepted: each in its turn.</summary>
    internal UringLoop NextLoop() => _loops.Length == 1
        ? _loops[0]
        : _loops[(int)((uint)Interlocked.Increment(ref _lastProcessor) % (uint)_loops.Length)];
}
