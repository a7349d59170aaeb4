// A listener in a ring. Whoever asks for a connection gets one by a plain call if there is one; an arm has
// the ring accept. The first accept of a listener takes one connection, the later ones are multishot: they
// go on by themselves until enough connections wait for an owner who does not ask. In conditional mode each
// takes one, because only that tells the address of a peer who is gone again. Rules are SystemListener's.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Interop;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Streams;

/// <summary>Takes connections from a ring.</summary>
internal sealed unsafe class UringListener : DescriptorListener, IRingTarget
{
    private const int AcceptKind = 1;

    private readonly UringStream _owner;
    private readonly UringLoop _loop;
    private readonly StartItem _start;

    // The ring's thread only.
    private int _slot = -1;
    private AcceptedName* _name;

    private bool _isStartPosted;
    private bool _isDescriptorKept;

    // The accept under way brings one connection after the other, without their addresses.
    private bool _isMany;
    private bool _isCancelled;
    private bool _hasAccepted;

    public UringListener(
        UringStream owner, int descriptor, in ListenSettings settings, IListenEvents events)
        : base(owner, descriptor, settings, events)
    {
        _owner = owner;
        _loop = owner.Loop;
        _start = new StartItem(this) { Processor = owner.Processor };
    }

    public void OnCompletion(int kind, int result, uint flags, bool isLast)
    {
        lock (_gate)
        {
            var error = result < 0 ? Descriptors.ToSocketError((Errno)(-result)) : SocketError.Success;
            var isMany = _isMany;
            if (isLast)
            {
                _isAccepting = _isMany = _isCancelled = false;
            }
            if (error == SocketError.OperationAborted)
            {
                OnAccepted();
            }
            else if (!_loop.IsEnding)
            {
                _hasAccepted = true;
                var remote = result >= 0 && !isMany ? _name->Read() : default;
                OnAccepted(error, new AcceptedConnection(null, result, remote));
            }
            else if (result >= 0)
            {
                Descriptors.Close(result);
            }
            if (_isMany && !_isCancelled && IsFull && !_loop.IsEnding)
            {
                _isCancelled = true;
                _loop.CancelInKernel(_slot, AcceptKind);
            }
            if (_isClosed && !_isAccepting)
            {
                LeaveRing();
            }
        }
    }

    /// <summary>
    /// Has the listener close its descriptor when the accept that is under way has ended; false without one.
    /// </summary>
    public bool TryKeepDescriptor()
    {
        lock (_gate)
        {
            return _isDescriptorKept = _isAccepting;
        }
    }

    private protected override bool BeginAccept(out SocketError error, out AcceptedConnection connection)
    {
        error = SocketError.Success;
        connection = default;
        if (_loop.IsHere)
        {
            Submit();
        }
        else if (!_isStartPosted)
        {
            _isStartPosted = true;
            Scheduler.Post(_start);
        }
        return true;
    }

    // An accept that is under way ends because the owner stops listening.
    private protected override void OnClosed()
    {
        if (_isAccepting)
        {
            return;
        }
        if (_loop.IsHere)
        {
            LeaveRing();
        }
        else if (!_isStartPosted)
        {
            _isStartPosted = true;
            Scheduler.Post(_start);
        }
    }

    private void Submit()
    {
        if (_loop.IsEnding)
        {
            return;
        }
        if (_slot < 0)
        {
            _slot = _loop.Add(this);
            _name = (AcceptedName*)NativeMemory.Alloc((nuint)sizeof(AcceptedName));
        }
        var submission = _loop.Prepare(_slot, AcceptKind);
        submission->Opcode = UringOpcode.Accept;
        submission->Descriptor = _descriptor;
        submission->OperationFlags = Descriptors.CloseOnExecNonBlocking;
        if (_hasAccepted && !IsConditional)
        {
            _isMany = true;
            submission->Priority = UringNumbers.AcceptMultishot;
            return;
        }
        _name->Length = AcceptedName.Bytes;
        submission->Address = (ulong)_name->Address;
        submission->Offset = (ulong)&_name->Length;
    }

    private void LeaveRing()
    {
        if (_isDescriptorKept)
        {
            _isDescriptorKept = false;
            Descriptors.Close(_descriptor);
        }
        if (_slot >= 0)
        {
            _loop.Remove(_slot);
            _slot = -1;
            NativeMemory.Free(_name);
            _name = null;
        }
    }

    private void OnStart()
    {
        lock (_gate)
        {
            _isStartPosted = false;
            if (_isClosed)
            {
                _isAccepting = false;
                LeaveRing();
            }
            else
            {
                Submit();
            }
        }
    }

    private sealed class StartItem(UringListener listener) : DispatchItem
    {
        public override void Run() => listener.OnStart();
    }
}
