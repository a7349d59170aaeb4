// The functions of the listening role as the test client calls them. It knows nothing about what they do; the
// socket that most tests listen with is TestListener.cs.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider.Tests;

public sealed partial class TestClient
{
    /// <summary>WskAccept.</summary>
    public NTSTATUS TryAccept(
        nuint socket, ulong irp, ulong context = 0, ulong table = 0, ulong local = 0, ulong remote = 0,
        uint flags = 0) =>
        World.Call(Function(socket, "WskAccept"), socket, flags, context, table, local, remote, irp);

    /// <summary>A socket of WskAccept.</summary>
    public nuint Accept(nuint socket, ulong context = 0, ulong table = 0, ulong local = 0, ulong remote = 0)
    {
        using var irp = Irp();
        TryAccept(socket, irp, context, table, local, remote);
        Assert.Equal(STATUS_SUCCESS, irp.Wait());
        return irp.Information;
    }

    /// <summary>WskListen.</summary>
    public NTSTATUS Listen(nuint socket) => Run(irp => TryListen(socket, irp));

    /// <summary>WskListen, without waiting.</summary>
    public NTSTATUS TryListen(nuint socket, ulong irp) =>
        World.Call(Function(socket, "WskListen"), socket, irp);

    /// <summary>WskInspectComplete with a copy of an identifier.</summary>
    public NTSTATUS InspectComplete(nuint socket, WSK_INSPECT_ID id, WSK_INSPECT_ACTION action) =>
        Run(irp => TryInspectComplete(socket, irp, Copy(id), action));

    /// <summary>WskInspectComplete, without waiting.</summary>
    public NTSTATUS TryInspectComplete(nuint socket, ulong irp, ulong id, WSK_INSPECT_ACTION action) =>
        World.Call(Function(socket, "WskInspectComplete"), socket, id, (ulong)action, irp);

    /// <summary>A client-owned copy of an identifier.</summary>
    public ulong Copy(WSK_INSPECT_ID id)
    {
        var copy = Memory(16);
        GuestMemory.Write(copy, id);
        return copy;
    }
}
