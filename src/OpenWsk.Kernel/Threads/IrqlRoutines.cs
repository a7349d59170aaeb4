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
    /// <remarks>
    /// Errors: lowering by this routine is bug check IRQL_NOT_GREATER_OR_EQUAL (0x9) on Windows.
    /// </remarks>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full, Class = CallClass.Local)]
    public static byte KfRaiseIrql(Executive executive, byte NewIrql)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        var old = irql;
        if (NewIrql < old)
            executive.Breach("IRQL", $"KfRaiseIrql to {Irql.Name(NewIrql)} while at {Irql.Name(old)}");
        irql = NewIrql;
        return old;
    }

    /// <summary>Lowers the level to what KfRaiseIrql returned.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    public static void KeLowerIrql(Executive executive, byte NewIrql)
    {
        ref var irql = ref executive.CurrentThread.Irql;
        if (NewIrql > irql)
            executive.Breach("IRQL", $"KeLowerIrql to {Irql.Name(NewIrql)} while at {Irql.Name(irql)}");
        irql = NewIrql;
    }
}
