// Closing: everything pending is cancelled, running callbacks are waited for, then the WSK_SOCKET is gone and
// the close IRP completes last. It cannot fail (CLOSE-03). Rules: group CLOSE.
using OpenWsk.Abi;
using OpenWsk.Kernel;
using OpenWsk.Ports;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    private WskRequest? _close;
    private bool _isClosed;

    // Context and table are in KeptMemory.
    private bool _isEntrusted;

    /// <summary>Indications that the client still holds; it must have released them (REL-08).</summary>
    protected virtual int RetainedByClient => 0;

    /// <summary>
    /// Closes the socket; false when it is closing already, or the WSK_SOCKET was this object's in an earlier
    /// life. Ends the call with EndCall.
    /// </summary>
    public bool TryStartClose(GuestPtr<WSK_SOCKET> known, WskRequest request) =>
        TryBeginClose(known, request);

    /// <summary>
    /// Closes a socket that the client was offered and did not take; nothing when it closes already.
    /// </summary>
    public void CloseByProvider() => TryBeginClose(Object, null);

    /// <summary>The close has begun, the transport's socket is closed; under no lock.</summary>
    protected virtual void OnClosing()
    {
    }

    /// <summary>Nothing runs on the socket any more: frees what it kept for the client.</summary>
    protected virtual void OnClosed()
    {
    }

    private bool TryBeginClose(GuestPtr<WSK_SOCKET> known, WskRequest? request)
    {
        WskRequest? waiting;
        int overlapping;
        int extensions;
        int retained;
        using (_gate.Enter())
        {
            if (_state == SocketState.Closing || !IsKnownAs(known))
                return false;
            _state = SocketState.Closing;
            _close = request;
            extensions = _extensionCalls;
            overlapping = CountCalls() - extensions;
            retained = RetainedByClient;
            waiting = TakeWaiting();
            if (request is not null)
            {
                request.Kind = RequestKind.Close;
                request.Owner = this;
            }
        }
        if (request is not null)
            ReportAtClose(overlapping, extensions, retained);
        Transport?.Close();
        if (Transport is { IsFreedLater: true })
            AwaitFreed(Transport.Processor);
        WskRequest.CompleteAll(waiting, NTSTATUS.STATUS_CANCELLED);
        _provider.AddressListChanges.End(this, NTSTATUS.STATUS_CANCELLED);
        OnClosing();
        // Requests that disable a callback end when the running callback returns (EVT-08), which is soon.
        TryFinishClose();
        return true;
    }

    // The client may bind the address again as soon as its close has completed.
    private void AwaitFreed(int processor)
    {
        using (_gate.Enter())
            _callbacks++;
        _provider.Executive.Scheduler.Post(new FreedItem(this) { Processor = processor });
    }

    private void ReportAtClose(int overlappingCalls, int extensionCalls, int retained)
    {
        if (extensionCalls != 0)
            _provider.Executive.Breach(
                "EXT-09", $"WskCloseSocket of {Object} while a function of an extension is running on it");
        if (overlappingCalls != 0)
            _provider.Executive.Breach(
                "CLOSE-04", $"WskCloseSocket of {Object} while a call on it is running");
        if (retained != 0)
            _provider.Executive.Breach(
                "REL-08", $"{retained} retained indications when {Object} is closed");
    }

    // The last of: pending IRPs completed, callbacks returned. Completes the close IRP.
    protected void TryFinishClose()
    {
        using (_gate.Enter())
        {
            if (_state != SocketState.Closing || _isClosed || _running.Count != 0 || _callbacks != 0)
                return;
            _isClosed = true;
        }
        ReleaseAddress();
        OnClosed();
        EndExtensions();
        var socket = Object;
        _provider.Redirects.Detach(socket.Address);
        _provider.Sockets.Remove(socket, isRefused: _close is null);
        ForgetKept();
        if (_provider.Executive.Observes(KernelEventKind.Destroyed))
            _provider.Executive.Emit(KernelEvents.Destroyed("socket", socket.Address));
        if (_close is null)
            Identity.Client.RemoveSocket();
        else
            _close.Complete(NTSTATUS.STATUS_SUCCESS, 0);
    }

    // The client may free what it entrusted to the socket.
    private void ForgetKept()
    {
        if (!_isEntrusted)
            return;
        _isEntrusted = false;
        _provider.Kept.Remove(Context);
        _provider.Kept.Remove(ClientTable);
    }

    private sealed class FreedItem(ProviderSocket socket) : DispatchItem
    {
        public override void Run()
        {
            using (socket._gate.Enter())
                socket._callbacks--;
            socket.TryFinishClose();
        }
    }
}
