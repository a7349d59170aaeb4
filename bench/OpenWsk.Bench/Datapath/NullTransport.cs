// A transport without a network: connections come when the benchmark says so, bytes lie ready in memory, and
// what is sent is taken and forgotten. So what is left to measure is everything above a transport. It knows
// nothing about measuring; see DatapathBench.cs.
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk.Bench.Datapath;

/// <summary>Makes sockets that lead nowhere.</summary>
internal sealed class NullTransport(bool lends) : ITransport
{
    private readonly Dictionary<ushort, NullStream> _listeners = [];

    public string Name => "null";

    /// <summary>Whether received bytes are lent rather than copied.</summary>
    public bool Lends { get; } = lends;

    public IGuestBlocks Memory { get; private set; } = null!;

    public void UseMemory(IGuestBlocks memory) => Memory = memory;

    public bool SupportsFamily(ushort family) => family == WskConstants.AF_INET;

    public NTSTATUS CreateStream(ushort family, IStreamEvents events, out IStreamSocket? socket)
    {
        socket = new NullStream(this, events);
        return NTSTATUS.STATUS_SUCCESS;
    }

    public NTSTATUS CreateDatagram(
        ushort family, ushort type, uint protocol, IDatagramEvents events, out IDatagramSocket? socket)
    {
        socket = null;
        return NTSTATUS.STATUS_PROTOCOL_UNREACHABLE;
    }

    public IReadOnlyList<EndpointAddress> ListAddresses(ushort family) => [];

    public void WatchAddresses(IAddressEvents? events)
    {
    }

    /// <summary>Connects peers to a listener; on the dispatcher.</summary>
    public NullStream[] Connect(ushort port, int count)
    {
        var streams = new NullStream[count];
        for (var i = 0; i < count; i++)
            streams[i] = new NullStream(this, null);
        _listeners[port].Arrive(streams);
        return streams;
    }

    internal void AddListener(ushort port, NullStream listener) => _listeners.Add(port, listener);
}
