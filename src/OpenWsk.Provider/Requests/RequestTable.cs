// All IRPs that the provider holds: the cancel routine finds its request here, and a second use of an IRP
// that is still pending is noticed here. The kernel's record of an IRP names the request that holds it, so
// nothing is looked up twice and no lock is taken. Requests are pooled. It knows nothing about operations.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The provider's IRPs.</summary>
internal sealed class RequestTable(WskProvider provider)
{
    private readonly PooledObjects<WskRequest> _pool = new(() => new WskRequest(provider));

    /// <summary>The requests that hold IRPs now.</summary>
    public IReadOnlyList<WskRequest> All => [.. Held().Select(pair => pair.Request)];

    public IReadOnlyList<nuint> PendingIrps => [.. Held().Select(pair => pair.Irp)];

    /// <summary>
    /// Takes an IRP over. Null with the status to return when that cannot be: no IRP, no stack location left,
    /// or an IRP that is still in our hands; then the IRP is not touched.
    /// </summary>
    public WskRequest? TryBegin(GuestPtr<IRP> irp, string function, out NTSTATUS refusal)
    {
        refusal = WskSettings.MissingIrp;
        if (irp.IsNull)
        {
            ReportMissing(function);
            return null;
        }
        var thread = provider.Executive.CurrentThread;
        var request = _pool.Rent(ref ThreadPools.Of(thread).Requests);
        if (!TryHold(irp, request, out var tracked))
        {
            _pool.Return(ref ThreadPools.Of(thread).Requests, request);
            provider.Executive.Breach("IRP-39", $"{function} was given IRP {irp}, which is still pending");
            return null;
        }
        if (IrpCompletion.Claim(provider.Executive, irp, tracked).IsNull)
        {
            ReportUnclaimed(irp, function);
            tracked.LetGo();
            provider.Executive.Irps.Forget(irp);
            _pool.Return(ref ThreadPools.Of(thread).Requests, request);
            return null;
        }
        CheckCompletionRoutine(irp, function);
        request.Start(irp, tracked);
        return request;
    }

    /// <summary>The request that holds an IRP; null when it is not (any more) in our hands.</summary>
    public WskRequest? Find(GuestPtr<IRP> irp) =>
        provider.Executive.Irps.Find(irp)?.Holder is WskRequest request && request.Irp == irp
            ? request
            : null;

    public void Recycle(WskRequest request)
    {
        request.Reset();
        _pool.Return(ref ThreadPools.Of(provider.Executive.CurrentThread).Requests, request);
    }

    // A record that became another IRP's between finding and holding it is looked for once more.
    private bool TryHold(GuestPtr<IRP> irp, WskRequest request, out TrackedIrp tracked)
    {
        while (true)
        {
            tracked = provider.Executive.Irps.FindOrAdd(irp);
            if (!tracked.TryHold(request))
            {
                if (tracked.Address == irp.Address)
                    return false;
                continue;
            }
            if (tracked.Address == irp.Address)
                return true;
            tracked.LetGo();
        }
    }

    private IEnumerable<(nuint Irp, WskRequest Request)> Held()
    {
        foreach (var (address, holder) in provider.Executive.Irps.Held())
        {
            if (holder is WskRequest request)
                yield return (address, request);
        }
    }

    private void ReportMissing(string function)
    {
        var rule = function switch
        {
            "WskSocketConnect" => "SCONN-25",
            "WskGetAddressInfo" or "WskGetNameInfo" => "NAME-20",
            _ => "IRP-01",
        };
        provider.Executive.Breach(rule, $"{function} was called without an IRP");
    }

    private void ReportUnclaimed(GuestPtr<IRP> irp, string function)
    {
        // One that has locations comes from above, and they are used up.
        var rule = irp.Value.StackCount == 0 ? "IRP-02" : "IRP-05";
        provider.Executive.Breach(rule, $"IRP {irp} given to {function} has no stack location left");
    }

    // Whoever has the first location owns the IRP and must get it back whatever happens. It goes on without
    // the routine too: the kernel says when nobody kept the IRP (IRP-07).
    private void CheckCompletionRoutine(GuestPtr<IRP> irp, string function)
    {
        const byte always = WskConstants.SL_INVOKE_ON_SUCCESS
            | WskConstants.SL_INVOKE_ON_ERROR
            | WskConstants.SL_INVOKE_ON_CANCEL;
        ref var value = ref irp.Value;
        if (value.CurrentLocation != value.StackCount)
            return;
        ref var location = ref value.CurrentStackLocation.Value;
        if (location.CompletionRoutine == 0 || (location.Control & always) != always)
            provider.Executive.Breach(
                "IRP-06", $"IRP {irp} given to {function} has no completion routine for all three outcomes");
    }
}
