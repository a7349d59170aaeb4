// What Windows answers to a wrong free by a bug check, with the parameters of its reference. It knows nothing
// about memory. Next: PoolService.Describe.cs, which names the block in the text.
using OpenWsk.Abi;

namespace OpenWsk.Kernel;

public sealed partial class PoolService
{
    // Kinds of BAD_POOL_CALLER, BAD_POOL_HEADER and SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION.
    private const ulong FreedBefore = 0x07;
    private const ulong OtherTag = 0x0A;
    private const ulong NeverAllocated = 0x46;
    private const ulong HeaderDamaged = 0x20;
    private const ulong DamagedBefore = 0x23;
    private const ulong DamagedBehind = 0x24;
    private const ulong FreedAtIrql = 0x31;

    /// <summary>The bug check for freeing what is no live block.</summary>
    internal GuestStoppedException RefuseFree(nuint address, string routine) =>
        _store.TryFind(address, out var record)
            ? Stop(BugCheckCode.BAD_POOL_CALLER, FreedBefore, 0, record.Tag, address,
                $"{routine} of 0x{(ulong)address:x}, a {record.SizeBytes}-byte block {TagName(record.Tag)} "
                + "that is none of that kind or was freed before" + Near(address))
            : Stop(BugCheckCode.BAD_POOL_CALLER, NeverAllocated, address, 0, 0,
                $"{routine} of 0x{(ulong)address:x}, which is no block or was freed before" + Near(address));

    private PoolRecord FindToFree(nuint address, BlockUse use, string routine)
    {
        if (!_store.TryFind(address, out var record) || record.Use != use
            || record.State != BlockState.Live)
            throw RefuseFree(address, routine);
        return record;
    }

    private string Near(nuint address) =>
        Describe(address) is { } block ? $"; it is {block.Text(_executive.NameAddress)}" : "";

    private void CheckTag(in PoolRecord record, uint tag)
    {
        // The upper bit of a tag only asks for this check, in drivers for old releases.
        if (tag != 0 && ((tag ^ record.Tag) & ~ProtectedTag) != 0)
            throw Stop(BugCheckCode.BAD_POOL_CALLER, OtherTag, record.Address, record.Tag, tag,
                $"the block at 0x{(ulong)record.Address:x} has tag {TagName(record.Tag)} "
                + $"and is freed with {TagName(tag)}");
    }

    private void CheckIrql(in PoolRecord record)
    {
        if (!record.IsPaged)
            return;
        var irql = _executive.CurrentThread.Irql;
        if (irql <= Irql.Apc)
            return;
        var what = $"paged pool {TagName(record.Tag)} is freed at {Irql.Name(irql)}";
        if (_store.IsSpecial)
            throw Stop(BugCheckCode.SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, irql, (ulong)record.PoolType,
                record.Address, FreedAtIrql, what);
        _executive.Breach("IRQL", what);
    }

    private void CheckDamage(in PoolRecord record)
    {
        var at = BlockStore.FindDamage(record);
        if (at == 0)
            return;
        var isBehind = at >= record.Address;
        var where = isBehind ? $"{at - record.Address - record.SizeBytes} bytes past its end"
            : $"{record.Address - at} bytes before its begin";
        var detail = $"the {record.SizeBytes}-byte block at 0x{(ulong)record.Address:x}, tag "
            + $"{TagName(record.Tag)}, was written {where}; found when it was freed";
        if (_store.IsSpecial && record.Use == BlockUse.Pool)
            throw Stop(BugCheckCode.SPECIAL_POOL_DETECTED_MEMORY_CORRUPTION, record.Address, at, 0,
                isBehind ? DamagedBehind : DamagedBefore, detail + MadeBy(record));
        throw Stop(BugCheckCode.BAD_POOL_HEADER, HeaderDamaged, record.Address, at, 0,
            detail + MadeBy(record));
    }

    private string MadeBy(in PoolRecord record) =>
        "; " + Describe(record, record.Address).MadeText(_executive.NameAddress);

    // The memory is another block's already, so whoever runs now is not to blame: a finding, as Windows gives
    // it later and elsewhere.
    private void ReportWrittenAfterFree(PoolRecord record, nuint at) =>
        _executive.Breach("POOL", $"{at - record.Address} bytes into a freed {record.SizeBytes}-byte block "
            + $"{TagName(record.Tag)} something was written after it was freed; "
            + Describe(record, at).FreedText(_executive.NameAddress));

    private GuestStoppedException Stop(
        BugCheckCode code, ulong first, ulong second, ulong third, ulong fourth, string detail) =>
        _executive.BugCheck(new BugCheck(code, first, second, third, fourth) { Detail = detail });
}
