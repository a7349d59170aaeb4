// All IRPs that the provider holds, by address: the cancel routine finds its request here, and a second use
// of an IRP that is still pending is noticed here. Requests are pooled. It knows nothing about operations.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>The provider's IRPs.</summary>
internal sealed class RequestTable(WskProvider provider)
{
    // Enough for the usual number in flight; a burst beyond it is collected by the runtime.
    private const int PooledMax = 1024;
    private readonly Lock _gate = new();
    private readonly Dictionary<nuint, WskRequest> _byIrp = [];
    private readonly Stack<WskRequest> _free = new();

    /// <summary>IRPs that have not been completed yet.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _byIrp.Count;
        }
    }

    /// <summary>The requests that hold IRPs now.</summary>
    public IReadOnlyList<WskRequest> All
    {
        get
        {
            lock (_gate)
                return [.. _byIrp.Values];
        }
    }

    public IReadOnlyList<nuint> PendingIrps
    {
        get
        {
            lock (_gate)
                return [.. _byIrp.Keys];
        }
    }

    /// <summary>
    /// Takes an IRP over. Null with the status to return when that cannot be: no IRP, no stack location left,
    /// or an IRP that is still in our hands; then the IRP is not touched.
    /// </summary>
    public WskRequest? TryBegin(GuestPtr<IRP> irp, string function, out NTSTATUS refusal)
    {
        refusal = WskSettings.MissingIrp;
        if (irp.IsNull)
        {
            var rule = function switch
            {
                "WskSocketConnect" => "SCONN-25",
                "WskGetAddressInfo" or "WskGetNameInfo" => "NAME-20",
                _ => "IRP-01",
            };
            provider.Executive.Breach(rule, $"{function} was called without an IRP");
            return null;
        }
        WskRequest request;
        lock (_gate)
        {
            request = _free.Count != 0 ? _free.Pop() : new WskRequest(provider);
            if (!_byIrp.TryAdd(irp.Address, request))
            {
                _free.Push(request);
                request = null!;
            }
        }
        if (request is null)
        {
            provider.Executive.Breach("IRP-39", $"{function} was given IRP {irp}, which is still pending");
            return null;
        }
        if (IrpCompletion.Claim(provider.Executive, irp).IsNull)
        {
            // One that has locations comes from above, and they are used up.
            var rule = irp.Value.StackCount == 0 ? "IRP-02" : "IRP-05";
            provider.Executive.Breach(rule, $"IRP {irp} given to {function} has no stack location left");
            lock (_gate)
            {
                _byIrp.Remove(irp.Address);
                _free.Push(request);
            }
            return null;
        }
        CheckCompletionRoutine(irp, function);
        request.Start(irp);
        return request;
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

    /// <summary>The request that holds an IRP; null when it is not (any more) in our hands.</summary>
    public WskRequest? Find(GuestPtr<IRP> irp)
    {
        lock (_gate)
            return _byIrp.GetValueOrDefault(irp.Address);
    }

    /// <summary>
    /// Lets the IRP go, right before it is completed: its owner may pass it in again from there.
    /// </summary>
    public void Remove(WskRequest request)
    {
        lock (_gate)
            _byIrp.Remove(request.Irp.Address);
    }

    public void Recycle(WskRequest request)
    {
        request.Reset();
        lock (_gate)
        {
            if (_free.Count < PooledMax)
                _free.Push(request);
        }
    }
}
