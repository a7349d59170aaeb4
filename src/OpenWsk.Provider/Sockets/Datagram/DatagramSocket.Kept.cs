// Datagrams that were taken out of the transport and not delivered: refused by a callback, or of another
// nature than those before them. They come first, in the order of arrival, and are bounded by SO_RCVBUF
// (OPEN-66). It knows nothing about who takes them: .Receive, .ReceiveEvent.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class DatagramSocket
{
    // Where the transport does not tell SO_RCVBUF: what Windows gives a UDP socket.
    private const int KeptBytesDefault = 64 * 1024;
    private readonly List<DatagramBlock> _kept = [];
    private long _arrivals;

    // The oldest one; the caller owns it. A static callback is called for new ones only (DGRAM-54).
    private DatagramBlock? TakeKept(bool isNewOnly)
    {
        for (var i = 0; i < _kept.Count; i++)
        {
            if (isNewOnly && _kept[i].IsRefused)
                continue;
            var block = _kept[i];
            _kept.RemoveAt(i);
            return block;
        }
        return null;
    }

    private void Keep(DatagramBlock block)
    {
        var at = _kept.Count;
        while (at > 0 && _kept[at - 1].Sequence > block.Sequence)
            at--;
        _kept.Insert(at, block);
    }

    // Drops the newest ones beyond the bound.
    private void TrimKept()
    {
        var left = KeptBytesMax();
        for (var i = 0; i < _kept.Count; i++)
        {
            left -= _kept[i].Data.Length;
            if (left >= 0)
                continue;
            foreach (var block in _kept[i..])
                block.Free();
            _kept.RemoveRange(i, _kept.Count - i);
        }
    }

    // What has arrived under the old filter has been judged by it, even if the new one is wider.
    private void SettleReceived()
    {
        if (_remote is null)
            return;
        for (var left = KeptBytesMax(); left >= 0;)
        {
            if (ReadBlock() is not { } block)
                return;
            left -= block.Data.Length;
            Keep(block);
        }
    }

    private DatagramBlock? ReadBlock() =>
        ReadTransport(out var data, out var info) == STATUS_SUCCESS
            ? new DatagramBlock(_provider.Executive.Heap, data, info, _wishes, ++_arrivals)
            : null;

    private int KeptBytesMax()
    {
        Span<byte> value = stackalloc byte[sizeof(int)];
        return _socket.GetOption(SOL_SOCKET, SO_RCVBUF, value, out var bytes) == STATUS_SUCCESS
            && bytes == sizeof(int)
            ? MemoryMarshal.Read<int>(value)
            : KeptBytesDefault;
    }

    private void FreeDatagrams()
    {
        foreach (var block in _kept)
            block.Free();
        foreach (var block in _retained.Values)
            block.Free();
        _kept.Clear();
        _retained.Clear();
    }
}
