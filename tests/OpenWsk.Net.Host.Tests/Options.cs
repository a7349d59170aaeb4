// Short ways to set, read and compare options in tests: by value, and as the system itself sees them.
// It knows nothing about single options.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Net.Host.Tests;

/// <summary>Options of a socket under test.</summary>
internal static class Options
{
    public static NTSTATUS Set(this ITransportSocket socket, uint level, uint name, uint value) =>
        socket.SetOption(level, name, BitConverter.GetBytes(value));

    public static uint Get(this ITransportSocket socket, uint level, uint name)
    {
        var value = new byte[8];
        Assert.Equal(STATUS_SUCCESS, socket.GetOption(level, name, value, out var bytes));
        Assert.Equal(sizeof(uint), bytes);
        return BitConverter.ToUInt32(value);
    }

    /// <summary>What the system says about an option of its own.</summary>
    public static int System(this ITransportSocket socket, int level, int name) =>
        LinuxOptions.Get(((HostSocket)socket).Handle!, level, name)!.Value;
}
