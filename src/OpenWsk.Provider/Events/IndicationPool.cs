// The indications of one provider: they serve again and again, and the address that a client releases is
// found among them, whatever it is. Those without room are for data that a transport lends; in special pool
// there is no serving again and no lending, so that whoever uses an indication after its release faults. It
// knows nothing about sockets. Next: IndicationBlock.cs.
using OpenWsk.Abi;
using OpenWsk.Kernel;

namespace OpenWsk.Provider;

/// <summary>Makes and keeps indications.</summary>
internal sealed class IndicationPool : IDisposable
{
    // Room for the data of one callback: what a loopback read delivers at once.
    private const int RoomBytes = 16 * 1024;

    // Headers are cut from larger blocks: a block each would cost as much again.
    private const int HeadersAtOnce = 64;
    private readonly Executive _executive;
    private readonly bool _isSpecial;
    private readonly AddressMap<IndicationBlock> _byAddress = new();
    private readonly PooledObjects<IndicationBlock> _headers;
    private readonly PooledObjects<IndicationBlock> _rooms;
    private readonly Lock _gate = new();
    private readonly List<nuint> _memory = [];
    private nuint _next;
    private int _left;

    public IndicationPool(Executive executive)
    {
        _executive = executive;
        _isSpecial = executive.Pool.Mode is PoolMode.Special or PoolMode.SpecialUnderrun;
        _headers = new PooledObjects<IndicationBlock>(() => Add(new IndicationBlock(CutHeader(), 0)));
        _rooms = new PooledObjects<IndicationBlock>(MakeRoom);
    }

    /// <summary>Whether data may be shown where a transport has it.</summary>
    public bool MayLend => !_isSpecial;

    /// <summary>The indication at an address; null when there never was one.</summary>
    public IndicationBlock? Find(GuestPtr<WSK_DATA_INDICATION> indication) =>
        _byAddress.Find(indication.Address);

    /// <summary>An indication for lent data.</summary>
    public IndicationBlock RentHeader() =>
        _headers.Rent(ref ThreadPools.Of(_executive.CurrentThread).Headers);

    /// <summary>An indication with room.</summary>
    public IndicationBlock RentRoom() =>
        _isSpecial ? MakeRoom() : _rooms.Rent(ref ThreadPools.Of(_executive.CurrentThread).Rooms);

    /// <summary>Takes an indication back that no client has any more, and what was lent with it.</summary>
    public void Free(IndicationBlock block)
    {
        block.EndLoan();
        var pools = ThreadPools.Of(_executive.CurrentThread);
        if (!block.HasRoom)
        {
            _headers.Return(ref pools.Headers, block);
            return;
        }
        if (!_isSpecial)
        {
            _rooms.Return(ref pools.Rooms, block);
            return;
        }
        _byAddress.Remove(block.Indication.Address);
        _executive.Heap.Free(block.Indication.Address);
    }

    public void Dispose()
    {
        if (_executive.IsDisposed)
            return;
        lock (_gate)
        {
            foreach (var block in _memory)
                _executive.Heap.TryFree(block);
            _memory.Clear();
        }
    }

    private IndicationBlock MakeRoom()
    {
        var address = _executive.Heap.Allocate(IndicationBlock.HeaderBytes + RoomBytes);
        if (!_isSpecial)
        {
            lock (_gate)
                _memory.Add(address);
        }
        return Add(new IndicationBlock(address, RoomBytes));
    }

    private nuint CutHeader()
    {
        lock (_gate)
        {
            if (_left == 0)
            {
                _next = _executive.Heap.Allocate(HeadersAtOnce * IndicationBlock.HeaderBytes);
                _memory.Add(_next);
                _left = HeadersAtOnce;
            }
            _left--;
            var header = _next;
            _next += IndicationBlock.HeaderBytes;
            return header;
        }
    }

    private IndicationBlock Add(IndicationBlock block)
    {
        Invariant.That(_byAddress.TryAdd(block.Indication.Address, block));
        return block;
    }
}
