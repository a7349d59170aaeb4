// Routines that Drivers/exceptions.c imports besides those of TestRoutines.cs. It knows nothing about the
// driver.
using System.Runtime.CompilerServices;

namespace OpenWsk.Loader.Tests;

/// <summary>Imports of the exception tests.</summary>
internal static class ExceptionTestRoutines
{
    private static readonly ConditionalWeakTable<Executive, StrongBox<int>> s_finallys = [];

    /// <summary>How often TestFinally has cleaned up in a world.</summary>
    public static StrongBox<int> Finallys(Executive executive) => s_finallys.GetOrCreateValue(executive);

    /// <summary>Calls a guest routine and cleans up however it ends.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static ulong TestFinally(Executive x, nuint target, ulong argument)
    {
        try
        {
            return x.Code.Call(target, [argument]);
        }
        finally
        {
            Interlocked.Increment(ref Finallys(x).Value);
        }
    }

    /// <summary>Raises from C#, as a routine of the kernel does.</summary>
    [Export(Libraries.Ntoskrnl, SupportLevel.Full)]
    internal static void TestRaise(Executive x, uint status) =>
        throw new GuestRaiseException((NTSTATUS)status);
}
