// Raising, lowering and asking the IRQL. The level belongs to the thread (KernelThread.Irql); what it forbids
// is checked by the generated entries and by waits. The loader may replace these by machine code of equal
// effect.
namespace OpenWsk.Kernel;

/// <summary>IRQL routines of ntoskrnl.</summary>
public static class IrqlRoutines
{
    /// <summary>The caller's level.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte KeGetCurrentIrql(Executive executive) => executive.CurrentThread.Irql;

    /// <summary>Raises the level and returns the old one.</summary>
    /// <remarks>Errors: bug check 0x9 when the new level is lower.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte KfRaiseIrql(Executive executive, byte NewIrql)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        if (NewIrql < old)
            throw Refuse(
                executive, BugCheckCode.IRQL_NOT_GREATER_OR_EQUAL, nameof(KfRaiseIrql), NewIrql, old);
        irql = NewIrql;
        return old;
    }

    /// <summary>Raises the level to DISPATCH_LEVEL and returns the old one.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte KeRaiseIrqlToDpcLevel(Executive executive) => KfRaiseIrql(executive, Irql.Dispatch);

    /// <summary>Lowers the level to what KfRaiseIrql returned.</summary>
    /// <remarks>Errors: bug check 0xA when the new level is higher.</remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeLowerIrql(Executive executive, byte NewIrql)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        if (NewIrql > irql)
            throw Refuse(executive, BugCheckCode.IRQL_NOT_LESS_OR_EQUAL, nameof(KeLowerIrql), NewIrql, irql);
        irql = NewIrql;
    }

    /// <summary>KeLowerIrql under its older name.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KfLowerIrql(Executive executive, byte NewIrql) => KeLowerIrql(executive, NewIrql);

    private static GuestStoppedException Refuse(
        Executive executive, BugCheckCode code, string routine, byte wanted, byte current)
    {
        var detail = $"{routine} to {Irql.Name(wanted)} while at {Irql.Name(current)}";
        executive.Breach("IRQL", detail);
        return executive.BugCheck(new BugCheck(code, current, wanted) { Detail = detail });
    }
}
