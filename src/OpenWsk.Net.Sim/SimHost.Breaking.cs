// Part of SimHost: the loss of the network under its sockets, as when an adapter's driver goes away. It knows
// nothing about what the sockets tell their owners.
using OpenWsk.Abi;

namespace OpenWsk.Net.Sim;

public sealed partial class SimHost
{
    private bool _isCutOff;

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
