// The requests of a conditional listener between their inspection and their connection, rejection or abort.
// It knows nothing about how they are decided; WskConnectionRequest.cs is what the judge sees.
using OpenWsk.Abi;

namespace OpenWsk;

/// <summary>Requests that may still be aborted.</summary>
internal sealed class InspectedRequests(Continuations continuations)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(nuint, uint), WskConnectionRequest> _open = [];
    private bool _isClosed;

    /// <summary>Asks the judge; a judge that throws rejects, and the process is told.</summary>
    public WSK_INSPECT_ACTION Judge(
        WskConnectionRequest request, Func<WskConnectionRequest, WskInspectAction> judge)
    {
        lock (_lock)
        {
            if (_isClosed)
                return WSK_INSPECT_ACTION.WskInspectReject;
            _open.Add(KeyOf(request.InspectId), request);
        }
        var action = WskInspectAction.Reject;
        try
        {
            action = judge(request);
        }
        catch (Exception e)
        {
            continuations.Post(new Failure(e));
        }
        if (action == WskInspectAction.Pend)
            return WSK_INSPECT_ACTION.WskInspectPend;
        // What was decided meanwhile, by the delegate itself or by the end of the listener, stays decided.
        if (!request.TryDecide())
            return WSK_INSPECT_ACTION.WskInspectPend;
        if (action == WskInspectAction.Reject)
            End(request.InspectId);
        return (WSK_INSPECT_ACTION)action;
    }

    /// <summary>The request cannot be aborted any more; null when it was none of these.</summary>
    public WskConnectionRequest? End(in WSK_INSPECT_ID id)
    {
        lock (_lock)
            return _open.Remove(KeyOf(id), out var request) ? request : null;
    }

    public void Abort(in WSK_INSPECT_ID id)
    {
        if (End(id) is { } request)
            continuations.Post(new Abortion(request));
    }

    /// <summary>No further request is judged, and all that are open are told that they end.</summary>
    /// <returns>Those that nobody has decided: they have to be rejected.</returns>
    public IReadOnlyList<WskConnectionRequest> Close()
    {
        WskConnectionRequest[] open;
        lock (_lock)
        {
            _isClosed = true;
            open = [.. _open.Values];
            _open.Clear();
        }
        foreach (var request in open)
            continuations.Post(new Abortion(request));
        return [.. open.Where(request => request.TryDecide())];
    }

    // The contents identify a request, not the address.
    private static (nuint Key, uint SerialNumber) KeyOf(in WSK_INSPECT_ID id) => (id.Key, id.SerialNumber);

    private sealed class Abortion(WskConnectionRequest request) : IThreadPoolWorkItem
    {
        public void Execute() => request.TellAborted();
    }

    // An exception of the judge ends up where any other exception of a callback does: unhandled.
    private sealed class Failure(Exception error) : IThreadPoolWorkItem
    {
        public void Execute() => System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
    }
}
