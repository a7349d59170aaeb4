// Part of SimHost: the loss of the network under its sockets, as when an adapter's driver goes away. It knows
// nothing about what the sockets tell their owners.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    private bool _isCutOff;

    /// <summary>
    /// Ends every TCP connection of this host without a packet, as when it has restarted: peers learn of it
    /// by
    /// the reset that answers their next segment.
    /// </summary>
    public void ForgetConnections()
    {
        _isCutOff = true;
        foreach (var connection in _connections.Values.ToArray())
            connection.Reset();
        _isCutOff = false;
    }

    internal List<IBreakable> Breakables { get; } = [];

    /// <summary>
    /// Breaks every socket of a provider that there is now: they and their connections are gone without a
    /// packet.
    /// Sockets made afterwards work, as over an adapter that has come back.
    /// </summary>
    public void Break()
    {
        _isCutOff = true;
        foreach (var socket in Breakables.ToArray())
            socket.Break(NTSTATUS.STATUS_FILE_FORCED_CLOSED);
        Breakables.Clear();
        _isCutOff = false;
    }
}
