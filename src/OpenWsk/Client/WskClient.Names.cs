// Names by WskGetAddressInfo and WskGetNameInfo. The strings and the answer lie in guest memory that lives as
// long as the call; the list of a look-up is copied and freed before the caller goes on. It knows nothing
// about who resolves: the world's resolver does.
using System.Net;
using OpenWsk.Abi;
using OpenWsk.Ports;

namespace OpenWsk;

public sealed partial class WskClient
{
    /// <summary>Looks up addresses of a host, the port of a service, or both (WskGetAddressInfo).</summary>
    /// <param name="host">A name or an address as text; null for this host.</param>
    /// <param name="service">A service's name or a port as text; null for port 0.</param>
    /// <param name="hints">Limits the answer; null for none.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>At least one entry, the best first.</returns>
    /// <exception cref="WskException">
    /// STATUS_NOT_FOUND (or STATUS_NO_MATCH, a setting) when there is no such name;
    /// STATUS_INVALID_PARAMETER when neither is given or the hints make no sense; STATUS_RETRY when no name
    /// server answers.
    /// </exception>
    public async ValueTask<IReadOnlyList<WskAddressInfo>> ResolveAsync(
        string? host,
        string? service = null,
        WskResolveHints? hints = null,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        using var block = new NameBlock(Executive.Heap, host, service);
        if (hints is not null)
            block.SetHints(hints);
        var operation = Operations.Rent();
        IReadOnlyList<WskAddressInfo> found = [];
        operation.OnOutcome = outcome => found = Take(block, outcome);
        var token = Start(operation, "WskGetAddressInfo", Dispatch.WskGetAddressInfo,
        [
            Client, block.Host, block.Service, 0, 0, block.Hints, block.Result, 0, 0, operation.Irp,
        ], new SocketCreation(this), cancellation);
        await new ValueTask(operation, token).ConfigureAwait(false);
        return found;
    }

    /// <summary>Looks up the names of an address and of its port (WskGetNameInfo).</summary>
    /// <param name="address">The address; port 0 has no service.</param>
    /// <param name="flags">How.</param>
    /// <param name="cancellation">Cancels the IRP.</param>
    /// <returns>The names; the numbers as text where there is no name.</returns>
    /// <exception cref="WskException">
    /// With <see cref="WskNameFlags.NameRequired"/> STATUS_NOT_FOUND (or STATUS_NO_MATCH, a setting) when the
    /// address has none, and STATUS_RETRY when no name server answers.
    /// </exception>
    public async ValueTask<WskNames> ReverseAsync(
        IPEndPoint address,
        WskNameFlags flags = WskNameFlags.None,
        CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        using var block = new NameBlock(Executive.Heap);
        var endpoint = EndpointAddress.From(address);
        var operation = Operations.Rent();
        operation.SetRemote(endpoint);
        var token = Start(operation, "WskGetNameInfo", Dispatch.WskGetNameInfo,
        [
            Client, operation.RemoteAddress, (ulong)EndpointAddress.SockaddrBytes(endpoint.Family),
            block.Host, block.Service, (uint)flags, 0, 0, operation.Irp,
        ], new SocketCreation(this), cancellation);
        await new ValueTask(operation, token).ConfigureAwait(false);
        return new WskNames(block.ReadHost(), block.ReadService());
    }

    // Before the call counts as over: afterwards the client may be gone, and the list with it.
    private IReadOnlyList<WskAddressInfo> Take(NameBlock block, in IrpOutcome outcome)
    {
        if (!outcome.Status.IsSuccess())
            return [];
        var list = block.ReadResult();
        try
        {
            return WskAddressInfo.Read(new GuestPtr<ADDRINFOEXW>(list));
        }
        finally
        {
            Executive.Code.Call(Dispatch.WskFreeAddressInfo, [Client, list]);
        }
    }
}
