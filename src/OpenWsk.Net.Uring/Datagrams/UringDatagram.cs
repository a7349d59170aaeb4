// A UDP or raw socket that waits and sends through the ring of its dispatcher. What it is besides, its
// options, addresses, errors and the sends of other threads, is HostDatagram of OpenWsk.Net.Host, whose
// lock guards this part too. Receiving and sending: UringDatagram.Receive.cs, UringDatagram.Send.cs. Here
// is what begins and ends. It knows nothing about fixed addresses or requests.
using System.Net.Sockets;
using OpenWsk.Abi;
using OpenWsk.Net.Host;
using OpenWsk.Net.Uring.Ring;
using OpenWsk.Ports;

namespace OpenWsk.Net.Uring.Datagrams;

/// <summary>A UDP or raw socket on a ring.</summary>
internal sealed partial class UringDatagram : HostDatagram, IDatagramSocket, IRingTarget
{
    private const int None = -1;

    private readonly UringLoop _loop;
    private readonly int _descriptor;
    private readonly OnDispatcher _start;
    private readonly OnDispatcher _end;
    private readonly OnDispatcher _giveUp;
    private int _slot = None;

    private UringDatagram(
        HostTransport transport,
        Socket socket,
        ushort family,
        bool isRaw,
        IDatagramEvents events,
        UringLoop loop)
        : base(transport, socket, family, isRaw, events, loop.Index)
    {
        _loop = loop;
        _descriptor = (int)SystemHandle.DangerousGetHandle();
        _start = new OnDispatcher(this, loop.Index, static one => one.StartIfWanted());
        _end = new OnDispatcher(this, loop.Index, static one => one.EndHere());
        _giveUp = new OnDispatcher(this, loop.Index, static one => one.CancelMarked());
    }

    /// <summary>Whether it has no ports.</summary>
    public bool IsOfRawSocket => IsRaw;

    /// <inheritdoc/>
    public bool IsFreedLater { get; private set; }

    /// <summary>Makes a socket of the host whose ring is the loop's.</summary>
    /// <remarks>Errors: those of <see cref="ITransport.CreateDatagram"/>.</remarks>
    public static NTSTATUS Create(
        HostTransport transport,
        UringLoop loop,
        ushort family,
        ushort type,
        uint protocol,
        IDatagramEvents events,
        out IDatagramSocket? socket) =>
        transport.CreateDatagramAs(
            family,
            type,
            protocol,
            (system, isRaw) => new UringDatagram(transport, system, family, isRaw, events, loop),
            out socket);

    /// <inheritdoc/>
    public override void Cancel(TransportOperation operation)
    {
        lock (Gate)
        {
            if (operation.TransportState is DatagramSend)
            {
                // Says which of them are to be given up: one submission may carry several.
                operation.Status = NTSTATUS.STATUS_CANCELLED;
                RunOnDispatcher(_giveUp);
                return;
            }
        }
        base.Cancel(operation);
    }

    /// <inheritdoc/>
    private protected override void EndWaiting()
    {
        while (TryTakeArrived(out var arrived))
        {
            _loop.ReturnDatagram(arrived.Buffer);
        }
        if (_receiving == Receiving.Not && _sends is null && _slot == None)
        {
            DisposeSystem();
            return;
        }
        for (var send = _sends; send is not null; send = send.Next)
        {
            foreach (var operation in send.Operations)
            {
                operation.Status = NTSTATUS.STATUS_CANCELLED;
            }
        }
        IsFreedLater = !_loop.IsHere;
        if (IsFreedLater)
        {
            LeaveAddress();
        }
        RunOnDispatcher(_end);
    }

    // The system's socket lives, and keeps its address, as long as an operation in the ring refers to it. So
    // these end first, which the kernel does while it is entered.
    private void EndHere()
    {
        lock (Gate)
        {
            if (!_loop.IsEnding)
            {
                if (_receiving is Receiving.Waits or Receiving.Ends)
                {
                    _loop.CancelInKernel(_slot, _kind);
                }
                CancelMarked();
                _loop.Flush();
            }
            DisposeSystem();
            if (IsFreedLater)
            {
                EndAddress();
            }
            LeaveLoop();
        }
    }

    private void CancelMarked()
    {
        lock (Gate)
        {
            for (var send = _sends; send is not null && !_loop.IsEnding; send = send.Next)
            {
                foreach (var operation in send.Operations)
                {
                    if (operation.Status == NTSTATUS.STATUS_CANCELLED)
                    {
                        _loop.CancelInKernel(send.Slot, SendKind);
                        break;
                    }
                }
            }
        }
    }

    // Of a closed socket, when the kernel has nothing of it any more.
    private void LeaveLoop()
    {
        if (_slot != None && _receiving == Receiving.Not && IsClosed)
        {
            _loop.Remove(_slot);
            _slot = None;
        }
    }

    private void RunOnDispatcher(OnDispatcher item)
    {
        if (_loop.IsHere)
        {
            item.Run();
        }
        else if (item.TryClaim())
        {
            Scheduler.Post(item);
        }
    }

    // Something to do on the ring's thread, posted once at a time.
    private sealed class OnDispatcher : DispatchItem
    {
        private readonly UringDatagram _socket;
        private readonly Action<UringDatagram> _run;
        private int _isPosted;

        public OnDispatcher(UringDatagram socket, int processor, Action<UringDatagram> run)
        {
            _socket = socket;
            _run = run;
            Processor = processor;
        }

        public bool TryClaim() => Interlocked.Exchange(ref _isPosted, 1) == 0;

        public override void Run()
        {
            Volatile.Write(ref _isPosted, 0);
            _run(_socket);
        }
    }
}
