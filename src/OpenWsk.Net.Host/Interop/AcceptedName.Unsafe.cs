// Where accept writes the peer's address: room for a sockaddr and its length. In a ring it is native memory
// of the listener's until the accept has completed. It knows nothing about listeners.
using OpenWsk.Ports;

namespace OpenWsk.Net.Host;

/// <summary>A sockaddr that the kernel fills.</summary>
internal unsafe struct AcceptedName
{
    /// <summary>Room for either family.</summary>
    public const int Bytes = 32;

    public fixed byte Address[Bytes];
    public uint Length;

    /// <summary>The address that was written.</summary>
    public EndpointAddress Read()
    {
        fixed (byte* address = Address)
        {
            return LinuxAddress.Read(new ReadOnlySpan<byte>(address, (int)Math.Min(Length, Bytes)));
        }
    }
}
