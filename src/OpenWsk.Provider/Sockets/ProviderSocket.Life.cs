// The lives of a socket object. When a socket has closed, its object may become another socket: then every
// field that says something about a socket is set here, in one place, as a new object has it (a test dirties
// all of them and compares). Whoever has found an object by its WSK_SOCKET may come late, and says under the
// lock which WSK_SOCKET it means. It knows nothing about which objects serve again: Pooling/SocketPool.cs.
using System.Diagnostics.CodeAnalysis;
using OpenWsk.Abi;

namespace OpenWsk.Provider;

internal abstract partial class ProviderSocket
{
    /// <summary>
    /// Whether it still is the socket of a WSK_SOCKET that somebody has looked up; null for one that nobody
    /// has yet. Without the lock true may be out of date, false never is.
    /// </summary>
    public bool IsKnownAs(GuestPtr<WSK_SOCKET> known) => Object.Address == known.Address;

    /// <summary>The close IRP's completion routine has returned.</summary>
    protected virtual void OnRetired()
    {
    }

    /// <summary>
    /// Whether the closed socket may become another one: only the thread of its dispatcher ever came near it,
    /// and nothing of it is under way there. Under the lock.
    /// </summary>
    protected bool IsThrough =>
        _gate.IsHomeOnly && _isClosed && !_isBroken && !_isPumpPosted && !_isEntrusted
        && _running.Count == 0 && _calls == 0 && _callbacks == 0 && _disables.IsEmpty
        && _binding is null && _extensions is null;

    [MemberNotNull(nameof(Identity), nameof(_descriptor))]
    private void BeginLife(SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        Identity = identity;
        _descriptor = descriptor ?? SecurityDescriptor.GrantsNobody;
        var executive = _provider.Executive;
        // As for pool: unwinding takes as long as half of what else making a socket does.
        MadeStack = executive.Heap.IsSpecial ? executive.Stacks.Capture() : executive.Stacks.CaptureCaller();
    }

    /// <summary>Becomes another socket; under the lock.</summary>
    protected void BeginNextLife(SocketIdentity identity, SecurityDescriptor? descriptor)
    {
        // First: who knows the object by its last WSK_SOCKET shall find that it is none any more.
        Object = default;
        Context = ClientTable = 0;
        _running = default;
        _calls = 0;
        _sharing = SharingOption.None;
        _binding = null;
        _isPortUnknown = _isRecordedLater = false;
        IsDualStack = ReportsUnreachable = _hasFastPath = false;
        _isBroken = false;
        _closeRule = null;
        _close = null;
        _isClosed = _isEntrusted = false;
        _enabled = _static = _inCallback = 0;
        _callbacks = 0;
        _isPumpPosted = false;
        _disables = default;
        _extensions = null;
        _extensionCalls = 0;
        BeginLife(identity, descriptor);
        _state = SocketState.Created;
    }
}
