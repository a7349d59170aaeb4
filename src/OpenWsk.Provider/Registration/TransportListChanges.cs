// The queued WSK_TRANSPORT_LIST_CHANGE requests. A change that happens while nothing is queued completes the
// next request at once (OPEN-53). It knows nothing about what changed.
using OpenWsk.Abi;

namespace OpenWsk.Provider;

/// <summary>Requests that wait for a transport to come or go.</summary>
internal sealed class TransportListChanges : IRequestOwner
{
    private readonly Lock _gate = new();
    private readonly List<WskRequest> _waiting = [];
    private bool _hasUnseenChange;

    /// <summary>Queues the request, or completes it when a change was missed.</summary>
    public void Add(WskRequest request)
    {
        lock (_gate)
        {
            if (!_hasUnseenChange)
            {
                _waiting.Add(request);
                return;
            }
            _hasUnseenChange = false;
        }
        request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
    }

    public void Notify()
    {
        List<WskRequest> all;
        lock (_gate)
        {
            all = [.. _waiting];
            _waiting.Clear();
            _hasUnseenChange = all.Count == 0;
        }
        foreach (var request in all)
            request.Complete(NTSTATUS.STATUS_SUCCESS, 0);
    }

    /// <summary>Cancels the requests of one client: WskDeregister does (REG-23, CTLC-17).</summary>
    public void CancelAll(ClientRegistration client)
    {
        List<WskRequest> all;
        lock (_gate)
            all = [.. _waiting.Where(r => ReferenceEquals(r.Client, client))];
        foreach (var request in all)
            OnCancel(request);
    }

    public void OnCancel(WskRequest request)
    {
        bool wasWaiting;
        lock (_gate)
            wasWaiting = _waiting.Remove(request);
        if (wasWaiting)
            request.Complete(NTSTATUS.STATUS_CANCELLED, 0);
    }

    public void OnTransportCompleted(WskRequest request) =>
        throw new InvalidOperationException("no transport here");

    public void OnCompleting(WskRequest request) { }

    public void OnFinished(WskRequest request) => request.Client!.RemoveRequest();
}
