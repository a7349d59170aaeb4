// Part of SimStreamSocket: sends that wait for room in the send buffer, and the question "is there
// something to receive". It knows nothing about windows; a full send buffer is all that it sees of the
// peer's slowness.
using OpenWsk.Abi;
using OpenWsk.Net.Sim.Tcp;
using OpenWsk.Ports;

namespace OpenWsk.Net.Sim;

internal sealed partial class SimStreamSocket
{
    private readonly List<PendingSend> _sends = [];
    private readonly ArmedEvent _receivable;

    public bool Send(SendOperation operation)
    {
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, _failure);
        if (!IsConnected)
            return Finish(operation, NTSTATUS.STATUS_INVALID_DEVICE_STATE);
        if (_connection!.Error != NTSTATUS.STATUS_SUCCESS)
            return Finish(operation, _connection.Error);
        if (_isDisconnecting)
            return Finish(operation, NTSTATUS.STATUS_CONNECTION_DISCONNECTED);
        var send = new PendingSend(operation);
        if (_sends.Count == 0)
        {
            var isTaken = send.TakeInto(_connection);
            _connection.Flush();
            if (isTaken)
                return Finish(operation, NTSTATUS.STATUS_SUCCESS);
        }
        _sends.Add(send);
        return false;
    }

    public NTSTATUS TryReceive(Span<byte> destination, out int bytes)
    {
        bytes = 0;
        if (_failure != NTSTATUS.STATUS_SUCCESS)
            return _failure;
        if (!IsConnected)
            return NTSTATUS.STATUS_INVALID_DEVICE_STATE;
        if (_connection!.AvailableBytes > 0)
        {
            bytes = _connection.Read(destination);
            return NTSTATUS.STATUS_SUCCESS;
        }
        if (_connection.Error != NTSTATUS.STATUS_SUCCESS)
            return _connection.Error;
        return _connection.HasPeerFin ? NTSTATUS.STATUS_GRACEFUL_DISCONNECT : NTSTATUS.STATUS_PENDING;
    }

    public void ArmReceive() => _receivable.Arm();

    public void OnReadable(TcpConnection connection) => _receivable.Signal();

    public void OnWritable(TcpConnection connection)
    {
        while (_sends.Count > 0 && _sends[0].TakeInto(connection))
        {
            TransportOperation? taken = _sends[0].Operation;
            _sends.RemoveAt(0);
            Complete(ref taken, NTSTATUS.STATUS_SUCCESS);
        }
        SendFinWhenDrained();
    }

    private bool IsReceivable() => TryReceive([], out _) != NTSTATUS.STATUS_PENDING;

    // Bytes that the send buffer has taken stay in the stream; only the rest is given up.
    private void CancelSend(TransportOperation operation)
    {
        var index = _sends.FindIndex(send => ReferenceEquals(send.Operation, operation));
        if (index < 0)
            return;
        _sends.RemoveAt(index);
        TransportOperation? cancelled = operation;
        Complete(ref cancelled, NTSTATUS.STATUS_CANCELLED);
        SendFinWhenDrained();
    }

    private void CompleteSends(NTSTATUS status)
    {
        foreach (var send in _sends)
        {
            TransportOperation? operation = send.Operation;
            Complete(ref operation, status);
        }
        _sends.Clear();
    }

    /// <summary>A send and how far the send buffer has taken it.</summary>
    private sealed class PendingSend(SendOperation operation)
    {
        private int _segment;
        private int _offset;

        public SendOperation Operation => operation;

        public bool TakeInto(TcpConnection connection)
        {
            while (_segment < operation.SegmentCount)
            {
                var rest = operation.Segment(_segment).Span[_offset..];
                var taken = connection.Write(rest);
                _offset += taken;
                if (taken < rest.Length)
                    return false;
                _segment++;
                _offset = 0;
            }
            return true;
        }
    }
}
