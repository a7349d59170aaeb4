// What a WskAccept wants to be done with its connection, kept until the connection comes. It knows nothing
// about the queue that it waits in: ListenRole.Accept.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Arguments of one WskAccept.</summary>
internal sealed class AcceptArguments(
    Executive executive, nuint context, nuint table, GuestPtr<SOCKADDR> local, GuestPtr<SOCKADDR> remote)
{
    private readonly bool _isLocalPooled = CheckBuffer(executive, local);
    private readonly bool _isRemotePooled = CheckBuffer(executive, remote);

    /// <summary>SocketContext of the accepted socket.</summary>
    public nuint Context => context;

    /// <summary>Callback table of the accepted socket; 0 for none.</summary>
    public nuint Table => table;

    /// <summary>Tells the client both ends of its connection, where it asked for them.</summary>
    public void Write(in EndpointAddress localAddress, in EndpointAddress remoteAddress)
    {
        Write(local, _isLocalPooled, localAddress);
        Write(remote, _isRemotePooled, remoteAddress);
    }

    // Reports one in paged pool; true when we can tell later whether it was freed.
    private static bool CheckBuffer(Executive executive, GuestPtr<SOCKADDR> buffer)
    {
        if (buffer.IsNull || !executive.Pool.TryGet(buffer.Address, out var block))
            return false;
        if (block.IsPaged)
            executive.Breach("ACCEPT-15", $"WskAccept is to write an address to {buffer} in paged pool");
        return true;
    }

    private void Write(GuestPtr<SOCKADDR> buffer, bool isPooled, in EndpointAddress address)
    {
        if (buffer.IsNull)
            return;
        if (isPooled && !executive.Pool.TryGet(buffer.Address, out _))
            executive.Breach(
                "ACCEPT-15", $"the address buffer {buffer} was freed before its WskAccept ended");
        else
            address.Write(buffer);
    }
}
