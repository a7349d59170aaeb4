// Indications that a client keeps until WskRelease: linked through themselves, so that keeping costs nothing.
// Which block a released address means is looked up, never followed. Rules: group REL. It knows nothing about
// what is in them.
using OpenWsk.Abi;
using OpenWsk.Ports;
using static OpenWsk.Abi.NTSTATUS;

namespace OpenWsk.Provider;

internal partial class ConnectionSocket
{
    private LinkedSet<IndicationBlock, IndicationBlock.KeptLinks> _kept;

    // What a callback is being shown is not the client's yet: it may still accept it.
    protected override int RetainedByClient =>
        _kept.Count - (_shown is { } shown && ReferenceEquals(shown.KeptFor, this) ? 1 : 0);

    public override NTSTATUS Release(nuint indications)
    {
        var released = default(LinkedSet<IndicationBlock, IndicationBlock.KeptLinks>);
        using (_gate.Enter())
        {
            for (var at = new GuestPtr<WSK_DATA_INDICATION>(indications); !at.IsNull;)
            {
                var block = _provider.Indications.Find(at);
                if (block is null || !ReferenceEquals(block.KeptFor, this))
                {
                    KeepAll(ref released);
                    return STATUS_INVALID_PARAMETER;
                }
                Drop(block);
                released.Add(block);
                at = at.Value.Next;
            }
        }
        if (released.Newest is null)
            return STATUS_INVALID_PARAMETER;
        FreeAll(ref released);
        return STATUS_SUCCESS;
    }

    // Under the lock.
    private void Keep(IndicationBlock block)
    {
        block.KeptFor = this;
        _kept.Add(block);
    }

    // Under the lock.
    private void Drop(IndicationBlock block)
    {
        _kept.Remove(block);
        block.KeptFor = null;
    }

    private void KeepAll(ref LinkedSet<IndicationBlock, IndicationBlock.KeptLinks> dropped)
    {
        while (dropped.Newest is { } block)
        {
            dropped.Remove(block);
            Keep(block);
        }
    }

    private void FreeAll(ref LinkedSet<IndicationBlock, IndicationBlock.KeptLinks> dropped)
    {
        while (dropped.Newest is { } block)
        {
            dropped.Remove(block);
            _provider.Indications.Free(block);
        }
    }

    private void FreeIndications()
    {
        if (_leftover is { } leftover)
            _provider.Indications.Free(leftover);
        _leftover = null;
        while (_kept.Newest is { } block)
        {
            Drop(block);
            _provider.Indications.Free(block);
        }
    }
}
