// The guest memory that a listener's callbacks are shown: two addresses, an inspect identifier, and the two
// variables that WskAcceptEvent fills. It is valid only while a callback runs: afterwards it holds a pattern,
// so that a driver which kept a pointer reads nothing plausible. It knows nothing about sockets.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

/// <summary>Arguments of one listener's callbacks.</summary>
internal sealed class ListenBlock
{
    private const int RemoteOffset = 32;
    private const int InspectIdOffset = 64;
    private const int ContextOffset = 80;
    private const int TableOffset = 88;
    private const int SizeBytes = 96;

    // What freed pool looks like, too.
    private const byte StaleFill = 0xDD;
    private readonly WskProvider _provider;
    private readonly nuint _address;
    private string _copyRule = "ACCEPT-25";

    public ListenBlock(WskProvider provider)
    {
        _provider = provider;
        _address = provider.Executive.Heap.Allocate(SizeBytes);
    }

    public GuestPtr<SOCKADDR> Local => new(_address);

    public GuestPtr<SOCKADDR> Remote => new(_address + RemoteOffset);

    public GuestPtr<WSK_INSPECT_ID> InspectId => new(_address + InspectIdOffset);

    /// <summary>Where WskAcceptEvent stores the context of the accepted socket.</summary>
    public GuestPtr<nuint> Context => new(_address + ContextOffset);

    /// <summary>Where WskAcceptEvent stores the callback table of the accepted socket.</summary>
    public GuestPtr<nuint> Table => new(_address + TableOffset);

    /// <summary>
    /// Shows both ends of a connection, with empty variables; the rule is the one that a client breaks which
    /// does not copy them.
    /// </summary>
    public void Show(in EndpointAddress local, in EndpointAddress remote, string copyRule)
    {
        _provider.ShownAddresses.Forget(Local, Remote);
        _copyRule = copyRule;
        GuestMemory.Span(_address, SizeBytes).FillGuest((byte)0);
        local.Write(Local);
        remote.Write(Remote);
    }

    /// <summary>The callback has returned: what it was shown is gone.</summary>
    public void Hide()
    {
        GuestMemory.Span(_address, SizeBytes).FillGuest(StaleFill);
        _provider.ShownAddresses.Note(_copyRule, Local, Remote);
    }

    public void Free()
    {
        _provider.ShownAddresses.Forget(Local, Remote);
        _provider.Executive.Heap.Free(_address);
    }
}
