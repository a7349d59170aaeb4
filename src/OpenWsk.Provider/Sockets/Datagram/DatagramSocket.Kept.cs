// Datagrams that were taken out of the transport and not delivered: refused by a callback, or of another
// nature than those before them. They come first, in the order of arrival, and are bounded by SO_RCVBUF
// (OPEN-66). And the blocks that datagrams lie in, which serve again. It knows nothing about who takes them:
// .Receive, .ReceiveEvent.
using System.Runtime.InteropServices;
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;
using static OpenWsk.Abi.WskConstants;

namespace OpenWsk.Provider;

internal sealed partial class DatagramSocket
{
    // Where the transport does not tell SO_RCVBUF: what Windows gives a UDP socket.
    private const int KeptBytesDefault = 64 * 1024;

    // The blocks of some lists: the client keeps one list while it is shown the next.
    private const int FreeBlocksMax = 4 * ShownMax;
    private readonly List<DatagramBlock> _kept = [];
    private readonly Queue<DatagramBlock> _freeBlocks = new();
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

    // What is kept may be kept for long, so the transport gets its bytes back.
    private void Keep(DatagramBlock block)
    {
        if (block.Lent.Address != 0)
        {
            var copy = TakeBlock(block.Data.Length);
            copy.FillFrom(block);
            Drop(block);
            block = copy;
        }
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
                Drop(block);
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

    // Takes the next datagram; its bytes stay with the transport when that lends them.
    private DatagramBlock? ReadBlock()
    {
        if (ReadTransport(Scratch, out var data, out var lent, out var info) != STATUS_SUCCESS)
            return null;
        var block = TakeBlock(lent.Address == 0 ? data.Length : 0);
        if (lent.Address == 0)
            block.Fill(data, info, _wishes, ++_arrivals);
        else
            block.Take(lent, info, _wishes, ++_arrivals);
        return block;
    }

    // Blocks come back in order, so that the address of a released one is not soon another one's.
    private DatagramBlock TakeBlock(int dataBytes) =>
        dataBytes <= DatagramBlock.OrdinaryBytes && _freeBlocks.TryDequeue(out var free)
            ? free
            : new DatagramBlock(_provider.Executive.Heap, dataBytes);

    // Under the lock; so is the transport told, which takes its bytes back on any thread.
    private void Drop(DatagramBlock block)
    {
        if (block.Lent.Address != 0)
            _socket.Return(block.Lent);
        // In special pool a released block faults when it is used again, which is what that is for.
        if (block.IsOrdinary && _freeBlocks.Count < FreeBlocksMax && !_provider.Executive.Heap.IsSpecial)
            _freeBlocks.Enqueue(block);
        else
            block.Free();
    }

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
        using (_gate.Enter())
        {
            foreach (var block in _kept)
                Drop(block);
            foreach (var block in _retained.Values)
                Drop(block);
            foreach (var block in _freeBlocks)
                block.Free();
            _kept.Clear();
            _retained.Clear();
            _freeBlocks.Clear();
        }
    }
}
