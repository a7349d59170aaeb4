// Indications that a client keeps until WskRelease: linked through themselves, so that keeping costs nothing.
// Which block a released address means is looked up, never followed. Rules: group REL. It knows nothing about
// what is in them.
using OpenWsk.Abi;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private IndicationBlock? _kept;
    private int _keptCount;

    // What a callback is being shown is not the client's yet: it may still accept it.
    protected override int RetainedByClient =>
        _keptCount - (_shown is { } shown && ReferenceEquals(shown.KeptFor, this) ? 1 : 0);

    public override NTSTATUS Release(nuint indications)
    {
        IndicationBlock? released = null;
        using (_gate.Enter())
        {
            for (var at = new GuestPtr<WSK_DATA_INDICATION>(indications); !at.IsNull;)
            {
                var block = _provider.Indications.Find(at);
                if (block is null || !ReferenceEquals(block.KeptFor, this))
                {
                    KeepAll(released);
                    return STATUS_INVALID_PARAMETER;
                }
                Drop(block);
                block.NextKept = released;
                released = block;
                at = at.Value.Next;
            }
        }
        if (released is null)
            return STATUS_INVALID_PARAMETER;
        FreeAll(released);
        return STATUS_SUCCESS;
    }

    // Under the lock.
    private void Keep(IndicationBlock block)
    {
        block.KeptFor = this;
        block.PreviousKept = null;
        block.NextKept = _kept;
        if (_kept is not null)
            _kept.PreviousKept = block;
        _kept = block;
        _keptCount++;
    }

    // Under the lock.
    private void Drop(IndicationBlock block)
    {
        if (block.PreviousKept is not null)
            block.PreviousKept.NextKept = block.NextKept;
        else
            _kept = block.NextKept;
        if (block.NextKept is not null)
            block.NextKept.PreviousKept = block.PreviousKept;
        block.NextKept = block.PreviousKept = null;
        block.KeptFor = null;
        _keptCount--;
    }

    private void KeepAll(IndicationBlock? dropped)
    {
        while (dropped is { } block)
        {
            dropped = block.NextKept;
            Keep(block);
        }
    }

    private void FreeAll(IndicationBlock? dropped)
    {
        while (dropped is { } block)
        {
            dropped = block.NextKept;
            block.NextKept = null;
            _provider.Indications.Free(block);
        }
    }

    private void FreeIndications()
    {
        if (_leftover is { } leftover)
            _provider.Indications.Free(leftover);
        _leftover = null;
        while (_kept is { } block)
        {
            Drop(block);
            _provider.Indications.Free(block);
        }
    }
}
